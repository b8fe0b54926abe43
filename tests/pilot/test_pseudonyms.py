"""As whom an employee is known to each DV: the same there each time, and to no two DVs alike."""

import re
from pathlib import Path

import pytest

from pilot.pseudonyms import pseudonyms_of, specific_pseudonym
from pilot.world import SCENARIOS, World, read_world
from stelsel.identifiers import Oin
from tests.pilot.written_worlds import EXTENDED, NOW, a_world

ONE, TWO = Oin("00000099000000010000"), Oin("00000099000000020000")
EMPLOYED = """
[[organisation]]
name = "X"
full_name = "Test BV X"
kvk = "90004760"
[[employee]]
name = "x1"
organisation = "X"
pseudonym = "abc@def"
"""


@pytest.fixture(scope="module")
def scenarios() -> World:
    return read_world(SCENARIOS, now=NOW)


@pytest.mark.clause("TYP-07")
def test_no_two_dvs_know_an_employee_by_the_same_pseudonym_and_none_knows_the_means_own(scenarios: World) -> None:
    e1, e2 = scenarios.employee("e1"), scenarios.employee("e2")
    told = {specific_pseudonym(scenarios, who, dv) for who in (e1, e2) for dv in (ONE, TWO)}
    assert len(told) == 4
    assert not told & {e1.pseudonym, e2.pseudonym}
    assert all(re.fullmatch(r"[0-9a-f]{64}@[0-9a-f]{32}", each.value) for each in told)
    assert specific_pseudonym(scenarios, e1, ONE) in told


@pytest.mark.clause("TYP-07")
def test_dvs_where_employees_log_in_come_first_in_the_list(scenarios: World) -> None:
    listed = pseudonyms_of(scenarios, scenarios.employee("e1"))
    assert listed.keys() == {dv.name for dv in scenarios.dvs}
    assert next(iter(listed)) == "gemeente"


def test_a_pseudonym_that_the_world_pins_is_told_to_every_dv(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + EMPLOYED)
    assert {each.value for each in pseudonyms_of(world, world.employee("x1")).values()} == {"abc@def"}
