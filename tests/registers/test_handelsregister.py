"""KvK's own rule for who may act for an organisation (mandates 2.4), and which organisations are active."""

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pilot.world import World
from registers.handelsregister import Handelsregister
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import KvkNummer
from stelsel.subjects import Joint, Period, Representation, State
from tests.registers.factories import (
    NOON,
    a_functionaris,
    a_question,
    digits_in,
    scenarios,
    served,
    settings_for,
    with_rows,
)

D = KvkNummer("68750110")
OK, UNSETTLED = State.ACTIVE, State.UNDETERMINED
RAW = {
    "natuurlijkPersoon": {"burgerservicenummer": "999990093"},
    "inschrijvingen": [
        {
            "kvkNummer": "68750110",
            "basisprofiel": {"kvkNummer": "68750110", "materieleRegistratie": {"datumAanvang": "20000101"}},
            "functionarissen": {
                "kvkNummer": "68750110",
                "bestuursfuncties": [
                    {
                        "natuurlijkPersoon": {"burgerservicenummer": "999990093"},
                        "bevoegdheid": {"soort": "Onbeperkt bevoegd"},
                    }
                ],
            },
        }
    ],
}


async def stated(world: World, who: str = "V1") -> tuple[Representation, ...]:
    """What the Handelsregister states of somebody."""
    question = a_question(world, who)
    async with served(world) as (url, http):
        register = Handelsregister(settings_for(url, http, deadline_seconds=60.0))
        return register.translate(await register.fetch(question), question)


@pytest.mark.clause("R-DET", "R-JOINT")
async def test_each_word_of_kvk_is_read_as_kvk_reads_it() -> None:
    rows: list[tuple[dict[str, Any], State, Joint]] = [
        ({"authority": "Alleen/zelfstandig bevoegd"}, OK, Joint.ALONE),
        ({"authority": "Onbeperkt bevoegd"}, OK, Joint.ALONE),
        ({"authority": "Gezamenlijk bevoegd"}, OK, Joint.JOINT),
        ({"authority": "Beperkt bevoegd"}, UNSETTLED, Joint.ALONE),
        ({"authority": None}, UNSETTLED, Joint.ALONE),
        ({"authority": None, "kind": "eigenaar"}, OK, Joint.ALONE),
        ({"authority": "Alleen/zelfstandig bevoegd", "limit": 10_000}, UNSETTLED, Joint.ALONE),
        ({"authority": "Alleen/zelfstandig bevoegd", "forbidden": ("onroerend goed",)}, UNSETTLED, Joint.ALONE),
        ({"authority": "Volledige volmacht", "kind": "gemachtigde"}, OK, Joint.ALONE),
        ({"authority": "Volledige volmacht", "kind": "gemachtigde", "limit": 1}, UNSETTLED, Joint.ALONE),
        ({"authority": "Beperkte volmacht", "kind": "gevolmachtigde", "limit": 10_000}, UNSETTLED, Joint.ALONE),
        ({"authority": None, "kind": "functionarisBijzondereRechtstoestand"}, UNSETTLED, Joint.ALONE),
        ({"authority": "Onbeperkt bevoegd", "kind": "publiekrechtelijkeFunctionaris"}, OK, Joint.ALONE),
    ]
    named = [a_functionaris("V1", name=f"row {n}", organisation=f"O{n}", **row[0]) for n, row in enumerate(rows)]
    base = scenarios()
    company = next(each for each in base.organisations if each.name == "D")
    companies = tuple(
        replace(company, name=f"O{n}", kvk=KvkNummer(f"{90_100_000 + n}"), vestigingen=()) for n in range(len(rows))
    )
    found = await stated(with_rows(base, organisations=companies, functionarissen=tuple(named)))
    read = {row.represented.subject: (row.state, row.joint) for row in found}
    assert [read[each.kvk] for each in companies] == [(state, joint) for _, state, joint in rows]


async def test_a_suspension_runs_from_its_first_day_until_the_day_it_ended() -> None:
    window = Period(date(2026, 3, 1), date(2026, 4, 1))
    world = with_rows(scenarios(), functionarissen=(a_functionaris("V1", suspensions=(window,)),))
    assert [row.suspensions for row in await stated(world)] == [(window,)]


@pytest.mark.clause("R-ACT")
@pytest.mark.parametrize("state", ["bankrupt", "ended"])
async def test_nobody_acts_for_an_organisation_that_is_no_longer_active(state: str) -> None:
    world = with_rows(scenarios(f"organisation.D.state={state}"), functionarissen=(a_functionaris("V1"),))
    assert [row.state for row in await stated(world)] == [State.INACTIVE]
    async with served(world) as (url, http):
        register = Handelsregister(settings_for(url, http))
        assert not (await register.facts_of(D, NOON)).active
        assert (await register.facts_of(KvkNummer("69599068"), NOON)).active
        assert not (await register.facts_of(KvkNummer("12345678"), NOON)).active


async def test_somebody_of_the_same_name_is_somebody_else() -> None:
    world = with_rows(scenarios(), functionarissen=(a_functionaris("V1"), a_functionaris("V2")))
    assert {row.acting.subject for row in await stated(world)} == {world.subject("V1")}


def _changed(path: str, value: object) -> object:
    """RAW with another value at `path`."""
    raw: Any = copy.deepcopy(RAW)
    *steps, last = path.split(".")
    into = raw
    for step in steps:
        into = into[int(step)] if step.isdecimal() else into[step]
    into[last] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("natuurlijkPersoon.burgerservicenummer", "999990111"),
        ("inschrijvingen.0.kvkNummer", "1"),
        ("inschrijvingen.0.basisprofiel.kvkNummer", "90001354"),
        ("inschrijvingen.0.functionarissen.kvkNummer", "90001354"),
        ("inschrijvingen.0.basisprofiel.materieleRegistratie", {"datumAanvang": "20260230"}),
        ("inschrijvingen.0.basisprofiel.materieleRegistratie", {"datumAanvang": "2026-03-01"}),
        ("inschrijvingen.0.functionarissen.bestuursfuncties", "onzin"),
        ("inschrijvingen.0.functionarissen.bestuursfuncties.0.bevoegdheid", {"soort": "Mag alles"}),
        ("inschrijvingen.0.functionarissen.bestuursfuncties.0.schorsing", {"einde": "20260401"}),
        ("inschrijvingen.0.functionarissen.bestuursfuncties.0.vestigingsnummer", "7"),
        ("inschrijvingen.0.functionarissen.bestuursfuncties.0.natuurlijkPersoon", {"burgerservicenummer": "123456789"}),
    ],
)
async def test_nonsense_is_refused_with_its_path_and_never_with_what_stood_there(path: str, value: object) -> None:
    world = scenarios()
    async with served(world) as (url, http):
        register = Handelsregister(settings_for(url, http))
        question = a_question(world, "V1")
        assert [row.state for row in register.translate(RAW, question)] == [State.ACTIVE]
        with pytest.raises(RegisterUnavailable) as refused:
            register.translate(_changed(path, value), question)
    assert refused.value.why.startswith("nonsense in its answer: ")
    assert not list(digits_in(str(refused.value.facts())))
