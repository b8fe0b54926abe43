"""RSA keys of ours, as other messages use them too, in the form that tokens need (OIDC-59, OAU-20)."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from joserfc.jwk import RSAKey

from stelsel.jose.keys import PrivateJwk, PublicJwk


def private_jwk(key: RSAPrivateKey, algorithm: str) -> PrivateJwk:
    """To sign with; it has one `kid`, whichever algorithm is asked (RFC 7638)."""
    made = RSAKey.import_key(key)
    return PrivateJwk(made.thumbprint(), algorithm, made)


def public_jwk(key: RSAPublicKey, algorithm: str) -> PublicJwk:
    """To read with what we signed ourselves."""
    made = RSAKey.import_key(key)
    return PublicJwk(made.thumbprint(), (algorithm,), made)


def listed(key: RSAPublicKey, certificate: bytes) -> dict[str, Any]:
    """As our JWK Set has it, with its certificate (DER) in `x5c`."""
    made = RSAKey.import_key(key)
    shown = base64.b64encode(certificate).decode()
    return {**made.as_dict(private=False), "kid": made.thumbprint(), "use": "sig", "x5c": [shown]}
