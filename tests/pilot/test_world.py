import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from pilot.cast import Parent, Vestiging
from pilot.world import DEMO, SCENARIOS, WORLDS, World, read_world
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Misconfigured
from stelsel.identifiers import KvkNummer, Vestigingsnummer
from stelsel.subjects import Ground, Interest, Period

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)

EXTENDED = 'extends = "scenarios"\n'


def a_world(folder: Path, text: str, *settings: str) -> World:
    file = folder / "world.toml"
    file.write_text(text)
    return read_world(file, now=NOW, settings=settings)


def refused(folder: Path, text: str, *settings: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        a_world(folder, text, *settings)
    return caught.value.why


@pytest.fixture(scope="module")
def scenarios() -> World:
    return read_world(SCENARIOS, now=NOW)


# --- the fixture world of mandates 7, line by line


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


# --- layers


def test_a_row_of_the_same_name_replaces_the_whole_row_where_it_stood(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + '[[person]]\nname = "C4"\nbsn = "999990056"')
    assert world.person("C4").died is None
    assert [row.name for row in world.persons] == [row.name for row in read_world(SCENARIOS, now=NOW).persons]


def test_a_new_row_joins_those_that_were(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + '[[person]]\nname = "K12"\nbsn = "999990329"\nborn = "2014"')
    assert world.person("K12").born == "2014"
    assert len(world.persons) == 23


def test_a_row_can_be_taken_out(tmp_path: Path) -> None:
    world = a_world(tmp_path, EXTENDED + '[[remove]]\ntable = "measure"\nname = "C1"')
    assert [row.name for row in world.measures] == ["C2", "C3", "C4"]


def test_a_row_that_was_taken_out_can_come_back_otherwise(tmp_path: Path) -> None:
    text = '[[remove]]\ntable = "machtiging"\nname = "V2"\n'
    text += '[[machtiging]]\nname = "V2"\nfrom = "V2"\nto = "F1"\nservice = "S1"'
    (row,) = a_world(tmp_path, EXTENDED + text).machtigingen
    assert row.receiver == "F1"


def test_the_clock_of_a_world_can_be_set_anew(tmp_path: Path) -> None:
    world = a_world(tmp_path, "at = 2026-03-11T00:00:00+01:00\n" + EXTENDED)
    assert world.at == datetime(2026, 3, 11, 0, 0, tzinfo=AMSTERDAM)


def test_the_caller_sets_the_clock_over_the_file() -> None:
    assert read_world(SCENARIOS, now=NOW, at=NOW).at == NOW


def test_a_world_can_extend_one_that_extends_another(tmp_path: Path) -> None:
    (tmp_path / "middle.toml").write_text(EXTENDED + '[[remove]]\ntable = "measure"\nname = "C1"')
    world = a_world(tmp_path, 'extends = "middle"\n[[remove]]\ntable = "measure"\nname = "C2"')
    assert [row.name for row in world.measures] == ["C3", "C4"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('extends = "nothing"', "extends: there is no nothing.toml beside this file or on the shelf"),
        ('extends = "world"', "extends: world.toml extends this file in its turn"),
        ("extends = 1", "extends: is no name of a file"),
        (EXTENDED + '[[remove]]\ntable = "measure"\nname = "C9"', "remove[0].name: no measure of that name"),
        (EXTENDED + '[[remove]]\ntable = "measures"\nname = "C1"', "remove[0].table: is none of dv, service"),
        (EXTENDED + '[[remove]]\ntable = "measure"\nwho = "C1"', "remove[0].who: is no key of this table"),
        ('[[remove]]\ntable = "measure"\nname = "C1"', "remove[0].name: no measure of that name"),
        (EXTENDED + "[remove]", "remove: is no list of tables"),
        ("at = 2026-03-10T12:00:00", "at: is an instant without an offset"),
        ("at = 2026-03-10", "at: is no instant"),
        ("fault = 1", "fault: write [fault.SOURCE]"),
        ("[[maatregel]]", "maatregel: is no table or key of this file"),
    ],
)
def test_a_wrong_layer_is_told_with_its_path(tmp_path: Path, text: str, problem: str) -> None:
    assert refused(tmp_path, text).startswith(f"{tmp_path}/world.toml: {problem}")


def test_a_mistake_in_a_row_below_is_told_with_the_file_it_stands_in(tmp_path: Path) -> None:
    text = EXTENDED + '[[remove]]\ntable = "organisation"\nname = "A"'
    assert refused(tmp_path, text) == (
        f"{WORLDS}/scenarios.toml: employees[3].organisation: there is no organisation 'A'"
    )


