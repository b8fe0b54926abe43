"""Employees of an office who act for its clients, through the whole network: two authorities, and two registers that
are asked again at issue (mandates 2.5; scenarios 1, 2, 5, 6, 7 and 28 of mandates 8)."""

from typing import Any

import pytest

from pilot.pseudonyms import specific_pseudonym
from stelsel import urns
from tests.flows.outcomes import NO_REPRESENTATION, NOT_AUTHENTICATED, SOURCE_AWAY, refusal
from tests.flows.pilots import Pilot

MAKELAAR = "urn:etoegang:HM:00000099000000004100:entities:9001"
BVD = "urn:nl-eid-gdi:1.0:BVD:00000099000000003000:entities:9001"


async def log_in(pilot: Pilot, who: str, service: str, client: str, **more: Any) -> dict[str, Any]:
    """An employee who acts for a client of the office."""
    return await pilot.log_in(who, service, client, **more)


@pytest.mark.clause("BVD-04", "RD-ASR-06", "RD-REQ-07", "DV-ATT-12", "DV-ASR-14", "DV-ASR-16", "R-OUT")
async def test_scenario_1_an_employee_acts_for_a_client_of_the_office(scenarios: Pilot) -> None:
    outcome = await log_in(scenarios, "e1", "S1", "C1")
    assert outcome["outcome"] == "success", outcome
    known = specific_pseudonym(scenarios.world, scenarios.world.employee("e1"), scenarios.world.dv("gemeente").oin)
    assert outcome["acting"] == {"type": "Pseudo", "value": known.value}
    assert outcome["via"] == [{"type": "KvKnr", "value": "69599068"}]
    assert outcome["represented"] == {"type": "legacy-BSN", "value": scenarios.bsn("C1")}
    assert (outcome["ground"], outcome["role"]) == ("EH_BEWIND", "bewindvoerder")
    assert outcome["authorities"] == [MAKELAAR, BVD]
    assert outcome["signatures"]["advice"] == [{"issuer": MAKELAAR, "ok": True}, {"issuer": BVD, "ok": True}]
    assert (outcome["loa"], outcome["service"]) == (urns.LOA_SUBSTANTIAL, scenarios.known.service("S1").uuid)


@pytest.mark.clause("R-REISSUE", "R-QUERY")
async def test_both_registers_are_asked_again_at_issue(scenarios: Pilot) -> None:
    chosen: list[int] = []
    await log_in(scenarios, "e1", "S1", "C1", before_resolve=lambda: chosen.append(len(scenarios.calls())))
    asked = [source for source, _ in scenarios.calls()[chosen[0] :]]
    assert {source: asked.count(source) for source in ("mr", "rechtspraak")} == {"mr": 1, "rechtspraak": 1}
    assert "kvk" in asked


@pytest.mark.clause("R-ACT")
@pytest.mark.parametrize(("who", "client"), [("e2", "C1"), ("e2", "C2")])
async def test_scenario_5_who_has_no_volmacht_is_refused_before_the_court_is_asked(
    scenarios: Pilot, who: str, client: str
) -> None:
    before = len(scenarios.calls())
    outcome = await log_in(scenarios, who, "S1", client)
    assert refusal(outcome) == (*NOT_AUTHENTICATED, "EMPLOYEE_NOT_AUTHORISED")
    assert {source for source, _ in scenarios.calls()[before:]} == {"mr"}


@pytest.mark.clause("R-TIME", "R-REP", "R-ORACLE")
@pytest.mark.parametrize(
    ("who", "client", "reason"),
    [
        ("e1", "C3", "EXPIRED"),
        ("e1", "C4", "REPRESENTED_DECEASED"),
        ("e1", "C2", "NO_MANDATE"),
        ("e3", "C1", "NO_MANDATE"),
    ],
)
async def test_scenarios_2_and_6_who_cannot_be_represented_through_the_office(
    scenarios: Pilot, who: str, client: str, reason: str
) -> None:
    assert refusal(await log_in(scenarios, who, "S1", client)) == (*NO_REPRESENTATION, reason)


@pytest.mark.clause("R-SCOPE")
@pytest.mark.parametrize(("service", "reason"), [("S10", "KIND_NOT_ALLOWED"), ("S11", "SCOPE_NOT_COVERED")])
async def test_scenario_7_bewind_never_opens_care_whatever_the_catalogue_allows(
    scenarios: Pilot, service: str, reason: str
) -> None:
    assert refusal(await log_in(scenarios, "e1", service, "C1")) == (*NO_REPRESENTATION, reason)


@pytest.mark.clause("R-REISSUE", "R-ACT")
@pytest.mark.parametrize("source", ["mr", "kvk", "rechtspraak"])
async def test_nothing_is_declared_while_one_of_its_sources_is_away(scenarios: Pilot, source: str) -> None:
    try:
        outcome = await log_in(scenarios, "e1", "S1", "C1", before_resolve=lambda: scenarios.take_away(source))
    finally:
        scenarios.give_back()
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")


async def test_the_clients_of_the_office_are_told_as_data(scenarios: Pilot) -> None:
    shown = await scenarios.choices("e1", "S1")
    assert [(each["label"], each["ground"], each["usable"]) for each in shown["choices"]] == [("C1", "EH_BEWIND", True)]
    assert shown["takes_bsn"]


async def test_what_an_employee_may_do_for_clients_is_listed(scenarios: Pilot) -> None:
    people = {each["name"]: each for each in await scenarios.running.get("/people")}
    mine = {(each["name"], each["service"], each["ground"], each["loa"]) for each in people["e1"]["may_act_for"]}
    assert ("C1", "S1", "EH_BEWIND", "loa3") in mine
    assert people["e2"]["may_act_for"] == []
