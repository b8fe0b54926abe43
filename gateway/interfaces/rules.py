"""What a DV may ask: the rules of ST-SAML for its AuthnRequest, after those of every SSO door (exchange/sso.py)."""

from typing import Final

from exchange.sso import Circumstances, Rule
from stelsel.failures import MessageRefused
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.rules import brings_no_assertion, names_dv_and_service, names_one_service, scoping_names_somebody


def speaks_for_itself(request: AuthnRequest, at: Circumstances) -> None:
    """IntendedAudience of a DV's own request is that DV (DV-REQ-09)."""
    if request.intended_audience not in (None, request.issuer):
        raise MessageRefused(
            "IntendedAudience is another DV",
            clause="DV-REQ-09",
            expected=request.issuer,
            found=request.intended_audience,
        )


RULES: Final[tuple[Rule, ...]] = (
    names_one_service,
    names_dv_and_service,
    speaks_for_itself,
    brings_no_assertion,
    scoping_names_somebody,
)
