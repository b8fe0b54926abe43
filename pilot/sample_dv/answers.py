"""From the gateway's SOAP answer to a `Received`, or to the reason there is none.

pysaml2 verifies ArtifactResponse and Assertion from their bytes, and judges the assertion by its own rules; Advice,
EncryptedID, level, service and the network's clock it does not know, and those checks are this module's.
"""

from collections.abc import Mapping
from typing import Final

from saml2.response import AuthnResponse
from saml2.saml import assertion_from_string
from saml2.samlp import artifact_response_from_string

from pilot.sample_dv import xml
from pilot.sample_dv.checks import (
    ACTING,
    CHECKS,
    INTERMEDIARY,
    REPRESENTATION_TYPE,
    REPRESENTED,
    SERVICE_UUID,
    Asked,
    Opened,
    Trust,
    authorities,
    level,
    same,
    texts,
)
from pilot.sample_dv.decryption import EncryptionKey, NotForUs
from pilot.sample_dv.received import AdviceSignature, Answer, Check, Distrusted, Message, Name, Received, Refused
from pilot.sample_dv.signatures import NotSigned, Signatures

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESTRICTION: Final = ":ServiceRestriction:"
_ALGORITHMS: Final = frozenset(
    f"http://www.w3.org/2001/04/{name}"
    for name in (
        "xmldsig-more#rsa-sha256",
        "xmldsig-more#rsa-sha384",
        "xmldsig-more#rsa-sha512",
        "xmlenc#sha256",
        "xmldsig-more#sha384",
        "xmlenc#sha512",
    )
)


class _Broken(Exception):
    """The answer stops here: one check that leaves nothing to look at behind it."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.name)
        self.check = check


def read_answer(soap: bytes, asked: Asked, trust: Trust) -> Answer:
    """What the gateway answered. Nothing is believed that no signature covers; one failed check is enough.

    Runs xmlsec1 several times: call it off the event loop.
    """
    checks: list[Check] = []
    messages: list[Message] = []
    try:
        return _read(soap, asked, trust, checks, messages)
    except _Broken as broken:
        checks.append(broken.check)
    except xml.Unreadable as error:
        checks.append(Check("vorm", False, "een bericht volgens ST-SAML", str(error), "ERR-09"))
    return Distrusted(asked.code, 400, tuple(checks), tuple(messages))


def _read(soap: bytes, asked: Asked, trust: Trust, checks: list[Check], messages: list[Message]) -> Answer:
    root = xml.parse(soap)
    if root.tag != xml.tag("soap:Envelope"):
        raise xml.Unreadable("no SOAP envelope")
    artifact_response = xml.child(root, "soap:Body/samlp:ArtifactResponse")
    messages.append(Message("ArtifactResponse", soap.decode()))
    _signed(trust, artifact_response, "ArtifactResponse", "DV-ARR-02", checks)
    _must("ArtifactResponse.Issuer", trust.gateway, xml.text(artifact_response, "saml:Issuer"), "DV-ARR-01", checks)
    _must("ArtifactResponse.InResponseTo", asked.resolve_id, artifact_response.get("InResponseTo"), "DV-ARR-01", checks)
    responses = xml.children(artifact_response, "samlp:Response")
    if not responses:
        return _refused(artifact_response, asked.code)
    response = xml.child(artifact_response, "samlp:Response")
    _must("Response.Issuer", trust.gateway, xml.text(response, "saml:Issuer"), "DV-RSP-01", checks)
    _must("Response.InResponseTo", asked.request_id, response.get("InResponseTo"), "DV-RSP-01", checks)
    _must("Response.Destination", asked.consumer, response.get("Destination"), "DV-RSP-02", checks)
    if xml.attribute(xml.child(response, "samlp:Status/samlp:StatusCode"), "Value") != SUCCESS:
        if xml.children(response, "saml:Assertion"):
            raise xml.Unreadable("an Assertion beside a refusal")
        return _refused(response, asked.code)
    assertion = xml.child(response, "saml:Assertion")
    _signed(trust, assertion, "Assertion", "DV-VAL-01", checks)
    _must("Assertion.Issuer", trust.gateway, xml.text(assertion, "saml:Issuer"), "DV-ASR-01", checks)
    opened = _open(assertion, trust, messages)
    checks.extend(check(opened, asked, trust) for check in CHECKS)
    checks.append(_judged_by_pysaml2(xml.source(response), opened, asked, trust))
    if not all(each.ok for each in checks):
        return Distrusted(asked.code, 400, tuple(checks), tuple(messages))
    return _received(opened, tuple(checks), tuple(messages))


def _signed(trust: Trust, element: xml.Element, name: str, clause: str, checks: list[Check]) -> None:
    """The gateway's signature over one element as it came, and its algorithms (GEN-02, GEN-03)."""
    text = xml.source(element)
    read = artifact_response_from_string if name == "ArtifactResponse" else assertion_from_string
    try:
        trust.signatures.check(read(text), text, trust.gateway)
        _check_algorithms(element)
    except NotSigned as error:
        raise _Broken(Check(f"handtekening {name}", False, trust.gateway, str(error) or "geen", clause)) from error
    checks.append(Check(f"handtekening {name}", True, trust.gateway, trust.gateway, clause))


