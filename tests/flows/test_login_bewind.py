"""A bewindvoerder through the whole network: scenarios 3, 4, 8, 9, 10, 27 and 30 of mandates 8."""

import pytest

from stelsel import urns
from tests.flows.outcomes import (
    CANCELLED,
    NO_REPRESENTATION,
    NO_RESPONSE,
    TOO_LOW,
    UNSUPPORTED,
    refusal,
    told,
    who,
)
from tests.flows.pilots import Pilot

NOBODYS_SERVICE = "2b1f0c1e-3e7c-4d52-8f5f-6f1f2a3b4c5d"
AD = "urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001"
BVD = "urn:nl-eid-gdi:1.0:BVD:00000099000000003000:entities:9001"


@pytest.mark.clause("UC-01", "UC-03", "R-JOINT", "R-CHOICE", "DV-ASR-16", "BVD-05", "BVD-08", "RD-REQ-05")
@pytest.mark.parametrize("bewindvoerder", ["F1", "F2"])
async def test_each_of_two_bewindvoerders_acts_alone(scenarios: Pilot, bewindvoerder: str) -> None:
    outcome = await scenarios.log_in(bewindvoerder, "S1", "C2")
    assert who(outcome) == (scenarios.bsn(bewindvoerder), scenarios.bsn("C2"))
    assert outcome["ground"] == "BEWIND"
    assert outcome["loa"] == urns.LOA_SUBSTANTIAL
    assert outcome["service"] == scenarios.known.service("S1").uuid
    assert outcome["representation_types"] == ["urn:namens:rt:BEWIND"]
    assert outcome["authorities"] == [AD, BVD]
    assert outcome["session_until"] is None
    assert (outcome["via"], outcome["restrictions"]) == ([], [])


@pytest.mark.clause("R-OUT")
async def test_the_level_that_is_declared_is_the_one_of_the_login(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("F1", "S1", "C2", level="hoog")
    assert outcome["loa"] == urns.LOA_HIGH


@pytest.mark.clause("R-JOINT", "UC-01")
async def test_who_was_appointed_together_does_not_act_alone(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("F3", "S1", "Samen")
    assert refusal(outcome) == (*NO_REPRESENTATION, "JOINT_AUTHORITY_REQUIRED")


@pytest.mark.clause("R-TIME")
@pytest.mark.parametrize(
    ("client", "reason"), [("Voorbij", "EXPIRED"), ("Straks", "NOT_YET_VALID"), ("Even Niet", "SUSPENDED")]
)
async def test_a_bewind_that_does_not_count_today_is_not_offered_beside_one_that_does(
    scenarios: Pilot, client: str, reason: str
) -> None:
    shown = await scenarios.choices("F1", "S1")
    assert ([each["label"] for each in shown["choices"]], shown["notices"]) == (["C2"], [])
    assert refusal(await scenarios.log_in("F1", "S1", client)) == (*NO_REPRESENTATION, reason)


@pytest.mark.clause("R-QUERY", "BVD-09")
async def test_who_has_no_task_at_all_finds_nobody(scenarios: Pilot) -> None:
    assert refusal(await scenarios.log_in("C1", "S1", "C2")) == (*NO_REPRESENTATION, "NO_MANDATE")


@pytest.mark.clause("R-SCOPE")
async def test_bewind_never_opens_care(scenarios: Pilot) -> None:
    assert refusal(await scenarios.log_in("F1", "S4", "C2")) == (*NO_REPRESENTATION, "KIND_NOT_ALLOWED")


@pytest.mark.clause("R-LOA", "R-KLOA", "UC-02", "ERR-02")
@pytest.mark.parametrize("service", ["S1", "S2"])
async def test_bewind_asks_substantieel_even_where_the_service_asks_less(scenarios: Pilot, service: str) -> None:
    outcome = await scenarios.log_in("F1", service, "C2", level="midden")
    assert refusal(outcome) == (*TOO_LOW, "LOA_TOO_LOW")


@pytest.mark.clause("R-LOA", "UC-02")
async def test_a_level_too_low_is_told_without_representation_too(scenarios: Pilot) -> None:
    assert refusal(await scenarios.log_in("F1", "S1", level="midden")) == (*TOO_LOW, "LOA_TOO_LOW")


@pytest.mark.clause("R-SVC")
async def test_a_service_that_nobody_may_be_represented_in_is_open_for_oneself(scenarios: Pilot) -> None:
    refused = await scenarios.log_in("F1", "S7", "C2")
    assert refusal(refused) == (UNSUPPORTED, "SERVICE_NOT_REPRESENTABLE", "SERVICE_NOT_REPRESENTABLE")
    assert who(await scenarios.log_in("F1", "S7")) == (scenarios.bsn("F1"), None)


@pytest.mark.clause("R-SVC", "DV-PRC-01", "BVD-03")
@pytest.mark.parametrize(
    ("dv", "service", "reason"),
    [
        ("gemeente", NOBODYS_SERVICE, "SERVICE_UNKNOWN"),
        ("ziekenhuis", NOBODYS_SERVICE, "SERVICE_UNKNOWN"),
        ("ziekenhuis", "S1", "SERVICE_UNKNOWN"),
        ("gemeente", "S8", "SERVICE_INACTIVE"),
    ],
)
async def test_no_register_is_asked_for_a_service_that_is_not_the_dvs(
    scenarios: Pilot, dv: str, service: str, reason: str
) -> None:
    before = scenarios.calls()
    outcome = await scenarios.log_in("F1", service, "C2", dv=dv)
    assert refusal(outcome) == (UNSUPPORTED, reason, reason)
    assert scenarios.calls() == before


@pytest.mark.clause("ERR-03", "ERR-04", "BVD-07", "DV-ARR-04", "DV-ART-03")
@pytest.mark.parametrize("place", ["means", "ad", "bvd"])
async def test_whoever_stops_is_back_at_the_dv_whatever_the_page(scenarios: Pilot, place: str) -> None:
    outcome = await scenarios.log_in("F1", "S1", "C2", cancel=place, resolve_twice=True)
    assert told(outcome) == CANCELLED
    assert told(outcome["again"]) == NO_RESPONSE


@pytest.mark.clause("ERR-03")
async def test_stopping_before_logging_in_for_oneself_is_told_the_same(scenarios: Pilot) -> None:
    assert told(await scenarios.log_in("F1", "S7", cancel="means")) == CANCELLED


@pytest.mark.clause("DV-ASR-16", "UC-01")
async def test_a_login_for_oneself_says_nothing_of_representation(scenarios: Pilot) -> None:
    before = scenarios.calls()
    outcome = await scenarios.log_in("F1", "S1")
    assert who(outcome) == (scenarios.bsn("F1"), None)
    assert (outcome["representation_types"], outcome["ground"], outcome["role"]) == ([], None, None)
    assert outcome["authorities"] == [AD]
    assert scenarios.calls() == before


@pytest.mark.clause("R-REISSUE", "R-ORACLE")
async def test_the_source_is_asked_once_more_when_the_declaration_is_fetched(scenarios: Pilot) -> None:
    before = len(scenarios.calls())
    asked: list[int] = []
    await scenarios.log_in("F2", "S1", "C2", before_resolve=lambda: asked.append(len(scenarios.calls())))
    assert asked[0] > before
    assert {source for source, _ in scenarios.calls()[asked[0] :]} == {"brp", "rechtspraak"}
