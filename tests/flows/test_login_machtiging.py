"""Scenarios 21 to 23 and 29 through the whole network: people who were given a mandate by somebody (mandates 8)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flows.outcomes import NO_REPRESENTATION, SOURCE_AWAY, refusal, who
from tests.flows.pilots import Pilot, Start

BESIDE = """
[[person]]
name = "Gever"
bsn = "999990214"
[[person]]
name = "Nemer"
bsn = "999990226"
[[machtiging]]
name = "nog niet"
from = "V2"
to = "Nemer"
service = "S3"
state = "AANGEVRAAGD"
[[machtiging]]
name = "ingetrokken"
from = "F2"
to = "Nemer"
service = "S2"
withdrawn = 2026-03-10T11:00:00+01:00
[[machtiging]]
name = "onder bewind"
from = "C2"
to = "V1"
service = "S2"
"""


@pytest.fixture
async def pilot(start_pilot: Start) -> Pilot:
    return await start_pilot(BESIDE)


async def step(pilot: Pilot, name: str, **more: str) -> tuple[bool, Any]:
    """One step of Gever and Nemer with S2, as the command takes it."""
    return await pilot.running.mandate({"step": name, "from": "Gever", "to": "Nemer", "service": "S2", **more})


def labels(shown: dict[str, Any]) -> Sequence[str]:
    """Who can be chosen."""
    return [each["label"] for each in shown["choices"] if each["usable"]]


@pytest.mark.clause("R-TIME", "R-SCOPE", "R-CONFLICT", "TYP-06")
async def test_scenario_21_a_mandate_counts_for_its_own_service_only(pilot: Pilot) -> None:
    outcome = await pilot.log_in("V1", "S2", "V2", level="midden")
    assert who(outcome) == (pilot.bsn("V1"), pilot.bsn("V2"))
    assert (outcome["ground"], outcome["representation_types"]) == ("VRIJWILLIG", ["urn:namens:rt:VRIJWILLIG"])
    assert outcome["loa"].endswith("/low")
    assert refusal(await pilot.log_in("V1", "S1", "V2")) == (*NO_REPRESENTATION, "SCOPE_NOT_COVERED")
    assert refusal(await pilot.log_in("Nemer", "S3", "V2")) == (*NO_REPRESENTATION, "NOT_YET_VALID")
    assert labels(await pilot.choices("V1", "S2")) == ["V2"]  # C2 is under bewind, and S2 is about money
    assert refusal(await pilot.log_in("Nemer", "S2", "F2")) == (*NO_REPRESENTATION, "WITHDRAWN")


@pytest.mark.clause("R-TIME", "R-OUT")
async def test_scenario_21_a_mandate_ends_with_its_last_day(start_pilot: Start) -> None:
    pilot = await start_pilot(at="2026-12-31T23:50:00+01:00")
    outcome = await pilot.log_in("V1", "S2", "V2")
    assert who(outcome)[1] == pilot.bsn("V2")
    assert datetime.fromisoformat(outcome["session_until"]) == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    pilot.clock.advance(minutes=10)
    assert refusal(await pilot.log_in("V1", "S2", "V2")) == (*NO_REPRESENTATION, "EXPIRED")


@pytest.mark.clause("R-REISSUE")
async def test_scenarios_22_and_23_a_mandate_is_asked_put_in_force_used_and_withdrawn(pilot: Pilot) -> None:
    asked, told = await step(pilot, "ask")
    assert asked
    assert labels(await pilot.choices("Nemer", "S2")) == []
    assert await step(pilot, "activate", code="22222-22222") == (False, {"refused": ["WRONG_CODE"]})
    assert (await step(pilot, "activate", code=told["code"]))[0]
    assert who(await pilot.log_in("Nemer", "S2", "Gever")) == (pilot.bsn("Nemer"), pilot.bsn("Gever"))
    assert (await step(pilot, "withdraw"))[0]
    assert refusal(await pilot.log_in("Nemer", "S2", "Gever")) == (*NO_REPRESENTATION, "WITHDRAWN")
    assert await step(pilot, "withdraw") == (False, {"refused": ["NO_MANDATE"]})


@pytest.mark.clause("R-REISSUE")
async def test_scenario_22_after_too_many_wrong_codes_the_right_one_is_refused(pilot: Pilot) -> None:
    _, told = await step(pilot, "ask")
    answers = [await step(pilot, "activate", code="22222-22222") for _ in range(6)]
    assert not any(done for done, _ in answers)
    assert not (await step(pilot, "activate", code=told["code"]))[0]
    assert labels(await pilot.choices("Nemer", "S2")) == []


@pytest.mark.clause("R-QUERY", "R-REISSUE")
async def test_a_register_of_mandates_that_is_away_is_told_as_silence(pilot: Pilot) -> None:
    pilot.take_away("machtigingen")
    assert refusal(await pilot.log_in("V1", "S2", "V2")) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")
    pilot.give_back()
    outcome = await pilot.log_in("V1", "S2", "V2", before_resolve=lambda: pilot.take_away("machtigingen"))
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")


@pytest.mark.clause("R-ACT")
async def test_scenario_29_who_is_under_curatele_acts_for_nobody(start_pilot: Start) -> None:
    pilot = await start_pilot(settings=["person.V1.curatele_register=true"])
    assert refusal(await pilot.log_in("V1", "S2", "V2")) == (*NO_REPRESENTATION, "REPRESENTATIVE_INCAPABLE")


async def test_only_a_bvd_that_is_known_may_ask_the_register(pilot: Pilot) -> None:
    gateway = pilot.network.services["gateway"].assembly
    answer = await gateway.http.send(
        "POST",
        pilot.places.back("machtigen") + "/machtigingen/bevragen",
        content=b'{"gemachtigde": {"burgerservicenummer": "999990093"}}',
        headers={"content-type": "application/json"},
        deadline_seconds=5.0,
        max_bytes=10_000,
    )
    assert answer.status == 403
    assert pilot.bsn("V2") not in answer.content.decode()
