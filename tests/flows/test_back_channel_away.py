"""The back channel of an AD or of the BVD that hangs, breaks off or talks nonsense when its artifact is resolved.

Nothing is lost by it: the user may try again, the DV hears that it failed, and everybody else is served meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from exchange.resolve import Answered, Resolver
from gateway.means.entries import Authority, MeansEntries, MeansEntry
from gateway.outages import SECONDS
from pilot.browser import Browser, Page
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from pilot.preparation import Prepared
from pilot.steps import Wish, must_find
from runtime.http import HttpClient
from runtime.journal import Entry
from runtime.tls import TlsIdentity, client_context
from stelsel import urns
from stelsel.failures import PartyUnavailable
from stelsel.saml.artifact import make_artifact
from stelsel.saml.rules.answers import Expected
from tests.flows.between import Between, Trouble, answering, between, never, over_tls, reset, stalling
from tests.flows.outcomes import SOURCE_AWAY, told, who
from tests.flows.pilots import Pilot, free_ports, start, walk_on

# Short enough to wait for, and long enough for parties that are well on a machine that is busy.
RESOLVE_SECONDS = 1.5
PATIENT_SECONDS = 60.0
FAILED = ([urns.STATUS_RESPONDER, None], "Internal error")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
HALF = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><p:ArtifactResp'
TEN_MEGABYTES = 10_000_000
MOST_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal has: the clause, and the beginning of what was expected and of what was found."""

    clause: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What the back channel does (None: nobody listens), in TLS as `shown` or, where that is empty, beneath it."""

    trouble: Trouble | None
    told: Told
    shown: str = "itself"


def whole(body: bytes, head: bytes = OK) -> bytes:
    """An HTTP answer that ends where it says."""
    return head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body


NO_ANSWER = Told("GEN-27", f"a whole answer within {RESOLVE_SECONDS:g} s", "none")
FAULTS: Mapping[str, Fault] = {
    "accepts and never answers": Fault(never, NO_ANSWER, shown=""),
    "begins an answer and stalls": Fault(stalling(OK + b"Content-Length: 900\r\n\r\n<s:Envelope"), NO_ANSWER),
    "refuses the connection": Fault(None, Told("GEN-27", "a connection", "ClientConnectorError")),
    "resets the connection": Fault(reset, Told("GEN-27", "a connection", "Client"), shown=""),
    "hangs up after the request": Fault(answering(b""), Told("GEN-27", "a whole answer", "ServerDisconnectedError")),
    "shows another party's certificate": Fault(
        answering(whole(b"")), Told("GEN-20", "a connection", "ClientConnectorCertificateError"), shown="another"
    ),
    "speaks plain http": Fault(
        answering(whole(b"", b"HTTP/1.1 400 Bad Request\r\n"), to_anything=True),
        Told("GEN-20", "a connection", "ClientConnectorSSLError"),
        shown="",
    ),
    "answers a web page": Fault(
        answering(whole(b"<html><body>It works!</body></html>")),
        Told("GEN-27", "Envelope of SOAP 1.1 or 1.2", "html"),
    ),
    "answers nothing": Fault(answering(whole(b"")), Told("GEN-27", "", "")),
    "answers half a message": Fault(answering(whole(HALF)), Told("GEN-27", "", "")),
    "breaks off in the middle": Fault(
        answering(OK + b"Content-Length: 900\r\n\r\n" + HALF), Told("GEN-27", "a whole answer", "ClientPayloadError")
    ),
    "answers ten megabytes": Fault(
        answering(whole(b"<a>" + b"a" * TEN_MEGABYTES)), Told("GEN-27", f"at most {MOST_BYTES} bytes", "")
    ),
    "redirects": Fault(
        answering(whole(b"", b"HTTP/1.1 302 Found\r\nLocation: https://localhost/saml/artifact\r\n")),
        Told("GEN-27", "HTTP 200 with SOAP", "HTTP 302"),
    ),
}
# What becomes of each is the same code: here two that it felt before we did.
FELT = ("accepts and never answers", "answers a web page")


@dataclass(frozen=True, slots=True)
class House:
    """A network with something between the gateway and the back channels of DigiD and of the BVD."""

    pilot: Pilot
    doors: Mapping[str, Between]

    def spoil(self, name: str, fault: Fault) -> Between:
        """From now on `name` has this fault."""
        pki, door = self.pilot.network.prepared.pki, self.doors[name]
        if fault.trouble is None:
            door.refuse()
        elif not fault.shown:
            door.spoil(fault.trouble)
        else:
            shown = name if fault.shown == "itself" else GATEWAY
            door.spoil(over_tls(pki.ring(shown) / "tls-1.pem", pki.anchors, fault.trouble))
        return door

    async def resolve(self, name: str, http: HttpClient, deadline_seconds: float) -> Answered:
        """What the gateway hears from `name` about an artifact that is not there."""
        party, asked = self.pilot.network.services[GATEWAY].assembly.party, entity_of(name)
        expected = Expected(asked, "_login", "https://nowhere.test/", party.entity_id)
        return await Resolver(party, http, deadline_seconds, MOST_BYTES).resolve(
            make_artifact(asked, 0, bytes(20)), expected
        )

    def connections(self) -> HttpClient:
        """A way out as the gateway's, that has no connection yet."""
        pki = self.pilot.network.prepared.pki
        shown = pki.ring(GATEWAY) / "tls-1.pem"
        return HttpClient(client_context(pki.anchors, TlsIdentity(certificate=shown, key=shown)), loopback=True)

    async def keeps_waiting(self, name: str) -> "asyncio.Task[Answered]":
        """A question of the gateway that waits at the door of `name`; over connections that were kept, it may break
        first."""
        http = self.pilot.network.services[GATEWAY].assembly.http
        has_come = asyncio.create_task(self.doors[name].asked.wait())
        while True:
            waits = asyncio.create_task(self.resolve(name, http, PATIENT_SECONDS))
            await asyncio.wait({waits, has_come}, return_when=asyncio.FIRST_COMPLETED)
            if has_come.done():
                return waits
            assert isinstance(waits.exception(), PartyUnavailable)

    async def refusals(self) -> list[Entry]:
        """What the gateway's journal has of refusals, the oldest first."""
        journal = self.pilot.network.services[GATEWAY].assembly.journal
        return list(await journal.entries("refusal", self.pilot.clock()))

    async def at_choice(self, browser: Browser) -> Page:
        """Where S1 asks F1, for herself, how she logs in."""
        return await self.pilot.walk(browser, self.pilot.wish("F1", "S1"), until="G2")

    def wish(self) -> Wish:
        """F1 wants to act for C2."""
        wish = self.pilot.wish("F1", "S1", "C2")
        return replace(wish, level=self.pilot.known.service("S1").minimum, identifier=self.pilot.bsn("C2"))


