"""A shared login of a DV behind an LC, and its end: the LC passes on what its DV asks, and what the gateway answers."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from pilot.browser import Browser, Page
from pilot.loopback import LoopbackTransport
from pilot.places import DIGID, GATEWAY, entity_of
from stelsel.saml.bindings import encode_post
from tests.flows.clusters import lc_of
from tests.flows.pilots import Pilot, start, walk_on
from tests.flows.sent import all_in
from tests.flows.test_sso import logins_at_digid
from tests.flows.test_supplier import CLUSTER, LC, NOON, NORTH, SOUTH, Dishonest, tls

SERVICE = "kwijtschelding"


@pytest.fixture(scope="module")
async def cluster(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world with an LC; one of the two that it connects is in a federation. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("leaving"), pilot_keys, base=CLUSTER, at=NOON)


async def log_out(pilot: Pilot, browser: Browser) -> Page:
    """Where the button of the first water board leads in the end."""
    page = await browser.post(f"{pilot.places.front(NORTH)}/logout")
    return await walk_on(browser, page, pilot.wish("Anna", SERVICE))


async def asked(pilot: Pilot, name: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
    """What the LC's back channel answers to whom holds this party's certificate."""
    url = f"{pilot.places.back(LC)}{path}"
    async with httpx.AsyncClient(transport=LoopbackTransport(tls(pilot, name)), trust_env=False) as client:
        return await (client.get(url) if fields is None else client.post(url, data=fields))


async def asks_at_digid(pilot: Pilot, browser: Browser) -> bool:
    """Whether the next login in this browser shows DigiD's page."""
    return (await pilot.walk(browser, pilot.wish("Anna", SERVICE), until="S1")).name == "S1"


@pytest.mark.clause("SSO-01", "SSO-02", "UC-03", "R-CHOICE")
async def test_behind_a_supplier_too_the_next_client_is_a_choice_without_a_login(
    cluster: Pilot, tmp_path: Path
) -> None:
    before = logins_at_digid(cluster)
    for client in ("Bram", "Chris", None):
        outcome = await cluster.log_in("Anna", SERVICE, client, dv=NORTH, browser=tmp_path / "cookies")
        assert outcome["outcome"] == "success"
    assert logins_at_digid(cluster) == before + 1


@pytest.mark.clause("SSO-03", "SSO-04", "SSO-05", "LGO-01", "LGO-02", "UC-04")
async def test_a_logout_goes_through_the_supplier_to_the_gateway_and_digid_and_back_to_the_dv(cluster: Pilot) -> None:
    async with Browser() as browser:
        assert (await cluster.walk(browser, cluster.wish("Anna", SERVICE))).name == "D2"
        before = len(cluster.wire)
        page = await log_out(cluster, browser)
        assert (page.name, page.status) == ("D1", 200)
        assert page.url.startswith(cluster.places.front(NORTH))
        assert await asks_at_digid(cluster, browser)
    gateway, digid = entity_of(GATEWAY).value, entity_of(DIGID).value
    said = [(each.name, each.issuer) for each in all_in(cluster.wire[before:]) if each.name.startswith("Logout")]
    assert said == [
        ("LogoutRequest", lc_of(cluster).value),
        ("LogoutRequest", gateway),
        ("LogoutResponse", digid),
        ("LogoutResponse", gateway),
    ]
    seen = [each for each in cluster.wire[before:] if each.host.startswith(f"{LC}.")]
    assert seen
    assert not any(cluster.bsn("Anna") in each.everything for each in seen)


@pytest.mark.clause("MD-LC-02", "MD-DV-03", "SSO-03")
async def test_the_supplier_listens_for_logout_since_one_of_its_dvs_shares_logins(cluster: Pilot) -> None:
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        document = (await client.get(cluster.places.front(LC) + "/metadata")).text
    assert document.count("SingleLogoutService ") == 1
    assert f'Location="{cluster.places.front(LC)}/slo"' in document


