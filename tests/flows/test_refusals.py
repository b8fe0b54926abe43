"""What a party reads at the back channel of its own messages that were refused, and what it never reads."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange.artifacts import Artifacts
from pilot.browser import Browser, Page
from pilot.loopback import LoopbackTransport
from pilot.places import CONTROL, GATEWAY
from runtime.reports import MOST_CLAIMED, MOST_PROVEN
from stelsel.clauses import read_wordings
from stelsel.failures import MessageReplayed
from stelsel.identifiers import ServiceUuid
from stelsel.saml.artifact import make_artifact
from tests.flows.clusters import CLUSTER
from tests.flows.pilots import Pilot, Start, start
from tests.flows.speakers import Speaker, post_form, tls_of

NO_SERVICE = ServiceUuid("00000000-0000-4000-8000-000000000000")


@pytest.fixture(scope="module")
async def listed(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """A network for tests that look for their own message in a list, whatever else stands there."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("listed"), pilot_keys)


async def send(pilot: Pilot, message: bytes) -> httpx.Response:
    """A browser brings `message` to the gateway."""
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        return await client.post(pilot.places.front(GATEWAY) + "/saml/sso", data=post_form(message))


async def ask(pilot: Pilot, name: str, **headers: str) -> httpx.Response:
    """The list, over the TLS connection of `name`."""
    pki = pilot.network.prepared.pki
    tls = tls_of(pki.anchors, pki.ring(name) / "tls-1.pem")
    async with httpx.AsyncClient(transport=LoopbackTransport(tls), trust_env=False, timeout=20) as client:
        return await client.get(pilot.places.back(GATEWAY) + "/refusals", headers=headers)


async def refusals_of(pilot: Pilot, name: str) -> dict[str, Any]:
    """The list of the one party called `name`."""
    answer = await ask(pilot, name)
    assert answer.status_code == 200
    (mine,) = answer.json()["parties"]
    assert mine["entity_id"] == Speaker(pilot, name).entity.value
    return dict(mine)


@pytest.mark.clause("ERR-09", "GEN-22")
async def test_a_dv_reads_why_its_message_was_refused_and_no_other_dv_does(start_pilot: Start) -> None:
    pilot = await start_pilot()
    dv = Speaker(pilot, "gemeente")
    old = dv.request(issue_instant=pilot.clock() - timedelta(minutes=6))
    elsewhere = dv.request(destination="http://elders.localhost/saml/sso")
    for request in (old, elsewhere):
        assert (await send(pilot, dv.signed(request))).status_code == 400
        pilot.clock.advance(seconds=1)
    mine = await refusals_of(pilot, "gemeente")
    assert [(row["message"], row["message_id"], row["clause"], row["door"]) for row in mine["proven"]] == [
        ("AuthnRequest", elsewhere.id, "DV-REQ-02", "/saml/sso"),
        ("AuthnRequest", old.id, "GEN-22", "/saml/sso"),
    ]
    newest = mine["proven"][0]
    assert newest["found"] == "http://elders.localhost/saml/sso"
    assert newest["rule"] == read_wordings()["DV-REQ-02"]
    assert newest["expected"] == pilot.places.front(GATEWAY) + "/saml/sso"
    entry = await pilot.network.services[GATEWAY].assembly.journal.find(newest["code"])
    assert entry is not None
    assert entry.facts["message_id"] == elsewhere.id
    assert mine["claimed"] == []
    assert (await refusals_of(pilot, "ziekenhuis"))["proven"] == []


@pytest.mark.clause("DV-PRC-01", "ERR-09")
async def test_a_request_that_was_answered_with_a_status_of_the_requester_is_listed_too(listed: Pilot) -> None:
    pilot = listed
    dv = Speaker(pilot, "gemeente")
    request = replace(dv.request(), service=NO_SERVICE)
    assert (await send(pilot, dv.signed(request))).status_code == 303
    rows = (await refusals_of(pilot, "gemeente"))["proven"]
    told = [(row["failure"], row["clause"]) for row in rows if row["message_id"] == request.id]
    assert told == [("ServiceUnknown", "DV-PRC-01")]


@pytest.mark.clause("ERR-03")
async def test_what_users_and_registers_did_is_in_nobodys_list(start_pilot: Start) -> None:
    pilot = await start_pilot()
    await pilot.log_in("F1", "S1", "C2", cancel="ad")
    kinds = await pilot.network.services[GATEWAY].assembly.journal.entries("refusal", pilot.world.at.astimezone(UTC))
    assert [entry.facts["failure"] for entry in kinds] == ["Cancelled"]
    assert (await refusals_of(pilot, "gemeente"))["proven"] == []


@pytest.mark.clause("GEN-08", "GEN-16")
async def test_what_only_bears_a_dvs_name_stands_apart_and_pushes_out_nothing(start_pilot: Start) -> None:
    pilot = await start_pilot()
    dv, other = Speaker(pilot, "gemeente"), Speaker(pilot, "ziekenhuis")
    proven = dv.request(acs_index=7)
    await send(pilot, dv.signed(proven))
    pilot.clock.advance(seconds=1)
    for _ in range(MOST_CLAIMED + 2):
        await send(pilot, other.signed(dv.request()))
    mine = await refusals_of(pilot, "gemeente")
    assert [row["message_id"] for row in mine["proven"]] == [proven.id]
    assert len(mine["claimed"]) == MOST_CLAIMED
    assert {row["failure"] for row in mine["claimed"]} == {"SignatureRefused"}
    assert await refusals_of(pilot, "ziekenhuis") == {"entity_id": other.entity.value, "proven": [], "claimed": []}


