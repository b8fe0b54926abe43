"""Who acts, for whom, on which ground, how surely: the values that registers, BVD, gateway and DVs share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, KvkNummer, ServiceUuid, Subject


class Ground(StrEnum):
    """The kinds of mandates 6, one row each."""

    VRIJWILLIG = "VRIJWILLIG"
    OUDERLIJK_GEZAG = "OUDERLIJK_GEZAG"
    GEZAMENLIJK_GEZAG = "GEZAMENLIJK_GEZAG"
    VOOGDIJ = "VOOGDIJ"
    CURATELE = "CURATELE"
    BEWIND = "BEWIND"
    MENTORSCHAP = "MENTORSCHAP"
    FUNCTIONARIS = "FUNCTIONARIS"
    EH_MACHTIGING = "EH_MACHTIGING"
    KETEN = "KETEN"
    EH_BEWIND = "EH_BEWIND"


AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")  # days are days there (DESIGN 3.10)
PARENTAL: Final = frozenset({Ground.OUDERLIJK_GEZAG, Ground.GEZAMENLIJK_GEZAG, Ground.VOOGDIJ})
COURT: Final = frozenset({Ground.CURATELE, Ground.BEWIND, Ground.MENTORSCHAP})


class Interest(StrEnum):
    """What a service is about (mandates 4.4); a ground covers it or does not."""

    VERMOGEN = "vermogen"
    PERSOONLIJK = "persoonlijk"
    ZORG = "zorg"
    ORGANISATIE = "organisatie"


class Joint(StrEnum):
    """Whether whoever holds the authority may use it alone."""

    ALONE = "ALONE"
    JOINT = "JOINT"


class State(StrEnum):
    """What the source itself says of the relation. Dates are judged apart; only ACTIVE can count."""

    ACTIVE = "ACTIVE"
    REQUESTED = "REQUESTED"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"
    SUSPENDED = "SUSPENDED"
    UNDETERMINED = "UNDETERMINED"
    NO_AUTHORITY_NOW = "NO_AUTHORITY_NOW"
    INACTIVE = "INACTIVE"  # the organisation itself: its registration ended, or it is bankrupt or the like


@dataclass(frozen=True, slots=True)
class Period:
    """Days in Europe/Amsterdam, half open: `first` is the first day it holds, `until` the first it does not."""

    first: date | None = None
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether `on` lies inside."""
        return (self.first is None or self.first <= on) and (self.until is None or on < self.until)

    def holds_at(self, at: datetime) -> bool:
        """Whether the day of that instant, in Amsterdam, lies inside."""
        return self.holds(at.astimezone(AMSTERDAM).date())


@dataclass(frozen=True, slots=True, repr=False)
class Party:
    """Somebody a register names: identifier (None where the register has none) and name as the register writes it.

    `born` is the register's own incomplete-date text: `2014-03-11`, `2014-03`, `2014` or empty when unknown.
    """

    subject: Subject | None
    name: str = ""
    family_name: str = ""
    given_name: str = ""
    born: str = ""
    secret: bool = False

    def __repr__(self) -> str:
        return "Party(...)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """What a register states, in our words: `acting` may act for `represented` on this ground. It decides nothing.

    `reference` is the source's own key to this relation, enough for `confirm`. Several suspensions may run.
    """

    source: str
    reference: str = field(repr=False)
    ground: Ground
    acting: Party
    represented: Party
    period: Period = Period()
    state: State = State.ACTIVE
    suspensions: tuple[Period, ...] = ()
    joint: Joint = Joint.ALONE
    joint_holders: int = 1
    named_goods: bool = False
    under_investigation: bool = False
    services: frozenset[ServiceUuid] | None = None
    role: str | None = None
    via: tuple[Party, ...] = ()
    loa: LevelOfAssurance | None = None
    restrictions: Mapping[str, str] = field(default_factory=dict)
    retrieved_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Who logged in, in clear: exists in the BVD, at the DV and on the OIDC path only.

    `office` is the organisation for which an employee logged in; registers know that one, and not the employee.
    """

    acting: Subject
    loa: LevelOfAssurance
    authority: EntityId
    at: datetime
    office: KvkNummer | None = None

    @property
    def known_as(self) -> Subject:
        """Whom a register of representations knows: the office of an employee, else whoever acts."""
        return self.office or self.acting

    def __repr__(self) -> str:
        return f"Identity(..., {self.loa.name}, {self.authority.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A representation found usable for one service at one moment, and chosen.

    `ends_at` (UTC) is the moment it stops holding, None when no end is known: no session at the DV outlives it (R-OUT).
    `employee` acts for the organisation that the representation names as acting (EH_BEWIND).
    """

    representation: Representation
    service: ServiceUuid
    loa: LevelOfAssurance
    at: datetime
    ends_at: datetime | None = None
    employee: Subject | None = None

    @property
    def acting(self) -> Subject | None:
        """Who acts in the end."""
        return self.employee or self.representation.acting.subject

    @property
    def via(self) -> tuple[Party, ...]:
        """Who stand between whoever acts and the represented, outermost first."""
        own = (self.representation.acting,) if self.employee is not None else ()
        return (*self.representation.via, *own)

    @property
    def ground(self) -> Ground:
        """The one ground that is asserted (R-CONFLICT: the same pair on two grounds is two choices)."""
        return self.representation.ground