# --- rows and their defaults


def test_a_person_of_whom_only_the_number_is_given_is_an_adult_with_digid(tmp_path: Path) -> None:
    (person,) = a_world(tmp_path, '[[person]]\nname = "Ad"\nbsn = "999990329"').persons
    assert (person.born, person.died, person.full_name) == ("1980-01-01", None, "Ad")
    assert (person.brp, person.abroad, person.secret, person.curatele_register) == (True, False, False, False)
    assert person.means == {"digid": LevelOfAssurance.HOOG}


def test_a_person_can_have_a_name_that_is_no_handle(tmp_path: Path) -> None:
    text = '[[person]]\nname = "x"\nbsn = "999990329"\ngiven = "Ad"\nprefix = "van"\nfamily = "Dam"'
    assert a_world(tmp_path, text).person("x").full_name == "Ad van Dam"


def test_a_person_can_have_other_means_or_none(tmp_path: Path) -> None:
    text = '[[person]]\nname = "x"\nbsn = "999990329"\nmeans = {digid = "basis", eidas = "hoog"}'
    assert a_world(tmp_path, text).person("x").means == {"digid": 10, "eidas": 30}
    assert a_world(tmp_path, text.split("means")[0] + "means = {}").person("x").means == {}


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("2016-06-07", "2016-06-07"),
        ('"2016-06-07"', "2016-06-07"),
        ('"2014-03"', "2014-03"),
        ('"2014"', "2014"),
        ('"unknown"', ""),
        ('"8 years ago"', "2018-03-10"),
        ('"1 month ago"', "2026-02-10"),
        ('"today"', "2026-03-10"),
    ],
)
def test_a_birth_can_be_incomplete_or_relative(tmp_path: Path, written: str, born: str) -> None:
    text = 'at = 2026-03-10T00:30:00+01:00\n[[person]]\nname = "x"\nbsn = "999990329"\nborn = ' + written
    assert a_world(tmp_path, text).person("x").born == born


def test_a_relative_day_that_the_month_lacks_is_its_last(tmp_path: Path) -> None:
    text = 'at = 2028-02-29T12:00:00+01:00\n[[person]]\nname = "x"\nbsn = "999990329"\nborn = "9 years ago"'
    assert a_world(tmp_path, text).person("x").born == "2019-02-28"


MEASURE = EXTENDED + '[[measure]]\nname = "m"\nperson = "V2"\nkind = "CURATELE"\nfrom = "2 months ago"\n'


def test_a_representative_has_role_period_and_authority_of_the_measure(tmp_path: Path) -> None:
    world = a_world(tmp_path, MEASURE + 'representatives = [{who = "F1"}]')
    (row,) = world.measures[-1].representatives
    assert (row.role, row.authority, row.period) == ("curator", "ZELFSTANDIG", Period(date(2026, 1, 10)))


def test_a_representative_can_be_suspended_once_or_more(tmp_path: Path) -> None:
    once = 'suspended = {from = "yesterday", until = "tomorrow"}'
    twice = "suspended = [{from = 2026-01-01, until = 2026-01-02}, {from = 2026-03-01}]"
    text = MEASURE + f'representatives = [{{who = "F1", {once}}}, {{who = "F2", {twice}}}]'
    first, second = a_world(tmp_path, text).measures[-1].representatives
    assert first.suspensions == (Period(date(2026, 3, 9), date(2026, 3, 11)),)
    assert second.suspensions == (Period(date(2026, 1, 1), date(2026, 1, 2)), Period(date(2026, 3, 1)))


def test_a_parent_without_bsn_need_not_be_in_the_cast(tmp_path: Path) -> None:
    text = '[[gezag]]\nname = "Gijs"\nchild = "Gijs"\ntype = "GezamenlijkOuderlijkGezag"\n'
    text += 'parents = ["Grada", {name = "Onbekend", bsn = false}]'
    gezag = next(row for row in a_world(tmp_path, EXTENDED + text).gezag if row.child == "Gijs")
    assert gezag.parents == (Parent("Grada"), Parent("Onbekend", bsn=False))


