"""What others took for another thing than was signed: spellings, values and SOAP of later research.

The sender itself signed each of these, so the signature holds: refused is what could be read in two ways, and what is
read means the same as before (S2 to S5, S16, S26).
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from stelsel.failures import MessageMalformed, MessageRefused
from stelsel.saml import artifact, shape
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.signatures import sign
from tests.attacks.kinds import KINDS, Kind
from tests.attacks.mutations import Mutation, unsigned
from tests.fuzz.readers import meaning
from tests.stelsel.saml.factories import DV, a_resolve, key_of, keys_of_all

XSI: Final = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '


def attribute(written: bytes) -> Mutation:
    """One more attribute of the signed element."""
    return lambda message: re.sub(rb"^<([\w:]+)", lambda found: found[0] + b" " + written, message, count=1)


def issuer(change: Callable[[bytes], bytes]) -> Mutation:
    """Another spelling of who sent it."""
    return lambda message: re.sub(
        rb"(<saml:Issuer[^>]*>)([^<]+)", lambda found: found[1] + change(found[2]), message, count=1
    )


def identity(change: bytes) -> Mutation:
    """Another ID; `\\1` is the one it had."""
    return lambda message: re.sub(rb' ID="([^"]+)"', b' ID="' + change + b'"', message, count=1)


def on_issuer(written: bytes) -> Mutation:
    """One more attribute of Issuer."""
    return lambda message: message.replace(b"<saml:Issuer>", b"<saml:Issuer " + written + b">", 1)


REFUSED: Final[Mapping[str, Mutation]] = {
    "xml:base, from which canonical forms inherit": attribute(b'xml:base="http://evil.test/"'),
    "xml:id": attribute(b'xml:id="x"'),
    "xml:space": attribute(b'xml:space="preserve"'),
    "xml:lang": attribute(b'xml:lang="nl"'),
    "another type by xsi:type": attribute(XSI + b'xsi:type="saml:EvilType"'),
    "nil": attribute(XSI + b'xsi:nil="1"'),
    "an attribute of no schema": attribute(b'Evil="x"'),
    "an id in small letters": attribute(b'id="_x"'),
    "an Id": attribute(b'Id="_x"'),
    "an issuer with an invisible mark": issuer(lambda text: b"\xef\xbb\xbf" + text),
    "an issuer with a no-break space": issuer(lambda text: text + "\u00a0".encode()),
    "an issuer with a control sign": issuer(lambda text: text + b"\xc2\x85"),
    "an issuer beyond the first plane": issuer(lambda text: text + "\U0001f600".encode()),
    "an issuer with percent signs": issuer(lambda text: text.replace(b":", b"%3A")),
    "an issuer in capitals": issuer(bytes.upper),
    "an issuer of another scheme's case": issuer(lambda text: b"URN" + text[3:]),
    "an issuer with a slash behind": issuer(lambda text: text + b"/"),
    "an issuer with a fragment": issuer(lambda text: text + b"#"),
    "an issuer with a semicolon": issuer(lambda text: text + b";"),
    "an issuer with another's behind": issuer(lambda text: text + b" " + text),
    "qualified by a name": on_issuer(b'NameQualifier="evil"'),
    "qualified by a provider": on_issuer(b'SPProvidedID="evil"'),
    "an issuer of another format": on_issuer(b'Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"'),
    "version 2.00": lambda message: message.replace(b'Version="2.0"', b'Version="2.00"'),
    "version with a space": lambda message: message.replace(b'Version="2.0"', b'Version=" 2.0"'),
    "an ID with a colon": identity(rb"a:\1"),
    "an ID with a space": identity(rb" \1"),
    "an ID that begins with a digit": identity(rb"1\1"),
    "an ID that is a pointer": identity(rb"\1#xpointer(/)"),
    "an ID of letters beyond ASCII": identity("é".encode()),
    "an ID of no letters": identity(b""),
}
# What products write, and what says the same.
READ_AS_BEFORE: Final[Mapping[str, Mutation]] = {
    "CDATA": issuer(lambda text: b"<![CDATA[" + text + b"]]>"),
    "half in CDATA": issuer(lambda text: text[:5] + b"<![CDATA[" + text[5:] + b"]]>"),
    "a reference to a character": issuer(lambda text: b"&#x%x;" % text[0] + text[1:]),
    "indented": issuer(lambda text: b"\n  " + text + b"\t"),
    "its format said": on_issuer(b'Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity"'),
    "line ends in a tag": lambda message: message.replace(b" Version=", b"\r\n\tVersion="),
    "a namespace that nothing uses": attribute(b'xmlns:evil="urn:evil"'),
    "the namespace of signatures by another prefix": attribute(b'xmlns:d="http://www.w3.org/2000/09/xmldsig#"'),
}


def resigned(kind: Kind, mutation: Mutation) -> bytes:
    """The whole document with the element changed and signed by its own sender."""
    plain = unsigned(kind.genuine)
    changed = mutation(plain)
    assert changed != plain
    return kind.around(sign(changed, kind.key))


def said(value: object) -> object:
    """A meaning without the names of messages: those around the element are new each time."""
    if isinstance(value, dict):
        return {key: said(each) for key, each in value.items() if key != "id"}
    return [said(each) for each in value] if isinstance(value, list) else value


@pytest.mark.clause("S2", "S3", "S4", "S16", "S26")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("how", REFUSED)
def test_another_spelling_that_means_another_thing_to_somebody_is_refused(name: str, how: str) -> None:
    kind = KINDS[name]
    with pytest.raises(MessageRefused):
        kind.meaning(resigned(kind, REFUSED[how]))


@pytest.mark.clause("S4", "S5")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("how", READ_AS_BEFORE)
def test_another_spelling_that_is_read_says_what_it_said_before(name: str, how: str) -> None:
    kind = KINDS[name]
    before = kind.meaning(kind.around(sign(unsigned(kind.genuine), kind.key)))
    after = kind.meaning(resigned(kind, READ_AS_BEFORE[how]))
    assert said(meaning(after)) == said(meaning(before))


NO_INSTANTS: Final = (
    "2026-03-10T24:00:00Z",
    "2026-03-10T23:59:60Z",
    "-2026-03-10T12:00:00Z",
    "12026-03-10T12:00:00Z",
    "02026-03-10T12:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T12:00:00Z",
    "2026-03-10T12:00:00",
    "2026-03-10T12:00Z",
    "2026-03-10 12:00:00Z",
    "2026-03-10t12:00:00z",
    "20260310T120000Z",
    "2026-W11-2T12:00:00Z",
    "2026-03-10T12:00:00.Z",
    "2026-03-10T12:00:00,5Z",
    f"2026-03-10T12:00:00.{'1' * 1_000}Z",
    "2026-03-10T12:00:00+24:00",
    "2026-03-10T12:00:00+99:99",
    "2026-03-10T12:00:00ZZ",
    "2026-03-10T12:00:00Z\u00a0",
    "\u0662\u0660\u0662\u0666-03-10T12:00:00Z",
    "",
)
NO_NUMBERS: Final = (
    "+1",
    "-0",
    "-1",
    "1.0",
    "1e0",
    "0x1",
    "65536",
    "4294967296",
    "0000000001",
    "1_0",
    "\u0661",
    "1,2",
    "",
)
NO_BOOLEANS: Final = ("TRUE", "True", "yes", "2", "01", "true false", "\uff11", "t", "on")


@pytest.mark.clause("S16", "S27", "S26")
@pytest.mark.parametrize("text", NO_INSTANTS)
def test_a_moment_that_two_readers_could_place_elsewhere_is_none(text: str) -> None:
    with pytest.raises(MessageMalformed):
        shape.instant(text)


@pytest.mark.clause("S22", "S26")
@pytest.mark.parametrize("text", NO_NUMBERS)
def test_an_index_that_overflows_or_is_spelled_otherwise_is_none(text: str) -> None:
    with pytest.raises(MessageMalformed):
        shape.number(text)


@pytest.mark.clause("S25", "S26")
@pytest.mark.parametrize("text", NO_BOOLEANS)
def test_a_flag_that_some_take_for_true_is_none(text: str) -> None:
    with pytest.raises(MessageMalformed):
        shape.boolean(text)


SOAP: Final = b'xmlns:soap11="http://schemas.xmlsoap.org/soap/envelope/"'
HEADER: Final = b"<soap11:Header></soap11:Header>"


def _in_front(what: bytes) -> Mutation:
    return lambda soap: soap.replace(b"<soap11:Body>", what + b"<soap11:Body>", 1)


ENVELOPES: Final[Mapping[str, Mutation]] = {
    "a header that must be understood": _in_front(b'<soap11:Header><x soap11:mustUnderstand="1"></x></soap11:Header>'),
    "a header for an actor": _in_front(b'<soap11:Header><x soap11:actor="urn:evil"></x></soap11:Header>'),
    "two headers": _in_front(HEADER * 2),
    "a header behind": lambda soap: soap.replace(b"</soap11:Body>", b"</soap11:Body>" + HEADER, 1),
    "two bodies": lambda soap: soap.replace(b"</soap11:Body>", b"</soap11:Body><soap11:Body></soap11:Body>", 1),
    "an empty body in front": _in_front(b"<soap11:Body></soap11:Body>"),
    "an encoding style": lambda soap: soap.replace(
        b"<soap11:Body>", b'<soap11:Body soap11:encodingStyle="urn:evil">', 1
    ),
    "an attribute of the envelope": lambda soap: soap.replace(SOAP, SOAP + b' evil="x"', 1),
    "an id of the body": lambda soap: soap.replace(b"<soap11:Body>", b'<soap11:Body Id="body">', 1),
    "an envelope in an envelope": soap_wrap,
    "a body of the other version": lambda soap: soap.replace(
        b"<soap11:Body>", b'<soap11:Body xmlns:soap11="http://www.w3.org/2003/05/soap-envelope">', 1
    ),
    "a fault beside it": lambda soap: soap.replace(
        b"</soap11:Body>", b"<soap11:Fault></soap11:Fault></soap11:Body>", 1
    ),
    "a text in the body": lambda soap: soap.replace(b"</soap11:Body>", b"x</soap11:Body>", 1),
    "a part behind the envelope": lambda soap: soap + b"\r\n--MIME\r\n",
    "mime in front": lambda soap: b"--MIME\r\nContent-Type: text/xml\r\n\r\n" + soap,
}


@pytest.mark.clause("S1", "S4", "S15")
@pytest.mark.parametrize("how", ENVELOPES)
def test_an_envelope_that_says_more_than_its_message_is_refused(how: str) -> None:
    genuine = soap_wrap(artifact.write_resolve(a_resolve(), key_of(DV)))
    assert artifact.read_resolve(genuine, keys_of_all()).issuer == DV
    with pytest.raises(MessageRefused):
        artifact.read_resolve(ENVELOPES[how](genuine), keys_of_all())
