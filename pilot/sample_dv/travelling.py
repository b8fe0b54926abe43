"""How a message of a sample party travels through the browser: in a form (HTTP-POST), or in the query (HTTP-Redirect).

pysaml2 signs a query with one object for the whole process, whoever signs; so the query has lines of its own here.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from saml2 import SamlBase

from pilot.sample_dv.signatures import NotSigned, Signatures

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
MOST_BYTES: Final = 64 * 1024
_RAW: Final = -15  # zlib: deflate without header or checksum (SAML bindings 3.4.4.1)


@dataclass(frozen=True, slots=True)
class Travelling:
    """A signed message on its way: an address to go to, or with `fields` a form to post there."""

    address: str
    fields: dict[str, str] | None = field(default=None, repr=False)


Carry = Callable[[SamlBase, str, str, Signatures], Travelling]


def by_post(request: SamlBase, destination: str, relay_state: str, signatures: Signatures) -> Travelling:
    """The signature stands in the message."""
    signed = base64.b64encode(signatures.sign(request)).decode()
    return Travelling(destination, {"SAMLRequest": signed, "RelayState": relay_state})


def by_redirect(request: SamlBase, destination: str, relay_state: str, signatures: Signatures) -> Travelling:
    """The message is deflated, and the query is signed in its place (SAML bindings 3.4)."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    message = base64.b64encode(deflate.compress(str(request).encode()) + deflate.flush()).decode()
    query = urlencode({"SAMLRequest": message, "RelayState": relay_state, "SigAlg": RSA_SHA256})
    # Its own file: to try the primes anew takes longer than a login.
    key = load_pem_private_key(signatures.own.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{signatures.own.name} holds no RSA key")
    signature = base64.b64encode(key.sign(query.encode(), PKCS1v15(), SHA256())).decode()
    return Travelling(f"{destination}?{query}&{urlencode({'Signature': signature})}")


def read_redirected(query: bytes, certificates: Iterable[bytes]) -> tuple[bytes, str]:
    """The SAMLResponse of a raw query, and its RelayState, signed with the key of one of these certificates (DER).

    What was signed are the fields as they came (SAML bindings 3.4.4.1). Raises `NotSigned`.
    """
    raw = dict(each.partition("=")[::2] for each in query.decode("ascii", "replace").split("&"))
    meant = dict(parse_qsl(query.decode("ascii", "replace")))
    if meant.get("SigAlg") != RSA_SHA256 or "SAMLResponse" not in raw:
        raise NotSigned("no message, or another algorithm")
    signed = "&".join(f"{name}={raw[name]}" for name in ("SAMLResponse", "RelayState", "SigAlg") if name in raw)
    try:
        signature = base64.b64decode(meant.get("Signature", ""), validate=True)
        inflate = zlib.decompressobj(_RAW)
        message = inflate.decompress(base64.b64decode(meant["SAMLResponse"], validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise NotSigned("unreadable") from error
    if not any(_is_signed_by(der, signature, signed.encode()) for der in certificates):
        raise NotSigned("by nobody we know")
    return message, meant.get("RelayState", "")


def _is_signed_by(certificate: bytes, signature: bytes, signed: bytes) -> bool:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
