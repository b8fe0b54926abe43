"""One login as a value, and `next_step`: the only place that decides what comes next."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ConfigDict

from gateway.sessions import Federation, Session
from gateway.stored import Beside, Stored
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AssuranceTooLow, LoginOvertaken, NoSupportedIdp, NoValidRepresentation, Reason
from stelsel.identifiers import EntityId, ServiceUuid

LOGIN_LIFE: Final = timedelta(minutes=15)  # ST-SAML: a login is answered within this time, or ends
STORED: Final = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


@dataclass(frozen=True, slots=True, repr=False)
class SealedIdentity:
    """What the gateway may carry of an identity on the SAML path: it cannot read who this is.

    `acting` is the EncryptedID for the DV as the AD made it, `evidence` the AD's assertion, byte for byte; `subject`
    and `index` are the AD's names for its own session. Of a means that signs nothing for others the gateway made
    `acting` itself, and there is no evidence (docs/decisions/0007). Of an HM: `legal` is who is represented, `copied`
    what else it says (DV-ATT-13), `links` how many stand between, `restricted` that the mandate is for a part of the
    organisation. `facts` is how many things an AD tells of the person beside who it is, for the DV alone to read.
    `known_to_bvd`: it told the BVD too who acts, as it does of whoever has a BSN. `at`: when the user logged in, by the
    AD's word.
    """

    acting: tuple[Beside, ...]
    loa: LevelOfAssurance
    authority: EntityId
    evidence: Beside
    subject: str = ""
    index: str | None = None
    legal: tuple[Beside, ...] = ()
    copied: tuple[Beside, ...] = ()
    links: int = 0
    restricted: bool = False
    facts: int = 0
    known_to_bvd: bool = True
    at: datetime | None = None

    __pydantic_config__ = STORED

    def __repr__(self) -> str:
        return f"SealedIdentity({self.loa.name}, {self.authority.value})"


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A request of ours that waits for its answer; `silent` as in `Authenticate`."""

    request_id: str
    party: EntityId
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Via:
    """A means, and the AD behind it that is asked."""

    means: str
    authority: EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login between its request and its answer. `handle` names it in URLs and RelayState (`runtime.handles`).

    `whom` and `authorities` are what the request left open: for oneself (False) or another (True), and which ADs
    (None: any). `organisations`: the DV's answers have a place for one that is represented. `minimum` is the level that
    the request asks, where it asks one. `means` and `authority` are what the user chose, or what was left. `version`
    grows with each step, so that a step is taken once. `unanswered`: the last of `refused_means` did not answer at all;
    `refused_code` is what the journal keeps that under. `leave_to` is where the browser goes once the user stopped on a
    page of ours.
    `federation` is the DV's, if it has one; `session` what this browser has in it, `session_key` what the answer rests
    on.
    """

    id: str
    handle: str
    version: int = 0
    started_at: datetime
    interface: str
    dv: EntityId
    requester: EntityId
    request_id: str
    reply: str
    relay_state: str | None
    service: ServiceUuid
    force_authn: bool = False
    minimum: LevelOfAssurance | None = None
    whom: tuple[bool, ...]
    organisations: bool = True
    authorities: tuple[EntityId, ...] | None = None
    language: str | None = None
    browser: str | None = None
    represent: bool | None = None
    means: str | None = None
    authority: EntityId | None = None
    refused_means: tuple[str, ...] = ()
    unanswered: bool = False
    refused_code: str = ""
    outstanding: Outstanding | None = None
    identity: SealedIdentity | None = None
    pending: str | None = None
    leave_to: str | None = None
    federation: Federation | None = None
    session: Session | None = None
    session_key: str | None = None

    __pydantic_config__ = STORED


LOGIN: Final = Stored(Login)


@dataclass(frozen=True, slots=True)
class MeansLeft:
    """One means that may be chosen: its ADs, never none of them, and the lowest level that is enough with it."""

    name: str
    authorities: tuple[EntityId, ...]
    minimum: LevelOfAssurance


@dataclass(frozen=True, slots=True)
class Offer:
    """What service and request leave to choose, now; `whom` and `means` are never empty.

    `remembered` is that of a session which may serve: nobody needs to choose it, nor to log in again (SSO-02).
    `chain` is how many may stand between an organisation and who acts for it, `restrictions` whether a mandate for a
    part of it will do (catalogue).
    """

    whom: tuple[bool, ...]
    means: tuple[MeansLeft, ...]
    remembered: Via | None = None
    chain: int = 0
    restrictions: bool = False

    def find(self, name: str | None) -> MeansLeft | None:
        """The means of this name, where it is left."""
        return next((each for each in self.means if each.name == name), None)


@dataclass(frozen=True, slots=True)
class ChooseWhom:
    """Ask: for oneself or for another (UC-03: before the login starts)."""


@dataclass(frozen=True, slots=True)
class ChooseMeans:
    """Ask: how to log in."""

    represent: bool


@dataclass(frozen=True, slots=True)
class ChooseAuthority:
    """Ask: which of the ADs of a means; of eHerkenning, which supplier."""

    means: str
    represent: bool


@dataclass(frozen=True, slots=True)
class CannotRepresent:
    """Tell: logged in without a BSN, and registers know people by that. Ask, where `alone`: then for oneself?"""

    alone: bool


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Send the browser to an AD; `represent` says that its answer must be readable for the BVD.

    `silent`: the AD may answer from its own session, since ours may serve; in all other cases it may not.
    """

    via: Via
    represent: bool
    silent: bool = False