@pytest.mark.parametrize(
    ("type_", "holders", "third", "unknown"),
    [
        ("Voogdij", "third = []", (), False),
        ("Voogdij", 'third = ["F1", "F2"]', ("F1", "F2"), False),
        ("GezamenlijkGezag", 'parents = ["M1"]\nthird = "F1"', ("F1",), False),
        ("GezamenlijkGezag", 'parents = ["M1"]\nthird = "unknown"', (), True),
        ("TijdelijkGeenGezag", "", (), False),
        ("GezagNietTeBepalen", 'parents = ["M1"]', (), False),
        ("TweehoofdigOuderlijkGezag", 'parents = ["M1", "F1"]', (), False),
    ],
)
def test_gezag_has_the_holders_of_its_type(
    tmp_path: Path, type_: str, holders: str, third: tuple[str, ...], unknown: bool
) -> None:
    text = EXTENDED + f'[[gezag]]\nname = "Gijs"\nchild = "Gijs"\ntype = "{type_}"\n{holders}'
    gezag = next(row for row in a_world(tmp_path, text).gezag if row.child == "Gijs")
    assert (gezag.third, gezag.third_unknown) == (third, unknown)


def test_an_employee_without_pseudonym_has_one_that_stays(tmp_path: Path, scenarios: World) -> None:
    again = read_world(SCENARIOS, now=NOW)
    assert again.employee("e1").pseudonym == scenarios.employee("e1").pseudonym
    assert scenarios.employee("e1").pseudonym != scenarios.employee("e2").pseudonym
    assert len(scenarios.employee("e1").pseudonym.value) == 64 + 1 + 32


def test_tables_of_later_stages_are_read_now(tmp_path: Path) -> None:
    text = (
        EXTENDED
        + """
[[functionaris]]
name = "director"
organisation = "D"
who = "F1"
kind = "gemachtigde"
authority = "Beperkte volmacht"
limit = 10000
forbidden = ["verkoop"]
suspended = {from = 2026-01-01, until = 2026-02-01}

[[chain]]
name = "D-A"
from = "D"
to = "A"
service = "S6"
loa = "loa3"

[[chain]]
name = "A-a1"
from = "A"
to = "a1"
service = "S6"
state = "INGETROKKEN"
vestiging = "000037178598"

[[machtiging]]
name = "later"
from = "V2"
to = "B1"
service = "S1"
state = "AANGEVRAAGD"
withdrawn = 2026-03-10T11:00:00+01:00
loa = "midden"

[[organisation]]
name = "E"
kvk = "90004760"
rsin = "999990329"
state = "bankrupt"
vestigingen = [{number = "000038509504", closed = true}, {number = "000038509505", closed = 2026-02-01}]

[[employee]]
name = "f1"
organisation = "D"
loa = "loa4"
pseudonym = "abc@def"
authorised = [{for = "S6", loa = "loa3", vestiging = "000037178598", state = "INGETROKKEN"}]
"""
    )
    world = a_world(tmp_path, text)
    (director,) = world.functionarissen
    assert (director.kind, director.authority, director.limit) == ("gemachtigde", "Beperkte volmacht", 10000)
    assert (director.forbidden, director.suspensions) == (("verkoop",), (Period(date(2026, 1, 1), date(2026, 2, 1)),))
    assert [(row.giver, row.receiver, row.state) for row in world.chains] == [
        ("D", "A", "ACTIEF"),
        ("A", "a1", "INGETROKKEN"),
    ]
    assert world.machtigingen[-1].withdrawn == datetime(2026, 3, 10, 11, 0, tzinfo=AMSTERDAM)
    assert [row.closed_from for row in world.organisation("E").vestigingen] == [date.min, date(2026, 2, 1)]
    assert world.organisation("E").state == "bankrupt"
    (authorised,) = world.employee("f1").authorised
    assert (authorised.loa, authorised.state) == (LevelOfAssurance.SUBSTANTIEEL, "INGETROKKEN")
    assert world.employee("f1").pseudonym.value == "abc@def"


def test_a_fault_holds_until_its_instant_or_for_good(tmp_path: Path) -> None:
    text = '[fault.brp]\nmode = "503"\n[fault.rechtspraak]\nmode = "slow"\nms = 900\nuntil = "in 2 minutes"'
    world = a_world(tmp_path, text)
    brp, court = world.fault("brp", NOW), world.fault("rechtspraak", NOW)
    assert brp is not None
    assert court is not None
    assert (brp.mode, brp.until, court.mode, court.ms) == ("503", None, "slow", 900)
    assert world.fault("rechtspraak", NOW + timedelta(minutes=2)) is None
    assert world.fault("kvk", NOW) is None


