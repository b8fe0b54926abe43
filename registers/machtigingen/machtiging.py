"""A voluntary mandate and what can become of it (mandates 2.1), pure; who may see or change it is for `portals`."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from registers.dates import day_of
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import ServiceUuid, Subject

TRIES: Final = 5
OPEN_DAYS: Final = 90
LONGEST_YEARS: Final = 3


class Status(StrEnum):
    """What the register has stored. What days do to it, `status_at` says."""

    AANGEVRAAGD = "AANGEVRAAGD"
    ACTIEF = "ACTIEF"
    INGETROKKEN = "INGETROKKEN"
    GEWEIGERD = "GEWEIGERD"
    GESCHORST = "GESCHORST"
    VERVALLEN = "VERVALLEN"
    VERLOPEN = "VERLOPEN"
    AANVRAAG_VERLOPEN = "AANVRAAG_VERLOPEN"


class Side(StrEnum):
    """Which of the two did it: the one who is represented gives, the one who will act receives."""

    GIVER = "giver"
    RECEIVER = "receiver"


class Refused(StrEnum):
    """Why a step was not taken."""

    WRONG_CODE = "WRONG_CODE"
    BLOCKED = "BLOCKED"
    TOO_LATE = "TOO_LATE"
    NOT_OPEN = "NOT_OPEN"


class StepRefused(Exception):
    """A mandate stays what it was."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Machtiging:
    """`giver` lets `receiver` act in `services` from `first` up to and including `last`; days in Amsterdam.

    `receiver` None: whoever types the code, which only the giver can tell him; a mandate in force has one.
    `open_until` is the first day on which a request can no longer be activated; `code` is a keyed hash of its code, and
    `tries` how often it may still be typed. `loa` is the level at which it was registered, None: it sets none.
    """

    id: str
    giver: Subject
    receiver: Subject | None
    services: frozenset[ServiceUuid]
    first: date | None = None
    last: date | None = None
    status: Status
    asked_by: Side = Side.GIVER
    asked_at: datetime
    open_until: date | None = None
    code: bytes | None = field(default=None, repr=False)
    tries: int = TRIES
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: Side | None = None
    loa: LevelOfAssurance | None = None

    def __repr__(self) -> str:
        return f"Machtiging({self.id}, {self.status.value})"

    def status_at(self, at: datetime) -> Status:
        """The status at that moment: over is a request that nobody activated in time, and a period that has passed."""
        on = day_of(at)
        if self.status is Status.INGETROKKEN and self.ended_at is not None and at < self.ended_at:
            return Status.ACTIEF
        if self.status is Status.AANGEVRAAGD and self.open_until is not None and on >= self.open_until:
            return Status.AANVRAAG_VERLOPEN
        if self.status is Status.ACTIEF and self.last is not None and on > self.last:
            return Status.VERLOPEN
        return self.status


def ask(
    *,
    identifier: str,
    giver: Subject,
    receiver: Subject | None,
    services: frozenset[ServiceUuid],
    code: bytes,
    asked_by: Side,
    at: datetime,
    first: date | None = None,
    last: date | None = None,
    open_days: int = OPEN_DAYS,
    loa: LevelOfAssurance | None = None,
) -> Machtiging:
    """A request, from today on unless told otherwise. Raises `ValueError` for one that could never hold."""
    begins = first or day_of(at)
    longest = _years_later(begins, LONGEST_YEARS) - timedelta(days=1)
    ends = last or longest
    if giver == receiver or not services or (receiver is None and asked_by is Side.RECEIVER):
        raise ValueError("a mandate is given to somebody else, for something")
    if begins < day_of(at) or ends < begins or ends > longest:
        raise ValueError("a mandate begins today or later, and lasts three years at most")
    return Machtiging(
        id=identifier,
        giver=giver,
        receiver=receiver,
        services=services,
        first=begins,
        last=ends,
        status=Status.AANGEVRAAGD,
        asked_by=asked_by,
        asked_at=at,
        open_until=day_of(at) + timedelta(days=open_days),
        code=code,
        loa=loa,
    )


def _years_later(day: date, years: int) -> date:
    """The same day that many years on; 29 February is 1 March then."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def activate(one: Machtiging, at: datetime, receiver: Subject | None = None) -> Machtiging:
    """The mandate in force, once its code was typed, by `receiver` where that was open; the code is then forgotten."""
    return replace(one, status=Status.ACTIEF, receiver=one.receiver or receiver, code=None, activated_at=at)


def agree(one: Machtiging, at: datetime) -> Machtiging:
    """The mandate in force, once the giver agreed to what was asked of him. Raises `StepRefused`."""
    if one.asked_by is not Side.RECEIVER or one.status_at(at) is not Status.AANGEVRAAGD:
        raise StepRefused(Refused.NOT_OPEN)
    return activate(one, at)


def lapse(one: Machtiging, at: datetime) -> Machtiging | None:
    """What days made of it, to be stored; None where they made nothing."""
    status = one.status_at(at)
    if status is one.status or status not in (Status.VERLOPEN, Status.AANVRAAG_VERLOPEN):
        return None
    return replace(one, status=status, code=None, ended_at=at)


def why_closed(one: Machtiging, at: datetime) -> Refused | None:
    """Why no code may be typed at that moment, None when one may.

    A request that ran out of tries stays closed, for the right code too (mandates 8, scenario 22).
    """
    status = one.status_at(at)
    if status is Status.AANVRAAG_VERLOPEN:
        return Refused.TOO_LATE
    if status is not Status.AANGEVRAAGD or one.code is None:
        return Refused.NOT_OPEN
    return Refused.BLOCKED if one.tries <= 0 else None


def end(one: Machtiging, by: Side, at: datetime) -> Machtiging:
    """Withdrawn, or a request turned down by the one of whom it was asked. Raises `StepRefused` for what is over."""
    match one.status_at(at):
        case Status.AANGEVRAAGD:
            status = Status.INGETROKKEN if by is one.asked_by else Status.GEWEIGERD
        case Status.ACTIEF | Status.GESCHORST:
            status = Status.INGETROKKEN
        case _:
            raise StepRefused(Refused.NOT_OPEN)
    return replace(one, status=status, code=None, ended_at=at, ended_by=by)
