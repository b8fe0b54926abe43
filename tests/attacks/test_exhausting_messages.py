"""Messages that are made to cost: refused before they do, whoever signed them (S9, S10)."""

import base64
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote_plus

import pytest

from pilot.places import BVD, DIGID, GATEWAY
from stelsel import urns
from stelsel.failures import MessageMalformed, MessageRefused, MessageTooLarge
from stelsel.saml import authn_request, redirect
from stelsel.saml.signatures import sign_octets
from stelsel.saml.xml import MESSAGE
from tests.attacks.confusions import inside
from tests.attacks.doors import posted
from tests.attacks.kinds import KINDS
from tests.attacks.mutations import Mutation
from tests.attacks.parties import Attacked, Visitor
from tests.stelsel.saml.factories import DV, a_request, key_of, keys_of_all

MANY: Final = 5_000
MEMORY: Final = 24 * 1024 * 1024


def _in(tag: bytes, what: bytes, times: int) -> Mutation:
    """What stands in the first element called so, many times."""

    def put(message: bytes) -> bytes:
        start = message.index(b">", message.index(b"<" + tag)) + 1
        return message[:start] + what * times + message[start:]

    return put


def _attributes(make: Callable[[int], bytes], times: int) -> Mutation:
    def put(message: bytes) -> bytes:
        at = message.index(b" ")
        return message[:at] + b" " + b" ".join(make(number) for number in range(times)) + message[at:]

    return put


def _last(what: bytes, message: bytes) -> bytes:
    """`what` as the last children of the root."""
    at = message.rindex(b"</")
    return message[:at] + what + message[at:]


_LAUGHS: Final = b"".join(b'<!ENTITY l%d "%s">' % (depth + 1, b"&l%d;" % depth * 10) for depth in range(9))
EXHAUSTING: Final[dict[str, Mutation]] = {
    "billion-laughs": lambda message: (
        b'<!DOCTYPE x [<!ENTITY l0 "lol">' + _LAUGHS + b"]>" + inside(b"saml:Issuer", b"&l9;")(message)
    ),
    "quadratic-blow-up": lambda message: (
        b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]>' + inside(b"saml:Issuer", b"&a;" * MANY)(message)
    ),
    "deep": lambda message: b"<x>" * 60 + message + b"</x>" * 60,
    "very-deep": lambda message: b"<x>" * MANY + message + b"</x>" * MANY,
    "attributes": _attributes(lambda number: b'a%d="1"' % number, MANY),
    "namespaces": _attributes(lambda number: b'xmlns:a%d="urn:%d"' % (number, number), MANY),
    "namespace-that-c14n-writes-at-each-element": lambda message: _last(
        b"<e:x/>" * 1_500, _attributes(lambda _: b'xmlns:e="urn:' + b"x" * 90_000 + b'"', 1)(message)
    ),
    "long-scheme-of-a-namespace": lambda message: _last(
        b"<x/>" * 1_500, _attributes(lambda _: b'xmlns="' + b"x" * 90_000 + b':x"', 1)(message)
    ),
    "references": _in(b"ds:SignedInfo", b'<ds:Reference URI="#_x"></ds:Reference>', MANY),
    "transforms": _in(b"ds:Transforms", b'<ds:Transform Algorithm="urn:x"></ds:Transform>', MANY),
    "a-thousand-transforms": _in(
        b"ds:Transforms", f'<ds:Transform Algorithm="{urns.EXC_C14N}"></ds:Transform>'.encode(), 1_000
    ),
    "signatures": lambda message: _in(b"ds:KeyInfo", b"<ds:Signature></ds:Signature>", MANY)(message),
    "key-names": _in(b"ds:KeyInfo", b"<ds:KeyName>x</ds:KeyName>", 2_000),
    "certificates": _in(
        b"ds:KeyInfo", b"<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>", 900
    ),
    "prefix-list": _in(
        b'ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        f'<ec:InclusiveNamespaces xmlns:ec="{urns.EC}" PrefixList="{"a " * 2_000}"/>'.encode(),
        1,
    ),
    "long-digest": inside(b"ds:DigestValue", b"A" * 100_000),
    "long-signature": inside(b"ds:SignatureValue", b"A" * 100_000),
    "long-key-name": inside(b"ds:KeyName", b"a" * 100_000),
    "long-issuer": inside(b"saml:Issuer", b"a" * 100_000),
    "megabytes": inside(b"saml:Issuer", b"a" * 2_000_000),
    "long-id": lambda message: message.replace(b' ID="', b' ID="' + b"a" * 100_000, 1),
    "elements": _in(b"saml:Issuer", b"<x/>", 100_000),
    "assertions": lambda message: message + f'<saml:Assertion xmlns:saml="{urns.SAML}"/>'.encode() * MANY,
    "white-space": lambda message: message.replace(b"><", b">" + b" " * 20_000 + b"<", 12),
}


