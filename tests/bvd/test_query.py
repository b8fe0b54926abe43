"""Asking the registers: side by side, each for itself, within one deadline, and never twice."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bvd.query import Sources, ask, ask_again
from bvd.recent import SECONDS, Recent
from pilot.faults import CallLog
from pilot.world import World
from registers import Register
from registers.gezag import Gezag
from registers.persons import BrpPersons, PersonFacts
from registers.question import Question
from registers.rechtspraak import Rechtspraak
from runtime.sealing import Sealer
from runtime.store import MemoryStore
from stelsel.identifiers import Bsn, Subject
from stelsel.subjects import COURT, PARENTAL, Ground, Party, Period, Representation
from tests.bvd.relations import ANNA, BRAM, CHRIS, FACTS, NOON, a_bewind, a_gezag, bijstand, facts_of, zorgportaal
from tests.bvd.scripted import KnownPeople, Scripted
from tests.conftest import SettableClock
from tests.registers.factories import TODAY, a_fault, a_question, scenarios, served, settings_for


def court(*states: Representation, **changes: Any) -> Scripted:
    return Scripted("rechtspraak", COURT, states, **changes)


def brp(*states: Representation, **changes: Any) -> Scripted:
    return Scripted("gezag", PARENTAL, states, **changes)


def sources(*registers: Register, persons: KnownPeople | None = None, **changes: Any) -> Sources:
    return Sources({register.name: register for register in registers}, persons or KnownPeople(), **changes)


def list_all(at: datetime = NOON) -> Question:
    return Question(acting=ANNA, at=at)


@pytest.mark.clause("R-QUERY")
async def test_only_registers_that_can_state_an_allowed_ground_are_asked() -> None:
    rechtspraak, gezag = court(a_bewind()), brp()
    offer = await ask(list_all(), bijstand(), sources(rechtspraak, gezag), 3.0)
    assert offer.asked == ("rechtspraak",)
    assert gezag.asked == []
    assert [row.represented.subject for row in offer.representations] == [BRAM]


@pytest.mark.clause("R-QUERY")
async def test_registers_are_asked_side_by_side() -> None:
    both = asyncio.Barrier(2)
    offer = await ask(list_all(), zorgportaal(), sources(court(gate=both), brp(gate=both)), 3.0)
    assert offer.silent == {}


@pytest.mark.clause("R-QUERY")
async def test_what_is_late_is_silent_and_what_was_in_time_stays() -> None:
    never = asyncio.Event()
    offer = await ask(list_all(), zorgportaal(), sources(court(gate=never), brp(a_gezag())), 0.05)
    assert set(offer.silent) == {"rechtspraak"}
    assert len(offer.representations) == 1


@pytest.mark.clause("R-QUERY")
async def test_a_failed_source_is_silent_and_asked_once() -> None:
    rechtspraak = court(silent=True)
    offer = await ask(list_all(), bijstand(), sources(rechtspraak), 3.0)
    assert offer.silent == {"rechtspraak": "it is away"}
    assert len(rechtspraak.asked) == 1


async def test_facts_are_asked_of_people_in_relations_that_are_in_force_and_of_nobody_else() -> None:
    people = KnownPeople()
    past = a_bewind(represented=Party(CHRIS), reference="zaak-2", period=Period(None, TODAY))
    offer = await ask(list_all(), bijstand(), sources(court(a_bewind(), past), persons=people), 3.0)
    assert people.asked == [frozenset({ANNA}), frozenset({BRAM})]
    assert len(offer.representations) == 2


@pytest.mark.clause("R-ORACLE", "M4")
@pytest.mark.parametrize("states", [(), (a_bewind(),), (a_bewind(period=Period(None, TODAY)),)])
async def test_who_is_named_is_asked_about_whether_or_not_there_is_a_relation(
    states: tuple[Representation, ...],
) -> None:
    people, rechtspraak = KnownPeople(), court(*states)
    await ask(Question(acting=ANNA, represented=BRAM, at=NOON), bijstand(), sources(rechtspraak, persons=people), 3.0)
    assert people.asked == [frozenset({ANNA, BRAM})]
    assert len(rechtspraak.asked) == 1


async def test_a_silent_brp_is_asked_once() -> None:
    people = KnownPeople(silent=True)
    offer = await ask(list_all(), bijstand(), sources(court(a_bewind()), persons=people), 3.0)
    assert offer.silent == {"persons": "it is away"}
    assert len(people.asked) == 1
    assert offer.facts == {}


@pytest.mark.clause("R-ACT")
async def test_the_court_is_asked_about_who_acts_even_for_a_service_it_states_nothing_for() -> None:
    over = a_bewind(ground=Ground.CURATELE, acting=Party(None), represented=Party(ANNA))
    rechtspraak = court(over, a_bewind())
    offer = await ask(
        list_all(), zorgportaal(grounds=PARENTAL), sources(brp(a_gezag()), rechtspraak, measures=rechtspraak), 3.0
    )
    assert offer.over_acting == (over,)
    assert [row.ground for row in offer.representations] == [Ground.OUDERLIJK_GEZAG]


@pytest.mark.clause("R-ACT")
@pytest.mark.parametrize("named", [None, BRAM])
async def test_the_answer_of_the_court_tells_of_who_acts_too_and_it_is_asked_once(named: Bsn | None) -> None:
    over = a_bewind(ground=Ground.CURATELE, acting=Party(None), represented=Party(ANNA), reference="zaak-2")
    rechtspraak = court(over, a_bewind())
    question = Question(acting=ANNA, represented=named, at=NOON)
    offer = await ask(question, bijstand(), sources(rechtspraak, measures=rechtspraak), 3.0)
    assert offer.over_acting == (over,)
    assert len(rechtspraak.asked) == 1


@pytest.mark.clause("R-CONFLICT")
async def test_measures_over_who_gave_a_mandate_are_asked() -> None:
    mandate = a_bewind(source="machtigingen", ground=Ground.VRIJWILLIG, role=None)
    machtigingen = Scripted("machtigingen", frozenset({Ground.VRIJWILLIG}), (mandate,))
    over = a_bewind(acting=Party(None))
    service = bijstand(grounds=frozenset({Ground.VRIJWILLIG}))
    offer = await ask(list_all(), service, sources(machtigingen, measures=court(over)), 3.0)
    assert offer.over_represented == {BRAM: (over,)}
    away = await ask(list_all(), service, sources(machtigingen, measures=court(silent=True)), 3.0)
    assert away.over_represented == {}
    assert set(away.silent) == {"rechtspraak"}


async def test_what_the_register_does_not_say_of_somebody_comes_from_the_brp() -> None:
    named = facts_of(BRAM, "1980-01-01", name="Bram Bos", family_name="Bos", given_name="Bram", secret=True)
    people = KnownPeople()
    register = court(a_bewind(represented=Party(BRAM)))

    class Knows(KnownPeople):
        async def facts(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, PersonFacts]:
            return {subject: named if subject == BRAM else FACTS[subject] for subject in subjects}

    people = Knows()
    offer = await ask(list_all(), bijstand(), sources(register, persons=people), 3.0)
    assert offer.representations[0].represented == Party(BRAM, "Bram Bos", "Bos", "Bram", "1980-01-01", True)


# --- lists of less than a minute ago


@pytest.fixture
def recent(clock: SettableClock, sealer: Sealer) -> Recent:
    """In a memory store at the test's clock."""
    return Recent(MemoryStore(clock, sealer), b"key")


