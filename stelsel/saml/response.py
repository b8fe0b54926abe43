"""Response and Status: how a login ended, with the assertion, if any, as bytes signed on their own (ST-SAML 1.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import header, markup, shape
from stelsel.saml.assertion import ASSERTION
from stelsel.saml.header import HEADER, ISSUER
from stelsel.saml.shape import Count
from stelsel.saml.signatures import SIGNATURE, KeysOf, SigningKey, sign
from stelsel.saml.xml import Element, parse, self_contained

_SAMLP: Final = f"{{{urns.SAMLP}}}"
RESPONSE: Final = f"{_SAMLP}Response"
STATUS: Final = f"{_SAMLP}Status"

_CODE: Final = f"{_SAMLP}StatusCode"
_MESSAGE: Final = f"{_SAMLP}StatusMessage"
# As received; no EncryptedAssertion, and no second Assertion (DV-RSP-08, spec/security S7).
_ORDER: Final[Mapping[str, Count]] = {
    ISSUER: shape.ONE,
    SIGNATURE: shape.MAYBE,
    STATUS: shape.ONE,
    ASSERTION: shape.MAYBE,
}


@dataclass(frozen=True, slots=True)
class Status:
    """Top-level code, second-level code, and text for people (ERR-01, ERR-02)."""

    code: str
    sub: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The end of a login. `assertion` is a signed assertion, self-contained; it proves nothing before it was read.

    In one that is written for a profile which encrypts, it is an EncryptedAssertion instead.
    """

    id: str
    in_response_to: str | None
    issue_instant: datetime
    destination: str | None
    issuer: EntityId
    status: Status
    assertion: bytes | None = field(default=None, repr=False)


def write(response: Response, key: SigningKey | None = None, *, x509: bool = False) -> bytes:
    """The message, its assertion inside byte for byte; unsigned inside an ArtifactResponse (DV-RSP-03)."""
    names = {
        "ID": response.id,
        "Version": "2.0",
        "IssueInstant": markup.moment(response.issue_instant),
        "Destination": response.destination,
        "InResponseTo": response.in_response_to,
    }
    start = (
        f"<samlp:Response{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', response.issuer.value)}{write_status(response.status)}"
    )
    message = start.encode() + (response.assertion or b"") + b"</samlp:Response>"
    return message if key is None else sign(message, key, x509=x509)


def read(data: bytes, keys_of: KeysOf) -> Response:
    """A Response that is signed itself, as it comes over HTTP-POST.

    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`.
    """
    received = parse(data)
    with header.naming(received):
        header.check_tag(received, RESPONSE)
        found = assertion_in(received)
        evidence = None if found is None else self_contained(found)
        signed = header.verified(received, keys_of)
    with header.naming(signed, proven=True):
        return read_signed(signed, evidence)


def read_signed(signed: Element, assertion: bytes | None) -> Response:
    """The values of a Response in signed bytes; `assertion` is what the caller took from the received one."""
    values = shape.attributes(signed, required=HEADER, optional=("Destination", "InResponseTo", "Consent"))
    header.check_version(values)
    parts = shape.children(signed, {tag: count for tag, count in _ORDER.items() if tag != SIGNATURE})
    return Response(
        id=values["ID"],
        in_response_to=values.get("InResponseTo"),
        issue_instant=shape.instant(values["IssueInstant"]),
        destination=values.get("Destination"),
        issuer=header.issuer(parts[ISSUER][0]),
        status=read_status(parts[STATUS][0]),
        assertion=assertion,
    )


def assertion_in(received: Element) -> Element | None:
    """The Assertion of a received Response, by its exact place."""
    return shape.only(shape.children(received, _ORDER)[ASSERTION])


def write_status(status: Status) -> str:
    """The Status element; StatusMessage only where it is not Success (DV-RSP-06)."""
    sub = f"<samlp:StatusCode{markup.attributes({'Value': status.sub})}/>" if status.sub else ""
    code = f"<samlp:StatusCode{markup.attributes({'Value': status.code})}>{sub}</samlp:StatusCode>"
    return f"<samlp:Status>{code}{markup.element('samlp:StatusMessage', status.message)}</samlp:Status>"


def read_status(element: Element) -> Status:
    """A Status; its StatusDetail is passed by. Raises `MessageMalformed`."""
    parts = shape.children(element, {_CODE: shape.ONE, _MESSAGE: shape.MAYBE, f"{_SAMLP}StatusDetail": shape.MAYBE})
    code, message = parts[_CODE][0], shape.only(parts[_MESSAGE])
    sub = shape.only(shape.children(code, {_CODE: shape.MAYBE})[_CODE])
    return Status(
        shape.attributes(code, required=("Value",))["Value"],
        None if sub is None else shape.attributes(sub, required=("Value",))["Value"],
        None if message is None else shape.leaf(message),
    )
