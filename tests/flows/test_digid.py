"""DigiD as a dienstverlener meets it: its levels and their names, ForceAuthn, its own session, and each way it ends."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from pilot.browser import Browser, Page
from pilot.places import DIGID, GATEWAY, entity_of
from pilot.steps import must_find
from stelsel import urns
from tests.flows.outcomes import CANCELLED, NOT_AUTHENTICATED, TOO_LOW, told
from tests.flows.pilots import Pilot, start, walk_on
from tests.flows.rows import FEDERATED
from tests.flows.sent import all_in
from tests.flows.speakers import Speaker, post_form
from tests.flows.test_pages_of_a_login import is_an_end
from tests.flows.test_sso import logins_at_digid

# A service that asks for more from six o'clock on, and takes DigiD only.
RAISED = """
[[service]]
name = "S10"
dv = "gemeente"
uuid = "7d7b0a7c-9a5e-4c0e-8f25-0e1f6d2f9c10"
title = {nl = "Parkeervergunning", en = "Parking permit"}
minimum = "midden"
means = ["digid"]
raised = {to = "substantieel", from = 2026-03-10T18:00:00+01:00}
"""


@pytest.fixture(scope="module")
async def shared(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """Two DVs with a federation each. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("digid"), pilot_keys, FEDERATED)


@pytest.fixture(scope="module")
async def aging(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """A network whose clock goes on during a login. It is later than noon, and before six until a test says so."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("aging"), pilot_keys, RAISED)


async def asked(pilot: Pilot, browser: Browser, service: str = "S2", **changes: Any) -> Page:
    """The first page after an AuthnRequest of the municipality, in this browser."""
    dv = Speaker(pilot, "gemeente")
    form = post_form(dv.signed(dv.request(service, **changes)))
    return await browser._walk("POST", pilot.places.front(GATEWAY) + "/saml/sso", form)


def forced(pilot: Pilot, since: int) -> list[bool]:
    """Of each request that the gateway sent to DigiD: whether it had ForceAuthn."""
    gateway = entity_of(GATEWAY).value
    requests = [each for each in all_in(pilot.wire[since:]) if (each.name, each.issuer) == ("AuthnRequest", gateway)]
    return [etree.fromstring(each.xml).get("ForceAuthn") == "true" for each in requests]


def artifact_of(pilot: Pilot) -> str:
    """The artifact with which a browser came to the municipality last."""
    host = pilot.places.host("gemeente")
    came = [each.path for each in pilot.wire if each.host == host and each.path.startswith("/acs?SAMLart=")]
    return parse_qs(urlsplit(came[-1]).query)["SAMLart"][0]


@pytest.mark.clause("TYP-08", "TYP-09", "RD-ASR-03", "UC-02", "ERR-02")
@pytest.mark.parametrize(
    ("level", "name"),
    [
        ("basis", None),
        ("midden", "http://eidas.europa.eu/LoA/low"),
        ("substantieel", "http://eidas.europa.eu/LoA/substantial"),
        ("hoog", "http://eidas.europa.eu/LoA/high"),
    ],
)
async def test_each_level_is_told_by_its_name_and_below_that_of_the_service_nobody_is_declared(
    shared: Pilot, level: str, name: str | None
) -> None:
    before = len(shared.wire)
    outcome = await shared.log_in("F1", "S2", level=level)
    if name is None:
        assert told(outcome) == TOO_LOW
        assert not any(b"Assertion" in each.answer for each in shared.wire[before:])
    else:
        assert outcome["loa"] == name


@pytest.mark.clause("DV-REQ-03", "SSO-02", "RD-REQ-01")
async def test_force_authn_of_the_dv_reaches_digid_which_asks_in_spite_of_its_session(shared: Pilot) -> None:
    async with Browser() as browser:
        await shared.walk(browser, shared.wish("F1", "S1"))
        logins, before = logins_at_digid(shared), len(shared.wire)
        for force_authn, page_of_digid in ((False, False), (True, True)):
            page = await asked(shared, browser, "S1", force_authn=force_authn)
            end = await walk_on(browser, page, shared.wish("F1", "S1"), until="S1")
            assert (end.name == "S1") == page_of_digid
    assert forced(shared, before) == [False, True]
    assert logins_at_digid(shared) == logins


@pytest.mark.clause("SSO-01", "SSO-02", "SSO-04")
async def test_whoever_logged_out_elsewhere_is_asked_by_digid_though_a_session_here_is_open(shared: Pilot) -> None:
    """A browser has one session at DigiD: that of its last login there, which another federation's logout ended."""
    async with Browser() as browser:
        await shared.walk(browser, shared.wish("F1", "S1"))
        page = await shared.walk(browser, shared.wish("F1", "S4", dv="ziekenhuis"))
        page = await walk_on(
            browser, await browser.post(f"{page.url.rpartition('/')[0]}/logout"), shared.wish("F1", "S4")
        )
        assert page.name == "D1"
        before = len(shared.wire)
        page = await shared.walk(browser, shared.wish("F1", "S1"), until="S1")
        assert page.name == "S1"
        assert forced(shared, before) == [False]


@pytest.mark.clause("SSO-02", "SSO-04", "SSO-05", "LGO-01")
async def test_after_a_stronger_login_a_logout_by_the_first_one_ends_both(shared: Pilot) -> None:
    """The sample DV knows the name of the first login only: the second is a request of the test's own."""
    async with Browser() as browser:
        page = await shared.walk(browser, shared.wish("F1", "S2", level="midden"))
        assert page.name == "D2"
        before = len(shared.wire)
        stronger = shared.wish("F1", "S1", level="substantieel")
        await walk_on(browser, await asked(shared, browser, "S1"), stronger)
        await walk_on(browser, await browser.post(f"{shared.places.front('gemeente')}/logout"), stronger)
        assert (await shared.walk(browser, stronger, until="S1")).name == "S1"
    assert forced(shared, before) == [True, True]
    said = [(each.name, each.issuer) for each in all_in(shared.wire[before:])]
    assert ("LogoutResponse", entity_of(DIGID).value) in said


@pytest.mark.clause("SSO-04", "SSO-05", "LGO-02")
async def test_where_digid_cannot_be_told_the_dv_hears_so_and_tells_its_user(shared: Pilot) -> None:
    trust = shared.network.services[GATEWAY].assembly.party.trust
    everybody = trust.entities(shared.clock())
    async with Browser() as browser:
        await shared.walk(browser, shared.wish("F1", "S2"))
        trust.replace(each for each in everybody if each.entity_id != entity_of(DIGID))
        page = await browser.post(f"{shared.places.front('gemeente')}/logout")
        page = await walk_on(browser, page, shared.wish("F1", "S2"))
        trust.replace(everybody)
        assert (page.name, page.status) == ("D3.logout", 200)
        before = len(shared.wire)
        assert (await shared.walk(browser, shared.wish("F1", "S2"), until="S1")).name == "S1"
    assert forced(shared, before) == [True]


@pytest.mark.clause("ERR-07", "ERR-08", "ERR-04", "DV-REQ-18")
@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ("refuse", ([urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED], "Request not supported")),
        ("fail", NOT_AUTHENTICATED),
        ("cancel", CANCELLED),
    ],
)
async def test_what_digid_says_is_forwarded_to_a_dv_that_preselected_it(
    shared: Pilot, choice: str, status: tuple[list[str], str | None]
) -> None:
    async with Browser() as browser:
        page = await asked(shared, browser, idp_list=(entity_of(DIGID),))
        page = await walk_on(browser, page, shared.wish("F1", "S2"), until="S1")
        press = must_find(page, choice)
        await browser.submit(press.form, press.button, press.fill)
    response = (await Speaker(shared, "gemeente").resolve(artifact_of(shared))).response
    assert response is not None
    found = response.status
    assert ([found.code, found.sub], found.message) == status


