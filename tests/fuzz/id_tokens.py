"""ID tokens of any shape: whoever signs them, whatever their header and claims say, plain and encrypted for us.

A reader refuses, or reads a token that the provider signed for this login; what that is, is said here once more.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.rules import RULES, Expected
from gateway.means.terms import Terms
from stelsel.failures import Failure
from stelsel.identifiers import EntityId
from stelsel.jose import tokens
from stelsel.jose.keys import PublicJwk
from stelsel.jose.sealed import open_sealed
from tests.gateway.oidc_bench import terms_in
from tests.gateway.oidc_provider import CLIENT, a_jwk, a_pem, sealed
from tests.stelsel.saml.factories import NOON

ISSUER: Final = "https://idp.example"
AT: Final = int(NOON.timestamp())
LEVEL: Final = "urn:acr:hoog"
GOOD: Final[Mapping[str, Any]] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "somebody",
    "nonce": "nonce",
    "iat": AT,
    "exp": AT + 300,
    "auth_time": AT,
    "acr": LEVEL,
}
HEADERS: Final = ("alg", "kid", "typ", "jwk", "jku", "x5c", "x5u", "crit", "b64", "cty", "zip", "enc", "p2c", "iss")
ALGORITHMS: Final = ("PS256", "RS256", "PS512", "ES256", "HS256", "none", "None", "")
JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([ISSUER, CLIENT, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NEAR: Final = st.integers(AT - 400, AT + 400)
CHANGES: Final = st.dictionaries(
    st.sampled_from([*GOOD, "azp", "nbf", "at_hash", "amr", "jti", "bsn"]), JSON | NEAR, max_size=3
)
HEADER: Final = st.dictionaries(st.sampled_from(HEADERS), JSON | st.sampled_from(ALGORITHMS), max_size=2)
SIGNERS: Final = ("the provider", "another", "nobody", "the public key as a secret")


@dataclass(frozen=True, slots=True)
class Shape:
    """One token, as somebody could send it."""

    claims: Mapping[str, Any]
    left_out: frozenset[str]
    header: Mapping[str, Any]
    signer: str
    is_sealed: bool
    cut: int


SHAPES: Final = st.builds(
    Shape,
    claims=CHANGES,
    left_out=st.frozensets(st.sampled_from([*GOOD]), max_size=1),
    header=HEADER,
    signer=st.sampled_from(SIGNERS[:1] * 6 + SIGNERS),
    is_sealed=st.booleans(),
    cut=st.sampled_from([0] * 9 + [1]),
)


class Judge:
    """A gateway with one provider, whose keys that open are in `folder`."""

    def __init__(self, folder: Path) -> None:
        opening = folder / "opening"
        opening.mkdir(exist_ok=True)
        (opening / "1.pem").write_bytes(a_pem("opening"))
        terms = Terms("werk", terms_in(folder, decryption_keys=str(opening)))
        self._agreed = Agreed.of(terms, (EntityId(ISSUER),))
        self._key = a_jwk("fuzzed provider")
        self._keys = (PublicJwk(self._key.kid, ("PS256",), self._key.key),)

    def written(self, shape: Shape) -> str:
        """The token."""
        said = {**GOOD, **shape.claims}
        claims = {name: value for name, value in said.items() if name not in shape.left_out}
        header = {"alg": "PS256", "kid": self._key.kid, "typ": "JWT"} | dict(shape.header)
        signed = f"{_part(header)}.{_part(claims)}"
        signature = b""
        if shape.signer == SIGNERS[3]:
            signature = hmac.digest(self._key.key.as_pem(private=False), signed.encode(), hashlib.sha256)
        elif shape.signer != SIGNERS[2]:
            key = self._key if shape.signer == SIGNERS[0] else a_jwk("another provider")
            signature = _ps256(key, signed.encode())
        token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        if shape.is_sealed:
            token = sealed(token, self._agreed.keys.opening[0].public)
        return token[: len(token) - shape.cut]

    def read(self, token: str, *, is_sealed: bool) -> Mapping[str, Any] | None:
        """Its claims, or None where it is refused. Anything that is raised beside a `Failure` is a find."""
        agreed = self._agreed
        try:
            if is_sealed:
                token = open_sealed(token, agreed.keys.opening, agreed.encryption, {"iss": ISSUER, "aud": CLIENT})
            claims = tokens.read(token, self._keys, agreed.algorithm, frozenset({None, "jwt"}))
            for rule in RULES:
                rule(claims, Expected(agreed, "nonce", "at", NOON, True, NOON))
        except Failure as failure:
            str(failure.facts())
            return None
        return claims

    def try_shape(self, shape: Shape) -> None:
        """Raises where a token is read that says anything else, or that the provider did not sign so."""
        claims = self.read(self.written(shape), is_sealed=shape.is_sealed)
        if claims is None:
            return
        assert shape.signer == SIGNERS[0]
        assert not shape.cut
        assert {"alg": "PS256", "kid": self._key.kid} | dict(shape.header) | {"typ": "JWT"} == {
            "alg": "PS256",
            "kid": self._key.kid,
            "typ": "JWT",
        }
        assert claims["iss"] == ISSUER
        assert claims["aud"] in (CLIENT, [CLIENT])
        assert claims.get("azp", CLIENT) == CLIENT
        assert claims["nonce"] == "nonce"
        assert claims["acr"] in self._agreed.levels
        assert isinstance(claims["sub"], str)
        assert claims["sub"]
        assert all(type(claims[name]) is int for name in ("iat", "exp", "auth_time"))
        assert AT - 300 <= claims["iat"] <= AT + 60
        assert claims["exp"] > AT
        assert claims["auth_time"] >= AT - 60


def search(judge: Judge, examples: int, start: int | None = None) -> None:
    """Tries so many tokens, the same ones for one `start`. Raises for the smallest one that was read wrongly."""

    @settings(max_examples=examples, database=None, deadline=None, phases=[Phase.generate, Phase.shrink])
    @given(SHAPES)
    def tried(shape: Shape) -> None:
        judge.try_shape(shape)

    (tried if start is None else seed(start)(tried))()


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _ps256(key: Any, data: bytes) -> bytes:
    signature: bytes = key.key.private_key.sign(data, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    return signature
