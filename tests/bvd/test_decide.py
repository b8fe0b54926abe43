"""What may be chosen, what is told of the rest, and what is decided once more at issue."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bvd.decide import Notice, Page, check_before_asking, decide, decide_again
from catalog.services import Raise
from registers.dates import start_of
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
)
from stelsel.identifiers import KvkNummer
from stelsel.subjects import Ground, Joint, Party, Period, Representation, State
from tests.bvd.relations import (
    ANNA,
    BRAM,
    CHRIS,
    KIND,
    NOON,
    TODAY,
    a_bewind,
    a_curatele,
    a_gezag,
    a_machtiging,
    an_identity,
    an_offer,
    bijstand,
    decided,
    facts_with,
    zorgportaal,
)

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


# --- before any register is asked


@pytest.mark.clause("R-SVC")
def test_a_service_without_grounds_lets_nobody_be_represented() -> None:
    with pytest.raises(ServiceNotRepresentable):
        check_before_asking(bijstand(grounds=frozenset()), an_identity(), NOON)


@pytest.mark.clause("R-SVC")
def test_a_service_that_ended_asks_no_register() -> None:
    with pytest.raises(ServiceInactive):
        check_before_asking(bijstand(window=Period(None, TODAY)), an_identity(), NOON)


@pytest.mark.clause("M8", "R-LOA")
def test_a_means_below_the_service_asks_no_register() -> None:
    with pytest.raises(AssuranceTooLow):
        check_before_asking(bijstand(), an_identity(loa=LevelOfAssurance.MIDDEN), NOON)


@pytest.mark.clause("R-LOA")
def test_an_announced_raise_counts_from_its_instant() -> None:
    service = bijstand(raised=Raise(to=LevelOfAssurance.HOOG, at=start_of(TOMORROW)))
    check_before_asking(service, an_identity(), start_of(TOMORROW) - timedelta(seconds=1))
    with pytest.raises(AssuranceTooLow):
        check_before_asking(service, an_identity(), start_of(TOMORROW))


# --- what is usable


def test_a_bewindvoerder_acts_for_the_client() -> None:
    decision = decided(a_bewind())
    (mandate,) = decision.usable
    assert mandate.representation == a_bewind()
    assert mandate.service == bijstand().uuid
    assert mandate.ground is Ground.BEWIND
    assert mandate.ends_at is None
    assert decision.refusal is None
    assert not decision.notices


@pytest.mark.clause("R-OUT")
def test_the_level_declared_is_the_lowest_of_means_and_mandate() -> None:
    (mandate,) = decided(a_bewind(), loa=LevelOfAssurance.HOOG).usable
    assert mandate.loa is LevelOfAssurance.HOOG
    weaker = a_bewind(loa=LevelOfAssurance.SUBSTANTIEEL)
    (mandate,) = decided(weaker, loa=LevelOfAssurance.HOOG).usable
    assert mandate.loa is LevelOfAssurance.SUBSTANTIEEL


@pytest.mark.clause("R-OUT")
def test_a_mandate_ends_at_midnight_in_amsterdam_of_the_day_it_no_longer_holds() -> None:
    (mandate,) = decided(a_bewind(period=Period(date(2022, 5, 1), date(2026, 7, 1)))).usable
    assert mandate.ends_at == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)


@pytest.mark.clause("R-OUT")
def test_a_mandate_ends_when_a_suspension_begins() -> None:
    suspended = a_bewind(suspensions=(Period(TOMORROW, date(2026, 4, 1)),), period=Period(None, date(2026, 7, 1)))
    (mandate,) = decided(suspended).usable
    assert mandate.ends_at == start_of(TOMORROW)


@pytest.mark.clause("R-OUT")
def test_a_mandate_over_a_child_ends_at_the_age_limit_of_the_service() -> None:
    child = facts_with(KIND, "2014-03-11")
    (mandate,) = decided(a_gezag(), service=zorgportaal(), **child).usable
    assert mandate.ends_at == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)


@pytest.mark.clause("R-OUT")
def test_of_a_birth_date_without_a_day_the_limit_is_reached_when_its_month_begins() -> None:
    (mandate,) = decided(a_gezag(), service=zorgportaal(), **facts_with(KIND, "2014-06")).usable
    assert mandate.ends_at == start_of(date(2026, 6, 1))


@pytest.mark.clause("R-CONFLICT")
def test_the_same_person_on_two_grounds_is_two_choices() -> None:
    decision = decided(a_bewind(), a_curatele())
    assert [mandate.ground for mandate in decision.usable] == [Ground.BEWIND, Ground.CURATELE]


# --- who acts


@pytest.mark.clause("R-ACT")
@pytest.mark.parametrize(
    "facts",
    [
        facts_with(ANNA, alive=False),
        facts_with(ANNA, under_curatele=True),
        facts_with(ANNA, known=False, alive=False),
        facts_with(ANNA, "2010-01-01"),
        facts_with(ANNA, ""),
        {"over_acting": (a_bewind(ground=Ground.CURATELE, acting=Party(None), represented=Party(ANNA)),)},
    ],
)
def test_who_may_not_act_reads_that_and_nothing_of_others(facts: dict[str, Any]) -> None:
    decision = decided(a_gezag(), service=zorgportaal(), **facts)
    assert decision.usable == ()
    assert decision.refused == ()
    assert decision.refusal is not None
    assert decision.refusal.page is Page.ACTING
    assert isinstance(decision.refusal.failure, NoValidRepresentation)
    assert decision.refusal.failure.reason is Reason.REPRESENTATIVE_INCAPABLE


@pytest.mark.clause("R-ACT")
def test_a_minor_may_use_a_voluntary_mandate_and_no_other_ground() -> None:
    young = facts_with(ANNA, "2010-01-01")
    decision = decided(a_machtiging(), a_bewind(), over_represented={BRAM: ()}, **young)
    assert [mandate.ground for mandate in decision.usable] == [Ground.VRIJWILLIG]
    assert [row.reason for row in decision.refused] == [Reason.REPRESENTATIVE_INCAPABLE]


@pytest.mark.clause("R-ACT")
def test_curatele_over_who_acts_that_ended_is_no_hindrance() -> None:
    over = a_bewind(ground=Ground.CURATELE, acting=Party(None), represented=Party(ANNA), period=Period(None, TODAY))
    assert decided(a_bewind(), over_acting=(over,)).usable


@pytest.mark.clause("R-ACT")
def test_an_organisation_of_which_nothing_is_known_may_not_act() -> None:
    office = an_identity(acting=KvkNummer("69599068"))
    decision = decide(office, bijstand(), an_offer(), NOON)
    assert decision.refusal is not None
    assert isinstance(decision.refusal.failure, NoValidRepresentation)
    assert decision.refusal.failure.reason is Reason.ORGANISATION_INACTIVE


@pytest.mark.clause("R-ACT")
def test_when_the_brp_is_silent_nothing_can_be_said() -> None:
    decision = decided(a_bewind(), facts={}, silent={"persons": "late"})
    assert decision.usable == ()
    assert decision.refusal is not None
    assert decision.refusal.page is Page.AWAY


# --- the whole


@pytest.mark.clause("R-QUERY")
def test_somebody_found_while_a_register_is_silent_is_offered_with_that_said() -> None:
    decision = decided(a_gezag(), service=zorgportaal(), silent={"rechtspraak": "late"})
    assert len(decision.usable) == 1
    assert decision.silent == ("rechtspraak",)
    assert decision.refusal is None


@pytest.mark.clause("R-QUERY")
@pytest.mark.parametrize("named", [None, BRAM])
def test_nobody_found_while_a_register_is_silent_is_not_nobody(named: Any) -> None:
    decision = decided(named=named, silent={"rechtspraak": "late"})
    assert decision.refusal is not None
    assert decision.refusal.page is Page.AWAY
    assert isinstance(decision.refusal.failure, RegisterUnavailable)


def test_nobody_found_is_an_empty_list() -> None:
    decision = decided()
    assert decision.refusal is not None
    assert decision.refusal.page is Page.EMPTY
    assert isinstance(decision.refusal.failure, NoValidRepresentation)
    assert decision.refusal.failure.reason is Reason.NO_MANDATE


@pytest.mark.clause("R-ORACLE", "M4")
@pytest.mark.parametrize(
    ("representations", "facts"),
    [
        ((), {}),
        ((a_bewind(period=Period(None, TODAY)),), {}),
        ((a_bewind(suspensions=(Period(TODAY),)),), {}),
        ((a_bewind(),), facts_with(BRAM, alive=False)),
        ((a_bewind(acting=Party(CHRIS)),), {}),
        ((a_gezag(state=State.UNDETERMINED, represented=Party(BRAM)),), {}),
        ((a_gezag(state=State.NO_AUTHORITY_NOW, represented=Party(BRAM)),), facts_with(BRAM, "2020-01-01")),
    ],
)
def test_who_is_named_and_cannot_be_represented_gets_one_page(
    representations: tuple[Representation, ...], facts: dict[str, Any]
) -> None:
    decision = decided(*representations, named=BRAM, **facts)
    assert decision.refusal is not None
    assert decision.refusal.page is Page.NAMED
    assert not decision.notices


def test_a_relation_of_ones_own_that_the_service_does_not_take_is_explained_when_named() -> None:
    decision = decided(a_bewind(joint=Joint.JOINT), named=BRAM)
    assert decision.refusal is not None
    assert decision.refusal.page is Page.HIDDEN
    assert decision.notices.counts == {Notice.JOINT: 1}


def test_people_are_counted_and_not_relations() -> None:
    decision = decided(
        a_bewind(joint=Joint.JOINT),
        a_bewind(named_goods=True),
        a_bewind(represented=Party(CHRIS), named_goods=True),
        a_bewind(represented=Party(CHRIS)),
    )
    assert len(decision.refused) == 3
    assert decision.notices.counts == {Notice.JOINT: 1}


def test_a_statement_about_other_people_counts_for_nothing() -> None:
    assert decided(a_bewind(acting=Party(CHRIS))).refused == ()
    assert decided(a_bewind(represented=Party(ANNA))).refused == ()
    assert decided(a_bewind(represented=Party(CHRIS)), named=BRAM).usable == ()


# --- once more, at issue


@pytest.mark.clause("R-REISSUE")
def test_what_still_holds_is_declared_as_the_source_has_it_now() -> None:
    ending = a_bewind(period=Period(date(2022, 5, 1), TOMORROW))
    mandate = decide_again(an_identity(), bijstand(), a_bewind(), an_offer(ending, named=BRAM), NOON)
    assert mandate.representation == ending
    assert mandate.ends_at == start_of(TOMORROW)


@pytest.mark.clause("R-REISSUE")
@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ((), Reason.NO_MANDATE),
        ((a_bewind(state=State.ENDED),), Reason.EXPIRED),
        ((a_bewind(suspensions=(Period(TODAY),)),), Reason.SUSPENDED),
        ((a_bewind(joint=Joint.JOINT),), Reason.JOINT_AUTHORITY_REQUIRED),
        ((a_curatele(),), Reason.NO_MANDATE),
        ((a_bewind(reference="zaak-2"),), Reason.NO_MANDATE),
        ((a_bewind(represented=Party(CHRIS)),), Reason.NO_MANDATE),
    ],
)
def test_what_no_longer_holds_is_not_declared(now: tuple[Representation, ...], reason: Reason) -> None:
    with pytest.raises(NoValidRepresentation) as refusal:
        decide_again(an_identity(), bijstand(), a_bewind(), an_offer(*now, named=BRAM), NOON)
    assert refusal.value.reason is reason


@pytest.mark.clause("R-REISSUE")
def test_a_source_that_is_away_at_issue_declares_nothing() -> None:
    with pytest.raises(RegisterUnavailable):
        decide_again(an_identity(), bijstand(), a_bewind(), an_offer(named=BRAM, silent={"rechtspraak": "late"}), NOON)


@pytest.mark.clause("R-REISSUE")
def test_a_service_that_ended_meanwhile_declares_nothing() -> None:
    service = bijstand(window=Period(None, TODAY))
    with pytest.raises(ServiceInactive):
        decide_again(an_identity(), service, a_bewind(), an_offer(a_bewind(), named=BRAM), NOON)
