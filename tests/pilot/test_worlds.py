"""The worlds of the pilot, row by row."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from pilot.cast import Parent, Vestiging
from pilot.world import DEMO, SCENARIOS, WORLDS, World, read_world
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import KvkNummer, Vestigingsnummer
from stelsel.subjects import Ground, Interest, Period
from tests.pilot.written_worlds import NOW

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="module")
def scenarios() -> World:
    return read_world(SCENARIOS, now=NOW)


# --- the fixture world of mandates 7, line by line


@pytest.mark.parametrize("file", sorted(WORLDS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_world_of_ours_holds_together(file: Path) -> None:
    """A world that replaces a row of another must keep what the other's services ask of it."""
    assert read_world(file, now=NOW).services


def test_its_clock_is_that_of_the_scenarios(scenarios: World) -> None:
    assert scenarios.at == datetime(2026, 3, 10, 12, 0, tzinfo=AMSTERDAM)


def test_its_dvs_are_a_municipality_and_a_hospital(scenarios: World) -> None:
    assert {dv.name: dv.entity_id.value for dv in scenarios.dvs} == {
        "gemeente": "urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001",
        "ziekenhuis": "urn:nl-eid-gdi:1.0:DV:00000099000000020000:entities:9002",
    }


FINANCIAL = {Ground.CURATELE, Ground.BEWIND, Ground.EH_BEWIND, Ground.VRIJWILLIG}
PARENTS = {Ground.OUDERLIJK_GEZAG, Ground.GEZAMENLIJK_GEZAG, Ground.VOOGDIJ}


@pytest.mark.parametrize(
    ("name", "dv", "minimum", "grounds", "interests", "means", "by_bsn"),
    [
        ("S1", "gemeente", "substantieel", FINANCIAL, {Interest.VERMOGEN}, {"digid", "eherkenning"}, True),
        ("S2", "gemeente", "midden", FINANCIAL, {Interest.VERMOGEN}, {"digid", "eherkenning"}, True),
        (
            "S3",
            "gemeente",
            "substantieel",
            FINANCIAL | {Ground.MENTORSCHAP},
            {Interest.VERMOGEN, Interest.PERSOONLIJK},
            {"digid", "eherkenning"},
            True,
        ),
        (
            "S4",
            "ziekenhuis",
            "substantieel",
            PARENTS | {Ground.CURATELE, Ground.MENTORSCHAP},
            {Interest.ZORG},
            {"digid"},
            True,
        ),
        ("S5", "gemeente", "substantieel", PARENTS, {Interest.PERSOONLIJK}, {"digid", "eherkenning"}, False),
        (
            "S6",
            "gemeente",
            "substantieel",
            {Ground.FUNCTIONARIS, Ground.EH_MACHTIGING, Ground.KETEN},
            {Interest.ORGANISATIE},
            {"digid", "eherkenning"},
            False,
        ),
        ("S7", "gemeente", "midden", set(), set(), {"digid", "eherkenning"}, False),
        ("S8", "gemeente", "substantieel", FINANCIAL, {Interest.VERMOGEN}, {"digid", "eherkenning"}, True),
    ],
)
def test_its_services_ask_what_the_scenarios_say(
    scenarios: World,
    name: str,
    dv: str,
    minimum: str,
    grounds: set[Ground],
    interests: set[Interest],
    means: set[str],
    by_bsn: bool,
) -> None:
    service = scenarios.service(name)
    assert service.provider == scenarios.dv(dv).entity_id
    assert service.minimum.word == minimum
    assert service.grounds == grounds
    assert service.interests == interests
    assert service.means == means
    assert service.by_bsn is by_bsn


def test_its_services_have_uuids_as_rfc_4122_has_them(scenarios: World) -> None:
    uuids = {UUID(service.uuid.value) for service in scenarios.services}
    assert len(uuids) == 8
    assert {uuid.version for uuid in uuids} == {4}


def test_eherkenning_needs_loa3_where_the_scenarios_say_so(scenarios: World) -> None:
    needs = {service.name for service in scenarios.services if service.eherkenning_minimum is not None}
    assert needs == {"S1", "S2", "S3", "S6", "S8"}
    assert scenarios.service("S2").minimum_on(scenarios.at, "eherkenning") is LevelOfAssurance.SUBSTANTIEEL


def test_care_is_for_children_under_12_and_youth_care_until_18(scenarios: World) -> None:
    assert {scenarios.service("S4").age_limit(ground) for ground in PARENTS} == {12}
    assert {scenarios.service("S5").age_limit(ground) for ground in PARENTS} == {18}
    assert scenarios.service("S4").under_investigation == "refuse"


def test_only_the_service_for_organisations_takes_a_chain_and_a_vestiging(scenarios: World) -> None:
    assert {service.name: (service.chain, service.vestiging) for service in scenarios.services if service.chain} == {
        "S6": (1, True)
    }


