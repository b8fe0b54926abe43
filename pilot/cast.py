"""The people, organisations and relations of a world: what the stub registers are filled with, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, KvkNummer, Pseudonym, Rsin, Vestigingsnummer
from stelsel.subjects import Ground, Period

BEWINDVOERING: Final = "bewindvoering"  # what an office authorises its employees for (mandates 2.5)


@dataclass(frozen=True, slots=True)
class Abroad:
    """How another country knows somebody: by whom, and as what (eIDAS, PersonIdentifier: `XA/NL/...`)."""

    country: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the BRP, or with `brp` False somebody it does not know.

    `name` is the handle of the commands. `born` is the BRP's incomplete-date text: `2014-03-11`, `2014-03`, `2014`, or
    empty when unknown. `means` has the highest level of each login means.
    """

    name: str
    bsn: Bsn
    given: str
    prefix: str = ""
    family: str = ""
    born: str = "1980-01-01"
    died: date | None = None
    brp: bool = True
    abroad: bool = False
    secret: bool = False
    means: Mapping[str, LevelOfAssurance]
    curatele_register: bool = False
    eidas: Abroad | None = None

    @property
    def full_name(self) -> str:
        """The name as a register writes it."""
        return " ".join(part for part in (self.given, self.prefix, self.family) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody from abroad without a BSN, whom no Dutch register knows. `level` is the highest of his eIDAS means."""

    name: str
    given: str
    family: str = ""
    born: str = "1980-01-01"
    level: LevelOfAssurance
    eidas: Abroad

    @property
    def full_name(self) -> str:
        """The name as his country writes it."""
        return " ".join(part for part in (self.given, self.family) if part)


@dataclass(frozen=True, slots=True)
class Vestiging:
    """A branch; closed from that day on, None when it is open."""

    number: Vestigingsnummer
    closed_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A registration in the Handelsregister. `state`: active, ended or bankrupt."""

    name: str
    full_name: str
    kvk: KvkNummer
    rsin: Rsin | None = None
    vestigingen: tuple[Vestiging, ...] = ()
    state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """What the machtigingenregister has for an employee: `target` is a service's name or `bewindvoering`."""

    target: str
    loa: LevelOfAssurance | None = None
    vestiging: Vestigingsnummer | None = None
    state: str = "ACTIEF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """Somebody with an eHerkenning means of an organisation; no natural person to anybody but the means.

    `pseudonym` is what means and machtigingenregister call him among each other (`pilot.pseudonyms` has what DVs are
    told); `pinned`: the world wants every DV told that one.
    """

    name: str
    organisation: str
    loa: LevelOfAssurance
    pseudonym: Pseudonym
    pinned: bool = False
    authorised: tuple[Authorisation, ...] = ()


CastMember = Person | Visitor | Organisation | Employee
"""Whoever bears a handle of the commands and is no DV."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent of a gezag relation; with `bsn` False the BRP delivers the name only, which need not be in the cast."""

    name: str
    bsn: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gezag:
    """Authority over a child, by the type names of the BRP (mandates 2.2)."""

    name: str
    child: str
    type: str
    parents: tuple[Parent, ...] = ()
    third: tuple[str, ...] = ()
    third_unknown: bool = False
    under_investigation: bool = False
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Who a court appointed. `authority`: ZELFSTANDIG or GEZAMENLIJK."""

    who: str
    role: str
    period: Period
    suspensions: tuple[Period, ...] = ()
    authority: str = "ZELFSTANDIG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Curatele, bewind or mentorschap, as the court's register has it.

    `state`: ACTIEF, OPGEHEVEN or GEEINDIGD; `scope`: ALLE_GOEDEREN or GENOEMDE_GOEDEREN.
    """

    name: str
    person: str
    kind: Ground
    period: Period
    state: str = "ACTIEF"
    scope: str = "ALLE_GOEDEREN"
    representatives: tuple[Representative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machtiging:
    """A voluntary mandate: `giver` lets `receiver` act. `valid_until` is the last day it holds (mandates 6, R-TIME)."""

    name: str
    giver: str
    receiver: str
    service: str
    state: str = "ACTIEF"
    valid_from: date | None = None
    valid_until: date | None = None
    withdrawn: datetime | None = None
    loa: LevelOfAssurance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Functionaris:
    """Who the Handelsregister has at an organisation; `kind` and `authority` in KvK's own words (mandates 2.4)."""

    name: str
    organisation: str
    who: str
    kind: str
    authority: str | None = None
    limit: int | None = None
    forbidden: tuple[str, ...] = ()
    suspensions: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A link of a ketenmachtiging: organisation `giver` to organisation or employee `receiver`."""

    name: str
    giver: str
    receiver: str
    service: str
    loa: LevelOfAssurance | None = None
    state: str = "ACTIEF"
    vestiging: Vestigingsnummer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is the matter with a source, until that instant or for good."""

    source: str
    mode: str
    ms: int
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the source has this fault at that instant."""
        return self.until is None or at < self.until
