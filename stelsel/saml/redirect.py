"""HTTP-Redirect: a deflated message in the query, and a signature over the query itself (SAML bindings 3.4).

ST-SAML does without it (GEN-27); logout of other products and profiles outside the standard need it.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from urllib.parse import quote_plus, unquote_plus, unquote_to_bytes

from stelsel import urns
from stelsel.failures import MessageMalformed, MessageTooLarge, SignatureRefused
from stelsel.saml import header
from stelsel.saml.signatures import KeysOf, SigningKey, VerificationKey, check_octets, has_signature, sign_octets
from stelsel.saml.xml import MESSAGE, Element, parse

Kind = Literal["SAMLRequest", "SAMLResponse"]
DEFLATE: Final = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_NAMES: Final = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding")
_MOST_QUERY_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 50
_RAW: Final = -15  # zlib: a deflate stream without header or checksum (SAML bindings 3.4.4.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """A message as it came in a query. Nothing of it is proven before `read` has checked `value` over `octets`."""

    kind: Kind
    message: bytes = field(repr=False)
    relay_state: str | None
    octets: bytes = field(repr=False)
    algorithm: str
    value: bytes = field(repr=False)


def read_query(query: bytes) -> Redirected:
    """The message in a raw query string, as the browser sent it: what was signed are its bytes, not its meaning.

    Fields that the binding does not have are passed by. Raises `MessageMalformed`, `MessageTooLarge`, and
    `SignatureRefused` for a message that is not signed (GEN-08).
    """
    if len(query) > _MOST_QUERY_BYTES:
        raise MessageTooLarge("a long query", expected=_MOST_QUERY_BYTES, found=len(query))
    raw = _fields(query)
    kinds = [kind for kind in KINDS if kind in raw]
    if len(kinds) != 1:
        raise MessageMalformed("SAMLRequest or SAMLResponse", clause="GEN-27", expected=1, found=len(kinds))
    if _text(raw.get("SAMLEncoding", DEFLATE)) != DEFLATE:
        raise MessageMalformed(
            "another encoding than DEFLATE", clause="GEN-27", expected=DEFLATE, found=_text(raw["SAMLEncoding"])[:100]
        )
    if not raw.get("SigAlg") or not raw.get("Signature"):
        raise SignatureRefused(
            "not signed: SigAlg and Signature are needed",
            clause="GEN-08",
            expected="SigAlg and Signature",
            found=", ".join(sorted(set(raw) & {"SigAlg", "Signature"})) or "neither",
        )
    (kind,) = kinds
    signed = [name for name in (kind, "RelayState", "SigAlg") if name in raw]
    return Redirected(
        kind=kind,
        message=inflated(_decoded(raw[kind], "message")),
        relay_state=_text(raw["RelayState"]) if "RelayState" in raw else None,
        octets="&".join(f"{name}={raw[name]}" for name in signed).encode("ascii"),
        algorithm=_text(raw["SigAlg"]),
        value=_decoded(raw["Signature"], "Signature"),
    )


def read(redirected: Redirected, keys_of: KeysOf) -> Element:
    """The root of the message, once a key of the party that it names as Issuer is found to have signed the query.

    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`. A Signature inside is refused:
    the binding takes it away (SAML bindings 3.4.4.1), and two could say two things.
    """
    root = parse(redirected.message)
    with header.naming(root):
        _check_signed(root, redirected, keys_of)
    return root


def _check_signed(root: Element, redirected: Redirected, keys_of: KeysOf) -> None:
    if has_signature(root):
        raise SignatureRefused(
            "signed inside as well",
            clause="GEN-06",
            expected="a signature over the query alone",
            found="Signature in the message too",
        )
    keys = keys_of(header.sender(root))
    try:
        check_octets(redirected.octets, redirected.value, redirected.algorithm, keys)
    except SignatureRefused as refused:
        if _was_respelled(redirected, keys):
            raise SignatureRefused(
                "signed as it was spelled before it was sent",
                clause=refused.broken_clause,
                expected="a signature over the query as it is sent, a space as + or as %20 in both (bindings 3.4.4.1)",
                found="one over %20, sent as +",
            ) from refused
        raise


def _was_respelled(redirected: Redirected, keys: Sequence[VerificationKey]) -> bool:
    """Whether the sender signed a space as %20 and sent it as +. Told, never taken: what was sent is what counts."""
    if b"+" not in redirected.octets:
        return False
    try:
        check_octets(redirected.octets.replace(b"+", b"%20"), redirected.value, redirected.algorithm, keys)
    except SignatureRefused:
        return False
    return True


def write_url(location: str, kind: Kind, message: bytes, relay_state: str | None, key: SigningKey) -> str:
    """Where the browser goes with `message`, which carries no Signature of its own; RelayState exactly as given."""
    deflated = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    fields: dict[str, str] = {kind: base64.b64encode(deflated.compress(message) + deflated.flush()).decode()}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    fields["SigAlg"] = urns.RSA_SHA256
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())
    signature = quote_plus(base64.b64encode(sign_octets(query.encode("ascii"), key)).decode())
    return f"{location}{'&' if '?' in location else '?'}{query}&Signature={signature}"


def _fields(query: bytes) -> dict[str, str]:
    """The binding's own fields, still encoded, each once: of two, signer and reader could each mean another."""
    try:
        pairs = [part.partition("=") for part in query.decode("ascii").split("&")]
    except UnicodeDecodeError as error:
        raise MessageMalformed("no query", clause="GEN-27", expected="ASCII", found="other octets") from error
    if len(pairs) > _MOST_FIELDS:
        raise MessageTooLarge("too many fields", expected=_MOST_FIELDS, found=len(pairs))
    found: dict[str, str] = {}
    for spelled, _, value in pairs:
        name = unquote_plus(spelled)
        if name not in _NAMES:
            continue
        if name != spelled or name in found:
            raise MessageMalformed(
                "a field comes twice, or is spelled otherwise",
                clause="GEN-27",
                found=name,
                expected="each field once, its name in plain letters",
            )
        found[name] = value
    return found


def _text(encoded: str) -> str:
    try:
        return unquote_plus(encoded, errors="strict")
    except UnicodeDecodeError as error:
        raise MessageMalformed(
            "a field is not UTF-8", clause="GEN-27", expected="UTF-8", found="other octets"
        ) from error


def _decoded(encoded: str, what: str) -> bytes:
    try:
        return base64.b64decode(unquote_to_bytes(encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageMalformed(
            f"no base64 in {what}", clause="GEN-27", expected="base64", found=f"{len(encoded)} characters that are not"
        ) from error


def inflated(data: bytes) -> bytes:
    """The message, never more of it than a message may be (spec/security S10)."""
    stream = zlib.decompressobj(_RAW)
    try:
        message = stream.decompress(data, MESSAGE.size_bytes + 1)
    except zlib.error as error:
        raise MessageMalformed(
            "not deflated",
            clause="GEN-27",
            expected="a raw deflate stream (RFC 1951)",
            found=f"{len(data)} bytes that are none",
        ) from error
    if len(message) > MESSAGE.size_bytes:
        raise MessageTooLarge(
            "too many bytes once inflated", expected=MESSAGE.size_bytes, found=f"more than {MESSAGE.size_bytes}"
        )
    if not stream.eof or stream.unused_data:
        raise MessageMalformed(
            "no whole deflate stream",
            clause="GEN-27",
            expected="one deflate stream to its end",
            found="bytes behind it" if stream.eof else "a stream that breaks off",
        )
    return message