@contextmanager
def little_memory() -> Iterator[None]:
    """Fails when what happens inside takes more than a few messages' worth, in Python's own memory."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.clause("S9", "P7")
@pytest.mark.parametrize("name", ["AuthnRequest", "ArtifactResolve", "Assertion-in-ArtifactResponse", "Response"])
@pytest.mark.parametrize("how", EXHAUSTING)
def test_a_message_made_to_exhaust_is_refused(name: str, how: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(EXHAUSTING[how])
    with little_memory(), pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S9")
def test_evidence_is_not_written_out_more_often_than_a_declaration_holds_any() -> None:
    """It is taken from what was received, each with all namespaces around it, before any signature is looked at."""
    kind = KINDS["Assertion"]
    spaces = b"".join(b' xmlns:a%d="urn:%s"' % (number, b"x" * 250) for number in range(120))
    advice = b"<saml:Advice" + spaces + b">" + b"<saml:Assertion/>" * 1_000 + b"</saml:Advice>"
    document = kind.genuine.replace(b"<saml:AuthnStatement", advice + b"<saml:AuthnStatement", 1)
    assert document != kind.genuine
    with little_memory(), pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S9")
@pytest.mark.parametrize("how", EXHAUSTING)
async def test_the_gateway_goes_on_after_it(attacked: Attacked, how: str) -> None:
    kind = KINDS["AuthnRequest"]
    answer = await posted(attacked.pilot, GATEWAY, kind.attacked(EXHAUSTING[how]))
    assert answer.status_code in (400, 413)
    async with Visitor(attacked) as browser:
        assert (await browser.begin()).status_code == 303


def _deflated(message: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(message) + stream.flush()


def _bomb(size: int) -> bytes:
    """Deflate of so many spaces, made in pieces."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    pieces = [stream.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)]
    return b"".join(pieces) + stream.flush()


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "a-byte-more-than-a-message": lambda: _deflated(b" " * (MESSAGE.size_bytes + 1)),
    "40-megabytes": lambda: _bomb(40_000_000),
    "a-bomb-in-a-bomb": lambda: _deflated(_bomb(40_000_000)),
    "without-end": lambda: _bomb(2_000_000)[:-4],
    "two-streams": lambda: _deflated(b"<a/>") * 2,
    "zlib": lambda: zlib.compress(b"<a/>"),
    "gzip": lambda: b"\x1f\x8b\x08\x00" + bytes(6) + _deflated(b"<a/>"),
    "nothing": lambda: b"",
    "no-deflate": lambda: b"\xff" * 1_000,
}


def _query(deflated: bytes) -> bytes:
    """Signed by the DV itself, over the query."""
    fields = f"SAMLRequest={quote_plus(base64.b64encode(deflated).decode())}&SigAlg={quote_plus(urns.RSA_SHA256)}"
    value = base64.b64encode(sign_octets(fields.encode(), key_of(DV))).decode()
    return f"{fields}&Signature={quote_plus(value)}".encode()


def _bare_request() -> bytes:
    message = authn_request.write(a_request(), key_of(DV))
    start, end = message.index(b"<ds:Signature"), message.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return message[:start] + message[end:]


def test_a_deflated_request_in_order_is_read() -> None:
    query = redirect.read_query(_query(_deflated(_bare_request())))
    assert authn_request.read_redirected(query, keys_of_all()).issuer == DV


@pytest.mark.clause("S10")
@pytest.mark.parametrize("name", BOMBS)
def test_what_swells_in_a_query_is_refused_before_it_has(name: str) -> None:
    query = _query(BOMBS[name]())
    with little_memory(), pytest.raises((MessageMalformed, MessageTooLarge)):
        authn_request.read_redirected(redirect.read_query(query), keys_of_all())


@pytest.mark.clause("S10")
@pytest.mark.parametrize("party", [GATEWAY, BVD, DIGID])
async def test_a_posted_message_is_never_inflated(attacked: Attacked, party: str) -> None:
    for deflated in (_deflated(_bare_request()), _bomb(40_000_000), zlib.compress(_bare_request())):
        assert (await posted(attacked.pilot, party, deflated)).status_code == 400
