"""Every attack on the way in of metadata, through the command and the refresh: refused by clause, and nothing is kept.

What is published is compared before and after: the last good document stays (spec/security S24).
"""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from starlette.responses import RedirectResponse, Response, StreamingResponse

from metadata.certificates import Certificate
from metadata.descriptors import write_entity
from metadata.fetching import Fetching
from metadata.settings import MetadataSettings
from pilot.pki import make_pki
from runtime.http import HttpClient
from stelsel.failures import PartyUnavailable
from stelsel.saml.signatures import sign
from tests.attacks.mutations import DOUBLED, UNSIGNED, WRAPPING
from tests.metadata.broken import party_twice
from tests.metadata.factories import HOLDERS, NOW, OINS, SIGNATURE, Network, a_certificate, a_key
from tests.metadata.operators import Operator
from tests.metadata.sites import Site, a_site

Attack = Callable[[Network], bytes]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Parties with keys of their own."""
    pki = make_pki(tmp_path_factory.mktemp("pki"), NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    return Network(pki)


@pytest.fixture
def operator(network: Network, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Of a service that knows nobody yet."""
    return Operator(network, sqlite_url, tmp_path, capsys)


def altered(network: Network, old: str, new: str) -> bytes:
    """The municipality's metadata with a text replaced, rightly signed."""
    return network.altered(network.written(network.provider()), "gemeente", (old, new))


def crowd(network: Network, count: int) -> bytes:
    """A router's group with that many DVs in it, all alike but for their names."""
    inside = network.written(network.provider().listed_by(network.router())).decode()
    bare = SIGNATURE.sub("", inside)
    start, end = bare.index(' ID="'), bare.index(" entityID=")
    bare = bare[:start] + bare[end:]
    name = network.provider().entity_id.value
    others = "".join(bare.replace(name, f"urn:x:dv:{number}") for number in range(count))
    whole = SIGNATURE.sub("", network.group(network.router()).decode(), count=1)
    closing = "</md:EntitiesDescriptor>"
    return sign(whole.replace(closing, others + closing).encode(), network.key("gateway"))


def with_signing_key(network: Network, der: bytes) -> bytes:
    dv = network.provider()
    return network.written(replace(dv, signing_keys=(*dv.signing_keys, a_key(der))))


def under_another_name(network: Network) -> bytes:
    """The hospital's keys under the municipality's name, signed by the hospital."""
    stolen = replace(network.provider("ziekenhuis"), entity_id=network.provider().entity_id)
    return write_entity(stolen, network.key("ziekenhuis"))


def deep(network: Network) -> bytes:
    nested = "<x:x xmlns:x='urn:x'>" * 60 + "</x:x>" * 60
    return network.written(network.provider()).replace(
        b"<md:SPSSODescriptor", b"<md:Extensions>" + nested.encode() + b"</md:Extensions><md:SPSSODescriptor", 1
    )


SOME_LATER = NOW + timedelta(days=36_500)
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
XXE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
INCLUDE = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'

ATTACKS: dict[str, tuple[set[str], Attack]] = {
    "20,001 entities": ({"ERR-09"}, lambda n: crowd(n, 20_000)),
    "33 MiB": ({"ERR-09"}, lambda n: n.written(n.provider()) + b" " * (33 * 1024 * 1024)),
    "nested too deep": ({"ERR-09"}, deep),
    "XInclude": (
        {"ERR-09"},
        lambda n: n.written(n.provider()).replace(b"<md:SPSSODescriptor", INCLUDE + b"<md:SPSSODescriptor", 1),
    ),
    "a file of this machine": ({"ERR-09"}, lambda n: XXE + n.written(n.provider())),
    "a billion laughs": ({"ERR-09"}, lambda n: LAUGHS + n.written(n.provider()).replace(b"Bijstand", b"&b;")),
    "not signed": ({"MD-GEN-02"}, lambda n: SIGNATURE.sub("", n.written(n.provider()).decode()).encode()),
    "signed by another member": ({"GEN-16"}, lambda n: write_entity(n.provider(), n.key("ziekenhuis"))),
    "another member's keys": ({"MD-GEN-02"}, under_another_name),
    "changed after signing": (
        {"GEN-10"},
        lambda n: n.written(n.provider()).replace(b"gemeente.example", b"attacker.example"),
    ),
    "expired": ({"MD-GEN-03"}, lambda n: n.written(n.provider(valid_until=NOW - timedelta(seconds=1)))),
    "a party twice": ({"MD-GEN-01"}, party_twice),
    "a certificate of another OIN": (
        {"MD-GEN-02"},
        lambda n: with_signing_key(n, a_certificate(n, OINS["ziekenhuis"])),
    ),
    "a key of 1024 bits": (
        {"GEN-13"},
        lambda n: with_signing_key(n, a_certificate(n, OINS["gemeente"], key=generate_private_key(65537, 1024))),
    ),
    "an address without TLS": ({"GEN-19"}, lambda n: altered(n, "https://gemeente.example", "http://gemeente.example")),
    "a script for an address": (
        {"GEN-19"},
        lambda n: altered(n, "https://gemeente.example/acs", "javascript:alert(1)"),
    ),
    "an address of this machine": ({"GEN-19"}, lambda n: altered(n, "https://gemeente.example", "http://localhost")),
}


