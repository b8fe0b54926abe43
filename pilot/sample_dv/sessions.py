"""What the sample DV remembers of a browser: a login under way, and the last answer."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from pilot.sample_dv.received import Answer, Received
from pilot.sample_dv.settings import SampleService

IDLE: Final = timedelta(minutes=15)  # DV-SES-01
LOGIN: Final = timedelta(minutes=20)
MOST_SESSIONS: Final = 10_000
BROUGHT: Final = timedelta(minutes=1)
MOST_BROUGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that was begun: its AuthnRequest and what was asked with it."""

    request_id: str
    service: SampleService
    for_other: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One browser at this DV. `artifact` (behind an LC its ticket) is kept so that an integrator can see what a second
    resolve gives."""

    until: datetime
    pending: dict[str, Pending] = field(default_factory=dict, repr=False)
    answer: Answer | None = None
    answered: Pending | None = None
    artifact: str | None = field(default=None, repr=False)

    @property
    def received(self) -> Received | None:
        """The declaration of whoever is logged in."""
        return self.answer if isinstance(self.answer, Received) else None


class Sessions:
    """Sessions and used assertion IDs of one DV, in memory: a sample DV is one process and starts empty."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, datetime] = {}
        self._leaving: dict[str, tuple[str, datetime]] = {}
        self._brought: dict[str, tuple[str, datetime]] = {}

    def find(self, key: str | None) -> Session | None:
        """The session behind a cookie, now good for another fifteen minutes, or None.

        A declaration that ends (SessionNotOnOrAfter) ends the session, whatever the user does.
        """
        session = self._sessions.get(key or "")
        now = self._clock()
        if key is None or session is None or session.until <= now:
            return None
        if session.received and session.received.ends_at and session.received.ends_at <= now:
            self.close(key)
            return None
        touched = replace(session, until=now + IDLE)
        self._sessions[key] = touched
        return touched

    def begin(self, key: str | None, handle: str, pending: Pending) -> str:
        """The key of the session in which this login was noted: the browser's own, or a new one."""
        session = self.find(key)
        if key is None or session is None:
            self._tidy()
            key, session = secrets.token_urlsafe(32), Session(self._clock() + IDLE)
        self._sessions[key] = replace(session, pending={**session.pending, handle: pending})
        return key

    def take_pending(self, key: str | None, handle: str) -> Pending | None:
        """The login under `handle` in this browser, once."""
        session = self.find(key)
        if key is None or session is None or handle not in session.pending:
            return None
        rest = {name: pending for name, pending in session.pending.items() if name != handle}
        self._sessions[key] = replace(session, pending=rest)
        pending = session.pending[handle]
        return pending if pending.until > self._clock() else None

    def bring(self, message: str) -> str:
        """Keeps a posted message for the same browser's next visit: a POST from elsewhere comes without its cookie."""
        now = self._clock()
        kept = [(name, each) for name, each in self._brought.items() if each[1] > now]
        handle = secrets.token_urlsafe(24)
        self._brought = {**dict(kept[1 - MOST_BROUGHT :]), handle: (message, now + BROUGHT)}
        return handle

    def take_brought(self, handle: str) -> str | None:
        """The message under `handle`, once."""
        message, until = self._brought.pop(handle, (None, self._clock()))
        return message if until > self._clock() else None

    def renew(self, key: str | None, *, answer: Answer, answered: Pending, artifact: str | None) -> str:
        """The key of a new session with this answer; the old one is gone, so nobody can have planted it (DV-VAL-10)."""
        old = self.find(key)
        self.close(key)
        fresh = secrets.token_urlsafe(32)
        self._sessions[fresh] = Session(self._clock() + IDLE, old.pending if old else {}, answer, answered, artifact)
        return fresh

    def close(self, key: str | None) -> None:
        """Forgets a session."""
        self._sessions.pop(key or "", None)

    def leave(self, handle: str, request_id: str) -> None:
        """Notes a LogoutRequest that is on its way. Its answer comes by a POST from elsewhere, so without a cookie."""
        self._tidy()
        self._leaving[handle] = (request_id, self._clock() + LOGIN)

    def take_leave(self, handle: str) -> str | None:
        """The LogoutRequest under `handle`, once."""
        request_id, until = self._leaving.pop(handle, (None, self._clock()))
        return request_id if until > self._clock() else None

    def claim(self, assertion_id: str) -> bool:
        """True the first time an assertion is used (DV-SES-02)."""
        if assertion_id in self._used:
            return False
        self._used[assertion_id] = self._clock() + LOGIN
        return True

    def _tidy(self) -> None:
        now = self._clock()
        self._used = {name: until for name, until in self._used.items() if until > now}
        self._leaving = {name: left for name, left in self._leaving.items() if left[1] > now}
        if len(self._sessions) >= MOST_SESSIONS:
            self._sessions = {key: session for key, session in self._sessions.items() if session.until > now}
