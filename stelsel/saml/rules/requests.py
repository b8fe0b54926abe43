"""What an AuthnRequest must say: at every door, from a DV or LC to the router, and from the router to AD and BVD."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from stelsel.failures import MessageMalformed, MessageRefused, ReplyAddressUnknown, WrongDestination
from stelsel.identifiers import EntityId, ServiceUuid
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
        raise ReplyAddressUnknown(
            "AssertionConsumerServiceIndex is missing", clause="DV-REQ-04", expected="an index", found="none"
        )


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
        raise MessageRefused(
            "IdpAssertion does not belong in a DV's request",
            clause="DV-REQ-11",
            expected="no IdpAssertion",
            found="IdpAssertion",
        )


def scoping_names_somebody(request: AuthnRequest, at: Situation) -> None:
    """Scoping holds an IDPList or, as the standard's own example does, RequesterID alone (DV-REQ-16, C-05)."""
    if request.has_scoping and not (request.idp_list or request.requester_ids):
        raise MessageMalformed(
            "Scoping names nobody",
            clause="DV-REQ-16",
            expected="IDPList or RequesterID, or no Scoping",
            found="Scoping with neither",
        )


def uses_extensions(request: AuthnRequest, at: Situation) -> None:
    """An LC names DV and service in Extensions, never by an index: its metadata has none (DV-REQ-08)."""
    if request.issuer.is_supplier and request.attribute_index is not None:
        raise MessageMalformed(
            "an LC names the service by index", clause="DV-REQ-08", expected="Extensions", found=request.attribute_index
        )


def speaks_for_itself(request: AuthnRequest, at: Situation) -> None:
    """IntendedAudience of a DV's own request is that DV (DV-REQ-09); which DVs an LC speaks for, its metadata says."""
    if not request.issuer.is_supplier and request.intended_audience not in (None, request.issuer):
        raise MessageRefused(
            "IntendedAudience is another DV",
            clause="DV-REQ-09",
            expected=request.issuer,
            found=request.intended_audience,
        )


FROM_A_DV: Final[tuple[RequestRule, ...]] = (
    names_one_service,
    names_dv_and_service,
    uses_extensions,
    speaks_for_itself,
    brings_no_assertion,
    scoping_names_somebody,
)


# --- from the router


def dv_and_service(request: AuthnRequest) -> tuple[EntityId, ServiceUuid]:
    """What Extensions name: AD and BVD take no index (RD-REQ-02, RD-REQ-03). Raises `MessageMalformed`."""
    dv, service = request.intended_audience, request.service
    if dv is None or service is None:
        named = {"IntendedAudience": dv, "ServiceUUID": service}
        raise MessageMalformed(
            "Extensions need IntendedAudience and ServiceUUID",
            clause="RD-REQ-03",
            expected="both",
            found=", ".join(f"{name} alone" for name, value in named.items() if value) or "neither",
        )
    return dv, service


def evidence_in(request: AuthnRequest) -> bytes:
    """The AD's assertion that a router brings to a BVD (RD-REQ-05). Raises `MessageMalformed`."""
    if request.idp_assertion is None:
        raise MessageMalformed(
            "IdpAssertion is missing", clause="RD-REQ-05", expected="the AD's assertion", found="none"
        )
    return request.idp_assertion


def names_its_dv_and_service(request: AuthnRequest, at: Situation) -> None:
    """Extensions hold IntendedAudience and ServiceUUID (RD-REQ-03)."""
    dv_and_service(request)


FROM_THE_ROUTER: Final[tuple[RequestRule, ...]] = (names_its_dv_and_service,)


def brings_an_assertion(request: AuthnRequest, at: Situation) -> None:
    """To a BVD: IdpAssertion holds the AD's assertion (RD-REQ-05)."""
    evidence_in(request)


TO_A_BVD: Final[tuple[RequestRule, ...]] = (*FROM_THE_ROUTER, brings_an_assertion)
