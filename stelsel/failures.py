"""Every reason a login ends without an answer, and OUTCOMES: how each is told.

A `Failure` is raised with facts for the log (clause, expected, found); the public text is fixed and holds none.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from stelsel import urns
from stelsel.origins import Origin as Origin
from stelsel.reasons import Reason as Reason


class Failure(Exception):
    """A login, or one message of it, ends here.

    `why` is for the integrator's log. `clause` is the id of the rule that was broken (`DV-REQ-02`), `expected` and
    `found` what it asked and what came. None of them may hold a BSN, an assertion, a key or a token. `defect` names
    what is wrong with a document, for programs: words may change.
    """

    clause: ClassVar[str] = ""

    def __init__(
        self,
        why: str = "",
        *,
        clause: str | None = None,
        expected: object = None,
        found: object = None,
        defect: StrEnum | None = None,
    ) -> None:
        super().__init__(why or type(self).__name__)
        self.why = why or type(self).__name__
        self.broken_clause = clause if clause is not None else type(self).clause
        self.expected = expected
        self.found = found
        self.defect = defect
        self.origin: Origin | None = None

    def facts(self) -> dict[str, str]:
        """What the log may say of this refusal.

        Keys: failure, why and, where known, clause, expected, found, and those of `Origin`.
        """
        known = {
            "failure": type(self).__name__,
            "why": self.why,
            "clause": self.broken_clause,
            "expected": self.expected,
            "found": self.found,
            **(self.origin.facts() if self.origin else {}),
        }
        return {name: str(value)[:500] for name, value in known.items() if value not in (None, "")}


@contextmanager
def refusing(origin: Origin) -> Iterator[None]:
    """Whatever fails inside is a refusal of this message, unless it names another: one that stands in it."""
    try:
        yield
    except Failure as failure:
        failure.origin = failure.origin or origin
        raise


# --- a message that cannot be trusted: no redirect, no status on the front channel


class MessageRefused(Failure):
    """The message is not trusted; on SOAP it is answered Requester / RequestDenied."""


class MessageMalformed(MessageRefused):
    """Not the XML, or not the shape, that the standard prescribes; on SOAP Requester / RequestUnsupported (ERR-09).

    `place` is the element in question where that is known, and `attribute` the name of the attribute that cannot be
    read: for whoever explains a document to its maker, never logged.
    """

    clause = "ERR-09"
    place: object | None = None
    attribute: str | None = None


class WrongMediaType(MessageMalformed):
    """Another kind of body than this door takes; HTTP 415."""

    clause = "GEN-27"


class MessageTooLarge(MessageMalformed):
    """Over the bounds on bytes, depth or count (spec/security S9, P7)."""


class UnknownIssuer(MessageRefused):
    """No verified metadata of this party."""

    clause = "DV-REQ-13"


class SignatureRefused(MessageRefused):
    """Missing, of another shape than the profile's only one, by another key, or not over these bytes."""

    clause = "GEN-09"


class WrongDestination(MessageRefused):
    """Meant for another address."""

    clause = "DV-REQ-02"


class MessageExpired(MessageRefused):
    """Outside its time window: issued over 5 minutes ago or over 60 s ahead, or past NotOnOrAfter."""

    clause = "GEN-22"


class MessageReplayed(MessageRefused):
    """Its ID was used before."""

    clause = "GEN-24"


class ReplyAddressUnknown(MessageRefused):
    """The AssertionConsumerService asked for is not in the issuer's metadata."""

    clause = "DV-REQ-04"


class WrongParty(MessageRefused):
    """Signer, TLS client certificate and issuer are not the same registered party, or it is not that party's turn."""

    clause = "GEN-21"


class AnswerRefused(MessageRefused):
    """An answer of an AD, BVD or RD that does not fit what was asked (audience, recipient, InResponseTo, level)."""

    clause = "RD-ASR-12"


class EncryptedIdRefused(AnswerRefused):
    """An encrypted identity or pseudonym of BSNk that is malformed, not truly signed, or not for these keys."""

    clause = "TYP-03"