async def test_a_list_is_reused_for_a_minute_with_the_moment_it_was_got(recent: Recent, clock: SettableClock) -> None:
    rechtspraak = court(a_bewind())
    asked = sources(rechtspraak, recent=recent)
    await ask(list_all(), bijstand(), asked, 3.0)
    clock.advance(seconds=SECONDS - 1)
    offer = await ask(list_all(clock.now), bijstand(), asked, 3.0)
    assert len(rechtspraak.asked) == 1
    assert offer.representations[0].retrieved_at == NOON
    clock.advance(seconds=2)
    await ask(list_all(clock.now), bijstand(), asked, 3.0)
    assert len(rechtspraak.asked) == 2


async def test_a_list_that_people_change_and_then_look_at_is_never_reused(recent: Recent) -> None:
    mandate = a_bewind(source="machtigingen", ground=Ground.VRIJWILLIG, role=None)
    machtigingen = Scripted("machtigingen", frozenset({Ground.VRIJWILLIG}), (mandate,), lists_may_age=False)
    service = bijstand(grounds=frozenset({Ground.VRIJWILLIG}))
    for _ in range(2):
        await ask(list_all(), service, sources(machtigingen, recent=recent), 3.0)
    assert len(machtigingen.asked) == 2


async def test_an_empty_list_is_never_reused(recent: Recent) -> None:
    rechtspraak = court()
    for _ in range(2):
        await ask(list_all(), bijstand(), sources(rechtspraak, recent=recent), 3.0)
    assert len(rechtspraak.asked) == 2


