"""Logging in with eIDAS: at a DV that decrypts itself, at one for which the gateway does, and with a BSN as text."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from pilot.browser import Browser
from pilot.clients import OIDC
from pilot.places import BVD, DIGID, EIDAS, GATEWAY, entity_of
from pilot.world import DEMO
from tests.flows.outcomes import NO_REPRESENTATION, NOT_AUTHENTICATED, TOO_LOW, told, who
from tests.flows.pilots import Pilot, start

NOON = "2026-03-10T12:00:00+01:00"
OWN, ON_BEHALF, AS_TEXT = "parkeervergunning", "afspraak", "belastingaanslag"


@pytest.fixture(scope="module")
async def demo(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The world for people, with one who lives abroad and has a BSN, and one who has none."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("eidas"), pilot_keys, base=DEMO, at=NOON)


async def acting(pilot: Pilot, person: str, service: str, **more: Any) -> dict[str, str]:
    """As whom somebody is known to a DV."""
    outcome = await pilot.log_in(person, service, means=EIDAS, **more)
    who(outcome)
    assert outcome["authorities"] == [entity_of(EIDAS).value]
    found: dict[str, str] = outcome["acting"]
    return found


@pytest.mark.clause("TYP-03", "TYP-08", "DV-ATT-14")
async def test_a_dv_decrypts_itself_who_has_a_bsn_and_who_has_none(demo: Pilot) -> None:
    assert await acting(demo, "Marta", OWN) == {"type": "BSN", "value": demo.bsn("Marta")}
    luca = await acting(demo, "Luca", OWN)
    assert luca["type"] == "Pseudonym"
    assert luca == await acting(demo, "Luca", OWN, level="substantieel")


@pytest.mark.clause("DV-ATT-13", "DV-ATT-11", "MD-RS-04")
async def test_a_service_is_told_what_the_catalogue_lets_it_and_nothing_else(demo: Pilot) -> None:
    """By the DV's own key, by one that the gateway holds for it, and at a service that is told nothing."""

    async def facts(person: str, service: str) -> list[tuple[str, str]]:
        outcome = await demo.log_in(person, service, means=EIDAS)
        assert outcome["outcome"] == "success", outcome
        return [(each["type"], each["value"]) for each in outcome["attributes"]]

    assert await facts("Luca", OWN) == [("FirstName", "Luca"), ("FamilyName", "Meridiani")]
    before = len(demo.wire)
    assert await facts("Luca", ON_BEHALF) == [("DateOfBirth", "1992-10-11")]
    gateway = demo.places.host(GATEWAY)
    seen = [each for each in demo.wire[before:] if each.host.removesuffix("/back") == gateway]
    assert seen
    assert not any("1992-10-11" in each.everything for each in seen)
    assert await facts("Marta", AS_TEXT) == []


@pytest.mark.clause("TYP-03", "TYP-07")
async def test_the_gateway_decrypts_on_behalf_of_a_dv_that_has_it_so(demo: Pilot) -> None:
    assert await acting(demo, "Marta", ON_BEHALF) == {"type": "legacy-BSN", "value": demo.bsn("Marta")}
    luca = await acting(demo, "Luca", ON_BEHALF)
    assert luca["type"] == "Pseudo"
    assert luca["value"] != (await acting(demo, "Luca", OWN))["value"]  # somebody else to each DV


@pytest.mark.clause("TYP-03")
async def test_a_service_that_takes_the_bsn_as_text_takes_nobody_without_one(demo: Pilot) -> None:
    assert await acting(demo, "Marta", AS_TEXT) == {"type": "legacy-BSN", "value": demo.bsn("Marta")}
    assert told(await demo.log_in("Luca", AS_TEXT, means=EIDAS)) == NOT_AUTHENTICATED


@pytest.mark.clause("TYP-03", "DV-ATT-10", "BVD-02")
async def test_somebody_abroad_with_a_bsn_acts_for_the_father_whose_bewindvoerder_she_is(demo: Pilot) -> None:
    outcome = await demo.log_in("Marta", OWN, "Henk", means=EIDAS, level="substantieel")
    assert who(outcome) == (demo.bsn("Marta"), demo.bsn("Henk"))
    assert (outcome["acting"]["type"], outcome["represented"]["type"]) == ("BSN", "legacy-BSN")
    assert (outcome["ground"], outcome["role"]) == ("BEWIND", "bewindvoerder")
    offered = await demo.choices("Marta", OWN, means=EIDAS, level="substantieel")
    assert [each["label"] for each in offered["choices"]] == ["Henk Nordahl"]


