"""Parents and children through the whole network: scenarios 12 to 16, 19 and 20 of mandates 8."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from tests.flows.outcomes import CANCELLED, NO_REPRESENTATION, refusal, who
from tests.flows.pilots import Pilot, Start, start
from tests.flows.rows import CHILDREN_BESIDE

CARE = "urn:nl-eid-gdi:1.1:RT:Zorg_Volledig_Gezag_Kind"
ZIEKENHUIS_SAYS = "Vraag Ziekenhuis Lindenhof om hulp."


@pytest.fixture(scope="module")
async def tomorrow(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The same world a day later: K11 is 12 and K17 is 18."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("tomorrow"), pilot_keys, at="2026-03-11T09:00:00+01:00")


@pytest.mark.clause("R-DET", "R-CHOICE")
async def test_children_under_investigation_are_counted_and_not_offered(scenarios: Pilot) -> None:
    shown = await scenarios.choices("Grada", "S4")
    assert shown["choices"] == []
    assert shown["notices"] == [
        f"Van 2 kinderen worden de gegevens over het gezag onderzocht. Online kan het dan niet. {ZIEKENHUIS_SAYS}"
    ]
    for child in ("Gijs", "Gerdien"):
        outcome = await scenarios.log_in("Grada", "S4", child)
        assert refusal(outcome) == (*NO_REPRESENTATION, "UNDER_INVESTIGATION")


@pytest.mark.clause("BVD-05", "R-CHOICE", "R-JOINT")
@pytest.mark.parametrize(
    ("parent", "children"), [("Josephien", ["Janneke Janssen", "Johanna Janssen"]), ("Joop", ["Janneke Janssen"])]
)
async def test_a_parent_sees_the_children_she_has_gezag_over(
    scenarios: Pilot, parent: str, children: list[str]
) -> None:
    shown = await scenarios.choices(parent, "S4")
    assert sorted(each["label"] for each in shown["choices"]) == children
    assert {each["ground"] for each in shown["choices"]} == {"OUDERLIJK_GEZAG"}
    assert all(each["usable"] for each in shown["choices"])
    assert shown["notices"] == []


@pytest.mark.clause("UC-01", "DV-ATT-14", "R-JOINT")
@pytest.mark.parametrize("parent", ["Josephien", "Joop"])
async def test_one_of_two_parents_suffices_and_care_has_its_own_type(scenarios: Pilot, parent: str) -> None:
    outcome = await scenarios.log_in(parent, "S4", "Janneke")
    assert who(outcome) == (scenarios.bsn(parent), scenarios.bsn("Janneke"))
    assert outcome["representation_types"] == [CARE]
    assert outcome["ground"] == "OUDERLIJK_GEZAG"


async def test_a_father_does_not_reach_the_child_that_is_the_mothers_alone(scenarios: Pilot) -> None:
    assert refusal(await scenarios.log_in("Joop", "S4", "Johanna")) == (*NO_REPRESENTATION, "NO_MANDATE")


@pytest.mark.clause("R-AGE", "R-OUT")
async def test_the_day_before_a_child_is_12_its_session_ends_at_midnight(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("M1", "S4", "K11")
    assert who(outcome) == (scenarios.bsn("M1"), scenarios.bsn("K11"))
    assert datetime.fromisoformat(outcome["session_until"]) <= datetime.fromisoformat("2026-03-11T00:00:00+01:00")


@pytest.mark.clause("R-AGE")
async def test_from_12_on_care_is_the_childs_own_and_youth_care_still_the_parents(
    scenarios: Pilot, tomorrow: Pilot
) -> None:
    assert refusal(await tomorrow.log_in("M1", "S4", "K11")) == (*NO_REPRESENTATION, "AGE_OUT_OF_RANGE")
    for pilot in (scenarios, tomorrow):
        outcome = await pilot.log_in("M1", "S5", "K11")
        assert who(outcome) == (pilot.bsn("M1"), pilot.bsn("K11"))
        assert outcome["representation_types"] == ["urn:namens:rt:OUDERLIJK_GEZAG"]


@pytest.mark.clause("R-AGE", "R-OUT")
async def test_gezag_ends_at_18_and_then_nothing_is_told_of_the_child(scenarios: Pilot, tomorrow: Pilot) -> None:
    outcome = await scenarios.log_in("M1", "S5", "K17")
    assert who(outcome) == (scenarios.bsn("M1"), scenarios.bsn("K17"))
    assert datetime.fromisoformat(outcome["session_until"]) <= datetime.fromisoformat("2026-03-11T00:00:00+01:00")
    before = len(tomorrow.wire)
    # K11 is still offered, so leaving the page is stopping.
    assert refusal(await tomorrow.log_in("M1", "S5", "K17")) == (*CANCELLED, "NO_MANDATE")
    read = [each for each in tomorrow.wire[before:] if each.host == "bvd.localhost"]
    assert read
    assert not any(tomorrow.bsn("K17")[-3:] in each.answer.decode() for each in read if "/choose/" in each.path)
    assert not any("K17" in each.answer.decode() for each in read)


@pytest.mark.clause("R-AGE")
async def test_a_child_of_whom_only_the_year_is_known_is_never_guessed_young_enough(scenarios: Pilot) -> None:
    assert refusal(await scenarios.log_in("Moeder", "S4", "Vage")) == (*NO_REPRESENTATION, "AGE_OUT_OF_RANGE")


@pytest.mark.clause("R-AGE")
async def test_a_child_of_29_february_has_its_birthday_on_1_march(start_pilot: Start) -> None:
    pilot = await start_pilot(CHILDREN_BESIDE, at="2026-02-28T12:00:00+01:00")
    outcome = await pilot.log_in("Moeder", "S9", "Schrikkel")
    assert who(outcome) == (pilot.bsn("Moeder"), pilot.bsn("Schrikkel"))
    assert outcome["session_until"] == "2026-02-28T23:00:00Z"
    pilot.clock.advance(days=1)
    assert refusal(await pilot.log_in("Moeder", "S9", "Schrikkel")) == (*CANCELLED, "AGE_OUT_OF_RANGE")


@pytest.mark.clause("R-DET", "R-ORACLE")
@pytest.mark.parametrize(("child", "acting"), [("Wees", "Moeder"), ("Pupil", "Moeder"), ("Pupil", "V1")])
async def test_scenario_18_over_some_children_nobody_has_authority_now(
    scenarios: Pilot, child: str, acting: str
) -> None:
    assert refusal(await scenarios.log_in(acting, "S4", child)) == (*NO_REPRESENTATION, "NO_AUTHORITY_NOW")


@pytest.mark.clause("R-DET")
async def test_beside_an_unknown_third_the_parent_acts_and_nobody_else(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Moeder", "S4", "Derde")
    assert who(outcome) == (scenarios.bsn("Moeder"), scenarios.bsn("Derde"))
    assert outcome["ground"] == "GEZAMENLIJK_GEZAG"
    assert refusal(await scenarios.log_in("F2", "S4", "Derde")) == (*NO_REPRESENTATION, "NO_MANDATE")


@pytest.mark.clause("R-QUERY")
async def test_a_father_whose_number_the_brp_lacks_is_not_found_by_his_name(scenarios: Pilot) -> None:
    outcome = await scenarios.log_in("Vader Zonder", "S4", "Ongekoppeld")
    assert refusal(outcome) == (*NO_REPRESENTATION, "NO_MANDATE")
    assert who(await scenarios.log_in("Moeder", "S4", "Ongekoppeld"))[1] == scenarios.bsn("Ongekoppeld")
