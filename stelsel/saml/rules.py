"""What a request must say, whoever sends it and whoever reads it: the rules that need the message alone.

A door runs them on what it has verified; `explain` runs the same ones on what a developer has at hand. Rules that need
metadata, the catalogue or a role stand at the door.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from stelsel.failures import MessageMalformed, MessageRefused, ReplyAddressUnknown, WrongDestination
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.freshness import check_issued


class Situation(Protocol):
    """Where and when a request came in."""

    @property
    def location(self) -> str:
        """The SingleSignOnService."""

    @property
    def now(self) -> datetime:
        """By our clock."""


RequestRule = Callable[[AuthnRequest, Situation], None]


# --- at every SSO door


def meant_for_us(request: AuthnRequest, at: Situation) -> None:
    """Destination is present and is this very SingleSignOnService (DV-REQ-02)."""
    if request.destination != at.location:
        raise WrongDestination(
            "Destination is another address", expected=at.location, found=request.destination or "no Destination"
        )


def fresh(request: AuthnRequest, at: Situation) -> None:
    """IssueInstant lies within the window (mandates 6, message not trusted)."""
    check_issued(request.issue_instant, at.now)


def within_the_profile(request: AuthnRequest, at: Situation) -> None:
    """Nothing that would narrow the login beside the catalogue: it is refused, not passed by (spec/security S25).

    NameIDPolicy, Consent and ProviderName change nothing here and are passed by (GEN-26, DV-REQ-12).
    """
    narrowing = {
        "Subject": request.has_subject,
        "Conditions": request.has_conditions,
        "RequestedAuthnContext": bool(request.context_classes),
    }
    if any(narrowing.values()):
        raise MessageRefused(
            "the request narrows the login itself",
            clause="GEN-26",
            expected="no Subject, Conditions or RequestedAuthnContext",
            found=", ".join(name for name, stands in narrowing.items() if stands),
        )


def not_passive(request: AuthnRequest, at: Situation) -> None:
    """IsPassive is not offered: a login here always shows what is declared (st-saml 3.1)."""
    if request.is_passive:
        raise MessageRefused("IsPassive is not supported", clause="GEN-26", expected="false or absent", found="true")


def reply_by_index(request: AuthnRequest, at: Situation) -> None:
    """The answer's address is named by index only, never by URL or binding (DV-REQ-04, DV-REQ-05)."""
    if request.acs_url is not None or request.protocol_binding is not None:
        raise ReplyAddressUnknown(
            "the reply address is given by URL or binding",
            clause="DV-REQ-05",
            expected="AssertionConsumerServiceIndex alone",
            found="AssertionConsumerServiceURL" if request.acs_url is not None else "ProtocolBinding",
        )
    if request.acs_index is None:
        raise ReplyAddressUnknown("AssertionConsumerServiceIndex is missing", clause="DV-REQ-04", expected="an index")


AT_ANY_DOOR: Final[tuple[RequestRule, ...]] = (meant_for_us, fresh, within_the_profile, not_passive, reply_by_index)


# --- from a DV


def names_one_service(request: AuthnRequest, at: Situation) -> None:
    """Exactly one of AttributeConsumingServiceIndex and Extensions (DV-REQ-06)."""
    by_index = request.attribute_index is not None
    by_extensions = request.service is not None or request.intended_audience is not None
    if by_index == by_extensions:
        raise MessageMalformed(
            "name the service by index or by Extensions, by one of them",
            clause="DV-REQ-06",
            expected="AttributeConsumingServiceIndex, or IntendedAudience and ServiceUUID in Extensions",
            found="both" if by_index else "neither",
        )


def names_dv_and_service(request: AuthnRequest, at: Situation) -> None:
    """Extensions hold both IntendedAudience and ServiceUUID (DV-REQ-09, DV-REQ-10)."""
    if (request.service is None) != (request.intended_audience is None):
        raise MessageMalformed(
            "Extensions need IntendedAudience and ServiceUUID",
            clause="DV-REQ-09",
            expected="both",
            found="IntendedAudience alone" if request.service is None else "ServiceUUID alone",
        )


def brings_no_assertion(request: AuthnRequest, at: Situation) -> None:
    """IdpAssertion does not come from a DV (DV-REQ-11; spec/security S25: refused, not ignored)."""
    if request.idp_assertion is not None:
        raise MessageRefused("IdpAssertion does not belong in a DV's request", clause="DV-REQ-11")


def scoping_names_somebody(request: AuthnRequest, at: Situation) -> None:
    """Scoping holds an IDPList or, as the standard's own example does, RequesterID alone (DV-REQ-16, C-05)."""
    if request.has_scoping and not (request.idp_list or request.requester_ids):
        raise MessageMalformed(
            "Scoping names nobody", clause="DV-REQ-16", expected="IDPList or RequesterID, or no Scoping"
        )


FROM_A_DV: Final[tuple[RequestRule, ...]] = (
    names_one_service,
    names_dv_and_service,
    brings_no_assertion,
    scoping_names_somebody,
)
