"""Queries that were forged, at the doors that take HTTP-Redirect: a DV's login where its profile has it, and logout.

What is signed are the bytes of the query, in one order, and nothing else of the message is (S10, S12 to S16, S22).
"""

import base64
import hashlib
import hmac
import logging
import re
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.answering import SSO_PATH
from exchange.logout import SLO_PATH
from metadata.entities import Endpoint
from pilot.loopback import LoopbackTransport
from pilot.places import GATEWAY
from runtime.store_memory import MemoryStore
from stelsel import urns
from stelsel.saml import logout
from stelsel.saml.ids import new_id
from stelsel.saml.redirect import DEFLATE
from stelsel.saml.signatures import SigningKey, sign
from stelsel.saml.xml import MESSAGE
from tests.attacks.confusions import DIFFERENTIALS, HIDDEN_IN_TEXTS, inside
from tests.attacks.doors import on_a_page
from tests.attacks.leaving import a_logout
from tests.attacks.mutations import Mutation
from tests.flows.outsiders import Outsider, a_dv
from tests.flows.pilots import Pilot, start
from tests.gateway.generic_sender import a_message

PLAIN: Final = "algemeen"
OTHER: Final = "anders"
Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios with two DVs that may send queries, one of which is answered so. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        rows = a_dv(5, PLAIN, "generic") + a_dv(6, OTHER, "generic")
        pilot = await start(stack, tmp_path_factory.mktemp("attacked-queries"), pilot_keys, rows)
        trust, dv = pilot.network.services[GATEWAY].assembly.party.trust, Outsider(pilot, PLAIN)
        listens = (Endpoint(urns.HTTP_REDIRECT, f"{pilot.places.front(PLAIN)}/slo"),)
        trust.replace(
            replace(each, single_logout=listens) if each.entity_id == dv.speaker.entity else each
            for each in trust.entities(pilot.clock())
        )
        yield pilot


@dataclass(frozen=True, slots=True)
class Query:
    """A message without a Signature of its own, and the keys of its sender and of somebody else."""

    message: bytes
    key: SigningKey
    other: SigningKey

    def pairs(self, relay_state: str | None = "home & away", message: bytes | None = None) -> Pairs:
        """What is signed, but for SigAlg, encoded, in its order."""
        return as_pairs(deflated(self.message if message is None else message), relay_state)

    def signed(self, pairs: Pairs | None = None, *, key: SigningKey | None = None) -> Pairs:
        """With SigAlg and Signature, as it should be."""
        over = [*(self.pairs() if pairs is None else pairs), ("SigAlg", quote_plus(urns.RSA_SHA256))]
        return [*over, ("Signature", encoded(made(joined(over), key or self.key)))]


def as_pairs(value: bytes, relay_state: str | None) -> Pairs:
    state = [] if relay_state is None else [("RelayState", quote_plus(relay_state))]
    return [("SAMLRequest", encoded(value)), *state]


