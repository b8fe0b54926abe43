"""Artifacts, and the two SOAP messages by which one is resolved (ST-SAML 1.4, SAML bindings 3.6)."""

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.failures import ArtifactUnknown
from stelsel.identifiers import EntityId
from stelsel.saml import assertion as assertions
from stelsel.saml import header, markup, shape
from stelsel.saml.assertion import Assertion
from stelsel.saml.bindings import soap_unwrap
from stelsel.saml.header import HEADER, ISSUER
from stelsel.saml.response import (
    RESPONSE,
    STATUS,
    Response,
    Status,
    assertion_in,
    read_signed,
    read_status,
    write_status,
)
from stelsel.saml.shape import Count
from stelsel.saml.signatures import KeysOf, SigningKey, has_signature, sign
from stelsel.saml.xml import Element

_SAMLP: Final = f"{{{urns.SAMLP}}}"
ARTIFACT_RESOLVE: Final = f"{_SAMLP}ArtifactResolve"
ARTIFACT_RESPONSE: Final = f"{_SAMLP}ArtifactResponse"

_ARTIFACT: Final = f"{_SAMLP}Artifact"
_ORDER: Final[Mapping[str, Count]] = {ISSUER: shape.ONE, STATUS: shape.ONE, RESPONSE: shape.MAYBE}

_TYPE_4: Final = 4
_LAYOUT: Final = struct.Struct(">HH20s20s")  # SAML bindings 3.6.4
_HANDLE_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A type 4 artifact: SHA-1 of the issuer's EntityID, index of its ArtifactResolutionService, and a handle."""

    source_id: bytes
    index: int
    handle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactResolve:
    """Somebody asks for the message behind an artifact."""

    id: str
    issue_instant: datetime
    destination: str | None
    issuer: EntityId
    artifact: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactResponse:
    """The answer; `status` is about the resolving, not about the login (DV-ARR-03).

    `response` is what is spliced in by `write_response`; of one that was read, `Resolved` says what was inside.
    """

    id: str
    in_response_to: str | None
    issue_instant: datetime
    issuer: EntityId
    status: Status
    response: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Resolved:
    """An ArtifactResponse with what was inside, every signature checked. Advice inside is not (GEN-09)."""

    answer: ArtifactResponse
    response: Response | None
    assertion: Assertion | None


def source_id(issuer: EntityId) -> bytes:
    """By which an artifact names its issuer. SHA-1 is the standard's, and no security hangs on it."""
    return hashlib.sha1(issuer.value.encode(), usedforsecurity=False).digest()


def make_artifact(issuer: EntityId, index: int, handle: bytes) -> str:
    """The artifact of `issuer` for its resolution service `index`; `handle` is 20 random bytes (DV-ART-05)."""
    if len(handle) != _HANDLE_BYTES:
        raise ValueError("a handle is 20 bytes")
    return base64.b64encode(_LAYOUT.pack(_TYPE_4, index, source_id(issuer), handle)).decode()


def read_artifact(text: str) -> Artifact:
    """An artifact of type 4. Raises `ArtifactUnknown` for anything else: nobody ever made it."""
    try:
        kind, index, source, handle = _LAYOUT.unpack(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, struct.error) as error:
        raise ArtifactUnknown(
            "not an artifact",
            clause="DV-ART-05",
            expected="44 bytes of type 4 in base64",
            found=f"{len(text)} characters",
        ) from error
    if kind != _TYPE_4:
        raise ArtifactUnknown("another type of artifact", clause="DV-ART-05", expected=_TYPE_4, found=kind)
    return Artifact(source, index, handle)


def write_resolve(message: ArtifactResolve, key: SigningKey, *, x509: bool = False) -> bytes:
    """The signed message, to be wrapped in SOAP."""
    names = {
        "ID": message.id,
        "Version": "2.0",
        "IssueInstant": markup.moment(message.issue_instant),
        "Destination": message.destination,
    }
    xml = (
        f"<samlp:ArtifactResolve{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', message.issuer.value)}{markup.element('samlp:Artifact', message.artifact)}"
        "</samlp:ArtifactResolve>"
    )
    return sign(xml.encode(), key, x509=x509)