# --- a trusted message that asks what cannot be


class ServiceUnknown(Failure):
    """The service is not in the catalogue, or not of this DV."""

    clause = "DV-PRC-01"


class ServiceInactive(Failure):
    """The service, or its registration, does not hold today."""

    clause = "DV-PRC-01"


class ServiceNotRepresentable(Failure):
    """Nobody may be represented in this service."""

    clause = "R-SVC"


class BadIdentifier(Failure):
    """An identifier that cannot exist: wrong shape or check digit."""

    clause = "R-REQ"


class NoSupportedIdp(Failure):
    """IDPList or RequesterID names nobody usable."""

    clause = "DV-REQ-19"


class PassiveImpossible(Failure):
    """A DV outside `st-saml` asks for a login at which nobody is asked anything, which there is not here."""

    clause = "GEN-26"


# --- the user, the means, the mandate


class Cancelled(Failure):
    """The user stopped (ERR-03)."""

    clause = "ERR-03"


class AuthenticationFailed(Failure):
    """The authentication service could not recognise the user."""

    clause = "ERR-02"


class AssuranceTooLow(Failure):
    """Recognised, but not surely enough for this service or this ground."""

    clause = "R-LOA"


class MeansRefused(Failure):
    """The authentication service understood the request and does not support it (ERR-07)."""

    clause = "ERR-07"


class MeansUnavailable(Failure):
    """The authentication service did not answer us, or answered that it failed: another means may still do."""


class NoValidRepresentation(Failure):
    """The registers answered, and the user may not act for this person in this service."""

    clause = "R-QUERY"

    def __init__(self, reason: Reason, why: str = "") -> None:
        super().__init__(why or reason.value)
        self.reason = reason


class RegisterUnavailable(Failure):
    """A register that had to answer did not; `source` is its name in REGISTERS."""

    clause = "R-QUERY"

    def __init__(self, source: str, why: str = "") -> None:
        super().__init__(why or f"{source} did not answer")
        self.source = source


# --- handles and flow


class ArtifactUnknown(Failure):
    """Unknown, used, expired, or asked by another party (DV-ARR-04): Success without a Response."""

    clause = "DV-ARR-04"


class LoginExpired(Failure):
    """No such login, or older than 15 minutes."""


class LoginOvertaken(Failure):
    """This step was done before, or goes on in another window; also a choice that was never offered."""


class CookiesBlocked(Failure):
    """The cookie set on the way in did not come back."""


class PageUnknown(Failure):
    """No such page, or not with this method."""


class TooManyTries(Failure):
    """Over a rate limit; `retry_after_seconds` says for how long."""

    def __init__(self, why: str = "", *, clause: str | None = None, retry_after_seconds: int = 3600) -> None:
        super().__init__(why, clause=clause)
        self.retry_after_seconds = retry_after_seconds


# --- ours


class Unavailable(Failure):
    """Something we stand on does not answer."""


class StoreUnavailable(Unavailable):
    """The short-lived store."""


class DatabaseUnavailable(Unavailable):
    """The database, or the journal in it."""


class PartyUnavailable(Unavailable):
    """Another party's back channel.

    `is_down`: it gave no whole answer, or what stands before it said that it is away. That counts against it with
    others too; an error that it answers may be due to what one browser brought.
    """

    def __init__(
        self,
        why: str = "",
        *,
        clause: str | None = None,
        expected: object = None,
        found: object = None,
        is_down: bool = False,
    ) -> None:
        super().__init__(why, clause=clause, expected=expected, found=found)
        self.is_down = is_down


class Misconfigured(Failure):
    """A setting, key or file of ours is wrong; raised at start, names what."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a failure is told: SAML status pair and StatusMessage, OIDC error, page of PAGES 2.1 and its HTTP status.

    `status` None: nothing is told to the DV. `page` None: the user goes straight back to the DV.
    """

    status: tuple[str, str | None] | None
    message: str | None = None
    oidc: str | None = None
    page: str | None = None
    http: int = 400


