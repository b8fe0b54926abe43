"""The logins under way at an LC: which DV asked, in which browser, and the artifact until the DV has collected it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

LOGIN: Final = timedelta(minutes=20)
COLLECT: Final = timedelta(minutes=5)
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Login:
    """A request that an LC made for a DV. `state` is the DV's own handle, `browser` the cookie it began with.

    There is nothing here about the user: the LC never reads who that is.
    """

    dv: str
    request_id: str
    state: str
    browser: str
    until: datetime
    artifact: str | None = field(default=None, repr=False)


class Logins:
    """In memory: a sample LC is one process and starts empty."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._begun: dict[str, Login] = {}
        self._answered: dict[str, Login] = {}

    def begin(self, dv: str, request_id: str, state: str, browser: str | None) -> tuple[str, str]:
        """A handle for the gateway to echo, and the browser's cookie: its own, or a new one."""
        self._tidy()
        handle, browser = secrets.token_urlsafe(24), browser or secrets.token_urlsafe(32)
        self._begun[handle] = Login(dv, request_id, state, browser, self._clock() + LOGIN)
        return handle, browser

    def arrived(self, handle: str, browser: str | None, artifact: str) -> tuple[str, Login] | None:
        """A ticket for what is behind an artifact, once and in the browser that began; else None."""
        login = self._begun.get(handle)
        if login is None or login.until <= self._clock() or login.browser != browser:
            return None
        del self._begun[handle]
        ticket = secrets.token_urlsafe(32)
        self._answered[ticket] = replace(login, artifact=artifact, until=self._clock() + COLLECT)
        return ticket, login

    def collected(self, ticket: str, dv: str) -> Login | None:
        """The login behind a ticket of that DV's. It is the gateway that lets an artifact count once."""
        login = self._answered.get(ticket)
        return login if login is not None and login.dv == dv and login.until > self._clock() else None

    def _tidy(self) -> None:
        """Drops what is over; of too many begun logins the oldest."""
        now = self._clock()
        self._answered = {name: each for name, each in self._answered.items() if each.until > now}
        begun = [(name, each) for name, each in self._begun.items() if each.until > now]
        self._begun = dict(begun[1 - MOST :])
