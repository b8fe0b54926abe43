"""What is kept between a login's end and its answer to the DV: behind an artifact, or behind a page that posts it."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from gateway.login import STORED, Login, SealedIdentity
from runtime.store import ShortLived
from runtime.web.binding import check_browser
from stelsel.failures import LoginOvertaken
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.response import Status

WAITS_SECONDS: Final = 60  # as long as an artifact: the browser is on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a DV's artifact stands for: a login that can be declared, or a failure that is told.

    `session` is the key of the session that the login rests on, where the DV has a federation.
    """

    dv: EntityId
    requester: EntityId
    request_id: str
    reply: str
    service: ServiceUuid
    status: Status | None = None
    identity: SealedIdentity | None = None
    bvd_artifact: str | None = None
    bvd_request: str | None = None
    session: str | None = None

    __pydantic_config__ = STORED


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that a page of ours will post; `browser` is the one that it is bound to, if any was seen yet."""

    pending: Pending
    relay_state: str | None
    browser: str | None

    __pydantic_config__ = STORED


PENDING: Final = TypeAdapter(Pending)
_WAITING: Final = TypeAdapter(Waiting)


class WaitingRoom:
    """Answers that wait for their page, sealed in the store, each to be taken once."""

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def keep(self, login: Login, waiting: Waiting) -> None:
        """Keeps the answer of a login."""
        await self._store.put(_key(login.id), _WAITING.dump_json(waiting), WAITS_SECONDS)

    async def take(self, login_id: str, cookie: str | None) -> Waiting:
        """The answer, which is then gone.

        Raises `LoginOvertaken` when it is gone or for another browser: then it is kept for its own. `CookiesBlocked`.
        """
        kept = await self._store.get(_key(login_id))
        if kept is None:
            raise LoginOvertaken("no answer waits for its page")
        waiting = _WAITING.validate_json(kept)
        if waiting.browser is not None:
            check_browser(waiting.browser, cookie)
        if await self._store.take(_key(login_id)) is None:  # two at once: one gets it
            raise LoginOvertaken("taken at the same moment")
        return waiting


def _key(login_id: str) -> str:
    return f"answer:{login_id}"