_FAILED = (urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED)
_UNSUPPORTED = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED)
_DENIED = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
_OURS = (urns.STATUS_RESPONDER, None)

# The table "How each outcome is told" of mandates 6. Of MessageRefused the status is for SOAP only.
OUTCOMES: Final[Mapping[type[Failure], Outcome]] = {
    MessageRefused: Outcome(_DENIED, page="E1"),
    MessageMalformed: Outcome(_UNSUPPORTED, page="E1"),
    WrongMediaType: Outcome(_UNSUPPORTED, page="E1", http=415),
    MessageTooLarge: Outcome(_UNSUPPORTED, page="E1", http=413),
    UnknownIssuer: Outcome(_DENIED, page="E1"),
    SignatureRefused: Outcome(_DENIED, page="E1"),
    WrongDestination: Outcome(_DENIED, page="E1"),
    MessageExpired: Outcome(_DENIED, page="E1"),
    MessageReplayed: Outcome(_DENIED, page="E1"),
    ReplyAddressUnknown: Outcome(_DENIED, page="E1"),
    WrongParty: Outcome(_DENIED, page="E1"),
    AnswerRefused: Outcome(_DENIED, page="E1"),
    EncryptedIdRefused: Outcome(_DENIED, page="E1"),
    ServiceUnknown: Outcome(_UNSUPPORTED, "SERVICE_UNKNOWN", "invalid_request"),
    ServiceInactive: Outcome(_UNSUPPORTED, "SERVICE_INACTIVE", "invalid_request"),
    ServiceNotRepresentable: Outcome(_UNSUPPORTED, "SERVICE_NOT_REPRESENTABLE", "invalid_target"),
    BadIdentifier: Outcome(_UNSUPPORTED, "BAD_IDENTIFIER", "invalid_request"),
    NoSupportedIdp: Outcome(
        (urns.STATUS_REQUESTER, urns.STATUS_NO_SUPPORTED_IDP), "No supported IDP", "invalid_request"
    ),
    PassiveImpossible: Outcome(
        (urns.STATUS_RESPONDER, urns.STATUS_NO_PASSIVE), "Passive login not possible", "interaction_required"
    ),
    Cancelled: Outcome(_FAILED, "Authentication cancelled", "access_denied"),
    AuthenticationFailed: Outcome(_FAILED, "Authentication failed", "access_denied"),
    AssuranceTooLow: Outcome(
        (urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT),
        "Level of assurance not met",
        "unmet_authentication_requirements",
    ),
    MeansRefused: Outcome(
        (urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED), "Request not supported", "access_denied"
    ),
    MeansUnavailable: Outcome(_OURS, "Internal error", "server_error"),
    NoValidRepresentation: Outcome(_FAILED, "No valid representation", "access_denied"),
    RegisterUnavailable: Outcome(
        (urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED),
        "Representation source not available",
        "temporarily_unavailable",
    ),
    ArtifactUnknown: Outcome((urns.STATUS_SUCCESS, None), oidc="invalid_grant", page="E3"),
    LoginExpired: Outcome(None, page="E2"),
    LoginOvertaken: Outcome(None, page="E3"),
    CookiesBlocked: Outcome(None, page="E4"),
    PageUnknown: Outcome(None, page="E6", http=404),
    TooManyTries: Outcome(None, page="E7", http=429),
    Unavailable: Outcome(_OURS, "Internal error", "server_error", page="E5", http=503),
    StoreUnavailable: Outcome(_OURS, "Internal error", "server_error", page="E5", http=503),
    DatabaseUnavailable: Outcome(_OURS, "Internal error", "server_error", page="E5", http=503),
    PartyUnavailable: Outcome(_OURS, "Internal error", "server_error", page="E5", http=503),
    Misconfigured: Outcome(_OURS, "Internal error", "server_error", page="E5", http=500),
}


def outcome_of(failure: Failure) -> Outcome:
    """The row of `failure`, or of the nearest class above it."""
    return next(OUTCOMES[kind] for kind in type(failure).__mro__ if kind in OUTCOMES)
