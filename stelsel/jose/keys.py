"""Keys of tokens: another party's as its JWK Set lists them, and our own from PEM files (RFC 7517, RFC 7638)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from stelsel.failures import MessageMalformed, Misconfigured
from stelsel.jose.objects import read_object

RSA_ALGORITHMS: Final = ("PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
EC_ALGORITHMS: Final[Mapping[str, str]] = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
ALGORITHMS: Final = (*RSA_ALGORITHMS, *EC_ALGORITHMS.values())
RSA_BITS: Final = 2048
MOST_KEYS: Final = 32
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class PublicJwk:
    """A key that signs tokens of another party, and the algorithms that it may do so with."""

    kid: str | None
    algorithms: tuple[str, ...]
    key: RSAKey | ECKey


@dataclass(frozen=True, slots=True, repr=False)
class PrivateJwk:
    """A key of our own. `kid` is its RFC 7638 thumbprint; it signs with one algorithm."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey

    def __repr__(self) -> str:
        return f"PrivateJwk({self.kid}, {self.algorithm})"

    @property
    def public(self) -> dict[str, Any]:
        """As others read it in our JWK Set."""
        listed = self.key.as_dict(private=False)
        return {**listed, "kid": self.kid, "alg": self.algorithm, "use": "sig"}


def read_key_set(content: bytes) -> tuple[PublicJwk, ...]:
    """The signature keys in a JWK Set. Those of other kinds and uses are left out (RFC 7517 5).

    Raises `MessageMalformed` where the set cannot be trusted whole: none that signs, a private or symmetric key that
    is published, two of one `kid`.
    """
    keys = tuple(_signing(rows_of(content)))
    names = [each.kid for each in keys]
    if not keys or len(set(names)) < len(names) or (None in names and len(names) > 1):
        raise no_set("keys that cannot be told apart" if keys else "no key that signs")
    return keys


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The keys of a set as they stand there, none of them secret. Raises `MessageMalformed`."""
    rows = read_object(content, "a JWK Set").get("keys")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MOST_KEYS:
        raise no_set("no list of keys")
    if not all(_PRIVATE.isdisjoint(row) for row in rows):
        raise no_set("a secret among the keys")
    return rows


def read_private(pem: bytes) -> PrivateJwk:
    """A private key in PEM: RSA signs with PS256, a curve with its own algorithm. Raises `Misconfigured`."""
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise Misconfigured("no private key in PEM without a password") from error
    if isinstance(private, RSAPrivateKey) and private.key_size >= RSA_BITS:
        rsa = RSAKey.import_key(pem)
        return PrivateJwk(rsa.thumbprint(), "PS256", rsa)
    if isinstance(private, EllipticCurvePrivateKey):
        ec = ECKey.import_key(pem)
        algorithm = EC_ALGORITHMS.get(ec.curve_name)
        if algorithm is not None:
            return PrivateJwk(ec.thumbprint(), algorithm, ec)
    raise Misconfigured(f"neither RSA of {RSA_BITS} bits or more nor one of {', '.join(EC_ALGORITHMS)}")


def _signing(rows: list[dict[str, Any]]) -> Iterator[PublicJwk]:
    for row in rows:
        if row.get("use", "sig") != "sig" or "verify" not in row.get("key_ops", ["verify"]):
            continue
        try:
            found = _read(row)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise no_set("a key that is none") from error
        if found is not None:
            yield found


def _read(row: dict[str, Any]) -> PublicJwk | None:
    kid, only = row.get("kid"), row.get("alg")
    if not (kid is None or isinstance(kid, str)) or not (only is None or isinstance(only, str)):
        raise ValueError("kid and alg are text")
    if row.get("kty") == "RSA":
        rsa = RSAKey.import_key({name: row[name] for name in ("kty", "n", "e")})
        if rsa.public_key.key_size < RSA_BITS:
            raise ValueError("too small")
        return PublicJwk(kid, _allowed(RSA_ALGORITHMS, only), rsa)
    if row.get("kty") == "EC" and row.get("crv") in EC_ALGORITHMS:
        ec = ECKey.import_key({name: row[name] for name in ("kty", "crv", "x", "y")})
        return PublicJwk(kid, _allowed((EC_ALGORITHMS[row["crv"]],), only), ec)
    return None


def _allowed(algorithms: tuple[str, ...], only: str | None) -> tuple[str, ...]:
    return algorithms if only is None else tuple(each for each in algorithms if each == only)


def no_set(found: str) -> MessageMalformed:
    """The refusal of a set for what was found in it."""
    return MessageMalformed(
        "no JWK Set to trust", clause="O3", expected="public keys, each of its own kid", found=found
    )
