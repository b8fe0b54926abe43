"""What a DV may ask: the rules of ST-SAML for its AuthnRequest, after those of every SSO door (exchange/sso.py)."""

from typing import Final

from exchange.sso import Circumstances, Rule
from stelsel.failures import MessageMalformed, MessageRefused
from stelsel.saml.authn_request import AuthnRequest


def names_one_service(request: AuthnRequest, at: Circumstances) -> None:
    """Exactly one of AttributeConsumingServiceIndex and Extensions (DV-REQ-06)."""
    by_index = request.attribute_index is not None
    by_extensions = request.service is not None or request.intended_audience is not None
    if by_index == by_extensions:
        raise MessageMalformed("name the service by index or by Extensions, by one of them", clause="DV-REQ-06")


def names_dv_and_service(request: AuthnRequest, at: Circumstances) -> None:
    """Extensions hold both IntendedAudience and ServiceUUID (DV-REQ-09, DV-REQ-10)."""
    if (request.service is None) != (request.intended_audience is None):
        raise MessageMalformed("Extensions need IntendedAudience and ServiceUUID", clause="DV-REQ-09")


def speaks_for_itself(request: AuthnRequest, at: Circumstances) -> None:
    """IntendedAudience of a DV's own request is that DV (DV-REQ-09)."""
    if request.intended_audience not in (None, request.issuer):
        raise MessageRefused(
            "IntendedAudience is another DV",
            clause="DV-REQ-09",
            expected=request.issuer,
            found=request.intended_audience,
        )


def brings_no_assertion(request: AuthnRequest, at: Circumstances) -> None:
    """IdpAssertion does not come from a DV (DV-REQ-11; spec/security S25: refused, not ignored)."""
    if request.idp_assertion is not None:
        raise MessageRefused("IdpAssertion does not belong in a DV's request", clause="DV-REQ-11")


def scoping_names_somebody(request: AuthnRequest, at: Circumstances) -> None:
    """Scoping holds an IDPList or, as the standard's own example does, RequesterID alone (DV-REQ-16, C-05)."""
    if request.has_scoping and not (request.idp_list or request.requester_ids):
        raise MessageMalformed("Scoping names nobody", clause="DV-REQ-16")


RULES: Final[tuple[Rule, ...]] = (
    names_one_service,
    names_dv_and_service,
    speaks_for_itself,
    brings_no_assertion,
    scoping_names_somebody,
)
