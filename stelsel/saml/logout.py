"""LogoutRequest and LogoutResponse: a requester ends the login that an assertion began (ST-SAML 1.9, SAML core 3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import header, markup, redirect, shape
from stelsel.saml.header import HEADER, ISSUER
from stelsel.saml.redirect import Redirected
from stelsel.saml.response import STATUS, Status, read_status, write_status
from stelsel.saml.shape import Count
from stelsel.saml.signatures import KeysOf, SigningKey, sign
from stelsel.saml.xml import Element, parse

_SAML: Final = f"{{{urns.SAML}}}"
_SAMLP: Final = f"{{{urns.SAMLP}}}"
LOGOUT_REQUEST: Final = f"{_SAMLP}LogoutRequest"
LOGOUT_RESPONSE: Final = f"{_SAMLP}LogoutResponse"

_NAME_ID: Final = f"{_SAML}NameID"
_SESSION_INDEX: Final = f"{_SAMLP}SessionIndex"
_EXTENSIONS: Final = f"{_SAMLP}Extensions"
# The schema's order; the standard's example has another one, and another SessionIndex (LGO-03, C-09).
_REQUEST_ORDER: Final[Mapping[str, Count]] = {
    ISSUER: shape.ONE,
    _EXTENSIONS: shape.MAYBE,
    _NAME_ID: shape.ONE,
    _SESSION_INDEX: shape.MAYBE,
}
_RESPONSE_ORDER: Final[Mapping[str, Count]] = {ISSUER: shape.ONE, _EXTENSIONS: shape.MAYBE, STATUS: shape.ONE}
_NAME_ID_ATTRIBUTES: Final = ("Format", "NameQualifier", "SPNameQualifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """Whose login ends: `name_id` is the NameID of the assertion that began it, `session_index` its SessionIndex.

    `not_on_or_after` None: nothing said of how long the request counts.
    """

    id: str
    issue_instant: datetime
    destination: str | None
    issuer: EntityId
    name_id: str = field(repr=False)
    name_id_format: str | None = urns.TRANSIENT
    session_index: str | None = field(default=None, repr=False)
    not_on_or_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutResponse:
    """How a logout ended."""

    id: str
    issue_instant: datetime
    destination: str | None
    issuer: EntityId
    in_response_to: str | None
    status: Status


def write_request(request: LogoutRequest, key: SigningKey | None, *, x509: bool = False) -> bytes:
    """The message (LGO-01), signed; without `key` as HTTP-Redirect has it, where the signature is over the query."""
    names = {
        **_header(request.id, request.issue_instant, request.destination),
        "NotOnOrAfter": None if request.not_on_or_after is None else markup.moment(request.not_on_or_after),
    }
    name_id = markup.attributes({"Format": request.name_id_format})
    message = (
        f"<samlp:LogoutRequest{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', request.issuer.value)}"
        f"<saml:NameID{name_id}>{markup.escaped(request.name_id)}</saml:NameID>"
        f"{markup.element('samlp:SessionIndex', request.session_index)}</samlp:LogoutRequest>"
    ).encode()
    return message if key is None else sign(message, key, x509=x509)


def write_response(response: LogoutResponse, key: SigningKey | None, *, x509: bool = False) -> bytes:
    """The message (LGO-02), signed; without `key` as HTTP-Redirect has it."""
    names = {
        **_header(response.id, response.issue_instant, response.destination),
        "InResponseTo": response.in_response_to,
    }
    message = (
        f"<samlp:LogoutResponse{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', response.issuer.value)}{write_status(response.status)}</samlp:LogoutResponse>"
    ).encode()
    return message if key is None else sign(message, key, x509=x509)


def read_request(received: bytes | Redirected, keys_of: KeysOf) -> LogoutRequest:
    """The request, by HTTP-POST or as it came in a query, its signature checked; every value is from what was signed.

    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`.
    """
    signed = _signed(received, LOGOUT_REQUEST, keys_of)
    with header.naming(signed, proven=True):
        return request_of(signed)


def request_of(signed: Element) -> LogoutRequest:
    """What a LogoutRequest says that has no Signature (any more). Raises `MessageMalformed`."""
    values = shape.attributes(signed, required=HEADER, optional=("Destination", "Consent", "Reason", "NotOnOrAfter"))
    header.check_version(values)
    parts = shape.children(signed, _REQUEST_ORDER)
    name_id, session_index = parts[_NAME_ID][0], shape.only(parts[_SESSION_INDEX])
    named = shape.attributes(name_id, optional=_NAME_ID_ATTRIBUTES)
    until = values.get("NotOnOrAfter")
    return LogoutRequest(
        id=values["ID"],
        issue_instant=shape.instant(values["IssueInstant"]),
        destination=values.get("Destination"),
        issuer=header.issuer(parts[ISSUER][0]),
        name_id=shape.leaf(name_id),
        name_id_format=named.get("Format"),
        session_index=None if session_index is None else shape.leaf(session_index),
        not_on_or_after=None if until is None else shape.instant(until),
    )


def read_response(received: bytes | Redirected, keys_of: KeysOf) -> LogoutResponse:
    """The answer, by HTTP-POST or as it came in a query, its signature checked. Raises as `read_request`."""
    signed = _signed(received, LOGOUT_RESPONSE, keys_of)
    with header.naming(signed, proven=True):
        return response_of(signed)


def response_of(signed: Element) -> LogoutResponse:
    """What a LogoutResponse says that has no Signature (any more). Raises `MessageMalformed`."""
    values = shape.attributes(signed, required=HEADER, optional=("Destination", "InResponseTo", "Consent"))
    header.check_version(values)
    parts = shape.children(signed, _RESPONSE_ORDER)
    return LogoutResponse(
        id=values["ID"],
        issue_instant=shape.instant(values["IssueInstant"]),
        destination=values.get("Destination"),
        issuer=header.issuer(parts[ISSUER][0]),
        in_response_to=values.get("InResponseTo"),
        status=read_status(parts[STATUS][0]),
    )


def _signed(received: bytes | Redirected, tag: str, keys_of: KeysOf) -> Element:
    if isinstance(received, Redirected):
        signed = redirect.read(received, keys_of)
        with header.naming(signed, proven=True):
            header.check_tag(signed, tag)
        return signed
    root = parse(received)
    with header.naming(root):
        header.check_tag(root, tag)
        return header.verified(root, keys_of)


def _header(identity: str, issue_instant: datetime, destination: str | None) -> dict[str, str | None]:
    return {
        "ID": identity,
        "Version": "2.0",
        "IssueInstant": markup.moment(issue_instant),
        "Destination": destination,
    }
