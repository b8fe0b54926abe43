"""The world with a DV for each profile: sample DVs on other software log people in, and believe no altered answer."""

import base64
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pilot.browser import Browser, Form, Page
from pilot.places import DIGID, GATEWAY
from pilot.pseudonyms import specific_pseudonym
from pilot.steps import carries_a_message, next_press
from pilot.world import WORLDS
from stelsel import urns
from tests.flows.outcomes import told
from tests.flows.pilots import Pilot, start
from tests.flows.wire import Exchange

PROFILES = WORLDS / "profiles.toml"
NOON = "2026-03-10T12:00:00+01:00"
GENERIC, LEGACY, BROKER = "afvaldienst", "studiefonds", "omgevingsdienst"
FETCHING, LEGACY_BY_POST, BROKER_BY_POST = "sportbedrijf", "bibliotheek", "havendienst"
FOR_EMPLOYEES = """
[[service]]
name = "stagefonds"
dv = "studiefonds"
uuid = "5b0f4a0e-8a4e-4f0b-9c57-2f7c3a1e8202"
title = "Stagefonds"
minimum = "midden"
means = ["eherkenning"]
"""


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world of profiles. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("dialects"), pilot_keys, FOR_EMPLOYEES, base=PROFILES, at=NOON)


def people(outcome: dict[str, Any]) -> tuple[str, str | None]:
    """The numbers of who acts and of who is represented."""
    assert outcome["outcome"] == "success", outcome
    represented = outcome["represented"]
    return outcome["acting"]["value"], represented["value"] if represented else None


def asked_at_gateway(pilot: Pilot, since: int) -> list[Exchange]:
    """The requests for a login that the gateway got."""
    host = pilot.places.host(GATEWAY)
    return [each for each in pilot.wire[since:] if each.host == host and each.path.startswith("/saml/sso")]


@pytest.mark.clause("TYP-03", "TYP-07", "TYP-09")
@pytest.mark.parametrize(
    ("dv", "service", "kind", "loa"),
    [
        (GENERIC, "afvalheffing", "legacy-BSN", "http://eidas.europa.eu/LoA/substantial"),
        (GENERIC, "grofvuil", "legacy-BSN", "http://eID.logius.nl/LoA/basic"),
        (LEGACY, "studiebeurs", "legacy-BSN", "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract"),
        (BROKER, "milieumelding", "BSN", "urn:etoegang:core:assurance-class:loa3"),
        (BROKER, "subsidie", "BSN", "urn:etoegang:core:assurance-class:loa3"),
        (FETCHING, "sportbijdrage", "legacy-BSN", "http://eidas.europa.eu/LoA/substantial"),
        (
            LEGACY_BY_POST,
            "bibliotheekpas",
            "legacy-BSN",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        ),
        (BROKER_BY_POST, "havengeld", "BSN", "urn:etoegang:core:assurance-class:loa3"),
        (BROKER_BY_POST, "ligplaats", "BSN", "urn:etoegang:core:assurance-class:loa2"),
        ("gemeente", "bijstand", "legacy-BSN", "http://eidas.europa.eu/LoA/substantial"),
    ],
)
async def test_somebody_logs_in_at_a_dv_of_each_profile(
    network: Pilot, dv: str, service: str, kind: str, loa: str
) -> None:
    outcome = await network.log_in("Anna", service, dv=dv)
    assert outcome["acting"] == {"type": kind, "value": network.bsn("Anna")}
    assert (outcome["represented"], outcome["loa"]) == (None, loa)
    assert outcome["service"] == network.world.service(service).uuid.value


@pytest.mark.clause("UC-01", "DV-ATT-12")
@pytest.mark.parametrize(
    ("dv", "service"),
    [(GENERIC, "afvalheffing"), (BROKER, "milieumelding"), (FETCHING, "sportbijdrage"), (BROKER_BY_POST, "havengeld")],
)
async def test_a_bewindvoerder_acts_for_her_client_at_a_dv_that_has_a_place_for_him(
    network: Pilot, dv: str, service: str
) -> None:
    outcome = await network.log_in("Anna", service, "Bram", dv=dv)
    assert people(outcome) == (network.bsn("Anna"), network.bsn("Bram"))
    assert (outcome["ground"], outcome["role"]) == ("BEWIND", "bewindvoerder")


@pytest.mark.clause("DV-ATT-13", "TYP-07")
async def test_an_employee_is_told_to_software_of_any_kind_as_text_with_its_type_beside_it(network: Pilot) -> None:
    outcome = await network.log_in("Wessel", "grofvuil", dv=GENERIC, means="eherkenning", level="loa3")
    wessel = network.world.employee("Wessel")
    told = specific_pseudonym(network.world, wessel, network.world.dv(GENERIC).oin)
    assert outcome["acting"] == {"type": "Pseudo", "value": told.value}
    kvk = network.world.organisation("Rivierland").kvk.value
    assert (outcome["represented"], outcome["via"]) == ({"type": "KvKnr", "value": kvk}, [])
    assert (outcome["attributes"], outcome["loa"]) == ([], urns.LOA_SUBSTANTIAL)