async def test_the_list_has_a_bound(start_pilot: Start) -> None:
    pilot = await start_pilot()
    report = pilot.network.services[GATEWAY].assembly.report
    dv = Speaker(pilot, "gemeente")
    message = dv.signed(dv.request(acs_index=7))
    for _ in range(MOST_PROVEN + 2):
        await send(pilot, message)
    assert len((await refusals_of(pilot, "gemeente"))["proven"]) == MOST_PROVEN
    await report(MessageReplayed(), {})  # about nobody
    assert len((await refusals_of(pilot, "gemeente"))["proven"]) == MOST_PROVEN


@pytest.mark.clause("DV-ARR-04")
async def test_an_artifact_of_another_is_as_unknown_in_the_list_as_in_the_answer(start_pilot: Start) -> None:
    pilot = await start_pilot()
    thief, owner = Speaker(pilot, "ziekenhuis"), Speaker(pilot, "gemeente")
    assembly = pilot.network.services[GATEWAY].assembly
    theirs = await Artifacts(assembly.party.store, assembly.party.entity_id, 0, 60).issue(owner.entity, "pending")
    nobodys = make_artifact(assembly.party.entity_id, 0, bytes(20))
    for artifact in (theirs, nobodys):
        assert (await thief.resolve(artifact)).response is None
    rows = (await refusals_of(pilot, "ziekenhuis"))["proven"]
    told = [{key: value for key, value in row.items() if key not in ("at", "code", "message_id")} for row in rows]
    assert len(told) == 2
    assert told[0] == told[1]
    assert owner.entity.value not in str(rows)


@pytest.mark.clause("GEN-20", "GEN-21")
async def test_whoever_is_no_saml_party_reads_nothing(scenarios: Pilot) -> None:
    answer = await ask(scenarios, "brp")
    assert answer.status_code == 403
    assert "parties" not in answer.text
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        in_front = await client.get(scenarios.places.front(GATEWAY) + "/refusals")
    assert in_front.status_code == 404


@pytest.mark.parametrize(("language", "title"), [("nl", "Geweigerde berichten"), ("en", "Refused messages")])
async def test_a_browser_gets_the_list_as_a_page(listed: Pilot, language: str, title: str) -> None:
    pilot = listed
    dv = Speaker(pilot, "gemeente")
    await send(pilot, dv.signed(dv.request(destination="http://<elders>.localhost/")))
    answer = await ask(pilot, "gemeente", Accept="text/html,*/*;q=0.8", **{"Accept-Language": language})
    assert answer.headers["content-type"].startswith("text/html")
    page = Page(str(answer.url), answer.status_code, answer.content)
    assert page.name == "R1"
    assert page.texts("//h1") == (title,)
    assert any("http://<elders>.localhost/" in text for text in page.texts("//td"))


async def test_the_pilot_shows_the_list_of_each_dv_without_a_certificate(listed: Pilot) -> None:
    pilot = listed
    dv = Speaker(pilot, "gemeente")
    request = dv.request(acs_index=7)
    await send(pilot, dv.signed(request))
    async with Browser() as browser:
        index = await browser.open(pilot.places.front(CONTROL) + "/")
        links = [str(each) for each in index.tree.xpath("//main//a/@href") if str(each).startswith("/refusals/")]
        assert len(links) == len(pilot.known.dvs)
        pages = [await browser.open(pilot.places.front(CONTROL) + link) for link in links]
        assert [page.name for page in pages] == ["R1"] * len(pages)
        shows = [link for link, page in zip(links, pages, strict=True) if request.id in " ".join(page.texts("//td"))]
        assert [link.partition("?")[0] for link in shows] == ["/refusals/gemeente"]
        assert (await browser.open(pilot.places.front(CONTROL) + "/refusals/niemand")).status == 404


@pytest.mark.parametrize(("language", "title"), [("nl", "Geweigerde berichten"), ("en", "Refused messages")])
async def test_a_dvs_start_page_leads_to_its_refused_messages(listed: Pilot, language: str, title: str) -> None:
    pilot = listed
    dv = Speaker(pilot, "gemeente")
    request = dv.request(acs_index=7)
    await send(pilot, dv.signed(request))
    async with Browser() as browser:
        start = await browser.open(f"{pilot.places.front('gemeente')}/?lang={language}")
        (link,) = [str(each) for each in start.tree.xpath("//footer//a/@href")]
        page = await browser.open(link)
    assert (page.name, page.texts("//h1")) == ("R1", (title,))
    said = " ".join(page.texts("//td"))
    assert request.id in said
    assert read_wordings()["DV-REQ-04"] in said


@pytest.mark.clause("UC-04")
async def test_a_dv_behind_an_lc_reads_what_the_lc_sent_in_its_own_name(start_pilot: Start) -> None:
    pilot = await start_pilot(CLUSTER)
    lc, dv = Speaker(pilot, "leverancier"), pilot.world.dv("rijnland").entity_id
    wrong = lc.request("R1", intended_audience=dv, acs_index=70)
    unknown = replace(lc.request("R1", intended_audience=dv), service=NO_SERVICE)
    for request in (wrong, unknown):
        await send(pilot, lc.signed(request))
        pilot.clock.advance(seconds=1)
    rows = (await refusals_of(pilot, "leverancier"))["proven"]
    assert [(row["message_id"], row["dv"]) for row in rows] == [(unknown.id, dv.value), (wrong.id, "")]
    async with Browser() as browser:
        page = await browser.open(f"{pilot.places.front(CONTROL)}/refusals/rijnland")
    assert page.texts("//h2") == (dv.value, lc.entity.value)
    assert wrong.id in " ".join(page.texts("//td"))
