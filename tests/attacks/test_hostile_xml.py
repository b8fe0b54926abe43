"""Documents made to confuse or exhaust the parser; refused before any signature is looked at (spec/security S2-S9)."""

import time

import pytest

from stelsel.failures import MessageMalformed, MessageTooLarge
from stelsel.saml.bindings import soap_unwrap
from stelsel.saml.xml import MESSAGE, Limits, parse

LOL = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))

CONFUSING = {
    "doctype": b"<!DOCTYPE a><a/>",
    "external-dtd": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>',
    "xxe": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "billion-laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{LOL}]><a>&l9;</a>'.encode(),
    "doctype-behind-a-declaration": b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    "undeclared-entity": b"<a>&evil;</a>",
    "comment": b"<a>admin@<!-- -->evil.test</a>",
    "comment-in-front": b"<!-- --><a/>",
    "processing-instruction": b"<a><?evil ?></a>",
    "stylesheet": b'<?xml-stylesheet href="http://127.0.0.1:1/x.xsl"?><a/>',
    "second-declaration": b'<?xml version="1.0"?><?xml version="1.0"?><a/>',
    "xml-1.1": b'<?xml version="1.1"?><a/>',
    "latin-1": b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
    "utf-16": "<a/>".encode("utf-16"),
    "utf-7": b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b/+AD4-</a>',
    "invalid-utf-8": b"<a>\xff</a>",
    "nul": b"<a>\x00</a>",
    "two-roots": b"<a/><b/>",
    "text-behind": b"<a/>evil",
    "empty": b"",
    "relative-namespace": b'<a xmlns="evil"/>',
    "relative-prefixed-namespace": b"<b:a xmlns:b='1/2'/>",
    "relative-namespace-spaced": b'<a xmlns:b\n=\n"../x"/>',
    "escaped-relative-namespace": b'<a xmlns="&#101;vil"/>',
    "xml-id": b'<a xml:id="x"/>',
    "prefixed-id": b'<a xmlns:b="urn:b" b:ID="x"/>',
    "schema-location": b'<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a http://x/"/>',
    "nil": b'<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
    "duplicate-id": b'<a ID="x"><b ID="x"/></a>',
    "duplicate-id-other-spelling": b'<a ID="x"><b Id="x"/></a>',
    "duplicate-id-lower-case": b'<a id="x"><b Id="x"/></a>',
    "same-attribute-twice": b'<a ID="x" ID="y"/>',
    "id-that-is-no-name": b'<a ID="1 2"/>',
    "empty-id": b'<a ID=""/>',
}

EXHAUSTING = {
    "megabytes": b"<a>" + b"x" * 1_000_000 + b"</a>",
    "elements": b"<a>" + b"<b/>" * 20_000 + b"</a>",
    "depth": b"<a>" * 45 + b"</a>" * 45,
    "great-depth": b"<a>" * 3_000 + b"</a>" * 3_000,
    "attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/>",
    "attributes-with-brackets": b"<a " + b" ".join(b'a%d=">"' % n for n in range(15_000)) + b"/>",
    "namespaces": b"<a " + b" ".join(b'xmlns:a%d="urn:%d"' % (n, n) for n in range(8_000)) + b"/>",
    "nested-namespaces": b"".join(
        b"<a " + b" ".join(b'xmlns:a%d="urn:%d"' % (n, n) for n in range(depth * 120, depth * 120 + 120)) + b">"
        for depth in range(45)
    )
    + b"</a>" * 45,
    "long-attribute": b'<a b="' + b"x" * 200_000 + b'"/>',
    "long-id": b'<a ID="' + b"x" * 5_000 + b'"/>',
}


@pytest.mark.clause("ERR-09")
@pytest.mark.parametrize("document", [pytest.param(value, id=name) for name, value in CONFUSING.items()])
def test_a_document_that_can_be_read_in_two_ways_is_refused(document: bytes) -> None:
    with pytest.raises(MessageMalformed):
        parse(document)


@pytest.mark.parametrize("document", [pytest.param(value, id=name) for name, value in EXHAUSTING.items()])
def test_a_document_made_to_exhaust_is_refused_at_once(document: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MessageMalformed):
        parse(document)

    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "document",
    [
        b"<a/>",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a/>',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8" standalone="no"?><a/>',
        b'<a xmlns="urn:a"><b xmlns=""/></a>',
        b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="urn:xs" i:type="xs:string"/>',
        b'<a xml:lang="nl">tekst</a>',
        b"<a><![CDATA[tekst]]></a>",
        b'<a ID="x" b="x"/>',
    ],
)
def test_what_real_documents_carry_is_read(document: bytes) -> None:
    assert parse(document).tag.endswith("a")


def test_the_bounds_of_a_message_are_exact() -> None:
    limits = Limits(size_bytes=1_000, elements=3, depth=2, attributes=2, attribute_chars=5)

    parse(b'<a c="12345" d=""><b/><b/></a>', limits)
    for over in (
        b"<a><b/><b/><b/></a>",
        b"<a><b><c/></b></a>",
        b'<a b="" c="" d=""/>',
        b'<a b="123456"/>',
        b" " * 1_001,
    ):
        with pytest.raises(MessageTooLarge):
            parse(over, limits)


def test_a_message_of_the_greatest_size_is_read_in_bounded_time() -> None:
    document = b"<a>" + b"<b>x</b>" * 3_900
    document += b"x" * (MESSAGE.size_bytes - len(document) - 4) + b"</a>"
    started = time.process_time()
    parse(document)

    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "soap",
    [
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/><b/></s:Body></s:Envelope>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/></s:Body><s:Body/></s:Envelope>',
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>x<a/></s:Body></s:Envelope>',
        b'<s:Envelope xmlns:s="urn:soap"><s:Body><a/></s:Body></s:Envelope>',
        b"<Envelope><Body><a/></Body></Envelope>",
    ],
)
def test_an_envelope_of_another_shape_is_refused(soap: bytes) -> None:
    with pytest.raises(MessageMalformed):
        soap_unwrap(soap)