def read_resolve(data: bytes, keys_of: KeysOf) -> ArtifactResolve:
    """The ArtifactResolve in a SOAP envelope, its signature checked.

    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`.
    """
    received = soap_unwrap(data)
    with header.naming(received):
        header.check_tag(received, ARTIFACT_RESOLVE)
        signed = header.verified(received, keys_of)
    with header.naming(signed, proven=True):
        return resolve_of(signed)


def resolve_of(signed: Element) -> ArtifactResolve:
    """What an ArtifactResolve says that has no Signature (any more). Raises `MessageMalformed`."""
    values = shape.attributes(signed, required=HEADER, optional=("Destination", "Consent"))
    header.check_version(values)
    parts = shape.children(signed, {ISSUER: shape.ONE, _ARTIFACT: shape.ONE})
    return ArtifactResolve(
        id=values["ID"],
        issue_instant=shape.instant(values["IssueInstant"]),
        destination=values.get("Destination"),
        issuer=header.issuer(parts[ISSUER][0]),
        artifact=shape.leaf(parts[_ARTIFACT][0]),
    )


def write_response(message: ArtifactResponse, key: SigningKey, *, x509: bool = False) -> bytes:
    """The signed message, to be wrapped in SOAP; the Response inside byte for byte."""
    names = {
        "ID": message.id,
        "Version": "2.0",
        "IssueInstant": markup.moment(message.issue_instant),
        "InResponseTo": message.in_response_to,
    }
    start = (
        f"<samlp:ArtifactResponse{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', message.issuer.value)}{write_status(message.status)}"
    )
    return sign(start.encode() + (message.response or b"") + b"</samlp:ArtifactResponse>", key, x509=x509)


def read_artifact_response(data: bytes, keys_of: KeysOf) -> Resolved:
    """The ArtifactResponse in a SOAP envelope with Response and Assertion, checked from the outside in.

    ArtifactResponse and Assertion must be signed, a Response may be. Who signed which is the caller's to compare.
    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`.
    """
    received = soap_unwrap(data)
    with header.naming(received):
        header.check_tag(received, ARTIFACT_RESPONSE)
        signed = header.verified(received, keys_of)  # `received` has lost its Signature, and only that
    with header.naming(signed, proven=True):
        return _resolved(received, signed, keys_of)


def _resolved(received: Element, signed: Element, keys_of: KeysOf) -> Resolved:
    answer = answer_of(signed)
    parts, still_here = shape.children(signed, _ORDER), shape.children(received, _ORDER)
    response, assertion = None, None
    if parts[RESPONSE]:
        response, assertion = _read_inner(still_here[RESPONSE][0], parts[RESPONSE][0], keys_of)
    return Resolved(answer, response, assertion)


def answer_of(signed: Element) -> ArtifactResponse:
    """What an ArtifactResponse says of itself that has no Signature (any more). Raises `MessageMalformed`."""
    values = shape.attributes(signed, required=HEADER, optional=("Destination", "InResponseTo", "Consent"))
    header.check_version(values)
    parts = shape.children(signed, _ORDER)
    return ArtifactResponse(
        id=values["ID"],
        in_response_to=values.get("InResponseTo"),
        issue_instant=shape.instant(values["IssueInstant"]),
        issuer=header.issuer(parts[ISSUER][0]),
        status=read_status(parts[STATUS][0]),
    )


def _read_inner(received: Element, signed: Element, keys_of: KeysOf) -> tuple[Response, Assertion | None]:
    if has_signature(received):
        with header.naming(received):
            signed = header.verified(received, keys_of)
    found = assertion_in(received)
    assertion = None if found is None else assertions.read_element(found, keys_of)
    return read_signed(signed, None if assertion is None else assertion.evidence), assertion
