"""AuthnRequest: one party asks another to log somebody in, for one service (ST-SAML 1.3, 1.7).

What a strict profile refuses and real senders send (clients 2) is read as well, so that the rules of each door decide.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.failures import MessageMalformed
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import header, markup, redirect, shape
from stelsel.saml.header import HEADER, ISSUER
from stelsel.saml.redirect import Redirected
from stelsel.saml.signatures import KeysOf, SigningKey, check_survives, sign
from stelsel.saml.xml import Element, parse, self_contained

_SAML: Final = f"{{{urns.SAML}}}"
_SAMLP: Final = f"{{{urns.SAMLP}}}"
AUTHN_REQUEST: Final = f"{_SAMLP}AuthnRequest"

_EXTENSIONS: Final = f"{_SAMLP}Extensions"
_SUBJECT: Final = f"{_SAML}Subject"
_POLICY: Final = f"{_SAMLP}NameIDPolicy"
_CONDITIONS: Final = f"{_SAML}Conditions"
_CONTEXT: Final = f"{_SAMLP}RequestedAuthnContext"
_SCOPING: Final = f"{_SAMLP}Scoping"
_VALUE: Final = f"{_SAML}AttributeValue"
_OPTIONAL: Final = (
    "Destination",
    "Consent",
    "ForceAuthn",
    "IsPassive",
    "ProtocolBinding",
    "AssertionConsumerServiceIndex",
    "AssertionConsumerServiceURL",
    "AttributeConsumingServiceIndex",
    "ProviderName",
)
_OURS: Final = frozenset({urns.INTENDED_AUDIENCE, urns.SERVICE_UUID, urns.IDP_ASSERTION})
_NEVER_AN_EXTENSION: Final = (_SAML, _SAMLP, f"{{{urns.DS}}}", f"{{{urns.XENC}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthnRequest:
    """Who asks, where the answer goes, which DV and service it is about, and what narrows the choice.

    `idp_assertion` is the AD's assertion as received, self-contained, still verifying; it proves nothing before it was
    read with `assertion.read`. From `provider_name` on: what the profile does without, read so that it can be refused.
    """

    id: str
    issue_instant: datetime
    destination: str | None
    issuer: EntityId
    force_authn: bool = False
    is_passive: bool = False
    acs_index: int | None = None
    acs_url: str | None = None
    protocol_binding: str | None = None
    attribute_index: int | None = None
    intended_audience: EntityId | None = None
    service: ServiceUuid | None = None
    idp_list: tuple[EntityId, ...] = ()
    requester_ids: tuple[EntityId, ...] = ()
    has_scoping: bool = False
    idp_assertion: bytes | None = field(default=None, repr=False)
    provider_name: str | None = None
    consent: str | None = None
    name_id_format: str | None = None
    context_classes: tuple[str, ...] = ()
    context_comparison: str | None = None
    has_subject: bool = False
    has_conditions: bool = False


def write(request: AuthnRequest, key: SigningKey, *, x509: bool = False) -> bytes:
    """The signed message. Subject, Conditions, NameIDPolicy and RequestedAuthnContext are never written: the service
    decides (clients 5). Raises `AnswerRefused` when the IdpAssertion would not survive inside."""
    names = {
        "ID": request.id,
        "Version": "2.0",
        "IssueInstant": markup.moment(request.issue_instant),
        "Destination": request.destination,
        "ForceAuthn": "true" if request.force_authn else None,
        "IsPassive": "true" if request.is_passive else None,
        "ProtocolBinding": request.protocol_binding,
        "AssertionConsumerServiceIndex": _index(request.acs_index),
        "AssertionConsumerServiceURL": request.acs_url,
        "AttributeConsumingServiceIndex": _index(request.attribute_index),
        "ProviderName": request.provider_name,
    }
    start = f"<samlp:AuthnRequest{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
    issuer = markup.element("saml:Issuer", request.issuer.value)
    return sign(
        (start + issuer).encode()
        + _write_extensions(request)
        + (_write_scoping(request) + "</samlp:AuthnRequest>").encode(),
        key,
        x509=x509,
    )


def read(data: bytes, keys_of: KeysOf) -> AuthnRequest:
    """The request in `data`, its signature checked; every value is from the signed bytes.

    Raises `MessageMalformed`, `MessageTooLarge`, `UnknownIssuer`, `SignatureRefused`.
    """
    received = parse(data)
    with header.naming(received):
        header.check_tag(received, AUTHN_REQUEST)
        evidence = _idp_assertion(received)
        signed = header.verified(received, keys_of)
    return _values(signed, evidence)


def read_redirected(redirected: Redirected, keys_of: KeysOf) -> AuthnRequest:
    """The request that came by HTTP-Redirect, the signature over its query checked. Raises as `read`."""
    signed = redirect.read(redirected, keys_of)
    with header.naming(signed, proven=True):
        header.check_tag(signed, AUTHN_REQUEST)
        evidence = _idp_assertion(signed)
    return _values(signed, evidence)


def _values(signed: Element, evidence: bytes | None) -> AuthnRequest:
    with header.naming(signed, proven=True):
        return _read_values(signed, evidence)


def unproven(received: Element) -> AuthnRequest:
    """What a request says, its signature aside: for explaining, never for acting. Raises `MessageMalformed`."""
    evidence = _idp_assertion(received)
    return _read_values(header.unsigned(received), evidence)


def _read_values(signed: Element, evidence: bytes | None) -> AuthnRequest:
    values = shape.attributes(signed, required=HEADER, optional=_OPTIONAL)
    header.check_version(values)
    parts = shape.children(
        signed,
        {
            ISSUER: shape.ONE,
            _EXTENSIONS: shape.MAYBE,
            _SUBJECT: shape.MAYBE,
            _POLICY: shape.MAYBE,
            _CONDITIONS: shape.MAYBE,
            _CONTEXT: shape.MAYBE,
            _SCOPING: shape.MAYBE,
        },
    )
    extensions = _extensions(shape.only(parts[_EXTENSIONS]))
    audience, service = extensions.get(urns.INTENDED_AUDIENCE), extensions.get(urns.SERVICE_UUID)
    idp_list, requester_ids = _scoping(shape.only(parts[_SCOPING]))
    classes, comparison = _contexts(shape.only(parts[_CONTEXT]))
    policy = shape.only(parts[_POLICY])
    return AuthnRequest(
        id=values["ID"],
        issue_instant=shape.instant(values["IssueInstant"]),
        destination=values.get("Destination"),
        issuer=header.issuer(parts[ISSUER][0]),
        force_authn=shape.boolean(values.get("ForceAuthn", "")),
        is_passive=shape.boolean(values.get("IsPassive", "")),
        acs_index=_number(values.get("AssertionConsumerServiceIndex")),
        acs_url=values.get("AssertionConsumerServiceURL"),
        protocol_binding=values.get("ProtocolBinding"),
        attribute_index=_number(values.get("AttributeConsumingServiceIndex")),
        intended_audience=None if audience is None else header.entity(shape.leaf(audience)),
        service=None if service is None else header.service(shape.leaf(service)),
        idp_list=idp_list,
        requester_ids=requester_ids,
        has_scoping=bool(parts[_SCOPING]),
        idp_assertion=evidence,
        provider_name=values.get("ProviderName"),
        consent=values.get("Consent"),
        name_id_format=None if policy is None else policy.get("Format"),
        context_classes=classes,
        context_comparison=comparison,
        has_subject=bool(parts[_SUBJECT]),
        has_conditions=bool(parts[_CONDITIONS]),
    )


def _idp_assertion(received: Element) -> bytes | None:
    """The assertion in Extensions, taken from the received tree before anything is detached (recipes A.1)."""
    found = [child for child in received if child.tag == _EXTENSIONS]
    value = _extensions(shape.only(found)).get(urns.IDP_ASSERTION)
    if value is None:
        return None
    return self_contained(shape.children(value, {f"{_SAML}Assertion": shape.ONE})[f"{_SAML}Assertion"][0])


def _extensions(extensions: Element | None) -> dict[str, Element]:
    """The one AttributeValue of each attribute that is ours; what else real senders put here is passed by (GEN-26)."""
    values: dict[str, Element] = {}
    for child in () if extensions is None else extensions:
        if child.tag != f"{_SAML}Attribute":
            if child.tag.startswith(_NEVER_AN_EXTENSION):
                raise MessageMalformed(
                    "an element out of place",
                    expected="Attribute in Extensions",
                    found=child.tag.rpartition("}")[2][:100],
                )
            continue
        name = child.get("Name")
        if name not in _OURS:
            continue
        shape.attributes(child, required=("Name",), optional=("NameFormat", "FriendlyName"))
        if name in values:
            raise MessageMalformed(
                "an attribute stands twice in Extensions", clause="DV-REQ-09", found=name, expected="each Name once"
            )
        values[name] = shape.children(child, {_VALUE: shape.ONE})[_VALUE][0]
    return values


def _scoping(scoping: Element | None) -> tuple[tuple[EntityId, ...], tuple[EntityId, ...]]:
    if scoping is None:
        return (), ()
    shape.attributes(scoping, optional=("ProxyCount",))
    parts = shape.children(scoping, {f"{_SAMLP}IDPList": shape.MAYBE, f"{_SAMLP}RequesterID": shape.ANY})
    entries: list[Element] = []
    for listed in parts[f"{_SAMLP}IDPList"]:
        order = {f"{_SAMLP}IDPEntry": shape.MANY, f"{_SAMLP}GetComplete": shape.MAYBE}
        entries = shape.children(listed, order)[f"{_SAMLP}IDPEntry"]
    named = (shape.attributes(entry, required=("ProviderID",), optional=("Name", "Loc")) for entry in entries)
    return (
        tuple(header.entity(values["ProviderID"]) for values in named),
        tuple(header.entity(shape.leaf(requester)) for requester in parts[f"{_SAMLP}RequesterID"]),
    )


def _contexts(context: Element | None) -> tuple[tuple[str, ...], str | None]:
    """Classes asked for, and how to compare; `exact` where nothing is said (SAML core 3.3.2.2.1)."""
    if context is None:
        return (), None
    comparison = shape.attributes(context, optional=("Comparison",)).get("Comparison", "exact")
    classes = shape.children(context, {f"{_SAML}AuthnContextClassRef": shape.MANY})[f"{_SAML}AuthnContextClassRef"]
    return tuple(shape.leaf(found) for found in classes), comparison


def _write_extensions(request: AuthnRequest) -> bytes:
    attributes = b""
    for name, value in (
        (urns.SERVICE_UUID, request.service),
        (urns.INTENDED_AUDIENCE, request.intended_audience),
    ):
        if value is not None:
            attributes += _attribute(name, markup.escaped(value.value).encode())
    if request.idp_assertion is not None:
        check_survives(request.idp_assertion)
        attributes += _attribute(urns.IDP_ASSERTION, request.idp_assertion)
    return b"<samlp:Extensions>" + attributes + b"</samlp:Extensions>" if attributes else b""


def _attribute(name: str, value: bytes) -> bytes:
    start = f'<saml:Attribute Name="{name}"><saml:AttributeValue>'.encode()
    return start + value + b"</saml:AttributeValue></saml:Attribute>"


def _write_scoping(request: AuthnRequest) -> str:
    entries = "".join(f"<samlp:IDPEntry{markup.attributes({'ProviderID': each.value})}/>" for each in request.idp_list)
    listed = f"<samlp:IDPList>{entries}</samlp:IDPList>" if entries else ""
    requesters = "".join(markup.element("samlp:RequesterID", each.value) for each in request.requester_ids)
    if not (listed or requesters or request.has_scoping):
        return ""
    return f"<samlp:Scoping>{listed}{requesters}</samlp:Scoping>"


def _index(value: int | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> int | None:
    return None if text is None else shape.number(text)
