"""Facts about people from the BRP, over HTTP to its stub and as pure JSON."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pilot.faults import CallLog
from registers.persons import BrpPersons, PersonFacts, read_facts
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, KvkNummer
from tests.registers.factories import (
    NEW_BSNS,
    NOON,
    TODAY,
    a_fault,
    a_person,
    digits_in,
    scenarios,
    served,
    settings_for,
    with_rows,
)

SOMEBODY = Bsn(NEW_BSNS[0])


async def test_the_brp_tells_who_lives_how_old_and_by_which_names() -> None:
    world = with_rows(
        scenarios(),
        persons=(
            a_person("dead", NEW_BSNS[0], died=date(2026, 3, 10)),
            a_person("curandus", NEW_BSNS[1], curatele_register=True),
            a_person("hidden", NEW_BSNS[2], secret=True, born="2014-06"),
            a_person("stranger", NEW_BSNS[3], brp=False),
            a_person("emigrant", NEW_BSNS[4], abroad=True, born=""),
        ),
    )
    names = ("dead", "curandus", "hidden", "stranger", "emigrant", "Gijs")
    async with served(world) as (url, http):
        facts = await BrpPersons(settings_for(url, http)).facts([world.subject(name) for name in names], NOON)
    dead, curandus, hidden, stranger, emigrant, gijs = (facts[world.subject(name)] for name in names)
    assert (dead.known, dead.alive) == (True, False)
    assert (curandus.alive, curandus.under_curatele) == (True, True)
    assert (hidden.secret, hidden.age(TODAY)) == (True, 11)
    assert (stranger.known, stranger.alive, stranger.age(TODAY)) == (False, False, None)
    assert (emigrant.known, emigrant.alive, emigrant.age(TODAY)) == (True, True, None)
    assert (gijs.name, gijs.given_name, gijs.family_name) == ("Gijs de Geus", "Gijs", "Geus")
    assert (gijs.age(TODAY), gijs.under_curatele, gijs.secret) == (6, False, False)


async def test_more_than_twenty_people_are_asked_in_more_than_one_call() -> None:
    world, calls = scenarios(), CallLog()
    many = [person.bsn for person in world.persons] + [Bsn(number) for number in NEW_BSNS]
    async with served(world, calls) as (url, http):
        facts = await BrpPersons(settings_for(url, http)).facts(many, NOON)
    assert set(facts) == set(many)
    assert len(calls.entries()) == -(-len(many) // 20)


async def test_nobody_is_asked_about_when_nobody_has_a_bsn() -> None:
    calls = CallLog()
    async with served(scenarios(), calls) as (url, http):
        assert await BrpPersons(settings_for(url, http)).facts([KvkNummer("69599068")], NOON) == {}
    assert calls.entries() == []


@pytest.mark.parametrize("mode", ["down", "503", "hang", "nonsense", "truncated"])
async def test_a_brp_that_fails_is_unavailable(mode: str) -> None:
    world = scenarios()
    async with served(replace(world, faults=(a_fault("brp", mode),))) as (url, http):
        with pytest.raises(RegisterUnavailable) as refused:
            await BrpPersons(settings_for(url, http, deadline_seconds=0.3)).facts([world.subject("Gijs")], NOON)
    assert refused.value.source == "persons"


def read(**record: Any) -> PersonFacts:
    """The facts in one record."""
    raw = {
        "type": "RaadpleegMetBurgerservicenummer",
        "personen": [{"burgerservicenummer": SOMEBODY.value} | record],
    }
    return read_facts(raw, (SOMEBODY,))[SOMEBODY]


@pytest.mark.parametrize(
    ("code", "known", "alive"), [("O", True, False), ("E", True, True), ("F", False, True), ("W", False, True)]
)
def test_a_suspended_record_says_why(code: str, known: bool, alive: bool) -> None:
    facts = read(opschortingBijhouding={"reden": {"code": code}})
    assert (facts.known, facts.alive) == (known, alive)


def test_whatever_is_left_out_does_not_hold() -> None:
    facts = read()
    assert (facts.known, facts.alive, facts.under_curatele, facts.secret) == (True, True, False, False)
    assert facts.age(TODAY) is None


@pytest.mark.parametrize(
    ("born", "text"),
    [
        ({"type": "Datum", "datum": "2016-06-07"}, "2016-06-07"),
        ({"type": "JaarMaandDatum", "jaar": 2016, "maand": 6}, "2016-06"),
        ({"type": "JaarDatum", "jaar": 2016}, "2016"),
        ({"type": "DatumOnbekend", "onbekend": True}, ""),
    ],
)
def test_each_kind_of_date_is_read(born: dict[str, Any], text: str) -> None:
    assert read(geboorte={"datum": born}).born.text == text


@pytest.mark.parametrize(
    "record",
    [
        {"geboorte": {"datum": {"type": "Datum", "datum": "2016-06"}}},
        {"geboorte": {"datum": {"type": "JaarMaandDatum", "jaar": 2016, "maand": 13}}},
        {"geboorte": {"datum": {"type": "JaarDatum", "jaar": "2016"}}},
        {"geboorte": {"datum": {"type": "JaarDatum", "jaar": True}}},
        {"geboorte": {"datum": {"type": "Lente"}}},
        {"geboorte": []},
        {"naam": {"volledigeNaam": 7}},
        {"naam": {"volledigeNaam": "a\nb"}},
        {"indicatieCurateleRegister": "false"},
        {"opschortingBijhouding": {}},
        {"burgerservicenummer": "999970148"},
    ],
)
def test_nonsense_makes_the_source_unavailable_and_is_told_by_its_path_only(record: dict[str, Any]) -> None:
    with pytest.raises(RegisterUnavailable) as refused:
        read(**record)
    assert "personen[0]" in refused.value.why
    assert not list(digits_in(str(refused.value.facts())))


def test_one_person_twice_in_an_answer_is_refused() -> None:
    record = {"burgerservicenummer": SOMEBODY.value}
    with pytest.raises(RegisterUnavailable):
        read_facts({"type": "RaadpleegMetBurgerservicenummer", "personen": [record, record]}, (SOMEBODY,))


def test_facts_have_no_readable_repr() -> None:
    assert repr(read()) == "PersonFacts(...)"