@pytest.mark.clause("C-08", "RD-ASR-06")
async def test_somebody_without_a_bsn_acts_for_nobody_and_reads_why(demo: Pilot) -> None:
    assert told(await demo.log_in("Luca", OWN, "Henk", means=EIDAS)) == NO_REPRESENTATION
    async with Browser() as browser:
        page = await demo.walk(browser, demo.wish("Luca", OWN, "Henk", means=EIDAS, country="XB"), until="G4")
        assert (page.name, page.status) == ("G4.back", 200)  # this DV asked for somebody else, so nobody goes on alone
        assert page.texts("//main//h1") == ("U kunt dit zo niet voor een ander regelen",)
        assert {button.value for form in page.forms for button in form.buttons} == {"back"}


@pytest.mark.clause("RD-ASR-03", "TYP-08", "TYP-09")
@pytest.mark.parametrize(("level", "uri"), [("midden", "low"), ("hoog", "high")])
async def test_a_level_of_eidas_is_told_by_its_own_name(demo: Pilot, level: str, uri: str) -> None:
    outcome = await demo.log_in("Marta", AS_TEXT if level == "hoog" else OWN, means=EIDAS, level=level)
    assert outcome["loa"] == f"http://eidas.europa.eu/LoA/{uri}"


async def test_a_level_above_that_of_the_means_is_not_reached(demo: Pilot) -> None:
    assert told(await demo.log_in("Luca", OWN, means=EIDAS, level="hoog")) == TOO_LOW


async def test_who_stops_at_the_choice_of_a_country_stops_the_login(demo: Pilot) -> None:
    status, message = told(await demo.log_in("Luca", OWN, means=EIDAS, cancel="ad"))
    assert message == "Authentication cancelled"
    assert status[1] is not None


@pytest.mark.clause("TYP-03")
async def test_digid_tells_a_bsn_as_text_whatever_a_service_takes_of_eidas(demo: Pilot) -> None:
    """So a service gets one type of both, or two where it takes of eIDAS what DigiD has not (docs/divergences.md)."""
    types = {}
    for service in (OWN, AS_TEXT):
        by_digid = await demo.log_in("Anna", service)
        assert by_digid["acting"] == {"type": "legacy-BSN", "value": demo.bsn("Anna")}
        types[service] = {by_digid["acting"]["type"], (await acting(demo, "Marta", service))["type"]}
    assert types == {OWN: {"legacy-BSN", "BSN"}, AS_TEXT: {"legacy-BSN"}}


@pytest.mark.clause("MD-RS-04", "DV-ATT-05")
async def test_the_key_held_for_a_dv_is_told_to_the_ads_of_eidas_alone(demo: Pilot) -> None:
    """Nobody else encrypts for the gateway what is for that DV; but where it has clients, for the tokens."""
    at = demo.clock()
    trusts = {name: demo.network.services[name].assembly.party.trust for name in (GATEWAY, BVD, DIGID, EIDAS)}
    for dv in demo.world.dvs:
        told_to = {name: trust.find(dv.entity_id, at).encryption_keys for name, trust in trusts.items()}
        assert told_to[DIGID] == told_to[BVD]
        assert told_to[DIGID][:1] == told_to[GATEWAY]
        assert len(told_to[DIGID]) == (2 if OIDC in dv.interfaces else 1)
        assert (told_to[EIDAS] != told_to[DIGID]) == dv.decrypted_here


@pytest.mark.clause("R-CHOICE", "M10")
@pytest.mark.parametrize(("service", "client"), [(OWN, "Henk"), (ON_BEHALF, None)])
async def test_gateway_bvd_and_connector_show_nobodys_number(demo: Pilot, service: str, client: str | None) -> None:
    before = len(demo.wire)
    await demo.log_in("Marta", service, client, means=EIDAS, level="substantieel")
    marta = demo.world.person("Marta")
    assert marta.eidas is not None
    numbers = (marta.bsn.value, demo.bsn("Henk"), marta.eidas.identifier)
    hosts = [demo.places.host(name) for name in (GATEWAY, BVD, EIDAS)]
    seen = [each for each in demo.wire[before:] if each.host.removesuffix("/back") in hosts]
    assert len(seen) > 8
    assert not any(number in each.everything for each in seen for number in numbers)
