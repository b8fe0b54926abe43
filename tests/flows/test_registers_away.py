"""Registers that do not answer, told as what they are: not as nobody (R-QUERY, scenario 26)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.flows.outcomes import SOURCE_AWAY, refusal, who
from tests.flows.pilots import Pilot, Start, start

ALL_AWAY = ["fault.rechtspraak.mode=503", "fault.brp.mode=503"]


@pytest.fixture(scope="module")
async def silent(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """No register answers."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("silent"), pilot_keys, settings=ALL_AWAY)


@pytest.mark.clause("M7", "R-QUERY", "ERR-07")
async def test_nobody_found_while_all_registers_are_silent_is_not_nobody(silent: Pilot) -> None:
    shown = await silent.choices("M1", "S4")
    assert shown["choices"] == []
    assert "Daarom weten wij niet voor wie u dit mag regelen." in shown["notices"][0]
    before = len(silent.calls())
    outcome = await silent.log_in("M1", "S4", "K11")
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")
    asked = silent.calls()[before:]
    assert {outcome for _, outcome in asked} == {"503"}
    assert sorted({source for source, _ in asked}) == ["brp", "rechtspraak"]
    assert sum(source == "rechtspraak" for source, _ in asked) == 1


@pytest.mark.clause("R-QUERY")
@pytest.mark.parametrize("mode", ["down", "hang", "nonsense"])
async def test_whatever_is_the_matter_with_the_court_is_told_as_silence(start_pilot: Start, mode: str) -> None:
    pilot = await start_pilot(settings=[f"fault.rechtspraak.mode={mode}"])
    outcome = await pilot.log_in("F1", "S1", "C2")
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")


@pytest.mark.clause("M7", "R-QUERY", "R-ACT")
async def test_a_list_from_some_registers_says_which_are_missing(start_pilot: Start) -> None:
    pilot = await start_pilot(
        settings=["fault.rechtspraak.mode=503", "fault.rechtspraak.until=2026-03-10T12:10:00+01:00"]
    )
    shown = await pilot.choices("Josephien", "S4")
    assert sorted(each["label"] for each in shown["choices"]) == ["Janneke Janssen", "Johanna Janssen"]
    assert any("Niet alle registers hebben geantwoord." in notice for notice in shown["notices"])
    pilot.clock.advance(minutes=11)
    assert (await pilot.choices("Josephien", "S4"))["notices"] == []


@pytest.mark.clause("R-QUERY")
async def test_a_slow_register_within_its_deadline_is_waited_for(start_pilot: Start) -> None:
    pilot = await start_pilot(settings=["fault.rechtspraak.mode=slow", "fault.rechtspraak.ms=300"])
    assert who(await pilot.log_in("F1", "S1", "C2"))[1] == pilot.bsn("C2")


async def test_a_login_for_oneself_needs_no_register(silent: Pilot) -> None:
    before = len(silent.calls())
    assert who(await silent.log_in("F1", "S1")) == (silent.bsn("F1"), None)
    assert silent.calls()[before:] == []
