"""Assertion: what an AD, a BVD or the RD declares, signed on its own (ST-SAML 1.5, RD-ASR).

Advice is evidence: bytes that are passed on and never read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.failures import BadIdentifier, MessageMalformed
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import header, markup, shape
from stelsel.saml.encryption import (
    ENCRYPTED_ATTRIBUTE,
    ENCRYPTED_ID,
    EncryptedAttribute,
    EncryptedId,
    read_encrypted_attribute,
    read_encrypted_id,
)
from stelsel.saml.header import HEADER, ISSUER
from stelsel.saml.shape import Count
from stelsel.saml.signatures import SIGNATURE, KeysOf, SigningKey, check_survives, sign
from stelsel.saml.xml import Element, parse, self_contained

_SAML: Final = f"{{{urns.SAML}}}"
ASSERTION: Final = f"{_SAML}Assertion"

_SUBJECT: Final = f"{_SAML}Subject"
_CONDITIONS: Final = f"{_SAML}Conditions"
_ADVICE: Final = f"{_SAML}Advice"
_EVIDENCE: Final[Count] = (1, 16)  # each is written out with all the namespaces around it, before anything is proven
_AUTHN: Final = f"{_SAML}AuthnStatement"
_ATTRIBUTES: Final = f"{_SAML}AttributeStatement"
_NAME_ID: Final = f"{_SAML}NameID"
_CONFIRMATION: Final = f"{_SAML}SubjectConfirmation"
_CONFIRMATION_DATA: Final = f"{_SAML}SubjectConfirmationData"
_RESTRICTION: Final = f"{_SAML}AudienceRestriction"
_AUDIENCE: Final = f"{_SAML}Audience"
_CONTEXT: Final = f"{_SAML}AuthnContext"
_CLASS: Final = f"{_SAML}AuthnContextClassRef"
_AUTHORITY: Final = f"{_SAML}AuthenticatingAuthority"
_ATTRIBUTE: Final = f"{_SAML}Attribute"
_VALUE: Final = f"{_SAML}AttributeValue"
_XSI_TYPE: Final = f"{{{urns.XSI}}}type"

_BEFORE_STATEMENTS: Final[Mapping[str, Count]] = {
    ISSUER: shape.ONE,
    SIGNATURE: shape.MAYBE,
    _SUBJECT: shape.ONE,
    _CONDITIONS: shape.ONE,
    _ADVICE: shape.MAYBE,
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with its values, in clear or encrypted. A value in clear may be personal: no `repr`."""

    name: str
    values: tuple[str | EncryptedId, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A declaration; whether it fits what was asked is for the rules of whoever asked.

    `evidence` is the assertion as received, self-contained, still verifying, to be passed on; empty in one that is
    being written. `copied` are elements for its AttributeStatement that are spliced in as they are. `advice` are such
    bytes of the assertions inside, in order. `confirm_until` ends delivery (DV-ASR-05), `not_on_or_after` the assertion
    (DV-ASR-09), `session_until` a session on it.
    """

    id: str
    issue_instant: datetime
    issuer: EntityId
    name_id: str = field(repr=False)
    name_id_format: str = urns.TRANSIENT
    recipient: str
    in_response_to: str
    confirm_until: datetime
    not_before: datetime
    not_on_or_after: datetime
    audiences: tuple[EntityId, ...]
    authn_instant: datetime
    session_index: str | None = None
    session_until: datetime | None = None
    context_class: str
    authorities: tuple[EntityId, ...] = ()
    attributes: tuple[Attribute, ...]
    encrypted_attributes: tuple[EncryptedAttribute, ...] = ()
    copied: tuple[bytes, ...] = field(default=(), repr=False)
    advice: tuple[bytes, ...] = field(default=(), repr=False)
    evidence: bytes = field(default=b"", repr=False, compare=False)

    @property
    def service(self) -> ServiceUuid | None:
        """The one service this is about; None where it names none, several, or something else (DV-ATT-01)."""
        values = self._values(urns.SERVICE_UUID)
        try:
            return ServiceUuid(str(values[0])) if len(values) == 1 else None
        except BadIdentifier:
            return None

    @property
    def acting(self) -> tuple[EncryptedId, ...]:
        """Who logged in, once per way of encrypting (DV-ATT-04)."""
        return tuple(value for value in self._values(urns.ACTING_SUBJECT_ID) if isinstance(value, EncryptedId))

    @property
    def legal(self) -> tuple[EncryptedId, ...]:
        """Who is represented; empty where nobody is (DV-ATT-03)."""
        return tuple(value for value in self._values(urns.LEGAL_SUBJECT_ID) if isinstance(value, EncryptedId))

    @property
    def representation_types(self) -> tuple[str, ...]:
        """On which grounds (DV-ATT-12)."""
        return tuple(value for value in self._values(urns.REPRESENTATION_TYPE) if isinstance(value, str))

    def _values(self, name: str) -> tuple[str | EncryptedId, ...]:
        return next((attribute.values for attribute in self.attributes if attribute.name == name), ())


def write(assertion: Assertion, key: SigningKey, *, x509: bool = False) -> bytes:
    """The signed assertion, self-contained, with its advice inside byte for byte.

    Raises `AnswerRefused` when advice would not survive inside (C-18).
    """
    for evidence in assertion.advice:
        check_survives(evidence)
    advice = b"".join((b"<saml:Advice>", *assertion.advice, b"</saml:Advice>")) if assertion.advice else b""
    return sign(_write_opening(assertion).encode() + advice + _write_statements(assertion).encode(), key, x509=x509)


def read(data: bytes, keys_of: KeysOf) -> Assertion:
    """The assertion in `data`, its signature checked. Raises as `read_element`, and `MessageTooLarge`."""
    return read_element(parse(data), keys_of)


def read_element(received: Element, keys_of: KeysOf) -> Assertion:
    """The assertion at its place in a received tree; every value is from the bytes that were signed.

    The element has lost its Signature afterwards; `evidence` and `advice` were taken before.
    Raises `MessageMalformed`, `UnknownIssuer`, `SignatureRefused`.
    """
    with header.naming(received):
        header.check_tag(received, ASSERTION)
        evidence = self_contained(received)
        advice = _advice(received)
        signed = header.verified(received, keys_of)
    with header.naming(signed, proven=True):
        return assertion_of(signed, evidence, advice)


def read_attributes(copied: Iterable[bytes]) -> tuple[tuple[Attribute, ...], tuple[EncryptedAttribute, ...]]:
    """The attributes in what is `copied` into an assertion, and those that are encrypted whole: our own writing."""
    parts = b"".join(copied)
    if not parts:
        return (), ()
    around = f"<saml:AttributeStatement{markup.SAML_NAMESPACE}>".encode()
    statement = parse(around + parts + b"</saml:AttributeStatement>")
    return _attributes(statement), _encrypted_attributes(statement)


def unproven(received: Element) -> Assertion:
    """What an assertion says, its signature aside: for explaining, never for acting. Raises `MessageMalformed`."""
    evidence, advice = self_contained(received), _advice(received)
    return assertion_of(header.unsigned(received), evidence, advice)


def assertion_of(signed: Element, evidence: bytes, advice: tuple[bytes, ...]) -> Assertion:
    """What an assertion says that has no Signature (any more). Raises `MessageMalformed`."""
    values = shape.attributes(signed, required=HEADER)
    header.check_version(values)
    parts = shape.children(signed, _order(signed))
    if parts[SIGNATURE]:
        raise MessageMalformed("a second Signature", expected="1", found="2")
    name_id, name_id_format, confirmation = _subject(parts[_SUBJECT][0])
    conditions, audiences = _conditions(parts[_CONDITIONS][0])
    statement, context_class, authorities = _authentication(parts[_AUTHN][0])
    session_until = statement.get("SessionNotOnOrAfter")
    return Assertion(
        id=values["ID"],
        issue_instant=shape.instant(values["IssueInstant"]),
        issuer=header.issuer(parts[ISSUER][0]),
        name_id=name_id,
        name_id_format=name_id_format,
        recipient=confirmation["Recipient"],
        in_response_to=confirmation["InResponseTo"],
        confirm_until=shape.instant(confirmation["NotOnOrAfter"]),
        not_before=shape.instant(conditions["NotBefore"]),
        not_on_or_after=shape.instant(conditions["NotOnOrAfter"]),
        audiences=audiences,
        authn_instant=shape.instant(statement["AuthnInstant"]),
        session_index=statement.get("SessionIndex"),
        session_until=None if session_until is None else shape.instant(session_until),
        context_class=context_class,
        authorities=authorities,
        attributes=_attributes(parts[_ATTRIBUTES][0]),
        encrypted_attributes=_encrypted_attributes(parts[_ATTRIBUTES][0]),
        advice=advice,
        evidence=evidence,
    )


def _order(element: Element) -> Mapping[str, Count]:
    """SAML core 2.3.3 leaves the order of the two statements open, and nothing else."""
    last = element[-1].tag
    statements = (_ATTRIBUTES, _AUTHN) if last == _AUTHN else (_AUTHN, _ATTRIBUTES)
    return {**_BEFORE_STATEMENTS, **dict.fromkeys(statements, shape.ONE)}


def _advice(received: Element) -> tuple[bytes, ...]:
    """The assertions in Advice as received, by exact path. They prove nothing to us (GEN-09)."""
    if not len(received):
        return ()
    advice = shape.only(shape.children(received, _order(received))[_ADVICE])
    if advice is None:
        return ()
    return tuple(self_contained(each) for each in shape.children(advice, {ASSERTION: _EVIDENCE})[ASSERTION])


def _subject(subject: Element) -> tuple[str, str, Mapping[str, str]]:
    """NameID with its Format, and the attributes of the one bearer confirmation (DV-ASR-03 to DV-ASR-08)."""
    parts = shape.children(subject, {_NAME_ID: shape.ONE, _CONFIRMATION: shape.ONE})
    name_id, confirmation = parts[_NAME_ID][0], parts[_CONFIRMATION][0]
    named = shape.attributes(name_id, optional=("Format", "NameQualifier", "SPNameQualifier"))
    method = shape.attributes(confirmation, required=("Method",))["Method"]
    if method != urns.BEARER:
        raise MessageMalformed("Method", clause="DV-ASR-04", expected=urns.BEARER, found=method[:100])
    data = shape.children(confirmation, {_CONFIRMATION_DATA: shape.ONE})[_CONFIRMATION_DATA][0]
    shape.children(data, {})
    # No NotBefore: DV-ASR-08.
    values = shape.attributes(data, required=("NotOnOrAfter", "Recipient", "InResponseTo"), optional=("Address",))
    return shape.leaf(name_id), named.get("Format", ""), values


def _conditions(conditions: Element) -> tuple[Mapping[str, str], tuple[EntityId, ...]]:
    parts = shape.children(
        conditions,
        {_RESTRICTION: shape.ONE, f"{_SAML}OneTimeUse": shape.MAYBE, f"{_SAML}ProxyRestriction": shape.MAYBE},
    )
    audiences = shape.children(parts[_RESTRICTION][0], {_AUDIENCE: shape.MANY})[_AUDIENCE]
    values = shape.attributes(conditions, required=("NotBefore", "NotOnOrAfter"))
    return values, tuple(header.entity(shape.leaf(audience)) for audience in audiences)


def _authentication(statement: Element) -> tuple[Mapping[str, str], str, tuple[EntityId, ...]]:
    values = shape.attributes(statement, required=("AuthnInstant",), optional=("SessionIndex", "SessionNotOnOrAfter"))
    context = shape.children(statement, {f"{_SAML}SubjectLocality": shape.MAYBE, _CONTEXT: shape.ONE})[_CONTEXT][0]
    parts = shape.children(context, {_CLASS: shape.ONE, _AUTHORITY: shape.ANY})
    return values, shape.leaf(parts[_CLASS][0]), tuple(header.entity(shape.leaf(each)) for each in parts[_AUTHORITY])


def _attributes(statement: Element) -> tuple[Attribute, ...]:
    found = []
    for element in _parts_of(statement, _ATTRIBUTE):
        name = shape.attributes(element, required=("Name",), optional=("NameFormat", "FriendlyName"))["Name"]
        values = shape.children(element, {_VALUE: shape.MANY})[_VALUE]
        found.append(Attribute(name, tuple(_value(value) for value in values)))
    if len({attribute.name for attribute in found}) != len(found):
        raise MessageMalformed(
            "an Attribute stands twice", clause="DV-ATT-02", expected="each Name once", found=len(found)
        )
    return tuple(found)


def _encrypted_attributes(statement: Element) -> tuple[EncryptedAttribute, ...]:
    return tuple(read_encrypted_attribute(each) for each in _parts_of(statement, ENCRYPTED_ATTRIBUTE))


def _parts_of(statement: Element, tag: str) -> list[Element]:
    """Those of one kind; SAML core 2.7.3 lets attributes and encrypted attributes stand in any order."""
    found = shape.mixed(statement, (_ATTRIBUTE, ENCRYPTED_ATTRIBUTE))
    return [each for each in found if each.tag == tag]


def _value(element: Element) -> str | EncryptedId:
    shape.attributes(element, optional=(_XSI_TYPE,))
    if len(element) == 0:
        return shape.leaf(element)
    return read_encrypted_id(shape.children(element, {ENCRYPTED_ID: shape.ONE})[ENCRYPTED_ID][0])


def _write_opening(assertion: Assertion) -> str:
    names = {
        "ID": assertion.id,
        "Version": "2.0",
        "IssueInstant": markup.moment(assertion.issue_instant),
    }
    confirmation = {
        "NotOnOrAfter": markup.moment(assertion.confirm_until),
        "Recipient": assertion.recipient,
        "InResponseTo": assertion.in_response_to,
    }
    conditions = {
        "NotBefore": markup.moment(assertion.not_before),
        "NotOnOrAfter": markup.moment(assertion.not_on_or_after),
    }
    audiences = "".join(markup.element("saml:Audience", audience.value) for audience in assertion.audiences)
    return (
        f"<saml:Assertion{markup.SAML_NAMESPACE}{markup.attributes(names)}>"
        f"{markup.element('saml:Issuer', assertion.issuer.value)}"
        f"<saml:Subject><saml:NameID{markup.attributes({'Format': assertion.name_id_format})}>"
        f"{markup.escaped(assertion.name_id)}</saml:NameID>"
        f'<saml:SubjectConfirmation Method="{urns.BEARER}">'
        f"<saml:SubjectConfirmationData{markup.attributes(confirmation)}/></saml:SubjectConfirmation></saml:Subject>"
        f"<saml:Conditions{markup.attributes(conditions)}>"
        f"<saml:AudienceRestriction>{audiences}</saml:AudienceRestriction></saml:Conditions>"
    )


def _write_statements(assertion: Assertion) -> str:
    until = assertion.session_until
    names = {
        "AuthnInstant": markup.moment(assertion.authn_instant),
        "SessionIndex": assertion.session_index,
        "SessionNotOnOrAfter": None if until is None else markup.moment(until),
    }
    authorities = "".join(
        markup.element("saml:AuthenticatingAuthority", authority.value) for authority in assertion.authorities
    )
    attributes = "".join(write_attribute(attribute) for attribute in assertion.attributes)
    attributes += b"".join(assertion.copied).decode()
    return (
        f"<saml:AuthnStatement{markup.attributes(names)}><saml:AuthnContext>"
        f"{markup.element('saml:AuthnContextClassRef', assertion.context_class)}{authorities}"
        "</saml:AuthnContext></saml:AuthnStatement>"
        # The schema has no empty AttributeStatement; a profile without attributes writes none.
        + (f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>" if attributes else "")
        + "</saml:Assertion>"
    )


def write_attribute(attribute: Attribute) -> str:
    """One Attribute; its `saml` prefix is that of the assertion around it."""
    values = "".join(
        f"<saml:AttributeValue>{value.xml.decode() if isinstance(value, EncryptedId) else markup.escaped(value)}"
        "</saml:AttributeValue>"
        for value in attribute.values
    )
    return f"<saml:Attribute{markup.attributes({'Name': attribute.name})}>{values}</saml:Attribute>"