@pytest.mark.clause("DV-ATT-13", "TYP-07")
async def test_an_employee_is_told_by_post_as_an_encrypted_id_inside_an_encrypted_assertion(network: Pilot) -> None:
    outcome = await network.log_in("Wessel", "ligplaats", dv=BROKER_BY_POST, means="eherkenning", level="loa3")
    told = specific_pseudonym(network.world, network.world.employee("Wessel"), network.world.dv(BROKER_BY_POST).oin)
    kvk = network.world.organisation("Rivierland").kvk.value
    assert outcome["acting"] == {"type": "Pseudo", "value": told.value}
    assert outcome["represented"] == {"type": "KvKnr", "value": kvk}
    assert outcome["signatures"]["response"] is True


@pytest.mark.clause("DV-ATT-13")
async def test_a_fact_of_eidas_is_told_to_software_of_any_kind_as_text(network: Pilot) -> None:
    outcome = await network.log_in("Marta", "grofvuil", dv=GENERIC, means="eidas", level="midden")
    assert outcome["acting"] == {"type": "legacy-BSN", "value": network.bsn("Marta")}
    assert outcome["attributes"] == [{"type": "FamilyName", "value": "Nordahl"}]


@pytest.mark.clause("DV-PRC-03", "ERR-02")
async def test_a_dv_whose_answers_hold_a_bsn_alone_is_offered_no_means_of_organisations(network: Pilot) -> None:
    outcome = await network.log_in("Wessel", "stagefonds", dv=LEGACY, means="eherkenning", level="loa3")
    assert outcome["status"][1] == urns.STATUS_NO_SUPPORTED_IDP


@pytest.mark.parametrize(("dv", "service"), [(LEGACY, "studiebeurs"), (LEGACY_BY_POST, "bibliotheekpas")])
async def test_nobody_is_represented_at_a_dv_of_digids_own_saml(network: Pilot, dv: str, service: str) -> None:
    outcome = await network.log_in("Anna", service, "Bram", dv=dv)
    assert told(outcome)[1] == "SERVICE_NOT_REPRESENTABLE"


@pytest.mark.clause("GEN-08")
async def test_the_generic_dv_asks_in_a_signed_query_and_leaves_out_its_default_service(network: Pilot) -> None:
    for service, named in (("afvalheffing", False), ("grofvuil", True)):
        before = len(network.wire)
        await network.log_in("Anna", service, dv=GENERIC)
        (asked,) = asked_at_gateway(network, before)
        query = parse_qs(urlsplit(asked.path).query)
        assert (asked.method, query["SigAlg"]) == ("GET", ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"])
        message = _inflated(query["SAMLRequest"][0])
        assert (b"Signature" in message, urns.SERVICE_UUID.encode() in message) == (False, named)


def _inflated(value: str) -> bytes:
    return zlib.decompress(base64.b64decode(value), -15)


@pytest.mark.clause("GEN-20")
@pytest.mark.parametrize(("dv", "service"), [(LEGACY, "studiebeurs"), (FETCHING, "sportbijdrage")])
async def test_the_dv_without_a_tls_certificate_resolves_at_the_front(network: Pilot, dv: str, service: str) -> None:
    before, oin = len(network.wire), network.world.dv(dv).oin.value.encode()
    await network.log_in("Anna", service, dv=dv)
    hosts = {each.host for each in network.wire[before:] if each.path == "/saml/artifact" and oin in each.question}
    assert hosts == {network.places.host(GATEWAY)}


# --- the answer that the browser brings


async def posting(
    pilot: Pilot, browser: Browser, dv: str = GENERIC, service: str = "afvalheffing"
) -> tuple[Page, Form]:
    """The page at the gateway that would post the answer to the DV, with its form."""
    wished = pilot.wish("Anna", service, dv=dv)
    page = await pilot.walk(browser, replace(wished, level="substantieel"), until="S1")
    consumer = f"{pilot.places.front(dv)}/acs"
    while True:
        form = next((each for each in page.forms if each.action == consumer), None)
        if form is not None:
            return page, form
        page = await walk_on_once(browser, page, replace(wished, level="substantieel"))


async def walk_on_once(browser: Browser, page: Page, wish: Any) -> Page:
    """The page after one press."""
    press = next_press(page, wish)
    assert press is not None, page.name
    return await browser.submit(press.form, press.button, press.fill)


@pytest.mark.clause("DV-RSP-08", "DV-VAL-01")
@pytest.mark.parametrize(
    ("dv", "service"),
    [(GENERIC, "afvalheffing"), (LEGACY_BY_POST, "bibliotheekpas"), (BROKER_BY_POST, "havengeld")],
)
async def test_the_posted_answer_is_sealed_and_taken_once_in_the_browser_that_asked(
    network: Pilot, dv: str, service: str
) -> None:
    async with Browser() as browser, Browser() as thief:
        _, form = await posting(network, browser, dv, service)
        message = base64.b64decode(form.fields["SAMLResponse"])
        assert b"EncryptedAssertion" in message
        assert network.bsn("Anna").encode() not in message
        assert (await thief.submit(form)).status == 400
        assert (await browser.submit(form)).name == "D2"
        again = await browser.submit(form)
        assert (again.name, again.status) == ("D3.other", 400)


@pytest.mark.clause("DV-VAL-01", "M1")
@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda message: message.replace(b"status:Success", b"status:Failure", 1), "handtekening Response"),
        (
            lambda message: message[: message.index(b"<ds:Signature")] + _after_signature(message),
            "handtekening Response",
        ),
        (lambda message: message.replace(b"<samlp:Response", b"<samlp:LogoutResponse", 1), "vorm"),
        (lambda message: b"<x>", "vorm"),
        (lambda message: b"<!DOCTYPE x []>" + message[message.index(b"<samlp") :], "vorm"),
    ],
    ids=["status", "unsigned", "another message", "no XML", "DTD"],
)
async def test_a_posted_answer_with_one_thing_altered_logs_nobody_in(network: Pilot, change: Any, check: str) -> None:
    async with Browser() as browser:
        _, form = await posting(network, browser)
        altered = base64.b64encode(change(base64.b64decode(form.fields["SAMLResponse"]))).decode()
        page = await browser.submit(replace(form, fields={**form.fields, "SAMLResponse": altered}))
        outcome = await browser.json("GET", f"{network.places.front(GENERIC)}/result?format=json")
    assert page.name == "D3.other"
    assert (outcome["outcome"], outcome["failed_checks"]) == ("page", [check])


