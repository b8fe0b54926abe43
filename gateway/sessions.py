"""Single sign-on: that somebody logged in, how, how surely and at which AD; never who, and never for whom (SSO-01).

A session belongs to one browser and to one federation of one DV. While it holds, the AD is asked without ForceAuthn and
answers from its own session: each login has an assertion of its own, and the next client is a new choice at the BVD.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from runtime.lives import lives
from runtime.store import ShortLived
from runtime.web.cookies import BrowserCookie
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lasts without a login in it, and at most."""

    idle_seconds: int = 15 * 60
    longest_seconds: int = 8 * 60 * 60


SESSION_LIMITS: Final = SessionLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """The connections of one DV that share a login. Two DVs that use one name share nothing (SSO-01)."""

    dv: EntityId
    name: str


@dataclass(frozen=True, slots=True)
class AtAuthority:
    """A session of an AD's own, by the names under which that AD ends it."""

    authority: EntityId
    subject: str = field(repr=False)
    index: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that may serve again. `subject` and `index` are the AD's names for it, by which it is ended (SSO-04).

    `id` stays while the browser's cookie for it changes, and while its user logs in anew, more strongly or otherwise:
    what was begun with a login of before still leads to it. `before` are the sessions of other ADs in which this
    browser logged in meanwhile; they end with it.
    """

    id: str = field(default="", repr=False)
    federation: Federation
    means: str
    authority: EntityId
    loa: LevelOfAssurance
    subject: str = field(repr=False)
    index: str | None = field(repr=False)
    authenticated_at: datetime
    used_at: datetime
    before: tuple[AtAuthority, ...] = ()

    @property
    def at_authorities(self) -> tuple[AtAuthority, ...]:
        """Every session of an AD's that ends with this one, the newest first."""
        return (AtAuthority(self.authority, self.subject, self.index), *self.before)

    def follows(self, had: "Session | None") -> "Session":
        """This session as what `had` has become: an AD has one session in a browser, and others keep theirs."""
        if had is None:
            return self
        others = tuple(each for each in had.at_authorities if each.authority != self.authority)
        return replace(self, id=had.id, before=others)


@dataclass(frozen=True, slots=True)
class Begun:
    """Who received an assertion of ours, and on which session it rests, by that session's key."""

    requester: EntityId
    session: str


_SESSION: Final = TypeAdapter(Session)
_BEGUN: Final = TypeAdapter(Begun)


def may_serve(
    session: Session,
    federation: Federation,
    minimum: LevelOfAssurance,
    at: datetime,
    *,
    force_authn: bool,
    limits: SessionLimits = SESSION_LIMITS,
) -> bool:
    """Whether a login may rest on `session`: none of the four reasons to log in again holds (SSO-02).

    The service asks more than was reached; it is of another federation; the DV sent ForceAuthn; the session is over.
    """
    return (
        session.loa >= minimum
        and session.federation == federation
        and not force_authn
        and lives(session.used_at, timedelta(seconds=limits.idle_seconds), at)
        and lives(session.authenticated_at, timedelta(seconds=limits.longest_seconds), at)
    )


class Sessions:
    """The sessions of all browsers, sealed in the store. A browser's cookie for one is a new value at each login."""

    def __init__(self, store: ShortLived, limits: SessionLimits = SESSION_LIMITS) -> None:
        self._store = store
        self.limits = limits

    async def find(self, cookie: str | None, federation: Federation) -> Session | None:
        """The session of this browser in that federation, whether it may serve or not."""
        key = None if cookie is None else await self._store.get(_cookie_key(cookie, federation))
        return None if key is None else await self._read(key.decode())

    async def current(self, session: Session | None) -> Session | None:
        """A session as it stands now; None when it is over."""
        return None if session is None else await self._read(_key(session))

    async def keep(self, cookie: str, session: Session) -> str:
        """Keeps a session under the cookie; its key. One that serves no more can be ended still: the AD's may live."""
        key = _key(session)
        await self._store.put(key, _SESSION.dump_json(session), self.limits.longest_seconds)
        await self._store.put(_cookie_key(cookie, session.federation), key.encode(), self.limits.longest_seconds)
        return key

    async def forget(self, cookie: str | None, federation: Federation) -> None:
        """From now on the cookie leads to no session in that federation."""
        if cookie is not None:
            await self._store.drop(_cookie_key(cookie, federation))

    async def end(self, key: str) -> Session | None:
        """Ends a session; what it was, or None when it was over. Of two at once one is told (SSO-05)."""
        stored = await self._store.take(key)
        return None if stored is None else _SESSION.validate_json(stored)

    async def _read(self, key: str) -> Session | None:
        stored = await self._store.get(key)
        return None if stored is None else _SESSION.validate_json(stored)

    async def remember(self, names: Iterable[str | None], begun: Begun) -> None:
        """Which session stands behind the NameID and SessionIndex that a requester received."""
        for name in {name for name in names if name is not None}:
            await self._store.put(
                _name_key(begun.requester, name), _BEGUN.dump_json(begun), self.limits.longest_seconds
            )

    async def begun_with(self, requester: EntityId, *names: str | None) -> Begun | None:
        """What stands behind a NameID or SessionIndex that this very requester received; None for any other name."""
        for name in names:
            stored = None if name is None else await self._store.get(_name_key(requester, name))
            if stored is not None:
                return _BEGUN.validate_json(stored)
        return None


def _key(session: Session) -> str:
    return "session:" + session.id


def _cookie_key(cookie: str, federation: Federation) -> str:
    return "session-cookie:" + _digest(cookie, federation.dv.value, federation.name)


def _name_key(requester: EntityId, name: str) -> str:
    """Of a requester: whatever another one names, it is not this (spec/security S23)."""
    return "subject:" + _digest(requester.value, name)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class SessionCookies:
    """The cookie of a browser for its session, one a federation: a login in one leaves the sessions in others alone."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def read(self, request: Request, federation: Federation | None) -> str | None:
        """What the browser sent; None without a federation."""
        return None if federation is None else self._of(federation).read(request)

    def set(self, response: Response, federation: Federation | None, value: str) -> None:
        """Sends a new value along."""
        if federation is not None:
            self._of(federation).set(response, value)

    def _of(self, federation: Federation) -> BrowserCookie:
        name = _digest(federation.dv.value, federation.name)[:16]
        return BrowserCookie(f"gateway-{name}", self._public_url)