def test_the_old_service_is_no_longer_active(scenarios: World) -> None:
    inactive = [service.name for service in scenarios.services if not service.is_active(scenarios.at)]
    assert inactive == ["S8"]
    assert scenarios.service("S8").is_active(datetime(2026, 2, 28, 23, 59, tzinfo=AMSTERDAM))
    assert not scenarios.service("S8").is_active(datetime(2026, 3, 1, 0, 0, tzinfo=AMSTERDAM))


@pytest.mark.parametrize(
    ("name", "bsn", "born"),
    [
        ("Grada", "999970148", "1980-01-01"),
        ("Govert", "999970008", "1980-01-01"),
        ("Gerdien", "999970288", "2016-06-07"),
        ("Gijs", "999970331", "2019-12-05"),
        ("Josephien", "999970513", "1980-01-01"),
        ("Joop", "999970501", "1980-01-01"),
        ("Johanna", "999970549", "2020-06-01"),
        ("Janneke", "999970562", "2021-12-01"),
        ("Hillegonda", "999996770", "2009-08-04"),
        ("Hanna", "999997567", "1980-01-01"),
        ("Hendrik", "999997440", "1980-01-01"),
        ("C1", "999990020", "1980-01-01"),
        ("C2", "999990032", "1980-01-01"),
        ("C3", "999990044", "1980-01-01"),
        ("C4", "999990056", "1980-01-01"),
        ("V1", "999990093", "1980-01-01"),
        ("V2", "999990111", "1980-01-01"),
        ("F1", "999990123", "1980-01-01"),
        ("F2", "999990135", "1980-01-01"),
        ("M1", "999990147", "1980-01-01"),
        ("K11", "999990068", "2014-03-11"),
        ("K17", "999990081", "2008-03-11"),
    ],
)
def test_its_people_are_those_of_the_scenarios(scenarios: World, name: str, bsn: str, born: str) -> None:
    person = scenarios.person(name)
    assert person.bsn.value == bsn
    assert person.born == born
    assert person.means == {"digid": LevelOfAssurance.HOOG}
    assert person.died == (date(2026, 3, 5) if name == "C4" else None)
    assert person.brp
    assert name in person.full_name


def test_nobody_else_is_in_it(scenarios: World) -> None:
    assert len(scenarios.persons) == 22


@pytest.mark.parametrize(
    ("child", "type_", "parents", "under_investigation"),
    [
        ("Gerdien", "GezamenlijkOuderlijkGezag", ["Grada", "Govert"], True),
        ("Gijs", "EenhoofdigOuderlijkGezag", ["Grada"], True),
        ("Johanna", "EenhoofdigOuderlijkGezag", ["Josephien"], False),
        ("Janneke", "GezamenlijkOuderlijkGezag", ["Josephien", "Joop"], False),
        ("Hillegonda", "GezamenlijkOuderlijkGezag", ["Hanna", "Hendrik"], False),
        ("K11", "EenhoofdigOuderlijkGezag", ["M1"], False),
        ("K17", "EenhoofdigOuderlijkGezag", ["M1"], False),
    ],
)
def test_its_children_have_the_parents_of_the_scenarios(
    scenarios: World, child: str, type_: str, parents: list[str], under_investigation: bool
) -> None:
    (gezag,) = [row for row in scenarios.gezag if row.child == child]
    assert (gezag.type, gezag.under_investigation) == (type_, under_investigation)
    assert gezag.parents == tuple(Parent(name) for name in parents)


def test_no_other_child_has_gezag_over_it(scenarios: World) -> None:
    assert len(scenarios.gezag) == 7


def test_its_offices_and_companies_are_those_of_the_scenarios(scenarios: World) -> None:
    assert {row.name: row.kvk.value for row in scenarios.organisations} == {
        "B1": "69599068",
        "B2": "90000102",
        "D": "68750110",
        "A": "90001354",
    }
    assert scenarios.organisation("D").vestigingen == (
        Vestiging(Vestigingsnummer("000037178598")),
        Vestiging(Vestigingsnummer("000037178601")),
    )


@pytest.mark.parametrize(
    ("name", "organisation", "authorised"),
    [
        ("e1", "B1", ["bewindvoering", "S1", "S2"]),
        ("e2", "B1", []),
        ("e3", "B2", ["bewindvoering", "S1", "S2"]),
        ("a1", "A", []),
    ],
)
def test_its_employees_are_those_of_the_scenarios(
    scenarios: World, name: str, organisation: str, authorised: list[str]
) -> None:
    employee = scenarios.employee(name)
    assert (employee.organisation, employee.loa) == (organisation, LevelOfAssurance.SUBSTANTIEEL)
    assert [authorisation.target for authorisation in employee.authorised] == authorised