@pytest.mark.clause("S23", "UC-04", "LGO-01")
async def test_a_supplier_logs_nobody_out_for_another_than_the_dv_that_received_the_login(cluster: Pilot) -> None:
    async with Browser() as browser:
        await cluster.walk(browser, cluster.wish("Anna", SERVICE))
        handed = [each for each in cluster.wire if each.host == f"{LC}.localhost/back" and "/answers/" in each.path][-1]
        name_id = json.loads(handed.answer)["soap"].split("<saml:NameID", 1)[1].split(">", 1)[1].split("<", 1)[0]
        fields = {"name_id": name_id, "session_index": name_id, "state": "een-handvat"}
        for name in (SOUTH, "gemeente", LC):
            assert (await asked(cluster, name, "/logouts", fields)).status_code == 404
        assert (await asked(cluster, NORTH, "/logouts", fields | {"name_id": "_somebody"})).status_code == 404
        assert (await asked(cluster, NORTH, "/logouts", {"name_id": "x" * 70_000})).status_code == 404
        assert not await asks_at_digid(cluster, browser)
        assert (await asked(cluster, NORTH, "/logouts", fields)).status_code == 200


@pytest.mark.clause("LGO-02", "S19", "S21")
async def test_the_gateways_answer_is_collected_once_and_by_the_dv_whose_logout_it_is(cluster: Pilot) -> None:
    async with Browser() as browser:
        await cluster.walk(browser, cluster.wish("Anna", SERVICE))
        assert (await log_out(cluster, browser)).name == "D1"
        came = [each.path for each in cluster.wire if each.host == cluster.places.host(NORTH) and "/slo?" in each.path]
        again = await browser.open(cluster.places.front(NORTH) + came[-1])
        assert (again.name, again.status) == ("D3.logout", 400)
    (ticket,) = parse_qs(urlsplit(came[-1]).query)["ticket"]
    for name in (NORTH, SOUTH, "gemeente"):
        assert (await asked(cluster, name, f"/logouts/{ticket}")).status_code == 404


@pytest.mark.clause("LGO-02", "S12", "S21")
async def test_what_the_gateway_did_not_sign_goes_no_further_at_the_supplier(cluster: Pilot) -> None:
    slo = f"{cluster.places.front(LC)}/slo"
    async with Browser() as browser:
        await cluster.walk(browser, cluster.wish("Anna", SERVICE))
        page = await browser.post(f"{cluster.places.front(NORTH)}/logout")
        assert page.name == "G3"
        forged = {"SAMLResponse": encode_post(b"<x/>"), "RelayState": page.forms[0].fields["RelayState"]}
        for form in (forged, forged | {"RelayState": "een-ander"}, {}):
            refused = await browser._walk("POST", slo, form)
            assert (refused.name, refused.status) == ("E1", 400)
        # The answer that is due still counts.
        assert (await walk_on(browser, page, cluster.wish("Anna", SERVICE))).name == "D1"
        assert (await browser.open(f"{cluster.places.front(LC)}/logout/niemands")).status == 400


@pytest.mark.clause("LGO-02", "UC-04")
async def test_a_dv_believes_no_logout_that_its_supplier_made_up(cluster: Pilot) -> None:
    door = cluster.doors[f"{LC}.localhost/back"]
    honest = door.app
    async with Browser() as browser:
        await cluster.walk(browser, cluster.wish("Anna", SERVICE))
        door.app = Dishonest(honest, lambda said: said.replace(b"status:Success", b"status:Responder"), "message")
        try:
            page = await log_out(cluster, browser)
        finally:
            door.app = honest
        assert (page.name, page.status) == ("D3.logout", 400)
        assert await asks_at_digid(cluster, browser)


@pytest.mark.clause("SSO-03")
async def test_while_the_supplier_is_away_the_user_is_told_to_close_the_browser(cluster: Pilot) -> None:
    async with Browser() as browser:
        await cluster.walk(browser, cluster.wish("Anna", SERVICE))
        cluster.away.add(f"{LC}.localhost/back")
        page = await log_out(cluster, browser)
        cluster.give_back()
        assert (page.name, page.status) == ("D3.logout", 503)
        start = await browser.open(f"{cluster.places.front(NORTH)}/")
        assert not start.tree.xpath("//form[@action='/logout']")