PERSON = '[[person]]\nname = "x"\nbsn = "999990329"\n'
GEZAG = EXTENDED + '[[gezag]]\nname = "g"\nchild = "Gijs"\ntype = "Voogdij"\n'
MACHTIGING = EXTENDED + '[[machtiging]]\nname = "m"\nfrom = "V1"\nto = "V2"\nservice = "S1"\n'
EMPLOYEE = EXTENDED + '[[employee]]\nname = "x"\norganisation = "B1"\n'
FUNCTIONARIS = EXTENDED + '[[functionaris]]\nname = "x"\norganisation = "D"\nwho = "F1"\nkind = "gemachtigde"\n'
CHAIN = EXTENDED + '[[chain]]\nname = "x"\nfrom = "D"\nto = "A"\nservice = "S6"\n'
ORGANISATION = '[[organisation]]\nname = "x"\nkvk = "90004760"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PERSON.replace("329", "328"), "persons[0].bsn: Bsn fails the 11-test"),
        (PERSON.replace('"999990329"', '"99999"'), "persons[0].bsn: Bsn is malformed"),
        ('[[person]]\nname = "x"', "persons[0].bsn: is missing"),
        (PERSON + PERSON.replace('"x"', '"y"'), "persons[1].bsn: is that of 'x' already"),
        (PERSON + PERSON, "persons[1].name: 'x' is the name of persons[0] already"),
        (PERSON + 'born = "2014-13"', "persons[0].born: is no day, nor '2014'"),
        (PERSON + 'born = "2014-02-30"', "persons[0].born: is no day"),
        (PERSON + 'born = "in 8 years ago"', "persons[0].born: is no day"),
        (PERSON + 'born = "9999 years ago"', "persons[0].born: is no day"),
        (PERSON + "born = 2014", "persons[0].born: is no day"),
        (PERSON + "died = 1979-01-01", "persons[0].died: lies before born"),
        (PERSON + 'means = {digid = "loa5"}', "persons[0].means.digid: 'loa5' is none of basis"),
        (PERSON + 'means = {irma = "hoog"}', "persons[0].means.irma: 'irma' is none of digid, eidas"),
        (PERSON + "brp = 1", "persons[0].brp: is neither true nor false"),
        (PERSON + "dead = true", "persons[0].dead: is no key of this table"),
        (ORGANISATION + 'state = "gone"', "organisations[0].state: 'gone' is none of active, ended, bankrupt"),
        (ORGANISATION.replace("90004760", "9"), "organisations[0].kvk: KvkNummer is malformed"),
        (ORGANISATION + ORGANISATION.replace('"x"', '"y"'), "organisations[1].kvk: is that of 'x' already"),
        (ORGANISATION + 'vestigingen = ["1"]', "organisations[0].vestigingen: is no list of tables"),
        (ORGANISATION + 'vestigingen = [{number = "1"}]', "organisations[0].vestigingen[0].number: Vestigingsnummer"),
        (EMPLOYEE.replace("B1", "B9"), "employees[0].organisation: there is no organisation 'B9'"),
        (EMPLOYEE + 'authorised = [{for = "S9"}]', "employees[0].authorised[0].for: there is no service 'S9'"),
        (EMPLOYEE + "authorised = [{}]", "employees[0].authorised[0].for: is missing"),
        (EMPLOYEE + 'authorised = [{for = "S1", until = 1}]', "employees[0].authorised[0].until: is no key"),
        (
            EMPLOYEE + 'authorised = [{for = "S6", vestiging = "000000000001"}]',
            "employees[0].authorised[0].vestiging: is of no organisation",
        ),
        (EMPLOYEE + 'loa = "loa1"', "employees[0].loa: 'loa1' is none of"),
        (GEZAG.replace("Gijs", "Gijsje"), "gezag[0].child: there is no person 'Gijsje': did you mean Gijs?"),
        (GEZAG.replace("Voogdij", "Gezag"), "gezag[0].type: 'Gezag' is none of GezamenlijkOuderlijkGezag"),
        (GEZAG + 'third = "Gijs"', "gezag[0].child: has authority over itself"),
        (GEZAG + 'third = "nobody"', "gezag[0].third: there is no person 'nobody'"),
        (GEZAG + 'parents = ["M1"]', "gezag[0].parents: has 1, which Voogdij has not"),
        (GEZAG + 'parents = "M1"', "gezag[0].parents: is no list"),
        (GEZAG + "parents = [1]", "gezag[0].parents[0]: is neither a name nor"),
        (GEZAG + 'parents = [{name = "Z"}]', "gezag[0].parents[0]: there is no person 'Z'"),
        (GEZAG.replace("Voogdij", "GezamenlijkGezag") + 'parents = ["M1"]', "gezag[0].third: has 0, which"),
        (MEASURE.replace("CURATELE", "VOOGDIJ"), "measures[0].kind: 'VOOGDIJ' is none of BEWIND, CURATELE"),
        (MEASURE.replace('from = "2 months ago"', ""), "measures[0].from: is missing"),
        (MEASURE + "until = 2020-01-01", "measures[0].until: lies before the day it begins"),
        (MEASURE + 'state = "VOORBIJ"', "measures[0].state: 'VOORBIJ' is none of ACTIEF, OPGEHEVEN, GEEINDIGD"),
        (MEASURE + 'scope = "HUIS"', "measures[0].scope: 'HUIS' is none of"),
        (MEASURE + 'representatives = [{who = "B7"}]', "measures[0].representatives[0].who: there is no person or"),
        (MEASURE + 'representatives = [{who = "B1", role = "voogd"}]', "measures[0].representatives[0].role: 'voogd'"),
        (
            MEASURE + 'representatives = [{who = "B1", suspended = {from = 2026-02-01, until = 2026-01-01}}]',
            "measures[0].representatives[0].suspended.until: lies before the day it begins",
        ),
        (
            MEASURE + 'representatives = [{who = "B1", authority = "SAMEN"}]',
            "measures[0].representatives[0].authority: 'SAMEN' is none of ZELFSTANDIG, GEZAMENLIJK",
        ),
        (MACHTIGING.replace('to = "V2"', 'to = "V1"'), "machtigingen[0].to: is who gave it"),
        (MACHTIGING.replace("S1", "S99"), "machtigingen[0].service: there is no service 'S99'"),
        (MACHTIGING + 'state = "KLAAR"', "machtigingen[0].state: 'KLAAR' is none of AANGEVRAAGD, ACTIEF"),
        (MACHTIGING + "withdrawn = 2026-03-10", "machtigingen[0].withdrawn: is no instant"),
        (
            MACHTIGING + "valid_from = 2026-02-01\nvalid_until = 2026-01-01",
            "machtigingen[0].valid_until: lies before the day it begins",
        ),
        (FUNCTIONARIS, "functionarissen[0].authority: is missing: a gemachtigde has one"),
        (FUNCTIONARIS + 'authority = "Alles"', "functionarissen[0].authority: 'Alles' is none of"),
        (FUNCTIONARIS.replace("gemachtigde", "baas"), "functionarissen[0].kind: 'baas' is none of"),
        (FUNCTIONARIS + 'authority = "Volledige volmacht"\nlimit = -1', "functionarissen[0].limit: is no whole number"),
        (CHAIN.replace('"A"', '"D"'), "chains[0].to: is who gave it"),
        (CHAIN.replace('"A"', '"F1"'), "chains[0].to: there is no organisation or employee 'F1'"),
        (CHAIN + 'state = "GESCHORST"', "chains[0].state: 'GESCHORST' is none of ACTIEF, INGETROKKEN"),
        (CHAIN + 'vestiging = "000000000001"', "chains[0].vestiging: is of no organisation"),
        ('[fault.digid]\nmode = "down"', "fault.digid: 'digid' is none of brp, rechtspraak, kvk, mr, machtigingen"),
        ('[fault.brp]\nmode = "off"', "fault.brp.mode: 'off' is none of down, 503"),
        ("[fault.brp]", "fault.brp.mode: is missing"),
        ('[fault.brp]\nmode = "slow"\nms = "1"', "fault.brp.ms: is no whole number from 0 to 600000"),
        ('[fault.brp]\nmode = "slow"\nuntil = 12:00:00', "fault.brp.until: is no instant"),
    ],
)
def test_a_mistake_is_told_with_its_path_and_without_a_bsn(tmp_path: Path, text: str, problem: str) -> None:
    told = refused(tmp_path, text)
    assert told.startswith(f"{tmp_path}/world.toml: {problem}")
    assert "99999" not in told


def test_a_name_that_two_rows_bear_cannot_be_referred_to(tmp_path: Path) -> None:
    text = MACHTIGING + '[[organisation]]\nname = "V2"\nkvk = "90004760"'
    assert refused(tmp_path, text).endswith("to: 'V2' is the name of a row in person and in organisation")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = PERSON + 'born = "x"\n[fault.brp]\n' + ORGANISATION + 'rsin = "1"'
    assert len(refused(tmp_path, text).splitlines()) == 3


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