@pytest.mark.clause("M6")
async def test_a_list_is_not_reused_after_midnight(recent: Recent, clock: SettableClock) -> None:
    rechtspraak = court(a_bewind())
    clock.now = datetime.fromisoformat("2026-03-10T23:59:50+01:00")
    await ask(list_all(clock.now), bijstand(), sources(rechtspraak, recent=recent), 3.0)
    clock.advance(seconds=20)
    await ask(list_all(clock.now), bijstand(), sources(rechtspraak, recent=recent), 3.0)
    assert len(rechtspraak.asked) == 2


@pytest.mark.clause("M6")
async def test_a_list_is_reused_for_nobody_else(recent: Recent) -> None:
    rechtspraak = court(a_bewind())
    await ask(list_all(), bijstand(), sources(rechtspraak, recent=recent), 3.0)
    await ask(Question(acting=CHRIS, at=NOON), bijstand(), sources(rechtspraak, recent=recent), 3.0)
    assert len(rechtspraak.asked) == 2


@pytest.mark.clause("R-REISSUE")
async def test_who_is_named_and_what_is_confirmed_is_always_asked_afresh(recent: Recent) -> None:
    rechtspraak = court(a_bewind())
    asked = sources(rechtspraak, recent=recent)
    await ask(list_all(), bijstand(), asked, 3.0)
    await ask(Question(acting=ANNA, represented=BRAM, at=NOON), bijstand(), asked, 3.0)
    offer = await ask_again(a_bewind(), asked, NOON + timedelta(seconds=1), 3.0)
    assert len(rechtspraak.asked) == 3
    assert len(offer.representations) == 1


# --- with the real adapters


async def test_the_real_adapters_answer_as_one_and_each_source_is_asked_once() -> None:
    world, calls = scenarios(), CallLog()
    offer = await _ask_really(world, calls, "F1", "S1")
    assert offer == 1
    assert sorted((call["source"], call["about"]) for call in calls.entries()) == [
        ("brp", "C2"),
        ("brp", "F1"),
        ("rechtspraak", "F1"),
    ]


async def test_a_source_that_hangs_costs_the_deadline_and_no_more() -> None:
    world = replace(scenarios(), faults=(a_fault("rechtspraak", "hang"),))
    started = asyncio.get_running_loop().time()
    assert await _ask_really(world, CallLog(), "Joop", "S4", deadline_seconds=0.5) == 1
    assert asyncio.get_running_loop().time() - started < 2.0


async def _ask_really(world: World, calls: CallLog, acting: str, service: str, deadline_seconds: float = 3.0) -> int:
    """How many relations are stated."""
    async with served(world, calls) as (url, http):
        rechtspraak = Rechtspraak(settings_for(url, http))
        registers: dict[str, Register] = {"gezag": Gezag(settings_for(url, http)), "rechtspraak": rechtspraak}
        asked = Sources(registers, BrpPersons(settings_for(url, http)), rechtspraak)
        offer = await ask(a_question(world, acting), world.service(service), asked, deadline_seconds)
    return len(offer.representations)