@pytest.mark.parametrize(
    ("person", "period", "representatives"),
    [
        ("C1", Period(date(2020, 1, 15)), ["B1"]),
        ("C2", Period(date(2022, 5, 1)), ["F1", "F2"]),
        ("C3", Period(date(2021, 3, 10), date(2026, 3, 10)), ["B1"]),
        ("C4", Period(date(2019, 1, 1)), ["B1"]),
    ],
)
def test_the_court_register_is_that_of_the_scenarios(
    scenarios: World, person: str, period: Period, representatives: list[str]
) -> None:
    (measure,) = [row for row in scenarios.measures if row.person == person]
    assert (measure.name, measure.kind, measure.state, measure.scope) == (
        person,
        Ground.BEWIND,
        "ACTIEF",
        "ALLE_GOEDEREN",
    )
    assert measure.period == period
    assert [row.who for row in measure.representatives] == representatives
    for row in measure.representatives:
        assert (row.role, row.authority, row.suspensions) == ("bewindvoerder", "ZELFSTANDIG", ())
        assert row.period == Period(period.first)


def test_its_only_voluntary_mandate_is_that_of_v2_to_v1(scenarios: World) -> None:
    (row,) = scenarios.machtigingen
    assert (row.giver, row.receiver, row.service, row.state) == ("V2", "V1", "S2", "ACTIEF")
    assert (row.valid_from, row.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))


def test_registers_hold_nothing_else(scenarios: World) -> None:
    assert len(scenarios.measures) == 4
    assert (scenarios.functionarissen, scenarios.chains, scenarios.faults) == ((), (), ())


# --- the demo world


@pytest.fixture(scope="module")
def demo() -> World:
    return read_world(DEMO, now=NOW)


def clients(world: World, who: str) -> list[str]:
    return [row.person for row in world.measures if any(one.who == who for one in row.representatives)]


def test_the_demo_runs_on_todays_clock(demo: World) -> None:
    assert demo.at == NOW


def test_a_bewindvoerder_has_three_clients_and_an_office_sixty(demo: World) -> None:
    assert clients(demo, "Anna") == ["Bram", "Chris", "Dirkje"]
    assert len(clients(demo, "Rivierland")) == 60
    assert all(row.period.holds(NOW.date()) for row in demo.measures)
    assert demo.employee("Evelien").organisation == "Rivierland"


def test_everybody_under_bewind_is_an_adult(demo: World) -> None:
    assert max(demo.person(row.person).born for row in demo.measures) < "2008"


def test_a_mother_has_children_of_8_and_13_whatever_the_day() -> None:
    for at in (NOW, datetime(2028, 2, 29, 12, 0, tzinfo=UTC)):
        world = read_world(DEMO, now=at)
        born = [world.person(row.child).born for row in world.gezag if Parent("Fatima") in row.parents]
        assert [at.year - int(text[:4]) for text in born] == [8, 13]


def test_of_one_father_gezag_cannot_be_determined(demo: World) -> None:
    (row,) = [row for row in demo.gezag if Parent("Karel") in row.parents]
    assert row.type == "GezagNietTeBepalen"
    assert demo.person(row.child).abroad


def test_a_man_mandated_his_neighbour(demo: World) -> None:
    (row,) = demo.machtigingen
    assert (row.giver, row.receiver) == ("Willem", "Ria")
    assert row.valid_from is not None
    assert row.valid_until is not None
    assert row.valid_from < NOW.date() < row.valid_until


def test_bijstand_is_one_product_with_several_functions(demo: World) -> None:
    prefix = "http://standaarden.overheid.nl/owms/terms/"
    products = [(str(row.upl).removeprefix(prefix), row.action) for row in demo.services if row.upl]
    assert products == [
        ("bijstand", "aanvragen"),
        ("bijstandZst", "aanvragen"),
        ("bijzBijstUitk", "aanvragen"),
        ("bijstand", "inzien"),
        ("bijstand", "inzien"),
    ]
    assert demo.service("zorgportaal").provider == demo.dv("ziekenhuis").entity_id


def test_a_raise_is_announced_in_the_demo(demo: World) -> None:
    raised = demo.service("jaaropgave").raised
    assert raised is not None
    assert raised.at > NOW


def test_the_worlds_share_no_bsn_and_no_service(demo: World, scenarios: World) -> None:
    assert not {row.bsn for row in demo.persons} & {row.bsn for row in scenarios.persons}
    assert not {row.uuid for row in demo.services} & {row.uuid for row in scenarios.services}


# --- looking things up


def test_a_world_finds_people_by_name_and_by_identifier(scenarios: World) -> None:
    assert scenarios.subject("C1") == scenarios.person("C1").bsn
    assert scenarios.subject("B1") == KvkNummer("69599068")
    assert scenarios.subject("e1") == scenarios.employee("e1").pseudonym
    assert scenarios.find_party(KvkNummer("69599068")) == scenarios.organisation("B1")
    assert scenarios.find_party(KvkNummer("12345678")) is None
    assert scenarios.service(scenarios.service("S1").uuid.value).name == "S1"
    with pytest.raises(KeyError):
        scenarios.person("nobody")


def test_a_world_shows_no_bsn(scenarios: World) -> None:
    assert "99999" not in repr(scenarios)
    assert "99997" not in repr(scenarios)
