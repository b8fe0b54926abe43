"""Who is logged in at a portal, sealed in the store: a quarter of an hour without a page, and it is over."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from runtime.store import ShortLived
from runtime.web.cookies import new_value
from runtime.web.language import Language, known
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn

IDLE: Final = timedelta(minutes=15)  # spec/security: the session of a DV
LONGEST: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who logged in. `subject` and `index` are the gateway's names for the login, by which it is ended there.

    `name` is the BRP's, empty where that did not answer.
    """

    person: Bsn = field(repr=False)
    name: str = field(repr=False)
    level: LevelOfAssurance
    subject: str = field(repr=False)
    index: str | None = field(repr=False)
    began_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A session in a browser, and the language that was chosen in it, if any was."""

    session: Session
    cookie: str = field(repr=False)
    language: Language | None


_SESSION: Final = TypeAdapter(Session)


class Sessions:
    """The sessions of all browsers. The store knows a cookie by its hash, and whose session it is it does not know."""

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def begin(self, session: Session) -> str:
        """Keeps a new session; the value of its cookie, which no browser had before (spec/security S23)."""
        cookie = new_value()
        lasts = min(session.ends_at, session.began_at + LONGEST) - session.began_at
        if lasts >= timedelta(seconds=1):
            await self._store.put(_key(cookie), _SESSION.dump_json(session), int(lasts.total_seconds()))
            await self._use(cookie, None)
        return cookie

    async def find(self, cookie: str | None, asked: Language | None = None) -> Visit | None:
        """The session of this browser, which lives on from now; None when it is over or never was.

        `asked` is the language that this page asks for, and keeps.
        """
        used = None if cookie is None else await self._store.get(_used(cookie))
        stored = None if cookie is None else await self._store.get(_key(cookie))
        if cookie is None or used is None or stored is None:
            return None
        language = asked or known(used.decode())
        await self._use(cookie, language)
        return Visit(_SESSION.validate_json(stored), cookie, language)

    async def end(self, cookie: str | None) -> Session | None:
        """Ends a session; what it was, or None when it was over. Of two at once one is told."""
        stored = None if cookie is None else await self._store.take(_key(cookie))
        return None if stored is None else _SESSION.validate_json(stored)

    async def _use(self, cookie: str, language: Language | None) -> None:
        """Beside the session: a page that comes in while it is ended does not bring it back."""
        await self._store.put(_used(cookie), (language or "-").encode(), int(IDLE.total_seconds()))


def _key(cookie: str) -> str:
    return "portal-session:" + hashlib.sha256(cookie.encode()).hexdigest()


def _used(cookie: str) -> str:
    return "portal-session-used:" + hashlib.sha256(cookie.encode()).hexdigest()
