"""Logging out of a portal: its own session first, then the one of the gateway (ST-SAML, SSO-03; LGO-01)."""

from typing import Final

from exchange.logout import Incoming, LogoutDoor
from exchange.party import Self
from portals.onward import Onward
from portals.sessions import Session
from runtime.handles import Handle, Handles
from stelsel import urns
from stelsel.failures import LoginOvertaken
from stelsel.identifiers import EntityId

WAITS_SECONDS: Final = 15 * 60


class Logouts:
    """Logouts of one portal at `gateway`; `door` is our SingleLogoutService, `service` stands in the handles."""

    def __init__(self, party: Self, door: LogoutDoor, handles: Handles, gateway: EntityId, service: str) -> None:
        self._party = party
        self._door = door
        self._handles = handles
        self._gateway = gateway
        self._service = service
        self._onward = Onward(party.store)

    @property
    def onward(self) -> Onward:
        """Where the LogoutRequest waits for the page that posts it."""
        return self._onward

    async def begin(self, session: Session) -> str:
        """The handle of a logout, for a session that is over here already. Raises `UnknownIssuer`."""
        handle = self._handles.new(self._service)
        written = self._handles.write(handle)
        posted = await self._door.ask(self._gateway, session.subject, session.index, written)
        await self._party.store.put(_key(handle), posted.request_id.encode(), WAITS_SECONDS)
        await self._onward.keep(handle, posted)
        return written

    async def finish(self, incoming: Incoming, handle: Handle | None) -> bool:
        """Whether the gateway says that all is over there too. The answer to one request, once.

        Raises a `MessageRefused` of some kind; the logout then waits for the answer that fits.
        """
        request_id = None if handle is None else await self._party.store.get(_key(handle))
        if handle is None or request_id is None:
            raise LoginOvertaken("no logout waits for this answer", clause="SSO-06")
        status = await self._door.read_answer(incoming, self._gateway, request_id.decode())
        if await self._party.store.take(_key(handle)) is None:
            raise LoginOvertaken("answered at the same moment", clause="SSO-06")
        return status.code == urns.STATUS_SUCCESS and status.sub is None


def _key(handle: Handle) -> str:
    return f"portal-logout:{handle.flow}"