@dataclass(frozen=True, slots=True)
class AskBvd:
    """Send the browser to the BVD with the AD's assertion."""

    identity: SealedIdentity


@dataclass(frozen=True, slots=True)
class Answer:
    """Give the DV its artifact; `pending` is the BVD's artifact, still unresolved."""

    identity: SealedIdentity
    pending: str | None


Question = ChooseWhom | ChooseMeans | ChooseAuthority | CannotRepresent
Step = Question | Authenticate | AskBvd | Answer


def next_step(login: Login, offer: Offer) -> Step:
    """What comes next in `login`. Raises `AssuranceTooLow` after a login below the service's minimum (UC-02)."""
    if not offer.means or not offer.whom:
        raise NoSupportedIdp(
            "no means left that service and request allow",
            clause="DV-PRC-03",
            expected="a means that the catalogue has for this service, of an AD whose metadata holds",
            found="none",
        )
    represent = login.represent if len(offer.whom) > 1 else offer.whom[0]
    if login.identity is None:
        if represent is None:
            return ChooseWhom()
        if offer.remembered is not None and not login.refused_means:
            return Authenticate(offer.remembered, represent, silent=True)
        # After a refusal of the AD, or its silence, the user is asked, even when one means is left (ERR-08).
        asked = len(offer.means) > 1 or login.refused_means
        means = offer.find(login.means) if asked else offer.means[0]
        return ChooseMeans(represent) if means is None else _ask_at(login, means, represent)
    lowest = _lowest(login, offer)
    if login.identity.loa < lowest:
        raise AssuranceTooLow("the AD reached too low a level", expected=lowest.word, found=login.identity.loa.word)
    _check_mandate(login.identity, offer)
    if represent and login.pending is None:
        return AskBvd(login.identity) if login.identity.known_to_bvd else CannotRepresent(alone=False in offer.whom)
    return Answer(login.identity, login.pending)


def choice_of(authority: EntityId) -> str:
    """The button of an AD: short, and without the nine digits in a row that no page holds."""
    return "authority:" + base64.b32encode(hashlib.sha256(authority.value.encode()).digest()).decode().lower()[:16]


def answer_to(question: Question, offer: Offer, choice: str) -> Mapping[str, Any]:
    """What changes in a login when the user presses `choice` on the page of `question` (`gateway.pages`).

    Raises `LoginOvertaken` for what that page does not offer, `NoValidRepresentation` for whoever leaves it so.
    """
    kind, _, name = choice.partition(":")
    match question:
        case ChooseWhom() if choice in ("self", "other"):
            return {"represent": choice == "other"}
        case ChooseMeans() if kind == "means" and offer.find(name) is not None:
            return {"means": name, "authority": None}
        case ChooseAuthority(means) if kind == "authority" and (left := offer.find(means)) is not None:
            chosen = next((each for each in left.authorities if choice_of(each) == choice), None)
            if chosen is not None:
                return {"means": means, "authority": chosen}
        case CannotRepresent(alone) if choice == "self" and alone:
            return {"represent": False}
        case CannotRepresent() if choice == "back":
            raise NoValidRepresentation(Reason.NO_MANDATE, "no BSN is known of who logged in")
    raise LoginOvertaken("this choice is not on the page that is due")


def _ask_at(login: Login, means: MeansLeft, represent: bool) -> ChooseAuthority | Authenticate:
    """Which AD of a means: the one that is left, or the one that was chosen."""
    left = means.authorities
    authority = left[0] if len(left) == 1 else login.authority
    if authority not in left:
        return ChooseAuthority(means.name, represent)
    return Authenticate(Via(means.name, authority), represent)


def _check_mandate(identity: SealedIdentity, offer: Offer) -> None:
    """What an HM declares of its mandate is what the service takes; never widened, never dropped (R-RESTR, R-CHAIN)."""
    if identity.restricted and not offer.restrictions:
        raise NoValidRepresentation(Reason.RESTRICTION_NOT_SUPPORTED, "the HM's mandate is for a part only")
    if identity.links > offer.chain:
        raise NoValidRepresentation(Reason.CHAIN_NOT_ALLOWED, "more intermediaries than this service takes")


def _lowest(login: Login, offer: Offer) -> LevelOfAssurance:
    """What is enough with the means that was used; where it is left no more, nothing is."""
    means = offer.find(login.means)
    if means is None:
        raise NoSupportedIdp(
            "the means is no longer one of this service",
            clause="DV-PRC-03",
            expected=", ".join(each.name for each in offer.means) or "none: the service has no means left",
            found=login.means,
        )
    return means.minimum