def _check_algorithms(signed: xml.Element) -> None:
    info = xml.child(signed, "ds:Signature/ds:SignedInfo")
    for path in ("ds:SignatureMethod", "ds:Reference/ds:DigestMethod"):
        if xml.attribute(xml.child(info, path), "Algorithm") not in _ALGORITHMS:
            raise NotSigned("algorithm")


def _judged_by_pysaml2(response: bytes, opened: Opened, asked: Asked, trust: Trust) -> Check:
    """pysaml2's own verdict over the whole Response: the opinion of somebody else (recipes B)."""
    judge = AuthnResponse(
        trust.signatures.context,
        [],
        trust.entity_id,
        return_addrs=[asked.consumer],
        outstanding_queries={asked.request_id: "/"},
        timeslack=trust.slack_seconds,
        want_assertions_signed=True,
        allow_unknown_attributes=True,
    )
    try:
        verdict = judge.loads(response, False).verify()
        accepted = verdict is not None and judge.assertion.id == opened.assertion.get("ID")
    except Exception as error:  # pysaml2 has no common class for what it refuses
        return Check("oordeel van pysaml2", False, "goed", type(error).__name__, "DV-VAL-01")
    return Check("oordeel van pysaml2", accepted, "goed", "goed" if accepted else "geweigerd", "DV-VAL-01")


def _open(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Decrypts what is for us in the summary, and in the assertions that Advice holds as evidence."""
    attributes = _attributes(assertion)
    advice: list[AdviceSignature] = []
    evidence: dict[str, tuple[Name, ...]] = {}
    for inner in xml.children(assertion, "saml:Advice/saml:Assertion"):
        issuer = xml.text(inner, "saml:Issuer")
        raw = xml.source(inner)
        messages.append(Message(f"Advice: {issuer}", raw.decode()))
        sound = _is_signed(raw, inner, issuer, trust.signatures)
        advice.append(AdviceSignature(issuer, sound))
        if sound:
            for name, found in _names(_attributes(inner), trust.key).items():
                evidence[name] = (*evidence.get(name, ()), *found)
    return Opened(assertion, attributes, _names(attributes, trust.key), tuple(advice), evidence)


def _is_signed(raw: bytes, element: xml.Element, issuer: str, signatures: Signatures) -> bool:
    try:
        signatures.check(assertion_from_string(raw), raw, issuer)
        _check_algorithms(element)
    except NotSigned:
        return False
    return True


def _attributes(assertion: xml.Element) -> dict[str, tuple[xml.Element, ...]]:
    """AttributeValues by attribute name; the same name twice is refused (DV-ATT-02, DV-ATT-03)."""
    found: dict[str, tuple[xml.Element, ...]] = {}
    for attribute in xml.children(assertion, "saml:AttributeStatement/saml:Attribute"):
        name = xml.attribute(attribute, "Name")
        if name in found:
            raise xml.Unreadable(f"attribute {name} twice")
        found[name] = tuple(xml.children(attribute, "saml:AttributeValue"))
    return found


def _names(attributes: Mapping[str, tuple[xml.Element, ...]], key: EncryptionKey) -> dict[str, tuple[Name, ...]]:
    """What our key opens, by attribute name; values that are for others are left out (DV-VAL-09)."""
    opened: dict[str, tuple[Name, ...]] = {}
    for name, values in attributes.items():
        for encrypted in (each for value in values for each in xml.children(value, "saml:EncryptedID")):
            try:
                opened[name] = (*opened.get(name, ()), key.open(encrypted))
            except NotForUs:
                continue
    return opened


def _received(opened: Opened, checks: tuple[Check, ...], messages: tuple[Message, ...]) -> Received:
    statement = xml.child(opened.assertion, "saml:AuthnStatement")
    ends_at = statement.get("SessionNotOnOrAfter")
    return Received(
        assertion_id=xml.attribute(opened.assertion, "ID"),
        name_id=xml.text(opened.assertion, "saml:Subject/saml:NameID"),
        session_index=statement.get("SessionIndex"),
        acting=opened.names[ACTING][0],
        represented=next(iter(opened.names.get(REPRESENTED, ())), None),
        via=opened.names.get(INTERMEDIARY, ()),
        restrictions=tuple(
            Name(name.rsplit(":", 1)[-1], (value.text or "").strip())
            for name, values in opened.attributes.items()
            if RESTRICTION in name
            for value in values
        ),
        representation_types=texts(opened, REPRESENTATION_TYPE),
        loa=level(opened),
        service=texts(opened, SERVICE_UUID)[0],
        authorities=authorities(opened),
        ends_at=xml.instant(ends_at) if ends_at else None,
        advice=opened.advice,
        checks=checks,
        messages=messages,
    )


def _refused(element: xml.Element, code: str) -> Refused:
    status = xml.child(element, "samlp:Status/samlp:StatusCode")
    nested = xml.children(status, "samlp:StatusCode")
    said = xml.children(element, "samlp:Status/samlp:StatusMessage")
    return Refused(
        xml.attribute(status, "Value"),
        nested[0].get("Value") if nested else None,
        (said[0].text or "").strip() if said else None,
        code,
    )


def _must(name: str, expected: str, received: str | None, clause: str, checks: list[Check]) -> None:
    check = same(name, expected, received or "", clause)
    if not check.ok:
        raise _Broken(check)
    checks.append(check)
