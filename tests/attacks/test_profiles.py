"""Attacks on DVs outside ST-SAML: what is relaxed for them widens no login, and nothing of it reaches a strict DV."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from metadata.held import HeldKeys, folder_of
from pilot.loopback import LoopbackTransport
from pilot.places import GATEWAY, entity_of
from runtime.store_memory import MemoryStore
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.saml import assertion as assertions
from stelsel.saml.artifact import make_artifact, read_artifact_response
from stelsel.saml.redirect import write_url
from stelsel.saml.signatures import sign
from tests.attacks.doors import on_a_page, posted
from tests.flows.outcomes import who
from tests.flows.outsiders import BROKER, LEGACY, OVER_SAML_ALONE, ROWS, Outsider, a_dv
from tests.flows.pilots import Pilot, start
from tests.flows.speakers import SOAP, Speaker, keys_of
from tests.gateway.generic_sender import a_message, with_extensions
from tests.stelsel.saml.factories import AD, an_assertion, key_of

PLAIN = "algemeen"
PROFILES = {"generic": PLAIN, "digid-legacy": LEGACY, "etoegang": BROKER}
STRICT = "gemeente"


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios with a DV for each profile. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        rows = ROWS + OVER_SAML_ALONE + a_dv(5, PLAIN, "generic")
        yield await start(stack, tmp_path_factory.mktemp("attacked-profiles"), pilot_keys, rows)


def a_request(dv: Outsider, **changes: str | None) -> bytes:
    """Unsigned, and right but for the changes: those of the attribute's names, `inside` after NameIDPolicy."""
    values: dict[str, str | None] = {
        "Destination": f"{dv.pilot.places.front(GATEWAY)}/saml/sso",
        "AssertionConsumerServiceURL": dv.consumer,
    }
    inside = changes.pop("inside", None) or ""
    return a_message(inside=inside, at=dv.pilot.clock(), issuer=dv.speaker.entity.value, **{**values, **changes})


async def answered(dv: Outsider, message: bytes) -> httpx.Response:
    """What the door says to a message under the DV's own signature."""
    return await posted(dv.pilot, GATEWAY, sign(message, dv.speaker.key, x509=True))


async def refused(dv: Outsider, message: bytes) -> None:
    """Told on a page, with nothing kept and nobody sent anywhere."""
    store = dv.pilot.network.services[GATEWAY].assembly.party.store
    assert isinstance(store, MemoryStore)
    held = len(store)
    answer = await answered(dv, message)
    on_a_page(answer)
    assert len(store) == held


@pytest.mark.parametrize("name", PROFILES.values(), ids=PROFILES)
async def test_the_request_that_the_attacks_begin_with_is_taken(network: Pilot, name: str) -> None:
    dv = Outsider(network, name)
    assert "/login/" in (await answered(dv, a_request(dv))).headers["location"]


ADDRESSES = {
    "another host": "https://evil.test/acs",
    "user information": "http://{host}@evil.test/acs",
    "user information before it": "http://evil@{host}/acs",
    "trailing dot": "http://{name}.localhost.:{port}/acs",
    "upper case host": "HTTP://{NAME}.LOCALHOST:{port}/acs",
    "upper case path": "http://{host}/ACS",
    "encoded path": "http://{host}/%61cs",
    "encoded slash": "http://{host}/x%2f..%2facs",
    "dot segments": "http://{host}/x/../acs",
    "script": "javascript:alert(1)//{host}/acs",
    "data": "data:text/html,{host}/acs",
    "fragment": "http://{host}/acs#evil",
    "query": "http://{host}/acs?next=https://evil.test",
    "beyond it": "http://{host}/acs.evil.test",
    "before its end": "http://{host}/ac",
    "without its path": "http://{host}",
    "space before": " http://{host}/acs",
    "line end after": "http://{host}/acs&#10;",
    "backslash": "http:\\\\{host}\\acs",
    "another scheme": "https://{host}/acs",
    "another port": "http://{name}.localhost:1/acs",
    "no scheme": "//{host}/acs",
    "nothing": "",
    "of another DV": "{other}",
}


