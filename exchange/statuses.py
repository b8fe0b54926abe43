"""SAML statuses of other parties as failures of ours, and failures as the status that a requester receives."""

from collections.abc import Callable
from functools import partial
from typing import Final

from stelsel import urns
from stelsel.failures import (
    AssuranceTooLow,
    AuthenticationFailed,
    Cancelled,
    Failure,
    MeansRefused,
    NoSupportedIdp,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
    ServiceUnknown,
    outcome_of,
)
from stelsel.saml.response import Status

_BY_MESSAGE: Final[dict[str | None, Callable[[], Failure]]] = {
    "Authentication cancelled": partial(Cancelled, "the other party says that the user stopped"),
    "No valid representation": partial(NoValidRepresentation, Reason.NO_MANDATE, "the BVD says that there is none"),
    "Representation source not available": partial(RegisterUnavailable, "bvd", "the BVD says that a register is away"),
    "SERVICE_UNKNOWN": partial(ServiceUnknown, "the other party does not know the service"),
    "SERVICE_INACTIVE": partial(ServiceInactive, "the other party holds the service for inactive"),
    "SERVICE_NOT_REPRESENTABLE": partial(ServiceNotRepresentable, "the BVD says that nobody may be represented"),
}
_BY_CODE: Final[dict[str | None, Callable[[], Failure]]] = {
    urns.STATUS_NO_AUTHN_CONTEXT: partial(AssuranceTooLow, "the other party cannot reach the level"),
    urns.STATUS_REQUEST_UNSUPPORTED: partial(MeansRefused, "the other party does not support the request"),
    urns.STATUS_NO_SUPPORTED_IDP: partial(NoSupportedIdp, "the other party cannot serve the BVD that was named"),
}


def failure_of(status: Status) -> Failure:
    """The failure that a Response without success tells: by its fixed StatusMessage, else by its codes (mandates 6)."""
    told = _BY_MESSAGE.get(status.message) or _BY_CODE.get(status.sub)
    return told() if told else AuthenticationFailed("the other party could not recognise the user", found=status.sub)


def status_of(failure: Failure) -> Status | None:
    """What the requester is told, or None when nothing is."""
    outcome = outcome_of(failure)
    return Status(outcome.status[0], outcome.status[1], outcome.message) if outcome.status else None
