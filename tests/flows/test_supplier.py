"""The sample LC as a party of its own: what it holds, what it hands on and to whom, and what its DVs believe of it."""

import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography import x509
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pilot.browser import Browser
from pilot.leveranciers import lcs_of
from pilot.loopback import LoopbackTransport
from pilot.places import GATEWAY
from pilot.world import WORLDS
from stelsel.failures import AnswerRefused
from stelsel.saml.encryption import decrypt_id, read_encrypted_id
from tests.flows.clusters import dv_of, encrypted_in, keys_of_party, lc_of
from tests.flows.outcomes import UNSUPPORTED, told, who
from tests.flows.pilots import Pilot, Start, start
from tests.flows.speakers import tls_of

CLUSTER = WORLDS / "cluster.toml"
NOON = "2026-03-10T12:00:00+01:00"
LC, NORTH, SOUTH = "leverancier", "noorderdiep", "zuiderkolk"


@pytest.fixture(scope="module")
async def cluster(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world for people with an LC and the two that it connects."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("supplier"), pilot_keys, base=CLUSTER, at=NOON)


def handed(pilot: Pilot, since: int = 0) -> list[bytes]:
    """What the LC gave its DVs, as it gave it."""
    collected = [each for each in pilot.wire[since:] if each.host == f"{LC}.localhost/back"]
    return [json.loads(each.answer)["soap"].encode() for each in collected if each.status == 200]


def tls(pilot: Pilot, name: str) -> ssl.SSLContext:
    """The side of TLS of a party of this network."""
    pki = pilot.network.prepared.pki
    return tls_of(pki.anchors, pki.ring(name) / "tls-1.pem")


@pytest.mark.clause("UC-04", "DV-ATT-05", "DV-ASR-10", "RD-ASR-06")
@pytest.mark.parametrize(("dv", "service", "client"), [(NORTH, "kwijtschelding", "Bram"), (SOUTH, "aanslag", None)])
async def test_no_key_of_the_supplier_opens_any_identity_in_what_it_hands_on(
    cluster: Pilot, dv: str, service: str, client: str | None
) -> None:
    before = len(cluster.wire)
    outcome = await cluster.log_in("Anna", service, client, dv=dv)
    assert who(outcome) == (cluster.bsn("Anna"), cluster.bsn(client) if client else None)
    (soap,) = handed(cluster, before)
    found = [read_encrypted_id(each) for each in encrypted_in(soap)]
    assert len(found) == (5 if client else 2)  # summary and Advice
    names = {name for each in found for name in _key_names(each.xml)}
    theirs, own = keys_of_party(cluster, LC, names), keys_of_party(cluster, dv, names)
    assert len(theirs) >= 2
    for each in found:
        assert dv_of(cluster, dv) in each.recipients
        assert lc_of(cluster) not in each.recipients
        for name in (dv_of(cluster, dv), lc_of(cluster)):
            with pytest.raises(AnswerRefused):
                decrypt_id(each, name, theirs)
        assert decrypt_id(each, dv_of(cluster, dv), own).value in (cluster.bsn("Anna"), cluster.bsn(client or "Anna"))
    seen = [each for each in cluster.wire[before:] if each.host.startswith(f"{LC}.")]
    assert len(seen) == 3  # it was asked, answered, and asked for the answer
    for bsn in (cluster.bsn("Anna"), cluster.bsn("Bram")):
        assert not any(bsn in each.everything for each in seen)


def _key_names(encrypted: bytes) -> set[str]:
    read = encrypted.decode().split("KeyName>")[1::2]
    return {each.removesuffix("</ds:") for each in read}


@pytest.mark.clause("UC-04", "MD-LC-02")
def test_the_supplier_is_given_its_own_two_keys_and_of_its_dvs_certificates_only(cluster: Pilot) -> None:
    prepared = cluster.network.prepared
    (settings,) = lcs_of(prepared)
    ring = prepared.pki.ring(LC)
    assert sorted(each.name for each in ring.iterdir()) == ["signing-1.pem", "tls-1.pem"]
    files = {getattr(settings.keys, each.name) for each in fields(settings.keys)}
    assert files == {ring / "signing-1.pem", ring / "tls-1.pem", prepared.pki.anchors}
    assert [dv.name for dv in settings.dvs] == [NORTH, SOUTH]
    for dv in settings.dvs:
        for der in (dv.encryption, dv.tls):
            x509.load_der_x509_certificate(der)  # nothing but a certificate reads as one


@pytest.mark.clause("UC-04", "MD-LC-01", "MD-LC-03")
async def test_the_supplier_publishes_one_document_at_its_own_host_and_its_dvs_none(cluster: Pilot) -> None:
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        document = await client.get(cluster.places.front(LC) + "/metadata")
        theirs = await client.get(cluster.places.front(NORTH) + "/metadata")
    assert theirs.status_code == 404
    for entity in (lc_of(cluster), dv_of(cluster, NORTH), dv_of(cluster, SOUTH)):
        assert f'entityID="{entity.value}"' in document.text
    assert document.text.count(f'Location="{cluster.places.front(LC)}/acs"') == 3


@pytest.mark.clause("DV-PRC-02")
async def test_a_service_that_its_dv_did_not_register_with_the_supplier_is_refused(cluster: Pilot) -> None:
    assert told(await cluster.log_in("Anna", "watervergunning", dv=SOUTH)) == (UNSUPPORTED, "SERVICE_UNKNOWN")


@pytest.mark.clause("DV-ART-03", "DV-ARR-04")
async def test_what_was_collected_once_is_not_had_again(cluster: Pilot) -> None:
    outcome = await cluster.log_in("Anna", "kwijtschelding", dv=NORTH, resolve_twice=True)
    assert outcome["outcome"] == "success"
    assert (outcome["again"]["outcome"], outcome["again"]["status"][1]) == ("status", None)


# --- attacks


class Stopped(Exception):
    """The browser was about to open an address."""

    def __init__(self, url: str) -> None:
        super().__init__(urlsplit(url).path)
        self.url = url


async def stopped_before(pilot: Pilot, browser: Browser, place: str) -> str:
    """The address at `place` to which Anna's login for the first water board leads."""

    async def stop(method: str, url: str) -> None:
        if url.startswith(place):
            raise Stopped(url)

    browser._pause = stop
    with pytest.raises(Stopped) as reached:
        await pilot.walk(browser, pilot.wish("Anna", "kwijtschelding"))
    browser._pause = _go_on
    return reached.value.url


async def _go_on(method: str, url: str) -> None:
    return


@pytest.mark.clause("S19", "UC-04")
async def test_a_ticket_is_of_the_dv_whose_certificate_is_shown_and_of_no_other(cluster: Pilot) -> None:
    async with Browser() as browser:
        address = await stopped_before(cluster, browser, f"{cluster.places.front(NORTH)}/acs?")
    (ticket,) = parse_qs(urlsplit(address).query)["ticket"]
    url = f"{cluster.places.back(LC)}/answers/{ticket}"
    for name, status in ((SOUTH, 404), ("gemeente", 404), (LC, 404), (NORTH, 200), (NORTH, 200)):
        async with httpx.AsyncClient(transport=LoopbackTransport(tls(cluster, name)), trust_env=False) as client:
            assert (await client.get(url)).status_code == status


@pytest.mark.clause("DV-VAL-04", "S19")
async def test_an_artifact_in_another_browser_than_began_goes_no_further_at_the_supplier(cluster: Pilot) -> None:
    async with Browser() as browser, Browser() as thief:
        address = await stopped_before(cluster, browser, f"{cluster.places.front(LC)}/acs?")
        page = await thief.open(address)
        assert (page.name, page.status) == ("E1", 400)
        page = await browser.open(address)
        assert page.name == "D2"
        again = await browser.open(address)
        assert (again.name, again.status) == ("E1", 400)


@pytest.mark.clause("DV-VAL-04", "S19")
async def test_a_ticket_in_another_browser_logs_nobody_in(cluster: Pilot) -> None:
    async with Browser() as browser, Browser() as thief:
        address = await stopped_before(cluster, browser, f"{cluster.places.front(NORTH)}/acs?")
        page = await thief.open(address)
        assert page.status == 400
        assert (await browser.open(address)).name == "D2"


ORDER = {
    "dv": NORTH,
    "service": "3f2c8f0e-6a6b-4a57-9a0d-6d7a4a1f7101",
    "id": "_" + "ab" * 20,
    "state": "een-handvat-van-de-dv",
}


@pytest.mark.parametrize(
    "change",
    [{"dv": "gemeente"}, {"service": "alles"}, {"id": '_"><x'}, {"id": ""}, {"state": "kort"}, {"state": "a b" * 9}],
)
async def test_the_supplier_asks_nothing_for_what_is_out_of_order(cluster: Pilot, change: dict[str, str]) -> None:
    login = f"{cluster.places.front(LC)}/login?"
    async with Browser() as browser:
        assert (await browser.open(login + urlencode(ORDER))).name == "G3"
        page = await browser.open(login + urlencode(ORDER | change))
    assert (page.name, page.status) == ("E1", 400)


@pytest.mark.clause("DV-VAL-01", "DV-VAL-04", "UC-04")
async def test_a_dv_believes_nothing_that_its_supplier_makes_of_an_answer(start_pilot: Start) -> None:
    pilot = await start_pilot(base=CLUSTER, at=NOON)
    await pilot.log_in("Anna", "kwijtschelding", dv=NORTH)
    (ours,) = handed(pilot)
    door = pilot.doors[f"{LC}.localhost/back"]
    honest = door.app
    level = b"http://eidas.europa.eu/LoA/"
    for change, check in (
        (lambda soap: ours, "Response.InResponseTo"),  # somebody's of a moment ago
        (lambda soap: soap.replace(level + b"substantial", level + b"high"), "handtekening ArtifactResponse"),
        (lambda soap: b"<x/>", "vorm"),
    ):
        door.app = Dishonest(honest, change)
        outcome = await pilot.log_in("Anna", "kwijtschelding", dv=NORTH)
        assert (outcome["outcome"], outcome["failed_checks"]) == ("page", [check])
    pilot.away.add(f"{LC}.localhost/back")
    outcome = await pilot.log_in("Anna", "kwijtschelding", dv=NORTH)
    assert (outcome["outcome"], outcome["failed_checks"]) == ("page", ["bereikbaarheid"])


class Dishonest:
    """ASGI: the LC's back channel, which changes what it hands on as `name`. What it says of the request fits."""

    def __init__(self, app: ASGIApp, change: Callable[[bytes], bytes], name: str = "soap") -> None:
        self._app = app
        self._change = change
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One answer, otherwise than it came."""
        body = bytearray()

        async def keep(message: Message) -> None:
            body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        said = json.loads(bytes(body))
        changed = self._change(said.get(self._name, "").encode())
        if b"ArtifactResponse" in changed:
            said["resolve_id"] = changed.decode().split('InResponseTo="', 1)[1].split('"', 1)[0]
        await JSONResponse({**said, self._name: changed.decode()})(scope, receive, send)


@pytest.mark.clause("S20", "GEN-20")
async def test_the_gateway_resolves_for_the_supplier_and_not_for_the_dv_that_collects(cluster: Pilot) -> None:
    before = len(cluster.wire)
    await cluster.log_in("Anna", "kwijtschelding", dv=NORTH)
    resolved = [each for each in cluster.wire[before:] if each.host == f"{cluster.places.host(GATEWAY)}/back"]
    (asked,) = [each.question for each in resolved if b"ArtifactResolve" in each.question]
    assert lc_of(cluster).value.encode() in asked
    assert dv_of(cluster, NORTH).value.encode() not in asked
