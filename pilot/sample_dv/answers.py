"""From the gateway's answer, by SOAP or by the browser, to a `Received`, or to the reason there is none.

pysaml2 verifies the signatures from their bytes, and judges the assertion by its own rules; Advice, EncryptedID,
level, service and the network's clock it does not know: those checks are those of the dialect.
"""

from collections.abc import Callable
from typing import Final

from saml2.response import AuthnResponse

from pilot.sample_dv import xml
from pilot.sample_dv.checks import (
    ACTING,
    INTERMEDIARY,
    REPRESENTATION_TYPE,
    REPRESENTED,
    Asked,
    Opened,
    Trust,
    authorities,
    level,
    texts,
)
from pilot.sample_dv.dialects.contract import Dialect
from pilot.sample_dv.envelope import Broken, Envelope, refused
from pilot.sample_dv.received import Answer, Check, Distrusted, Name, Received

RESTRICTION: Final = ":ServiceRestriction:"


def read_answer(soap: bytes, asked: Asked, trust: Trust, dialect: Dialect) -> Answer:
    """What the gateway answered to an ArtifactResolve. Nothing is believed that no signature covers.

    One failed check is enough. Runs xmlsec1 several times: call it off the event loop.
    """
    envelope = Envelope(trust.gateway, trust.signatures)

    def read() -> Answer:
        answer = envelope.artifact_response(soap, asked.resolve_id)
        if not xml.children(answer, "samlp:Response"):
            return refused(answer, asked.code)
        return _read(xml.child(answer, "samlp:Response"), envelope, asked, trust, dialect)

    return _told(read, envelope, asked)


def read_posted(message: bytes, asked: Asked, trust: Trust, dialect: Dialect) -> Answer:
    """What the gateway answered by HTTP-POST: the Response is signed, its assertion may be encrypted whole for us."""
    envelope = Envelope(trust.gateway, trust.signatures)

    def read() -> Answer:
        return _read(envelope.posted(message), envelope, asked, trust, dialect, posted=True)

    return _told(read, envelope, asked)


def _told(read: Callable[[], Answer], envelope: Envelope, asked: Asked) -> Answer:
    try:
        return read()
    except Broken as broken:
        envelope.checks.append(broken.check)
    except xml.Unreadable as error:
        envelope.checks.append(Check("vorm", False, "een bericht volgens ST-SAML", str(error), "ERR-09"))
    return Distrusted(asked.code, 400, tuple(envelope.checks), tuple(envelope.messages))


def _read(
    response: xml.Element, envelope: Envelope, asked: Asked, trust: Trust, dialect: Dialect, *, posted: bool = False
) -> Answer:
    if not envelope.answers(response, asked.request_id, asked.consumer):
        return refused(response, asked.code)
    assertion = envelope.assertion(response, trust.key if posted else None)
    opened = dialect.read(assertion, trust, envelope.messages)
    checks, messages = envelope.checks, envelope.messages
    checks.extend(check(opened, asked, trust) for check in dialect.checks)
    checks.append(_judged_by_pysaml2(xml.source(response), opened, asked, trust))
    if not all(each.ok for each in checks):
        return Distrusted(asked.code, 400, tuple(checks), tuple(messages))
    return _received(opened, envelope, asked, posted)


class _Judge(AuthnResponse):
    """pysaml2's, which cannot open what eTD encrypts: it hands xmlsec1 an object where text is due. We do that."""

    def decrypt_attributes(self, attribute_statement: object, keys: object = None) -> None:
        """Leaves EncryptedAttributes as they are."""


def _judged_by_pysaml2(response: bytes, opened: Opened, asked: Asked, trust: Trust) -> Check:
    """pysaml2's own verdict over the whole Response: the opinion of somebody else (recipes B)."""
    judge = _Judge(
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


def _received(opened: Opened, envelope: Envelope, asked: Asked, posted: bool) -> Received:
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
        attributes=opened.facts,
        representation_types=texts(opened.attributes, REPRESENTATION_TYPE),
        loa=level(opened),
        service=opened.service or asked.service,
        authorities=authorities(opened),
        ends_at=xml.instant(ends_at) if ends_at else None,
        advice=opened.advice,
        checks=tuple(envelope.checks),
        messages=tuple(envelope.messages),
        posted=posted,
    )
