"""The acceptance scenarios of mandates 8 for parents and courts: asked over HTTP, and decided."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bvd.decide import Decision, Notice, Page, check_before_asking, decide, decide_again
from bvd.query import Sources, ask, ask_again
from pilot.cast import Parent
from pilot.faults import CallLog
from pilot.world import World
from registers.gezag import Gezag
from registers.machtigingen import Machtigingen
from registers.persons import BrpPersons
from registers.rechtspraak import Rechtspraak
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceNotRepresentable,
)
from stelsel.subjects import Ground, Identity, Mandate, Period
from tests.bvd.relations import DIGID
from tests.registers.factories import (
    NEW_BSNS,
    NOON,
    TODAY,
    a_fault,
    a_gezag,
    a_measure,
    a_person,
    a_question,
    an_appointment,
    scenarios,
    served,
    settings_for,
    with_rows,
)

SUBSTANTIEEL = LevelOfAssurance.SUBSTANTIEEL
LATE_ON_MONDAY = datetime(2026, 3, 9, 22, 59, tzinfo=UTC)
NEXT_DAY = NOON + timedelta(days=1)


@asynccontextmanager
async def sources_of(world: World, at: datetime = NOON, calls: CallLog | None = None) -> AsyncIterator[Sources]:
    """Every source of this world, at that moment."""
    async with served(world, calls, at) as (url, http):
        rechtspraak = Rechtspraak(settings_for(url, http))
        yield Sources(
            registers={
                "gezag": Gezag(settings_for(url, http)),
                "machtigingen": Machtigingen(settings_for(url, http)),
                "rechtspraak": rechtspraak,
            },
            persons=BrpPersons(settings_for(url, http)),
            measures=rechtspraak,
        )


def somebody(world: World, name: str, loa: LevelOfAssurance = SUBSTANTIEEL, at: datetime = NOON) -> Identity:
    """That person, by DigiD."""
    return Identity(world.subject(name), loa, DIGID, at)


async def decided(
    world: World,
    acting: str,
    service: str,
    named: str | None = None,
    *,
    at: datetime = NOON,
    loa: LevelOfAssurance = SUBSTANTIEEL,
    calls: CallLog | None = None,
) -> Decision:
    """The decision after the registers were asked."""
    wanted = world.service(service)
    async with sources_of(world, at, calls) as sources:
        offer = await ask(a_question(world, acting, named, at), wanted, sources, 3.0)
    return decide(somebody(world, acting, loa, at), wanted, offer, at)


async def reissued(world: World, chosen: Mandate, acting: str, service: str, at: datetime = NOON) -> Mandate:
    """The mandate as it is declared in `world` at that moment."""
    async with sources_of(world, at) as sources:
        offer = await ask_again(chosen.representation, sources, at, 3.0)
    return decide_again(somebody(world, acting), world.service(service), chosen.representation, offer, at)


def choices(world: World, decision: Decision) -> list[str]:
    """The names of the people who can be chosen."""
    found = [world.find_party(subject) for m in decision.usable if (subject := m.representation.represented.subject)]
    return [member.name for member in found if member is not None]


def reason(decision: Decision) -> Reason:
    """The reason of the whole refusal."""
    assert decision.refusal is not None
    assert isinstance(decision.refusal.failure, NoValidRepresentation)
    return decision.refusal.failure.reason


def page(decision: Decision) -> Page | None:
    """The page of the whole refusal."""
    assert decision.refusal is not None
    return decision.refusal.page


async def test_scenario_3_each_of_two_bewindvoerders_acts_alone() -> None:
    world = scenarios()
    for acting in ("F1", "F2"):
        decision = await decided(world, acting, "S1")
        assert choices(world, decision) == ["C2"]
        assert decision.usable[0].ground is Ground.BEWIND
        assert decision.usable[0].representation.role == "bewindvoerder"
        await reissued(world, decision.usable[0], acting, "S1")


async def test_scenario_4_who_was_appointed_together_does_not_act_alone() -> None:
    world = scenarios("measure.C2.representatives.0.authority=GEZAMENLIJK")
    decision = await decided(world, "F1", "S1", "C2")
    assert decision.usable == ()
    assert reason(decision) is Reason.JOINT_AUTHORITY_REQUIRED


@pytest.mark.clause("M8")
async def test_scenario_8_bewind_needs_substantieel_even_where_the_service_does_not() -> None:
    world = scenarios()
    with pytest.raises(AssuranceTooLow):
        check_before_asking(world.service("S1"), somebody(world, "F1", LevelOfAssurance.MIDDEN), NOON)
    decision = await decided(world, "F1", "S2", loa=LevelOfAssurance.MIDDEN)
    assert decision.refusal is not None
    assert isinstance(decision.refusal.failure, AssuranceTooLow)
    assert page(decision) is None
    assert [row.reason for row in decision.refused] == [Reason.LOA_TOO_LOW]


@pytest.mark.clause("M8")
def test_scenario_9_nobody_is_represented_in_a_service_that_allows_no_ground() -> None:
    world = scenarios()
    with pytest.raises(ServiceNotRepresentable):
        check_before_asking(world.service("S7"), somebody(world, "F1"), NOON)


async def test_scenario_12_children_under_investigation_are_counted_and_not_offered() -> None:
    decision = await decided(scenarios(), "Grada", "S4")
    assert decision.usable == ()
    assert decision.notices.counts == {Notice.RESEARCH: 2}
    assert page(decision) is Page.HIDDEN
    assert reason(decision) is Reason.UNDER_INVESTIGATION


async def test_scenario_12_a_service_may_allow_them() -> None:
    world = scenarios('service.S4.under_investigation="allow"')
    assert sorted(choices(world, await decided(world, "Grada", "S4"))) == ["Gerdien", "Gijs"]


async def test_scenario_13_each_parent_sees_the_children_over_whom_they_hold_gezag() -> None:
    world = scenarios()
    assert sorted(choices(world, await decided(world, "Josephien", "S4"))) == ["Janneke", "Johanna"]
    decision = await decided(world, "Joop", "S4")
    assert choices(world, decision) == ["Janneke"]
    assert decision.usable[0].representation.represented.name == "Janneke Janssen"
    assert decision.usable[0].representation.represented.given_name == "Janneke"


@pytest.mark.clause("M8")
async def test_scenario_14_a_child_is_represented_in_care_until_the_day_it_turns_twelve() -> None:
    world = scenarios()
    decision = await decided(world, "M1", "S4", "K11")
    assert choices(world, decision) == ["K11"]
    assert decision.usable[0].ends_at == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    with pytest.raises(NoValidRepresentation) as refusal:
        await reissued(world, decision.usable[0], "M1", "S4", NEXT_DAY)
    assert refusal.value.reason is Reason.AGE_OUT_OF_RANGE
    later = await decided(world, "M1", "S4", "K11", at=NEXT_DAY)
    assert reason(later) is Reason.AGE_OUT_OF_RANGE
    for at in (NOON, NEXT_DAY):
        assert "K11" in choices(world, await decided(world, "M1", "S5", at=at))


@pytest.mark.clause("M8")
async def test_scenario_15_gezag_is_gone_on_the_eighteenth_birthday() -> None:
    world = scenarios()
    decision = await decided(world, "M1", "S5", "K17")
    assert choices(world, decision) == ["K17"]
    assert decision.usable[0].ends_at == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    later = await decided(world, "M1", "S5", "K17", at=NEXT_DAY)
    assert reason(later) is Reason.NO_MANDATE
    assert page(later) is Page.NAMED
    assert later.refused == ()


async def test_scenario_16_an_incomplete_birth_date_is_never_guessed_in_favour() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2014"),),
        gezag=(a_gezag("K", "EenhoofdigOuderlijkGezag", "V1"),),
    )
    decision = await decided(world, "V1", "S4")
    assert decision.usable == ()
    assert reason(decision) is Reason.AGE_OUT_OF_RANGE


@pytest.mark.parametrize(("day", "usable"), [(date(2026, 2, 28), ["K"]), (date(2026, 3, 1), [])])
async def test_scenario_16_who_was_born_on_a_leap_day_has_the_birthday_on_1_march(day: date, usable: list[str]) -> None:
    world = with_rows(
        scenarios("service.S4.max_age.OUDERLIJK_GEZAG=14"),
        persons=(a_person("K", born="2012-02-29"),),
        gezag=(a_gezag("K", "EenhoofdigOuderlijkGezag", "V1"),),
    )
    at = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
    assert choices(world, await decided(world, "V1", "S4", at=at)) == usable


async def test_scenario_17_a_child_whose_gezag_cannot_be_determined_is_told_of_only_when_named() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01", abroad=True),),
        gezag=(a_gezag("K", "GezagNietTeBepalen", "V1"),),
    )
    named = await decided(world, "V1", "S4", "K")
    assert (reason(named), page(named)) == (Reason.AUTHORITY_UNDETERMINED, Page.NAMED)
    listed = await decided(world, "V1", "S4")
    assert (reason(listed), page(listed)) == (Reason.NO_MANDATE, Page.EMPTY)


@pytest.mark.parametrize("kind", ["TijdelijkGeenGezag", "Voogdij"])
async def test_scenario_18_a_child_over_whom_nobody_has_authority_now(kind: str) -> None:
    world = with_rows(scenarios(), persons=(a_person("K", born="2018-01-01"),), gezag=(a_gezag("K", kind),))
    decision = await decided(world, "V1", "S4", "K")
    assert (reason(decision), page(decision)) == (Reason.NO_AUTHORITY_NOW, Page.NAMED)


async def test_scenario_19_with_an_unknown_other_the_parent_acts_and_nobody_else() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01"),),
        gezag=(a_gezag("K", "GezamenlijkGezag", "V1", third_unknown=True),),
    )
    decision = await decided(world, "V1", "S4")
    assert [mandate.ground for mandate in decision.usable] == [Ground.GEZAMENLIJK_GEZAG]
    assert reason(await decided(world, "V2", "S4", "K")) is Reason.NO_MANDATE


async def test_scenario_20_a_father_without_a_bsn_in_the_relation_is_not_matched_by_name() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01"),),
        gezag=(a_gezag("K", "GezamenlijkOuderlijkGezag", "V1", Parent("V2", bsn=False)),),
    )
    assert reason(await decided(world, "V2", "S4", "K")) is Reason.NO_MANDATE
    assert reason(await decided(world, "V2", "S4")) is Reason.NO_MANDATE
    assert choices(world, await decided(world, "V1", "S4")) == ["K"]


@pytest.mark.parametrize(
    ("measure", "appointment", "expected"),
    [
        ({"period": Period(date(2020, 1, 15), TODAY)}, {}, Reason.EXPIRED),
        ({"state": "OPGEHEVEN"}, {}, Reason.EXPIRED),
        ({"period": Period(TODAY + timedelta(days=1))}, {}, Reason.NOT_YET_VALID),
        ({}, {"period": Period(date(2020, 1, 15), TODAY)}, Reason.EXPIRED),
        ({}, {"suspensions": (Period(date(2026, 3, 1)),)}, Reason.SUSPENDED),
    ],
)
async def test_a_bewind_that_ended_lies_ahead_or_is_suspended_is_not_offered(
    measure: dict[str, Any], appointment: dict[str, Any], expected: Reason
) -> None:
    world = with_rows(scenarios(), measures=(a_measure("C2", an_appointment("F1", **appointment), **measure),))
    decision = await decided(world, "F1", "S1")
    assert (reason(decision), page(decision)) == (expected, Page.EMPTY)
    named = await decided(world, "F1", "S1", "C2")
    assert (reason(named), page(named)) == (expected, Page.NAMED)


async def test_scenario_2_by_digid_a_bewind_that_ends_at_midnight_is_usable_a_minute_before() -> None:
    world = with_rows(
        scenarios(), measures=(a_measure("C3", an_appointment("F1"), period=Period(date(2021, 3, 10), TODAY)),)
    )
    assert "C3" in choices(world, await decided(world, "F1", "S1", at=LATE_ON_MONDAY))
    assert "C3" not in choices(world, await decided(world, "F1", "S1", at=LATE_ON_MONDAY + timedelta(minutes=1)))


@pytest.mark.clause("M8")
async def test_scenario_6_by_digid_the_dead_are_not_represented() -> None:
    world = with_rows(scenarios(), measures=(a_measure("C4", an_appointment("M1")),))
    decision = await decided(world, "M1", "S1")
    assert (reason(decision), page(decision)) == (Reason.REPRESENTED_DECEASED, Page.EMPTY)


async def test_scenario_26_when_every_source_is_down_each_was_asked_and_the_user_reads_so() -> None:
    world, calls = replace(scenarios(), faults=(a_fault("brp", "down"), a_fault("rechtspraak", "down"))), CallLog()
    decision = await decided(world, "F1", "S1", calls=calls)
    assert page(decision) is Page.AWAY
    assert sorted(call["source"] for call in calls.entries()) == ["brp", "machtigingen", "rechtspraak"]


@pytest.mark.clause("M7")
async def test_a_mother_is_offered_her_child_while_the_court_is_silent_and_reads_so() -> None:
    world = replace(scenarios(), faults=(a_fault("rechtspraak", "503"),))
    decision = await decided(world, "Joop", "S4")
    assert choices(world, decision) == ["Janneke"]
    assert decision.silent == ("rechtspraak",)


@pytest.mark.clause("R-ACT")
async def test_curatele_in_the_courts_register_alone_stops_a_parent_too() -> None:
    measure = a_measure("Joop", an_appointment("F1", "curator"), kind=Ground.CURATELE)
    world = with_rows(scenarios(), measures=(measure,))
    for service in ("S4", "S5"):
        decision = await decided(world, "Joop", service)
        assert (reason(decision), page(decision)) == (Reason.REPRESENTATIVE_INCAPABLE, Page.ACTING)
        named = await decided(world, "Joop", service, "Janneke")
        assert page(named) is Page.ACTING


@pytest.mark.clause("M8", "R-ACT")
async def test_curatele_in_the_brp_alone_stops_a_bewindvoerder() -> None:
    world = scenarios("person.F1.curatele_register=true")
    decision = await decided(world, "F1", "S1")
    assert (reason(decision), page(decision)) == (Reason.REPRESENTATIVE_INCAPABLE, Page.ACTING)


@pytest.mark.clause("R-REISSUE")
async def test_what_ended_between_choice_and_issue_is_not_declared() -> None:
    world = scenarios()
    chosen = (await decided(world, "F1", "S1")).usable[0]
    ended = scenarios("measure.C2.state=OPGEHEVEN")
    with pytest.raises(NoValidRepresentation) as refusal:
        await reissued(ended, chosen, "F1", "S1")
    assert refusal.value.reason is Reason.EXPIRED


@pytest.mark.clause("R-REISSUE")
@pytest.mark.parametrize("source", ["brp", "rechtspraak"])
async def test_nothing_is_declared_while_a_source_of_it_is_away(source: str) -> None:
    world = scenarios()
    chosen = (await decided(world, "F1", "S1")).usable[0]
    with pytest.raises(RegisterUnavailable):
        await reissued(replace(world, faults=(a_fault(source, "503"),)), chosen, "F1", "S1")


@pytest.mark.clause("R-REISSUE")
async def test_who_died_between_choice_and_issue_is_not_represented() -> None:
    world = scenarios()
    chosen = (await decided(world, "F1", "S1")).usable[0]
    with pytest.raises(NoValidRepresentation) as refusal:
        await reissued(scenarios("person.C2.died=2026-03-10"), chosen, "F1", "S1")
    assert refusal.value.reason is Reason.REPRESENTED_DECEASED


async def test_a_guardian_acts_for_the_child_and_a_second_shape_says_the_same() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01"), a_person("L", NEW_BSNS[1], born="2019-01-01")),
        gezag=(
            a_gezag("K", "Voogdij", third=("V1", "V2")),
            a_gezag("L", "TweehoofdigOuderlijkGezag", "V1", "V2"),
        ),
    )
    decision = await decided(world, "V1", "S4")
    grounds = {choices(world, decision)[n]: mandate.ground for n, mandate in enumerate(decision.usable)}
    assert grounds == {"K": Ground.VOOGDIJ, "L": Ground.OUDERLIJK_GEZAG}