async def build(stack: AsyncExitStack, folder: Path, keys: Path) -> House:
    """A network whose gateway waits RESOLVE_SECONDS.

    Who logs in for himself has a second button there, whose AD is only looked at: the BVD's metadata has all it takes.
    """
    one = MeansEntry(name="digid", kind="st-saml", authorities=(Authority(entity_of(DIGID)),))
    other = MeansEntry(name="eherkenning", kind="etoegang", authorities=(Authority(entity_of(BVD)),))
    ports = {name: free_ports() for name in (DIGID, BVD)}

    def moved(prepared: Prepared) -> Prepared:
        places = prepared.places
        digid, bvd = (f"https://{places.host(name)}:{ports[name]}" for name in (DIGID, BVD))
        return replace(
            prepared,
            gateway=replace(
                prepared.gateway, resolve_seconds=RESOLVE_SECONDS, means=MeansEntries.of(one, other), digid=None
            ),
            digid=replace(prepared.digid, back_channel_url=digid),
            bvd=replace(prepared.bvd, back_channel_url=bvd),
        )

    pilot = await start(stack, folder, keys, changed=moved)
    real = pilot.places.shared_back_port
    doors = {name: await stack.enter_async_context(between(port, real)) for name, port in ports.items()}
    return House(pilot, doors)


