"""The logouts under way at an LC, and to which of its DVs it handed whose login: names of logins, never of people."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from pilot.sample_dv.travelling import Travelling

HANDED: Final = timedelta(hours=8)  # as long as the gateway keeps a session
UNDER_WAY: Final = timedelta(minutes=20)
COLLECT: Final = timedelta(minutes=5)
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Leaving:
    """A LogoutRequest that an LC made for a DV. `state` is the DV's own handle, `answer` the gateway's message."""

    dv: str
    request_id: str
    state: str
    onward: Travelling = field(repr=False)
    until: datetime
    answer: bytes | None = field(default=None, repr=False)


class Logouts:
    """In memory: a sample LC is one process and starts empty."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._handed: dict[str, tuple[str, datetime]] = {}
        self._begun: dict[str, Leaving] = {}
        self._sent: dict[str, Leaving] = {}
        self._answered: dict[str, Leaving] = {}

    def handed(self, dv: str, name_id: str) -> None:
        """Notes that an answer with this NameID went to that DV."""
        now = self._clock()
        kept = [(name, each) for name, each in self._handed.items() if each[1] > now]
        self._handed = {**dict(kept[1 - MOST :]), name_id: (dv, now + HANDED)}

    def is_of(self, dv: str, name_id: str) -> bool:
        """Whether that DV received this NameID: it logs nobody else out."""
        whose, until = self._handed.get(name_id, ("", self._clock()))
        return whose == dv and until > self._clock()

    def begin(self, dv: str, request_id: str, state: str, handle: str, onward: Travelling) -> str:
        """A ticket for the browser, which goes `onward` with it. The gateway echoes `handle`."""
        self._tidy()
        ticket = secrets.token_urlsafe(32)
        leaving = Leaving(dv, request_id, state, onward, self._clock() + UNDER_WAY)
        self._begun[ticket], self._sent[handle] = leaving, leaving
        return ticket

    def leaves(self, ticket: str) -> Leaving | None:
        """The logout behind a ticket, once."""
        leaving = self._begun.pop(ticket, None)
        return leaving if leaving is not None and leaving.until > self._clock() else None

    def sent(self, handle: str) -> Leaving | None:
        """The logout that the gateway answers."""
        leaving = self._sent.get(handle)
        return leaving if leaving is not None and leaving.until > self._clock() else None

    def answered(self, handle: str, message: bytes) -> str:
        """A ticket with which the DV collects the gateway's answer; `handle` is used up."""
        leaving, ticket = self._sent.pop(handle), secrets.token_urlsafe(32)
        self._answered[ticket] = replace(leaving, answer=message, until=self._clock() + COLLECT)
        return ticket

    def collected(self, ticket: str, dv: str) -> bytes | None:
        """The gateway's answer behind a ticket of that DV's, once."""
        leaving = self._answered.get(ticket)
        if leaving is None or leaving.dv != dv or leaving.until <= self._clock():
            return None
        del self._answered[ticket]
        return leaving.answer

    def _tidy(self) -> None:
        now = self._clock()
        for held in (self._begun, self._sent, self._answered):
            kept = [(name, each) for name, each in held.items() if each.until > now][1 - MOST :]
            held.clear()
            held.update(kept)