@pytest.mark.clause("S24", "S8", "S9", "S22", "S27", "MD-GEN-01", "MD-GEN-02", "MD-GEN-03")
@pytest.mark.parametrize("name", ATTACKS)
def test_the_command_names_the_clause_and_keeps_what_was(name: str, operator: Operator, network: Network) -> None:
    clauses, attack = ATTACKS[name]
    assert operator.imports(network.written(network.provider(services=())))[0] == 0
    before = operator.types("list")
    code, lines = operator.imports(attack(network))
    assert code == 1
    assert lines[0].split()[0] in clauses, lines
    assert lines[-1] == "Nothing was changed."
    assert operator.types("list") == before


@pytest.mark.clause("S1", "S24")
@pytest.mark.parametrize("name", [*WRAPPING, *DOUBLED, *UNSIGNED])
def test_no_wrapped_document_comes_in_by_the_command(name: str, operator: Operator, network: Network) -> None:
    attack = {**WRAPPING, **DOUBLED, **UNSIGNED}[name]
    code, lines = operator.imports(attack(network.written(network.provider())))
    assert code == 1
    assert lines[-1] == "Nothing was changed."
    assert operator.types("list") == (0, [])


@pytest.mark.clause("S24", "MD-GEN-03")
def test_nobody_is_believed_for_a_century(operator: Operator, network: Network) -> None:
    operator.imports(network.written(network.provider(valid_until=SOME_LATER)))
    (line,) = operator.types("list")[1]
    last = max(Certificate.read(each.certificate).validity.last for each in network.provider().signing_keys)
    assert f"until {last.isoformat()}" in line


@pytest.mark.clause("S24", "S18", "MD-GEN-01")
def test_a_replayed_older_document_brings_no_withdrawn_key_back(operator: Operator, network: Network) -> None:
    withdrawn = a_key(a_certificate(network, OINS["gemeente"]))
    dv = network.provider()
    old = network.written(replace(dv, signing_keys=(*dv.signing_keys, withdrawn)))
    operator.imports(old)
    operator.imports(network.written(dv))
    code, lines = operator.imports(old)
    assert code == 1
    assert lines[0] == "MD-GEN-01  a document that was replaced by a newer one"
    assert operator.types("list")[1][0].startswith(dv.entity_id.value)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A web site of somebody who means harm."""
    async with a_site() as site:
        yield site


@pytest.fixture
async def fetching() -> AsyncIterator[Fetching]:
    """The way out of a pilot network, with small bounds."""
    http = HttpClient(None, True, plain=True)
    yield Fetching(http, MetadataSettings(fetch_seconds=0.5, document_bytes=100_000), loopback=True)
    await http.close()


async def _never() -> AsyncIterator[bytes]:
    yield b"<md:EntityDescriptor "
    await asyncio.Event().wait()


@pytest.mark.clause("S24", "S10")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (RedirectResponse("http://169.254.169.254/latest/meta-data"), "answered 307; we follow no redirect"),
        (RedirectResponse("file:///etc/passwd"), "answered 307; we follow no redirect"),
        (RedirectResponse("gopher://localhost:6379/_FLUSHALL"), "answered 307; we follow no redirect"),
        (
            Response(gzip.compress(b"x" * 50_000_000), headers={"Content-Encoding": "gzip"}),
            "answered packed",
        ),
        (Response(b"x" * 100_001), "more than 100000 bytes"),
        (StreamingResponse(_never()), "did not answer within"),
    ],
    ids=["to the link", "to a file", "to a store", "a bomb", "too much", "never an end"],
)
async def test_an_answer_that_leads_elsewhere_or_nowhere_is_no_document(
    answer: Response, told: str, fetching: Fetching, site: Site
) -> None:
    site.pages["/dv"] = answer
    with pytest.raises(PartyUnavailable) as refused:
        await fetching.document(site.url("/dv"))
    assert told in refused.value.why
    assert site.sent == ["/dv"]


@pytest.mark.clause("S24")
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://localhost:70/_x",
        "ftp://dv.example/",
        "http://dv.example/metadata",
        "https://localhost/metadata",
        "https://gateway.localhost/metadata",
        "https://127.0.0.1/metadata",
        "https://[::1]/metadata",
        "https://dv.example@127.0.0.1/metadata",
    ],
)
def test_an_address_that_is_not_asked_is_refused_by_its_clause(url: str, operator: Operator) -> None:
    code, lines = operator.types("import", url)
    assert code == 1
    assert lines[0].startswith("GEN-19  not an address we fetch metadata from")
    assert lines[-1] == "Nothing was changed."


@pytest.mark.clause("S24")
@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]", "[fe80::1]", "224.0.0.1", "[::]"]
)
def test_neither_this_machine_nor_its_link_is_asked_however_it_is_spelled(host: str, operator: Operator) -> None:
    code, lines = operator.types("import", f"https://{host}/latest/meta-data")
    assert code in (1, 3)
    refused = ("GEN-19  not an address", "an address of this machine or its link", "not a canonical IPv4 address")
    assert any(each in lines[0] for each in refused), lines
    assert lines[-1] == "Nothing was changed."