@pytest.fixture(scope="module")
async def house(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One network for all faults: each test leaves it well."""
    async with AsyncExitStack() as stack:
        yield await build(stack, tmp_path_factory.mktemp("away"), pilot_keys)


async def press(browser: Browser, page: Page, value: str) -> Page:
    """The page after the button of that value."""
    found = must_find(page, value)
    return await browser.submit(found.form, found.button, found.fill)


def is_told(facts: Mapping[str, str], told: Told) -> None:
    """Which clause was broken, what was expected and what came instead."""
    assert facts["clause"] == told.clause
    assert facts["expected"].startswith(told.expected)
    assert facts["found"].startswith(told.found)


@pytest.mark.clause("P1", "GEN-20", "GEN-27", "RD-ART-01")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_back_channel_in_trouble_is_a_party_that_is_away_and_the_log_says_why(
    house: House, fault: Fault
) -> None:
    door, http = house.spoil(DIGID, fault), house.connections()
    with pytest.raises(PartyUnavailable) as away:
        await house.resolve(DIGID, http, RESOLVE_SECONDS)
    await door.give_back()
    await http.close()
    is_told(away.value.facts(), fault.told)


@pytest.mark.clause("P1", "ERR-08", "GEN-27")
@pytest.mark.parametrize("name", FELT)
async def test_whatever_is_the_matter_with_digid_the_user_tries_again_and_then_it_works(
    house: House, name: str
) -> None:
    before = len(await house.refusals())
    async with Browser() as browser:
        page = await house.pilot.walk(browser, house.wish(), until="S1")
        door = house.spoil(DIGID, FAULTS[name])
        page = await walk_on(browser, page, house.wish(), until="G2")
        await door.give_back()
        assert (page.name, page.status) == ("G2.retry", 200)
        (entry,) = (await house.refusals())[before:]
        assert entry.facts["failure"] == "MeansUnavailable"
        is_told(entry.facts, FAULTS[name].told)
        assert entry.facts["rule"]
        assert entry.code in " ".join(page.texts("//main"))
        page = await press(browser, page, "means:digid")
        page = await walk_on(browser, page, house.wish())
        assert page.name == "D2"


@pytest.mark.clause("P1", "ERR-01", "ERR-08")
async def test_who_stops_after_nonsense_of_digid_is_back_at_the_dv_which_hears_that_it_failed(house: House) -> None:
    async with Browser() as browser:
        page = await house.pilot.walk(browser, house.wish(), until="S1")
        door = house.spoil(DIGID, FAULTS["answers a web page"])
        page = await walk_on(browser, page, house.wish(), until="G2")
        await door.give_back()
        page = await press(browser, page, "cancel")
        assert page.name == "D3.other"
        origin = house.pilot.known.dv("gemeente").origin
        assert told(await browser.json("GET", f"{origin}/result?format=json")) == FAILED


@pytest.mark.clause("P1", "ERR-08")
async def test_once_digid_failed_two_users_the_next_one_reads_so_for_a_minute_and_may_choose_something_else(
    house: House,
) -> None:
    wish = replace(house.pilot.wish("F1", "S1"), level=house.pilot.known.service("S1").minimum)
    house.spoil(DIGID, FAULTS["refuses the connection"])
    for name in ("G2.retry", "G2.down"):
        async with Browser() as browser:
            page = await house.at_choice(browser)
            assert page.name == "G2"
            page = await walk_on(browser, await press(browser, page, "means:digid"), wish, until="G2")
            assert page.name == name
    await house.doors[DIGID].give_back()
    async with Browser() as browser:
        page = await house.at_choice(browser)
        assert page.name == "G2.down"
        assert "DigiD werkt nu niet." in " ".join(page.texts("//form"))
        assert page.tree.xpath("//button[starts-with(@value, 'means:')]/@value") == ["means:eherkenning"]
    house.pilot.clock.advance(seconds=SECONDS)
    assert who(await house.pilot.log_in("F1", "S1")) == (house.pilot.bsn("F1"), None)


@pytest.mark.clause("P1", "R-REISSUE", "ERR-07", "GEN-27")
@pytest.mark.parametrize("name", FELT)
async def test_whatever_is_the_matter_with_the_bvd_the_dv_hears_that_the_source_is_away_and_the_next_login_works(
    house: House, name: str
) -> None:
    before = len(await house.refusals())

    def spoil() -> None:
        house.spoil(BVD, FAULTS[name])

    outcome = await house.pilot.log_in("F1", "S1", "C2", before_resolve=spoil)
    await house.doors[BVD].give_back()
    assert told(outcome) == SOURCE_AWAY
    (entry,) = (await house.refusals())[before:]
    assert entry.facts["failure"] == "RegisterUnavailable"
    is_told(entry.facts, FAULTS[name].told)
    assert who(await house.pilot.log_in("F1", "S1", "C2"))[1] == house.pilot.bsn("C2")


@pytest.mark.clause("P1")
async def test_while_the_bvd_keeps_one_waiting_the_same_worker_logs_others_in(house: House) -> None:
    door = house.doors[BVD]
    door.spoil(never)
    waits = await house.keeps_waiting(BVD)
    assert who(await house.pilot.log_in("F1", "S1")) == (house.pilot.bsn("F1"), None)
    assert not waits.done()
    door.refuse()
    with pytest.raises(PartyUnavailable):
        await waits
    await door.give_back()
