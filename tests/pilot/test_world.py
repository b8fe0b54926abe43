"""World files: layers, rows and their defaults, and how mistakes are told."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pilot.cast import Abroad, Parent
from pilot.world import SCENARIOS, WORLDS, World, read_world
from stelsel.assurance import LevelOfAssurance
from stelsel.subjects import Period
from tests.pilot.written_worlds import EXTENDED, NOW, PERSON, a_world, refused

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture(scope="module")
def scenarios() -> World:
    return read_world(SCENARIOS, now=NOW)


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


def test_somebody_with_a_bsn_can_be_known_abroad_too_by_that_countrys_own_number(tmp_path: Path) -> None:
    text = '[[person]]\nname = "x"\nbsn = "999990329"\nabroad = true\nmeans = {eidas = "hoog"}\n'
    assert a_world(tmp_path, text + 'eidas = {country = "XB", identifier = "7"}').person("x").eidas == Abroad(
        "XB", "XB/NL/7"
    )
    by_default = a_world(tmp_path, text).person("x").eidas
    assert by_default is not None
    assert by_default.country == "XA"
    assert a_world(tmp_path, text).person("x").eidas == by_default


def test_somebody_without_a_bsn_is_known_by_his_own_country_alone(tmp_path: Path) -> None:
    text = '[[person]]\nname = "x"\ngiven = "Luca"\nfamily = "Rossi"\neidas = {country = "XB", identifier = "7"}'
    world = a_world(tmp_path, text)
    (luca,) = world.visitors
    assert (luca.full_name, luca.level, luca.eidas.identifier) == ("Luca Rossi", LevelOfAssurance.HOOG, "XB/NL/7")
    assert luca in world.members
    assert "x" not in {person.name for person in world.persons}


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


GEZAG = EXTENDED + '[[gezag]]\nname = "g"\nchild = "Gijs"\ntype = "Voogdij"\n'
MACHTIGING = EXTENDED + '[[machtiging]]\nname = "m"\nfrom = "V1"\nto = "V2"\nservice = "S1"\n'
FOREIGNER = '[[person]]\nname = "x"\n'
ABROAD = FOREIGNER + 'eidas = {country = "XA"}\n'
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
        (PERSON + 'eidas = {country = "XA"}', "persons[0].eidas: is given, and means has no eidas"),
        (FOREIGNER + 'eidas = {country = "NL"}', "persons[0].eidas.country: 'NL' is none of XA, XB"),
        (FOREIGNER + 'eidas = {country = "XA", identifier = "a b"}', "persons[0].eidas.identifier: is not 1 to 200"),
        (FOREIGNER + 'eidas = {country = "XA", number = "1"}', "persons[0].eidas.number: is no key of this table"),
        (ABROAD + 'means = {digid = "hoog"}', "persons[0].means: has eidas alone"),
        (ABROAD + "brp = true", "persons[0].abroad: is so of somebody without a BSN"),
        (ABROAD + "secret = true", "persons[0].secret: is no key of this table"),
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
