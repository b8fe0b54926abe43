"""Employees who log in with eHerkenning through the whole network: scenarios 5, 25 and 27 of mandates 8, as far as the
makelaar and its machtigingenregister go."""

from typing import Any

import pytest

from pilot.browser import Browser
from pilot.pseudonyms import specific_pseudonym
from stelsel import urns
from tests.flows.outcomes import CANCELLED, NOT_AUTHENTICATED, SOURCE_AWAY, TOO_LOW, refusal
from tests.flows.pilots import Pilot

ONE = "urn:etoegang:HM:00000099000000004100:entities:9001"


def told(outcome: dict[str, Any]) -> tuple[str, dict[str, str], list[dict[str, str]], str]:
    """Who acts, for whom, through whom, on which ground; after every signature was found good."""
    assert outcome["outcome"] == "success", outcome
    assert outcome["signatures"] == {
        "artifact_response": True,
        "assertion": True,
        "advice": [{"issuer": ONE, "ok": True}],
    }
    assert outcome["authorities"] == [ONE]
    assert outcome["acting"]["type"] == "Pseudo"
    return outcome["acting"]["value"], outcome["represented"], outcome["via"], outcome["ground"]


def at(pilot: Pilot, employee: str, dv: str) -> str:
    """The pseudonym of an employee at a DV."""
    world = pilot.world
    return specific_pseudonym(world, world.employee(employee), world.dv(dv).oin).value


def kvk(number: str) -> dict[str, str]:
    return {"type": "KvKnr", "value": number}