@pytest.mark.clause("ERR-08", "ERR-03")
async def test_without_a_preselection_a_refusal_leads_to_the_choice_and_from_there_to_the_dv(shared: Pilot) -> None:
    wish = shared.wish("F1", "S2")
    async with Browser() as browser:
        page = await walk_on(browser, await asked(shared, browser), wish, until="S1")
        for choice, name in (("refuse", "G2.retry"), ("means:digid", "S1"), ("refuse", "G2.retry")):
            press = must_find(page, choice)
            page = await walk_on(browser, await browser.submit(press.form, press.button, press.fill), wish, until=name)
            assert page.name == name
        press = must_find(page, "cancel")
        await browser.submit(press.form, press.button)
    response = (await Speaker(shared, "gemeente").resolve(artifact_of(shared))).response
    assert response is not None
    assert response.status.message == CANCELLED[1]


@pytest.mark.clause("ERR-09", "RD-ART-01")
async def test_a_login_that_takes_too_long_ends_where_it_stands_with_the_way_to_begin_again(aging: Pilot) -> None:
    pilot, before = aging, len(aging.wire)
    wish = pilot.wish("F1", "S1", "C2", level="substantieel")
    wish = replace(wish, identifier=pilot.bsn("C2"))
    async with Browser() as browser:
        page = await pilot.walk(browser, wish, until="S1")
        pilot.clock.advance(minutes=16)
        page = await walk_on(browser, page, wish)
        assert (page.name, page.status) == ("E2", 400)
        assert page.url.startswith(pilot.places.front(DIGID))
    for last_page in ("S1", "B3"):  # younger than the login that it is about
        async with Browser() as browser:
            page = await pilot.walk(browser, replace(wish, for_whom=None), until="G1")
            pilot.clock.advance(minutes=10)
            page = await walk_on(browser, page, wish, until=last_page)
            pilot.clock.advance(minutes=6)
            page = await walk_on(browser, page, wish)
            assert page.url.startswith(pilot.places.front(GATEWAY))
            is_an_end(pilot, page, "E2")
    assert not any(each.path.startswith("/acs") for each in pilot.wire[before:])


@pytest.mark.clause("R-LOA", "UC-02", "RD-ASR-03")
async def test_a_raised_level_counts_from_its_moment_on_at_digid_too(aging: Pilot) -> None:
    pilot, moment = aging, datetime.fromisoformat("2026-03-10T18:00:00+01:00")
    low: dict[str, Any] = {"level": "midden"}
    assert (await pilot.log_in("F1", "S10", **low))["loa"] == "http://eidas.europa.eu/LoA/low"
    pilot.clock.advance(seconds=(moment - pilot.clock()).total_seconds() - 60)
    async with Browser() as browser:
        page = await pilot.walk(browser, pilot.wish("F1", "S10"), until="S1")
        pilot.clock.advance(minutes=1)
        assert told(await pilot.log_in("F1", "S10", **low)) == TOO_LOW
        # Whoever was on the way when the moment came needs the higher level as well.
        end = await walk_on(browser, page, pilot.wish("F1", "S10", level="midden"))
        assert end.name == "D3.level"
    strong = await pilot.log_in("F1", "S10", level="substantieel")
    assert strong["loa"] == "http://eidas.europa.eu/LoA/substantial"
