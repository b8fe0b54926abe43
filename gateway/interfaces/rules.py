"""What a DV may ask: the rules of ST-SAML for its AuthnRequest, after those of every SSO door (exchange/sso.py)."""

from typing import Final

from exchange.sso import Rule
from stelsel.saml.rules.requests import FROM_A_DV

RULES: Final[tuple[Rule, ...]] = FROM_A_DV