@pytest.mark.clause("DV-ATT-13", "TYP-07", "TYP-09", "DV-ASR-14", "DV-ASR-16", "UC-01")
async def test_an_employee_logs_in_for_his_own_organisation(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("e1", "S1", means="eherkenning", level="loa3")
    pseudonym = at(scenarios, "e1", "gemeente")
    assert told(outcome) == (pseudonym, kvk("69599068"), [], "EH_MACHTIGING")
    assert (outcome["loa"], outcome["service"]) == (urns.LOA_SUBSTANTIAL, scenarios.known.service("S1").uuid)
    assert (outcome["restrictions"], outcome["representation_types"]) == ([], [])


@pytest.mark.clause("R-OUT", "TYP-09")
async def test_a_higher_level_is_told_as_it_was(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("d1", "S6", level="loa4")
    assert (outcome["represented"], outcome["loa"]) == (kvk("68750110"), urns.LOA_HIGH)


@pytest.mark.clause("R-RESTR", "DV-ATT-13")
async def test_a_branch_reaches_the_dv_and_does_not_get_lost(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("d2", "S6")
    assert told(outcome)[1:] == (kvk("68750110"), [], "EH_MACHTIGING")
    assert outcome["restrictions"] == [{"type": "Vestigingsnr", "value": "000037178598"}]


@pytest.mark.clause("R-CHAIN", "DV-ATT-13")
@pytest.mark.parametrize("for_whom", [None, "D"])
async def test_an_accountants_employee_acts_through_a_chain(scenarios: Pilot, for_whom: str | None) -> None:
    outcome = await scenarios.log_in("a1", "S6", for_whom)
    assert told(outcome)[1:] == (kvk("68750110"), [kvk("90001354")], "KETEN")


@pytest.mark.clause("R-ACT", "R-CHAIN", "R-KLOA")
@pytest.mark.parametrize(
    ("who", "service", "status", "reason"),
    [
        ("e2", "S1", NOT_AUTHENTICATED, "EMPLOYEE_NOT_AUTHORISED"),
        ("d3", "S6", NOT_AUTHENTICATED, "EMPLOYEE_NOT_AUTHORISED"),
        ("a2", "S6", NOT_AUTHENTICATED, "CHAIN_BROKEN"),
        ("d4", "S6", TOO_LOW, "LOA_TOO_LOW"),
        ("b1", "S1", NOT_AUTHENTICATED, "CHAIN_NOT_ALLOWED"),
    ],
)
async def test_who_has_no_mandate_that_counts_is_not_logged_in(
    scenarios: Pilot, who: str, service: str, status: Any, reason: str
) -> None:
    assert refusal(await scenarios.log_in(who, service)) == (*status, reason)


@pytest.mark.clause("R-LOA", "UC-02")
@pytest.mark.parametrize(("service", "level"), [("S1", "loa2"), ("S2", "loa2plus")])
async def test_a_level_below_the_services_own_for_eherkenning_is_too_low(
    scenarios: Pilot, service: str, level: str
) -> None:
    """S2 takes DigiD midden, and eHerkenning from EH3 on."""
    assert refusal(await scenarios.log_in("e1", service, level=level)) == (*TOO_LOW, "LOA_TOO_LOW")


@pytest.mark.clause("ERR-03")
@pytest.mark.parametrize("where", ["means", "ad", "bvd"])
async def test_who_stops_anywhere_is_told_as_stopped(scenarios: Pilot, where: str) -> None:
    assert refusal(await scenarios.log_in("e1", "S1", cancel=where)) == (*CANCELLED, None)


@pytest.mark.clause("P1", "R-QUERY")
async def test_a_machtigingenregister_that_is_away_is_told_as_away_and_never_as_no_mandate(scenarios: Pilot) -> None:
    scenarios.take_away("mr")
    try:
        async with Browser() as browser:
            wish = scenarios.wish("e1", "S1", means="eherkenning", level="loa3")
            page = await scenarios.walk(browser, wish, until="S4")
            assert (page.name, page.texts("//main//h1")) == ("S4.away", ("Wij kunnen het nu niet nakijken",))
        outcome = await scenarios.log_in("e1", "S1")
    finally:
        scenarios.give_back()
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")


async def test_who_is_not_authorised_reads_whom_to_ask(scenarios: Pilot) -> None:
    shown = await scenarios.choices("e2", "S1")
    assert shown["choices"] == []
    assert shown["notices"][0] == "U mag dit niet namens Test Stichting Bolderbast"
    assert "beheerder van eHerkenning" in shown["notices"][1]


async def test_what_an_employee_can_choose_is_told_as_data(scenarios: Pilot) -> None:
    shown = await scenarios.choices("a1", "S6")
    assert [(each["label"], each["ground"], each["usable"]) for each in shown["choices"]] == [
        ("Test BV Donald", "KETEN", True)
    ]
    assert "Via Test BV A" in shown["choices"][0]["note"]


async def test_people_lists_what_employees_may_do_and_as_whom_dvs_know_them(scenarios: Pilot) -> None:
    people = {each["name"]: each for each in await scenarios.running.get("/people")}
    known = [{"type": "Pseudo", "value": at(scenarios, "d1", dv.name)} for dv in scenarios.world.dvs]
    assert people["d1"]["identifiers"][0] == {"type": "Pseudo", "value": at(scenarios, "d1", "gemeente")}
    assert sorted(each["value"] for each in people["d1"]["identifiers"]) == sorted(each["value"] for each in known)
    assert people["d1"]["means"] == [{"means": "eherkenning", "loa": ["loa2", "loa2plus", "loa3", "loa4"]}]
    assert people["a1"]["may_act_for"] == [
        {
            "name": "D",
            "identifier": kvk("68750110"),
            "service": "S6",
            "dv": "gemeente",
            "ground": "KETEN",
            "means": "eherkenning",
            "loa": "loa3",
        }
    ]
    assert (people["e2"]["may_act_for"], people["d3"]["may_act_for"]) == ([], [])


async def test_a_dv_with_a_makelaar_of_its_own_offers_three(scenarios: Pilot) -> None:
    async with Browser() as browser:
        page = await scenarios.walk(browser, scenarios.wish("e1", "S1", means="eherkenning"), until="G2.suppliers")
        assert page.texts("//main//button[@class='choice']//strong") == (
            "Makelaar Een",
            "Makelaar Twee",
            "Makelaar van Gemeente Waterhoek",
        )
