"""What a DV may ask: the rules of ST-SAML for its AuthnRequest, after those of every SSO door (exchange/sso.py)."""

from typing import Final

from exchange.sso import Circumstances, Rule
from stelsel.failures import MessageMalformed, MessageRefused
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.rules import brings_no_assertion, names_dv_and_service, names_one_service, scoping_names_somebody


def uses_extensions(request: AuthnRequest, at: Circumstances) -> None:
    """An LC names DV and service in Extensions, never by an index: its metadata has none (DV-REQ-08)."""
    if at.issuer.is_supplier and request.attribute_index is not None:
        raise MessageMalformed(
            "an LC names the service by index", clause="DV-REQ-08", expected="Extensions", found=request.attribute_index
        )


def speaks_for_itself(request: AuthnRequest, at: Circumstances) -> None:
    """IntendedAudience of a DV's own request is that DV (DV-REQ-09); which DVs an LC speaks for, its metadata says."""
    if not at.issuer.is_supplier and request.intended_audience not in (None, request.issuer):
        raise MessageRefused(
            "IntendedAudience is another DV",
            clause="DV-REQ-09",
            expected=request.issuer,
            found=request.intended_audience,
        )


RULES: Final[tuple[Rule, ...]] = (
    names_one_service,
    names_dv_and_service,
    uses_extensions,
    speaks_for_itself,
    brings_no_assertion,
    scoping_names_somebody,
)