def deflated(message: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(message) + stream.flush()


def encoded(value: bytes) -> str:
    return quote_plus(base64.b64encode(value).decode())


def joined(pairs: Pairs) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def made(octets: str, key: SigningKey, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    return key.private.sign(octets.encode(), PKCS1v15(), algorithm or hashes.SHA256())


def under(query: Query, algorithm: str, value: Callable[[bytes], bytes]) -> str:
    """Another algorithm, with a signature of that kind."""
    over = [*query.pairs(), ("SigAlg", quote_plus(algorithm))]
    return joined([*over, ("Signature", encoded(value(joined(over).encode())))])


def with_field(query: Query, name: str, change: Callable[[str], str | None]) -> str:
    """A field that was changed, or is gone, after the query was signed."""
    changed = [(each, change(value) if each == name else value) for each, value in query.signed()]
    return joined([(each, value) for each, value in changed if value is not None])


def twice(query: Query, *, name: str, first: bool) -> str:
    """A field stands twice, the forged one in front or behind."""
    pairs = query.signed()
    forged = (name, quote_plus("forged"))
    at = next(number for number, (each, _) in enumerate(pairs) if each == name)
    pairs.insert(at if first else at + 1, forged)
    return joined(pairs)


def hmac_with_the_public_key(query: Query) -> Callable[[bytes], bytes]:
    public = query.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return lambda octets: hmac.new(public, octets, hashlib.sha256).digest()


def elliptic(octets: bytes) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).sign(octets, ec.ECDSA(hashes.SHA256()))


def signed_in_order(query: Query, order: Callable[[Pairs], Pairs]) -> str:
    """Signed as it stands in the query, which is not the order that the binding has."""
    over = order([*query.pairs(), ("SigAlg", quote_plus(urns.RSA_SHA256))])
    return joined([*over, ("Signature", encoded(made(joined(over), query.key)))])


def lower(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text)


def first_letter_encoded(text: str) -> str:
    return f"%{ord(text[0]):02X}{text[1:]}"


def one_bit(text: str) -> str:
    return ("B" if text[40] != "B" else "C").join((text[:40], text[41:]))


MORE: Final = MESSAGE.size_bytes + 1


def signed_inside(query: Query) -> bytes:
    """The message with a Signature of its own, as HTTP-POST has it."""
    return sign(query.message, query.key)


# By name: the clause in the log, and the query.
FORGED: Final[Mapping[str, tuple[str, Callable[[Query], str]]]] = {
    "not signed": ("GEN-08", lambda q: joined(q.pairs())),
    "without SigAlg": ("GEN-08", lambda q: with_field(q, "SigAlg", lambda _: None)),
    "without Signature": ("GEN-08", lambda q: with_field(q, "Signature", lambda _: None)),
    "empty SigAlg": ("GEN-08", lambda q: with_field(q, "SigAlg", lambda _: "")),
    "empty Signature": ("GEN-08", lambda q: with_field(q, "Signature", lambda _: "")),
    "signed inside instead": ("GEN-08", lambda q: joined(q.pairs(message=signed_inside(q)))),
    "signed inside as well": ("GEN-06", lambda q: joined(q.signed(q.pairs(message=signed_inside(q))))),
    "signed inside by another": ("GEN-06", lambda q: joined(q.signed(q.pairs(message=sign(q.message, q.other))))),
    "RSA-SHA1": ("GEN-02", lambda q: under(q, urns.DS + "rsa-sha1", lambda o: made(o.decode(), q.key, hashes.SHA1()))),
    "RSA-MD5": (
        "GEN-02",
        lambda q: under(
            q, "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", lambda o: made(o.decode(), q.key, hashes.MD5())
        ),
    ),
    "DSA-SHA1": ("GEN-02", lambda q: under(q, urns.DS + "dsa-sha1", elliptic)),
    "ECDSA": ("GEN-02", lambda q: under(q, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", elliptic)),
    "HMAC with the public key": (
        "GEN-02",
        lambda q: under(q, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", hmac_with_the_public_key(q)),
    ),
    "algorithm in capitals": ("GEN-02", lambda q: under(q, urns.RSA_SHA256.upper(), lambda o: made(o.decode(), q.key))),
    "algorithm with a space": ("GEN-02", lambda q: under(q, urns.RSA_SHA256 + " ", lambda o: made(o.decode(), q.key))),
    "algorithm with a nul": ("GEN-02", lambda q: under(q, urns.RSA_SHA256 + "\0", lambda o: made(o.decode(), q.key))),
    "algorithm of many letters": ("GEN-02", lambda q: under(q, "x" * 5_000, lambda o: made(o.decode(), q.key))),
    "SHA-512 that is SHA-256": ("GEN-10", lambda q: under(q, urns.RSA_SHA512, lambda o: made(o.decode(), q.key))),
    "under another DV's key": ("GEN-10", lambda q: joined(q.signed(key=q.other))),
    "elliptic under RSA's name": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, elliptic)),
    "HMAC under RSA's name": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, hmac_with_the_public_key(q))),
    "zeroes for a signature": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, lambda _: bytes(256))),
    "one for a signature": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, lambda _: bytes(255) + b"\1")),
    "a longer signature": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, lambda o: made(o.decode(), q.key) + b"\0")),
    "a signature over nothing": ("GEN-10", lambda q: under(q, urns.RSA_SHA256, lambda _: made("", q.key))),
    "signed in the order of the alphabet": ("GEN-10", lambda q: signed_in_order(q, sorted)),
    "signed backwards": ("GEN-10", lambda q: signed_in_order(q, lambda pairs: pairs[::-1])),
    "signed without RelayState": (
        "GEN-10",
        lambda q: joined([*q.signed(q.pairs(None)), ("RelayState", quote_plus("evil"))]),
    ),
    "RelayState taken out": ("GEN-10", lambda q: with_field(q, "RelayState", lambda _: None)),
    "RelayState emptied": ("GEN-10", lambda q: with_field(q, "RelayState", lambda _: "")),
    "RelayState exchanged": ("GEN-10", lambda q: with_field(q, "RelayState", lambda _: "evil")),
    "RelayState longer": ("GEN-10", lambda q: with_field(q, "RelayState", lambda value: value + "x")),
    "RelayState spelled otherwise": ("GEN-10", lambda q: with_field(q, "RelayState", first_letter_encoded)),
    "RelayState with other spaces": ("GEN-10", lambda q: with_field(q, "RelayState", lambda v: v.replace("+", "%20"))),
    "message spelled otherwise": ("GEN-10", lambda q: with_field(q, "SAMLRequest", first_letter_encoded)),
    "small hexadecimal letters": ("GEN-10", lambda q: with_field(q, "SigAlg", lower)),
    "a message that was packed anew": (
        "GEN-10",
        lambda q: with_field(q, "SAMLRequest", lambda _: encoded(zlib.compress(q.message, 1)[2:-4])),
    ),
    **{
        f"{name} twice, forged {'first' if first else 'last'}": (
            "GEN-27",
            partial(twice, name=name, first=first),
        )
        for name in ("SAMLRequest", "RelayState", "SigAlg", "Signature")
        for first in (True, False)
    },
    "everything twice": ("GEN-27", lambda q: "&".join([joined(q.signed())] * 2)),
    "request and response": ("GEN-27", lambda q: joined(q.signed()) + "&SAMLResponse=" + q.pairs()[0][1]),
    "response by a name spelled otherwise": ("GEN-27", lambda q: joined(q.signed()) + "&SAML%52equest=forged"),
    "in small letters": ("GEN-27", lambda q: joined(q.signed()).replace("SAMLRequest", "samlrequest")),
    "semicolons between": ("GEN-08", lambda q: joined(q.signed()).replace("&", ";")),
    "another encoding": ("GEN-27", lambda q: joined(q.signed()) + "&SAMLEncoding=urn:evil"),
    "two encodings": ("GEN-27", lambda q: joined(q.signed()) + f"&SAMLEncoding={quote_plus(DEFLATE)}" * 2),
    "a line end in base64": ("GEN-27", lambda q: with_field(q, "SAMLRequest", lambda v: v[:20] + "%0A" + v[20:])),
    "base64 of addresses": (
        "GEN-27",
        lambda q: joined(q.signed([("SAMLRequest", base64.urlsafe_b64encode(b"\xff\xfe" * 30).decode())])),
    ),
    "a signature that is no base64": ("GEN-27", lambda q: with_field(q, "Signature", lambda v: v + "!")),
    "no UTF-8": ("GEN-27", lambda q: joined(q.signed([*q.pairs(None), ("RelayState", "%ff")]))),
    "not deflated": ("GEN-27", lambda q: joined(q.signed(as_pairs(q.message, None)))),
    "zlib": ("GEN-27", lambda q: joined(q.signed(as_pairs(zlib.compress(q.message), None)))),
    "two streams": ("GEN-27", lambda q: joined(q.signed(as_pairs(deflated(q.message) * 2, None)))),
    "a stream without end": ("GEN-27", lambda q: joined(q.signed(as_pairs(deflated(q.message)[:-3], None)))),
    "a byte more than a message": ("ERR-09", lambda q: joined(q.signed(q.pairs(message=q.message + b" " * MORE)))),
    "8 megabytes in 8 KB": ("ERR-09", lambda q: joined(q.signed(q.pairs(message=b" " * 8_000_000)))),
    "a bomb that nobody signed": (
        "ERR-09",
        lambda q: with_field(q, "SAMLRequest", lambda _: encoded(deflated(b"\0" * 8_000_000))),
    ),
    "a thousand fields": ("ERR-09", lambda q: joined(q.signed()) + "&x=y" * 1_000),
    "a RelayState of 2 KB": ("DV-REQ-25", lambda q: joined(q.signed(q.pairs("x" * 2_000)))),
    "nothing": ("GEN-27", lambda _: ""),
}
DOORS: Final = (SSO_PATH, SLO_PATH)


