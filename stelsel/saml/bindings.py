"""How messages travel: HTTP-POST, HTTP-Artifact and SOAP (GEN-27); RelayState and its limits are the edge's."""

import base64
import binascii
from typing import Final
from urllib.parse import urlencode

from stelsel import urns
from stelsel.failures import MessageMalformed, MessageTooLarge
from stelsel.saml import shape
from stelsel.saml.xml import MESSAGE, Element, parse

_SOAP_START: Final = f'<soap11:Envelope xmlns:soap11="{urns.SOAP11}"><soap11:Body>'.encode()
_SOAP_END: Final = b"</soap11:Body></soap11:Envelope>"
_ENVELOPES: Final = {f"{{{name}}}Envelope": f"{{{name}}}" for name in (urns.SOAP11, urns.SOAP12)}
_WHITE: Final = dict.fromkeys(map(ord, " \t\r\n"))


def decode_post(value: str) -> bytes:
    """The message in a SAMLRequest or SAMLResponse form field. Raises `MessageMalformed`, `MessageTooLarge`.

    It is never inflated: that belongs to another binding (spec/security S10).
    """
    if len(value) > 2 * MESSAGE.size_bytes:
        raise MessageTooLarge("too many characters", expected=MESSAGE.size_bytes, found=len(value))
    try:
        return base64.b64decode(value.translate(_WHITE), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageMalformed("no base64", expected="base64", found=f"{len(value)} characters that are not") from error


def encode_post(message: bytes) -> str:
    """The form field that carries `message`."""
    return base64.b64encode(message).decode()


def artifact_url(location: str, artifact: str, relay_state: str | None) -> str:
    """Where the browser goes with an artifact (DV-ART-01); RelayState exactly as it was given, or left out."""
    query = {"SAMLart": artifact} | ({"RelayState": relay_state} if relay_state is not None else {})
    return f"{location}{'&' if '?' in location else '?'}{urlencode(query)}"


def soap_wrap(message: bytes) -> bytes:
    """The message in a SOAP 1.1 envelope. Not a byte of it changes; `message` has no XML declaration."""
    return _SOAP_START + message + _SOAP_END


def soap_unwrap(data: bytes) -> Element:
    """The one element in the Body of a SOAP 1.1 or 1.2 envelope, still in the tree as received.

    A Header is let through and never looked at. Raises `MessageMalformed`, `MessageTooLarge`.
    """
    envelope = parse(data)
    soap = _ENVELOPES.get(envelope.tag)
    if soap is None:
        raise MessageMalformed(
            "no SOAP envelope", expected="Envelope of SOAP 1.1 or 1.2", found=envelope.tag.rpartition("}")[2][:100]
        )
    shape.attributes(envelope)
    parts = shape.children(envelope, {f"{soap}Header": shape.MAYBE, f"{soap}Body": shape.ONE})
    body = parts[f"{soap}Body"][0]
    shape.attributes(body)
    if len(body) != 1:
        raise MessageMalformed("SOAP Body", expected="1 message", found=len(body))
    shape.children(body, {body[0].tag: shape.ONE})
    return body[0]
