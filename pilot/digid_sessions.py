"""The DigiD stub's own sessions: who logged in how strongly, in one browser, until a router or time ends it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from exchange.ask import Posted
from exchange.logout import LogoutAsked, LogoutDoor, from_form
from runtime.store import ShortLived
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import MessageMalformed, ReplyAddressUnknown
from stelsel.identifiers import EntityId
from stelsel.saml.response import Status

SESSION_SECONDS: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class DigidSession:
    """Who logged in, by the name of the world file, and at which level."""

    person: str
    level: LevelOfAssurance


class DigidSessions:
    """Sessions by browser, and by the NameIDs under which routers know them."""

    def __init__(self, store: ShortLived, door: LogoutDoor) -> None:
        self._store = store
        self._door = door

    async def receive(self, form: Mapping[str, str]) -> Posted:
        """A router's LogoutRequest (HTTP-POST), answered. Raises a `MessageRefused` of some kind."""
        incoming = from_form(form)
        if incoming.kind != "SAMLRequest":
            raise MessageMalformed(
                "nobody was asked to log out", clause="SSO-06", expected="SAMLRequest", found="SAMLResponse"
            )
        return await self._log_out(await self._door.receive(incoming))

    async def open(self, cookie: str, person: str, level: LevelOfAssurance) -> str:
        """Opens, or goes on with, the session of this browser; its key."""
        key = "digid-session:" + hashlib.sha256(cookie.encode()).hexdigest()
        await self._store.put(key, json.dumps([person, level.value]).encode(), SESSION_SECONDS)
        return key

    async def find(self, cookie: str | None) -> DigidSession | None:
        """The session of this browser."""
        if cookie is None:
            return None
        stored = await self._store.get("digid-session:" + hashlib.sha256(cookie.encode()).hexdigest())
        if stored is None:
            return None
        person, level = json.loads(stored)
        return DigidSession(person, LevelOfAssurance(level))

    async def name(self, subject: str, session: str, router: EntityId) -> None:
        """Remembers under which NameID a router knows a session."""
        named = json.dumps([session, router.value]).encode()
        await self._store.put(f"digid-subject:{subject}", named, SESSION_SECONDS)

    async def _log_out(self, asked: LogoutAsked) -> Posted:
        """Ends the session that the router names; the form with the answer (LGO-02).

        A name that is another router's, or nobody's, ends nothing; the answer is the same.
        """
        stored = await self._store.get(f"digid-subject:{asked.request.name_id}")
        if stored is not None:
            session, router = json.loads(stored)
            if router == asked.owed.issuer.value:
                await self._store.drop(session)
        answer = await self._door.answer(asked.owed, Status(urns.STATUS_SUCCESS))
        if not isinstance(answer, Posted):
            raise ReplyAddressUnknown(
                "a router is answered by HTTP-POST", clause="GEN-27", expected="HTTP-POST", found="HTTP-Redirect"
            )
        return answer