def query_for(network: Pilot, path: str, **changes: str) -> Query:
    """What `algemeen` would send there, a new message each time."""
    dv = Outsider(network, PLAIN)
    if path == SLO_PATH:
        message = logout.write_request(a_logout(network, GATEWAY, PLAIN), None)
    else:
        values: dict[str, Any] = {
            "ID": new_id(),
            "Destination": f"{network.places.front(GATEWAY)}{SSO_PATH}",
            "AssertionConsumerServiceURL": dv.consumer,
        }
        message = a_message(at=network.clock(), issuer=dv.speaker.entity.value, **(values | changes))
    return Query(message, dv.speaker.key, Outsider(network, OTHER).speaker.key)


async def get(network: Pilot, path: str, query: str, method: str = "GET", body: bytes = b"") -> httpx.Response:
    """The answer to the query as it is spelled: a client would spell it anew."""
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
        request = client.build_request(method, network.places.front(GATEWAY) + path, content=body)
        if body:
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        request.extensions["target"] = f"{path}?{query}".encode()
        return await client.send(request)


def taken(answer: httpx.Response) -> bool:
    """A login began, or a page leads on with the answer to a logout."""
    leads_on = answer.status_code == 200 and 'data-page="G3.go"' in answer.text and "SAMLResponse=" in answer.text
    return answer.status_code == 303 or leads_on


