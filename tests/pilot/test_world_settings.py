"""KEY=VALUE laid over a world, and what others read of it."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pilot.world import DEMO, SCENARIOS, WORLDS, World, read_world
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Misconfigured
from stelsel.subjects import Ground, Period
from tests.pilot.written_worlds import NOW, PERSON, a_world

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="module")
def scenarios() -> World:
    return read_world(SCENARIOS, now=NOW)


# --- KEY=VALUE laid over a world


def test_a_setting_changes_one_value_of_a_world() -> None:
    world = read_world(
        SCENARIOS,
        now=NOW,
        settings=[
            "at=2026-03-11T00:00:00+01:00",
            "fault.rechtspraak.mode=down",
            "fault.rechtspraak.until=in 5 minutes",
            "service.S4.under_investigation=allow",
            "service.S4.grounds=['EH_BEWIND']",
            "service.S4.max_age={}",
            "measure.C2.representatives.0.authority=GEZAMENLIJK",
            "person.C4.died=2026-03-06",
            "person.F1.means.digid=midden",
        ],
    )
    assert world.at == datetime(2026, 3, 11, 0, 0, tzinfo=AMSTERDAM)
    (fault,) = world.faults
    assert (fault.source, fault.mode) == ("rechtspraak", "down")
    assert fault.until == world.at + timedelta(minutes=5)
    assert world.service("S4").under_investigation == "allow"
    assert world.service("S4").grounds == {Ground.EH_BEWIND}
    assert [row.authority for row in world.measures[1].representatives] == ["GEZAMENLIJK", "ZELFSTANDIG"]
    assert world.person("C4").died == date(2026, 3, 6)
    assert world.person("F1").means == {"digid": LevelOfAssurance.MIDDEN}


def test_a_setting_finds_a_row_whose_name_has_dots(tmp_path: Path) -> None:
    text = PERSON.replace('"x"', '"J. de Wit jr."') + PERSON.replace('"x"', '"J"').replace("999990329", "999990019")
    assert a_world(tmp_path, text, "person.J. de Wit jr..secret=true").person("J. de Wit jr.").secret


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("at", "--set at: is not KEY=VALUE"),
        ("clock=1", "--set clock: clock is no table"),
        ("services.S1.minimum=hoog", "--set services.S1.minimum: services is no table: did you mean service?"),
        ("service.S99.minimum=hoog", "--set service.S99.minimum: there is no such service"),
        ("service.S1=hoog", "--set service.S1: there is no such service"),
        ("service.S1.=hoog", "--set service.S1.: there is nothing at ''"),
        ("service.S1.name=S0", "--set service.S1.name: a row keeps its name"),
        ("measure.C1.representatives.7.who=F1", "--set measure.C1.representatives.7.who: there is nothing at '7'"),
        ("service.S1.minimum.deep=hoog", "--set service.S1.minimum.deep: there is nothing at 'deep'"),
        ("at=soon", "at: is no instant"),
        ("service.S1.minimum=hoger", "services[0].minimum: 'hoger' is none of"),
        ("fault.brp.ms=5", "fault.brp.mode: is missing"),
    ],
)
def test_a_setting_that_fits_nothing_is_told(setting: str, problem: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_world(SCENARIOS, now=NOW, settings=[setting])
    assert problem in caught.value.why


def test_the_worlds_are_toml_as_others_read_it() -> None:
    for file in (DEMO, SCENARIOS):
        assert tomllib.loads(file.read_text())


def test_the_example_of_the_manual_is_a_world(tmp_path: Path) -> None:
    manual = (WORLDS.parents[1] / "docs" / "world.md").read_text()
    example = manual.split("```toml\n")[1].split("```")[0]
    world = a_world(tmp_path, example)
    assert world.person("Wilma").full_name == "Wilma van Dam"
    (measure,) = [row for row in world.measures if row.person == "C2"]
    assert measure.representatives[0].suspensions == (Period(date(2026, 3, 7), date(2026, 3, 11)),)
    assert world.machtigingen == ()