def _after_signature(message: bytes) -> bytes:
    end = b"</ds:Signature>"
    return message[message.index(end) + len(end) :]


async def test_a_dv_that_fetches_its_answers_takes_none_by_post(network: Pilot) -> None:
    async with Browser() as browser:
        page = await browser.post(f"{network.places.front(BROKER)}/acs")
    assert page.status == 405


# --- a login that is shared


def logins_at_digid(pilot: Pilot) -> int:
    """How often somebody pressed a button on DigiD's page."""
    digid = pilot.places.host(DIGID)
    return sum(each.host == digid and each.method == "POST" and "/inloggen/" in each.path for each in pilot.wire)


@pytest.mark.clause("SSO-01", "SSO-02", "UC-03", "R-CHOICE")
@pytest.mark.parametrize(("dv", "service"), [("gemeente", "bijstand"), (GENERIC, "afvalheffing")])
async def test_the_next_client_is_a_new_choice_without_a_new_login(
    network: Pilot, tmp_path: Path, dv: str, service: str
) -> None:
    browser, before = tmp_path / "cookies", logins_at_digid(network)
    for client in ("Bram", "Chris", None):
        outcome = await network.log_in("Anna", service, client, dv=dv, browser=browser)
        assert people(outcome) == (network.bsn("Anna"), network.bsn(client) if client else None)
    assert logins_at_digid(network) - before == 1


@pytest.mark.clause("SSO-03", "SSO-05", "LGO-01", "LGO-02")
@pytest.mark.parametrize(
    ("dv", "service", "method"), [("gemeente", "bijstand", "POST"), (GENERIC, "afvalheffing", "GET")]
)
async def test_a_logout_by_the_binding_of_the_dv_ends_the_login_for_all(
    network: Pilot, dv: str, service: str, method: str
) -> None:
    wish = network.wish("Anna", service, dv=dv)
    async with Browser() as browser:
        page = await network.walk(browser, wish)
        assert page.name == "D2"
        before = len(network.wire)
        page = await browser.post(f"{network.places.front(dv)}/logout")
        while (press := carries_a_message(page)) is not None:
            page = await browser.submit(press.form, press.button)
        gateway, own = network.places.host(GATEWAY), network.places.host(dv)
        heard = [each for each in network.wire[before:] if each.path.startswith(("/saml/slo", "/slo"))]
        assert {(each.host, each.method) for each in heard if each.host == own} == {(own, method)}
        assert (heard[0].host, heard[0].method) == (gateway, method)
        assert (page.name, page.status) == ("D1", 200)
        assert (await network.walk(browser, wish, until="S1")).name.startswith("S1")


@pytest.mark.clause("LGO-02")
async def test_a_logout_answer_that_nobody_signed_is_told_as_such(network: Pilot) -> None:
    async with Browser() as browser:
        page = await browser.open(f"{network.places.front(GENERIC)}/slo?SAMLResponse=eNo%3D&RelayState=x&SigAlg=x")
        assert page.status == 400
        page = await browser.post(f"{network.places.front('gemeente')}/slo")
        assert page.status == 400
