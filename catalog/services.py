"""Service and Provider: what a dienstverlener offers and what each service asks, checked when made (mandates 4.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from catalog.clients import Client
from catalog.clusters import Cluster, Supplier
from catalog.connections import AS_AGREED, BackChannel, Connection, ResponseBinding
from catalog.identities import LARGEST_KEY_SET, PLAIN, BsnkKeys, Holder, IdentityType, PersonalFact, is_encrypted
from catalog.inconsistent import Inconsistent as Inconsistent
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import PARENTAL, Ground, Interest, Period

LANGUAGES: Final = ("nl", "en")
MEANS: Final = ("digid", "eherkenning", "eidas")  # of the standard; a gateway may have others (docs/means.md)
MEANS_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
EIDAS: Final = "eidas"
STANDARD: Final = "st-saml"
NAMELESS: Final = "digid-legacy"  # its answers have a place for a BSN, and for nothing else
PROFILES: Final = (STANDARD, NAMELESS, "etoegang", "generic")  # clients 5.1
INTERFACES: Final = ("saml", "oidc")
MAJORITY: Final = 18  # gezag ends here (mandates 2.2)
CARE_LIMIT: Final = 12  # from here on care is owed to the child, not to the parents (BW 7:465; mandates 6 row 2)
LONGEST_CHAIN: Final = 9
ALWAYS: Final = Period()
_FEDERATION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,63}")


class Action(StrEnum):
    """What the user does with the product that the UPL names (mandates 4.3)."""

    AANVRAGEN = "aanvragen"
    WIJZIGEN = "wijzigen"
    INZIEN = "inzien"


class UnderInvestigation(StrEnum):
    """What a service does with gezag whose data the BRP has under investigation (mandates 2.2)."""

    REFUSE = "refuse"
    ALLOW = "allow"


class JointPolicy(StrEnum):
    """Whether one parent with joint gezag suffices (BW 1:253i), or the service wants both."""

    ALONE = "alone"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A dienstverlener (DV): who it is, and how it is connected. `url` may be empty; `title` has every language.

    Of a DV with profile `st-saml` the terms of `connection` are those of the standard. `bsnk`: it is a recipient of
    BSNk. Raises `Inconsistent`.
    """

    entity_id: EntityId
    oin: Oin
    name: str
    title: Mapping[str, str]
    url: str = ""
    profile: str = STANDARD
    interfaces: frozenset[str] = frozenset({"saml"})
    connection: Connection = AS_AGREED
    bsnk: BsnkKeys | None = None

    def __post_init__(self) -> None:
        inside = self.entity_id.oin
        if inside is not None and inside != self.oin:
            raise Inconsistent("entity", f"names another OIN than {self.oin.value}")
        _check_name(self.name)
        _check_title("title", self.title)
        if self.profile not in PROFILES:
            raise Inconsistent("profile", f"is none of {', '.join(PROFILES)}")
        if not self.interfaces:
            raise Inconsistent("interfaces", "is empty: nobody can reach this party")
        _check_known("interfaces", self.interfaces, INTERFACES)
        self._check_connection()
        if self.bsnk is not None and not 0 <= self.bsnk.key_set <= LARGEST_KEY_SET:
            raise Inconsistent("bsnk.key_set", f"is not from 0 to {LARGEST_KEY_SET}")
        if self.bsnk is not None and self.profile != STANDARD:
            raise Inconsistent("bsnk", f"is for profile {STANDARD}: others have no place for what BSNk encrypts")

    @property
    def decrypted_here(self) -> bool:
        """Whether the gateway decrypts on its behalf what BSNk made."""
        return self.bsnk is not None and self.bsnk.holder is Holder.GATEWAY

    def _check_connection(self) -> None:
        """A DV that holds to ST-SAML is bound to its bindings (GEN-20, GEN-27) and names its service itself."""
        agreed = self.connection
        if agreed.federation is not None and not _FEDERATION.fullmatch(agreed.federation):
            raise Inconsistent("connection.federation", "is no name of letters, digits, dots and dashes")
        if self.profile != STANDARD:
            return
        if agreed.response is not ResponseBinding.ARTIFACT:
            raise Inconsistent("connection.response", "is artifact for profile st-saml (GEN-27)")
        if agreed.back_channel is not BackChannel.MUTUAL_TLS:
            raise Inconsistent("connection.back_channel", "is mutual-tls for profile st-saml (GEN-20)")
        if agreed.default_service is not None:
            raise Inconsistent("connection.default_service", "is for requests of other profiles (DV-REQ-06)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """An announced higher minimum: counts from the instant `at` on (mandates 6, R-LOA)."""

    to: LevelOfAssurance
    at: datetime
    message: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service definition. What it does not allow by name is refused: grounds, means, chains, restrictions.

    `window` is half open, as `Period` always is: the service is active from the start of its first day up to, and not
    on, the day `until`. No `interests` means that no ground which covers an interest can be used, VRIJWILLIG only.
    `eidas`: by what it knows people who log in with eIDAS, best first; each gets the first that he has. `attributes`:
    what else it is told of them, each with the purpose that it has for it, in every language.
    Raises `Inconsistent`.
    """

    uuid: ServiceUuid
    name: str
    provider: EntityId
    title: Mapping[str, str]
    minimum: LevelOfAssurance
    eherkenning_minimum: LevelOfAssurance | None = None
    raised: Raise | None = None
    upl: str | None = None
    action: Action | None = None
    grounds: frozenset[Ground] = frozenset()
    interests: frozenset[Interest] = frozenset()
    max_age: Mapping[Ground, int] = field(default_factory=dict)
    under_investigation: UnderInvestigation = UnderInvestigation.REFUSE
    joint: JointPolicy = JointPolicy.ALONE
    chain: int = 0
    vestiging: bool = False
    by_bsn: bool = False
    means: frozenset[str] = frozenset({"digid"})
    eidas: tuple[IdentityType, ...] = PLAIN
    attributes: Mapping[PersonalFact, Mapping[str, str]] = field(default_factory=dict)
    active: bool = True
    window: Period = ALWAYS

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_title("title", self.title)
        self._check_levels()
        self._check_product()
        self._check_grounds()
        if not self.means:
            raise Inconsistent("means", "is empty: nobody could log in")
        for name in sorted(self.means):
            if not MEANS_NAME.fullmatch(name):
                raise Inconsistent("means", f"{name!r} is no name: small letters, digits and dashes")
        self._check_eidas()
        first, until = self.window.first, self.window.until
        if first is not None and until is not None and until <= first:
            raise Inconsistent("active_until", "is not after active_from")

    def _check_levels(self) -> None:
        if self.eherkenning_minimum is not None and "eherkenning" not in self.means:
            raise Inconsistent("eherkenning_minimum", "is given, and means has no eherkenning")
        if self.raised is not None:
            if self.raised.at.tzinfo is None:
                raise Inconsistent("raised.from", "is an instant without an offset")
            if self.raised.to <= self.minimum:
                raise Inconsistent("raised.to", "is not above minimum")
            if self.raised.message:
                _check_title("raised.message", self.raised.message)

    def _check_eidas(self) -> None:
        if not self.eidas:
            raise Inconsistent("eidas", "is empty: nobody could be told apart")
        if len(set(self.eidas)) < len(self.eidas):
            raise Inconsistent("eidas", "names a type twice")
        if {IdentityType.LEGACY_BSN, IdentityType.BSN} <= set(self.eidas):
            raise Inconsistent("eidas", "has the BSN twice: as text, and encrypted by BSNk")
        if self.eidas != PLAIN and EIDAS not in self.means:
            raise Inconsistent("eidas", "is given, and means has no eidas")
        if self.grounds and self.eidas == (IdentityType.PSEUDONYM,):
            raise Inconsistent("eidas", "has no BSN, and grounds: a BVD declares who acts by his BSN")

        if self.attributes and EIDAS not in self.means:
            raise Inconsistent("attributes", "is given, and means has no eidas")
        for fact, purpose in self.attributes.items():
            _check_title(f"attributes.{fact}", purpose)

    @property
    def asks_bsnk(self) -> bool:
        """Whether it takes anything that BSNk encrypts for its DV."""
        return is_encrypted(self.eidas)

    def _check_product(self) -> None:
        if self.upl is not None and not self.upl.startswith(("http://", "https://")):
            raise Inconsistent("upl", "is no URI; the UPL is keyed on URI, its names repeat")
        if self.upl is not None and self.action is None:
            raise Inconsistent("action", "is missing: a UPL product is aanvragen, wijzigen or inzien")

    def _check_grounds(self) -> None:
        for ground, age in self.max_age.items():
            if ground not in PARENTAL:
                raise Inconsistent(f"max_age.{ground}", "is no parental ground; only those end with an age")
            if not (self.grounds & PARENTAL if ground is Ground.OUDERLIJK_GEZAG else ground in self.grounds):
                raise Inconsistent(f"max_age.{ground}", "is not among grounds")
            if not 1 <= age <= MAJORITY:
                raise Inconsistent(f"max_age.{ground}", f"is not from 1 to {MAJORITY}")
        if not 0 <= self.chain <= LONGEST_CHAIN:
            raise Inconsistent("chain", f"is not from 0 to {LONGEST_CHAIN}")

    @property
    def representable(self) -> bool:
        """Whether anybody may be represented here at all (R-SVC)."""
        return bool(self.grounds)

    def minimum_on(self, at: datetime, means: str = "digid") -> LevelOfAssurance:
        """The lowest level that is enough at that instant: `minimum`, or from its instant on the announced raise.

        eHerkenning may have a higher one of its own (`eherkenning_minimum`), never a lower: R-LOA always applies.
        """
        lowest = self.minimum
        if self.raised is not None and at >= self.raised.at:
            lowest = self.raised.to
        if means == "eherkenning" and self.eherkenning_minimum is not None:
            lowest = max(lowest, self.eherkenning_minimum)
        return lowest

    def is_active(self, at: datetime) -> bool:
        """Whether the service is on and that instant's day in Amsterdam lies inside its window (mandates 4.1)."""
        return self.active and self.window.holds_at(at)

    def age_limit(self, ground: Ground) -> int | None:
        """The first age at which a parental `ground` no longer reaches the child here; None for other grounds.

        GEZAMENLIJK_GEZAG and VOOGDIJ follow OUDERLIJK_GEZAG unless they have a limit of their own (mandates 6, rows 4
        and 5: "as 2/3"). Without any limit it is 12 where the service touches care, else 18.
        """
        if ground not in PARENTAL:
            return None
        fallback = CARE_LIMIT if Interest.ZORG in self.interests else MAJORITY
        return self.max_age.get(ground, self.max_age.get(Ground.OUDERLIJK_GEZAG, fallback))


@dataclass(frozen=True, slots=True)
class Entries:
    """What goes into the catalogue together: DVs and services, and the suppliers through which some are connected."""

    providers: tuple[Provider, ...]
    services: tuple[Service, ...]
    suppliers: tuple[Supplier, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    clients: tuple[Client, ...] = ()


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > 255 or not name.isprintable():
        raise Inconsistent("name", "is empty, over 255 characters, or has blanks around it")


def _check_title(where: str, title: Mapping[str, str]) -> None:
    _check_known(where, frozenset(title), LANGUAGES)
    for language in LANGUAGES:
        text = title.get(language, "")
        if not text.strip() or len(text) > 255 or not text.isprintable():
            raise Inconsistent(f"{where}.{language}", "is missing, over 255 characters, or not one line")


def _check_known(where: str, found: frozenset[str], known: tuple[str, ...]) -> None:
    unknown = sorted(found.difference(known))
    if unknown:
        raise Inconsistent(where, f"{unknown[0]!r} is none of {', '.join(known)}")
