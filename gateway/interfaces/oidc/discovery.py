"""What clients read of this issuer: what it can do and where (OIDC-53 to OIDC-59, OAU-17)."""

from typing import Any, Final

from catalog.clients import ALGORITHMS
from gateway.interfaces.oidc.authorization import SCOPES
from gateway.interfaces.oidc.claims import AUTHORITIES, SESSION_UNTIL
from gateway.interfaces.oidc.terms import AUTHORIZE, KEYS, PUSH, TOKEN, USERINFO, OidcTerms
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.jose.encryption import CONTENT, WRAPS

SIGNED_WITH: Final = ("PS256", "RS256")
CLAIMS: Final = (
    *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "acr", "auth_time", "at_hash"),
    *("sub_id_type", "alt_sub", "represents", "bsn", "namequalifier", "authentication_context"),
    *(urns.SERVICE_UUID, urns.REPRESENTATION_TYPE, urns.ACTING_SUBJECT_ID, urns.LEGAL_SUBJECT_ID),
    *(urns.ETOEGANG_ACTING, urns.ETOEGANG_LEGAL, urns.ETOEGANG_VESTIGING, AUTHORITIES, SESSION_UNTIL),
)
TYPES: Final = (
    urns.OWN_PSEUDONYM,
    urns.LEGACY_BSN,
    urns.ETOEGANG_KVK,
    urns.ETOEGANG_RSIN,
    urns.ETOEGANG_PSEUDO,
)


def discovery(terms: OidcTerms) -> dict[str, Any]:
    """The document at both well-known addresses."""
    return {
        "issuer": terms.issuer,
        "authorization_endpoint": terms.at(AUTHORIZE),
        "pushed_authorization_request_endpoint": terms.at(PUSH),
        "token_endpoint": terms.at(TOKEN),
        "userinfo_endpoint": terms.at(USERINFO),
        "jwks_uri": terms.at(KEYS),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "claims_supported": list(CLAIMS),
        "claims_parameter_supported": True,
        "subject_types_supported": ["pairwise"],
        "sub_id_types_supported": list(TYPES),
        "acr_values_supported": [level.uri for level in LevelOfAssurance],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["nl", "en"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "id_token_signing_alg_values_supported": list(SIGNED_WITH),
        "id_token_encryption_alg_values_supported": list(WRAPS),
        "id_token_encryption_enc_values_supported": [CONTENT],
        "userinfo_signing_alg_values_supported": list(SIGNED_WITH),
        "userinfo_encryption_alg_values_supported": list(WRAPS),
        "userinfo_encryption_enc_values_supported": [CONTENT],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": True,
    }