async def refused(
    network: Pilot, caplog: pytest.LogCaptureFixture, path: str, query: str, clause: str, **sent: Any
) -> None:
    """On a page, with the clause in the log, and nothing kept."""
    store = network.network.services[GATEWAY].assembly.party.store
    assert isinstance(store, MemoryStore)
    held = len(store)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        code = on_a_page(await get(network, path, query, **sent), ("E1", "E3"))
    lines = [record for record in caplog.records if getattr(record, "code", "") == code]
    assert [getattr(record, "refusal_clause", "") for record in lines] == [clause]
    assert len(store) == held


@pytest.mark.parametrize("path", DOORS)
async def test_a_query_in_order_is_taken_in_whatever_order_its_fields_stand(network: Pilot, path: str) -> None:
    def plain(query: Query) -> str:
        return joined(query.signed())

    def backwards(query: Query) -> str:
        return joined(query.signed()[::-1])

    def with_more(query: Query) -> str:
        return f"utm=x&{joined(query.signed())}&SAMLEncoding={quote_plus(DEFLATE)}"

    def without_state(query: Query) -> str:
        return joined(query.signed(query.pairs(None)))

    def of_sha512(query: Query) -> str:
        return under(query, urns.RSA_SHA512, lambda octets: made(octets.decode(), query.key, hashes.SHA512()))

    for spelled in (plain, backwards, with_more, without_state, of_sha512):
        assert taken(await get(network, path, spelled(query_for(network, path)))), spelled.__name__


@pytest.mark.clause("S10", "S12", "S13", "S14", "S15", "S16", "S22", "GEN-27")
@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_query_is_refused(network: Pilot, caplog: pytest.LogCaptureFixture, path: str, how: str) -> None:
    clause, forge = FORGED[how]
    await refused(network, caplog, path, forge(query_for(network, path)), clause)


# Those that need no Signature inside; its own sender signed the query around each.
SPELLINGS: Final[Mapping[str, Mutation]] = {
    **{name: mutation for name, mutation in DIFFERENTIALS.items() if name != "prefix-ds-rebound"},
    **{f"{name}-in-the-issuer": inside(b"saml:Issuer", what) for name, what in HIDDEN_IN_TEXTS.items()},
}


@pytest.mark.clause("S3", "S4", "S5", "S8")
@pytest.mark.parametrize("how", SPELLINGS)
async def test_a_message_that_can_be_read_in_two_ways_is_refused_in_a_query_too(network: Pilot, how: str) -> None:
    for path in DOORS:
        query = query_for(network, path)
        message = SPELLINGS[how](query.message)
        assert message != query.message
        on_a_page(await get(network, path, joined(query.signed(query.pairs(message=message)))))


@pytest.mark.clause("S18", "GEN-24")
@pytest.mark.parametrize("path", DOORS)
async def test_a_query_counts_once_and_by_one_binding(
    network: Pilot, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    query = query_for(network, path)
    assert taken(await get(network, path, joined(query.signed())))
    await refused(network, caplog, path, joined(query.signed()), "GEN-24")
    await refused(network, caplog, path, joined(query.signed(query.pairs("another"))), "GEN-24")
    posted = f"SAMLRequest={encoded(sign(query.message, query.key))}".encode()
    await refused(network, caplog, path, "", "GEN-24", method="POST", body=posted)


@pytest.mark.clause("S15", "GEN-27")
@pytest.mark.parametrize("path", DOORS)
async def test_one_bindings_fields_are_not_read_by_the_other(
    network: Pilot, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    query = query_for(network, path)
    signed = joined(query.signed())
    await refused(network, caplog, path, signed, "GEN-27", method="POST", body=b"RelayState=here")
    await refused(network, caplog, path, "RelayState=here", "GEN-27", body=signed.encode())
    answer = await get(network, path, "", method="POST", body=signed.encode())
    on_a_page(answer)  # deflated, which HTTP-POST never is
    assert taken(await get(network, path, signed))


@pytest.mark.clause("S16", "S22", "DV-REQ-04")
async def test_a_query_says_no_more_of_a_login_than_a_form(network: Pilot, caplog: pytest.LogCaptureFixture) -> None:
    for changes, clause in (
        ({"AssertionConsumerServiceURL": "https://evil.test/acs"}, "DV-REQ-04"),
        ({"Destination": "https://evil.test/saml/sso"}, "DV-REQ-02"),
    ):
        query = query_for(network, SSO_PATH, **changes)
        await refused(network, caplog, SSO_PATH, joined(query.signed()), clause)
