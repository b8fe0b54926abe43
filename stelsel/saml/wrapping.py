"""A message as a developer has it at hand: XML, a form field, a query or address, a whole form, or an artifact.

For explaining alone. The doors know how their messages come and never guess (spec/security S10).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from stelsel.failures import MessageMalformed
from stelsel.saml.redirect import KINDS, inflated

POSTED: Final = "a form with {} (HTTP-POST)"
_FIELD: Final = re.compile(r"(?:^|[?&])(SAMLart|SAMLRequest|SAMLResponse)=([^&\s#]+)")
_ARTIFACT_CHARS: Final = 60
_WHITE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What was inside, and what it was inside of. `query` is the raw one where the signature is over that."""

    how: str
    xml: bytes = b""
    artifact: str = ""
    query: bytes = b""


def unwrap(data: bytes) -> Unwrapped:
    """What `data` holds. Raises `MessageMalformed` when it is none of the forms that a message travels in."""
    text = data.decode("utf-8", errors="replace").strip().lstrip("\ufeff")
    if text.startswith("<"):
        return Unwrapped("XML", xml=data.strip())
    fields = {name: unquote_plus(value) for name, value in _FIELD.findall(text)}
    if "SAMLart" in fields:
        return Unwrapped("an address with an artifact (HTTP-Artifact)", artifact=fields["SAMLart"])
    for kind in KINDS:
        if kind in fields:
            return _of_field(text, kind, fields[kind])
    return _of_base64(text)


def _of_field(text: str, kind: str, value: str) -> Unwrapped:
    found = _of_base64(value)
    if not found.xml or found.how == "base64":
        return Unwrapped(POSTED.format(kind), xml=found.xml, artifact=found.artifact)
    query = text.partition("#")[0].rpartition("?")[2].encode("ascii", errors="replace")
    return Unwrapped(f"a query with {kind} (HTTP-Redirect)", xml=found.xml, query=query)


def _of_base64(text: str) -> Unwrapped:
    try:
        raw = base64.b64decode(_WHITE.sub("", text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageMalformed(
            "neither XML, base64, a form, a query nor an artifact",
            expected="one of these",
            found=f"{len(text)} characters",
        ) from error
    if raw.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        return Unwrapped("base64", xml=raw)
    if text and len(text) <= _ARTIFACT_CHARS:
        return Unwrapped("an artifact", artifact=text)
    return Unwrapped("base64, deflated", xml=inflated(raw))
