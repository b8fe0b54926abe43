"""SAML statuses of other parties as failures of ours, and failures as the status that a requester receives."""

from collections.abc import Callable
from functools import partial
from typing import Final

from stelsel import urns
from stelsel.failures import (
    ArtifactUnknown,
    AssuranceTooLow,
    AuthenticationFailed,
    BadIdentifier,
    Cancelled,
    Failure,
    MeansRefused,
    MessageRefused,
    NoSupportedIdp,
    NoValidRepresentation,
    PartyUnavailable,
    PassiveImpossible,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
    ServiceUnknown,
    outcome_of,
)
from stelsel.saml.response import Status

INTERNAL_ERROR: Final = Status(urns.STATUS_RESPONDER, None, "Internal error")

_BY_MESSAGE: Final[dict[str | None, Callable[[], Failure]]] = {
    "Authentication cancelled": partial(Cancelled, "the other party says that the user stopped"),
    "No valid representation": partial(NoValidRepresentation, Reason.NO_MANDATE, "the BVD says that there is none"),
    "Representation source not available": partial(RegisterUnavailable, "bvd", "the BVD says that a register is away"),
    "SERVICE_UNKNOWN": partial(ServiceUnknown, "the other party does not know the service"),
    "SERVICE_INACTIVE": partial(ServiceInactive, "the other party holds the service for inactive"),
    "SERVICE_NOT_REPRESENTABLE": partial(ServiceNotRepresentable, "the BVD says that nobody may be represented"),
    "BAD_IDENTIFIER": partial(BadIdentifier, "the other party was given an identifier that cannot be"),
    "Internal error": partial(PartyUnavailable, "the other party failed"),
}
_BY_CODE: Final[dict[str | None, Callable[[], Failure]]] = {
    urns.STATUS_NO_AUTHN_CONTEXT: partial(AssuranceTooLow, "the other party cannot reach the level"),
    urns.STATUS_REQUEST_UNSUPPORTED: partial(MeansRefused, "the other party does not support the request"),
    urns.STATUS_NO_SUPPORTED_IDP: partial(NoSupportedIdp, "the other party cannot serve the BVD that was named"),
    urns.STATUS_NO_PASSIVE: partial(PassiveImpossible, "the other party cannot without asking the user"),
    urns.STATUS_REQUEST_DENIED: partial(PartyUnavailable, "the other party refuses requests of ours"),
}


def failure_of(status: Status) -> Failure:
    """The failure that a Response without success tells: by its fixed StatusMessage, else by its codes (mandates 6)."""
    told = _BY_MESSAGE.get(status.message) or _BY_CODE.get(status.sub)
    return told() if told else AuthenticationFailed("the other party could not recognise the user", found=status.sub)


def status_of(failure: Failure) -> Status:
    """What the requester is told of a login that ended with `failure`.

    An answer or artifact of another party that we refused is none of the requester's doing: it is told as our own
    fault, and so is what has no status.
    """
    status = outcome_of(failure).status
    if status is None or isinstance(failure, MessageRefused | ArtifactUnknown):
        return INTERNAL_ERROR
    return Status(*status, outcome_of(failure).message)


def check_told(failure: Failure) -> None:
    """Raises `failure` when the user reads it on a page of ours, and the requester is told nothing (mandates 6)."""
    outcome = outcome_of(failure)
    if outcome.status is None or outcome.page is not None:
        raise failure