@pytest.mark.clause("S22", "DV-REQ-05")
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
async def test_an_answer_goes_to_no_address_because_a_request_holds_it(network: Pilot, address: str) -> None:
    for name in PROFILES.values():
        dv = Outsider(network, name)
        other = Outsider(network, STRICT).consumer
        host = f"{name}.localhost:{network.places.port}"
        url = address.format(host=host, name=name, NAME=name.upper(), port=network.places.port, other=other)
        await refused(dv, a_request(dv, AssertionConsumerServiceURL=url))


ASSERTION = assertions.write(an_assertion(), key_of(AD)).decode()


def with_a_subject(message: bytes) -> bytes:
    """Subject stands before NameIDPolicy."""
    subject = b"<saml:Subject><saml:NameID>s00000000:999990019</saml:NameID></saml:Subject>"
    return message.replace(b"<samlp:NameIDPolicy", subject + b"<samlp:NameIDPolicy")


SMUGGLED: dict[str, Callable[[Outsider], bytes]] = {
    "Subject": lambda dv: with_a_subject(a_request(dv)),
    "Conditions": lambda dv: a_request(dv, inside="<saml:Conditions/>"),
    "IdpAssertion": lambda dv: with_extensions(a_request(dv), assertion=ASSERTION),
    "empty Scoping": lambda dv: a_request(dv, inside="<samlp:Scoping/>"),
    "another's audience": lambda dv: with_extensions(a_request(dv), audience=Speaker(dv.pilot, STRICT).entity.value),
}


@pytest.mark.clause("S25", "GEN-26")
@pytest.mark.parametrize("what", SMUGGLED)
@pytest.mark.parametrize("name", PROFILES.values(), ids=PROFILES)
async def test_no_profile_lets_a_request_say_who_logs_in_or_how(network: Pilot, name: str, what: str) -> None:
    dv = Outsider(network, name)
    await refused(dv, SMUGGLED[what](dv))


@pytest.mark.clause("GEN-27")
async def test_a_strict_dv_is_not_heard_in_a_query_and_its_neighbour_is(
    network: Pilot, caplog: pytest.LogCaptureFixture
) -> None:
    strict, relaxed = Outsider(network, STRICT), Outsider(network, PLAIN)
    address = f"{network.places.front(GATEWAY)}/saml/sso"
    message = a_request(strict, AssertionConsumerServiceURL=None, AssertionConsumerServiceIndex="0")
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
        on_a_page(await client.get(write_url(address, "SAMLRequest", message, None, strict.speaker.key)))
        taken = await client.get(write_url(address, "SAMLRequest", a_request(relaxed), None, relaxed.speaker.key))
    assert "/login/" in taken.headers["location"]
    assert clauses(caplog) == ["GEN-27"]


def clauses(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Which clauses were broken, as the log has it."""
    return [record.__dict__["refusal_clause"] for record in caplog.records if "refusal_clause" in record.__dict__]


@pytest.mark.clause("GEN-20", "GEN-21")
@pytest.mark.parametrize("name", [STRICT, PLAIN, BROKER])
async def test_only_who_agreed_to_it_resolves_without_a_tls_certificate(
    network: Pilot, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    dv = Outsider(network, name)
    artifact = make_artifact(entity_of(GATEWAY), 1, bytes(20))
    question = dv.speaker.resolve_message(artifact, destination=dv.front_door)
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
        answer = await client.post(dv.front_door, content=question, headers=SOAP)
    read = read_artifact_response(answer.content, keys_of(network))
    assert (read.answer.status.code, read.answer.status.sub) == (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
    assert read.response is None
    assert clauses(caplog) == ["GEN-20"]


@pytest.mark.clause("DV-ATT-05")
async def test_a_key_that_is_held_beside_a_strict_dv_is_not_even_read(network: Pilot) -> None:
    ring = network.network.prepared.pki.ring(GATEWAY)
    folder = folder_of(ring, network.world.dv(STRICT).entity_id)
    folder.mkdir(parents=True)
    (folder / "encryption-1.pem").write_text("no key")
    try:
        with pytest.raises(Misconfigured):  # whoever would read it
            HeldKeys(ring).decryption(network.world.dv(STRICT).entity_id, network.clock())
        assert who(await network.log_in("F1", "S1"))[0] == network.bsn("F1")
        async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
            listed = await client.get(f"{network.places.front(GATEWAY)}/metadata/sp")
        assert network.world.dv(STRICT).entity_id.value in listed.text
    finally:
        shutil.rmtree(folder)
