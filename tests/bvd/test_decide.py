"""The decision rules of mandates 6, one by one and as a whole."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bvd.decide import Notice, Page, check_before_asking, decide, decide_again
from bvd.grounds import TERMS
from bvd.rules import RULES
from catalog.services import JointPolicy, Raise, Service, UnderInvestigation
from registers.dates import day_of, start_of
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
)
from stelsel.identifiers import KvkNummer, ServiceUuid
from stelsel.subjects import Ground, Interest, Joint, Party, Period, Representation, State
from tests.bvd.relations import (
    ANNA,
    BRAM,
    CHRIS,
    FACTS,
    KIND,
    NOON,
    PARENTS,
    TODAY,
    a_bewind,
    a_gezag,
    an_identity,
    an_offer,
    bijstand,
    decided,
    facts_of,
    jeugdhulp,
    zorgportaal,
)

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def a_machtiging(**changes: Any) -> Representation:
    """Bram mandated Anna for bijstand."""
    values: dict[str, Any] = {
        "source": "machtigingen",
        "ground": Ground.VRIJWILLIG,
        "services": frozenset({bijstand().uuid}),
        "role": None,
    }
    return a_bewind(**values | changes)


def a_curatele(**changes: Any) -> Representation:
    """Anna is curator of Bram."""
    return a_bewind(**{"ground": Ground.CURATELE, "role": "curator"} | changes)


def facts_with(subject: Any, born: str = "1980-01-01", **changes: Any) -> dict[str, Any]:
    """An offer's facts in which those of one person differ."""
    return {"facts": {**FACTS, subject: facts_of(subject, born, **changes)}}


# --- before any register is asked


@pytest.mark.clause("R-SVC")
def test_a_service_without_grounds_lets_nobody_be_represented() -> None:
    with pytest.raises(ServiceNotRepresentable):
        check_before_asking(bijstand(grounds=frozenset()), an_identity(), NOON)


@pytest.mark.clause("R-SVC")
def test_a_service_that_ended_asks_no_register() -> None:
    with pytest.raises(ServiceInactive):
        check_before_asking(bijstand(window=Period(None, TODAY)), an_identity(), NOON)


@pytest.mark.clause("R-LOA")
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


# --- each rule, broken alone


def refused(representation: Representation, **how: Any) -> Reason:
    """The reason why that one relation is not usable."""
    decision = decided(representation, **how)
    assert decision.usable == ()
    (row,) = decision.refused
    assert row.representation == representation
    return row.reason


@pytest.mark.clause("R-TIME")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"period": Period(TOMORROW)}, Reason.NOT_YET_VALID),
        ({"period": Period(date(2020, 1, 1), TODAY)}, Reason.EXPIRED),
        ({"state": State.REQUESTED}, Reason.NOT_YET_VALID),
        ({"state": State.ENDED}, Reason.EXPIRED),
        ({"state": State.WITHDRAWN}, Reason.WITHDRAWN),
        ({"state": State.SUSPENDED}, Reason.SUSPENDED),
        ({"suspensions": (Period(date(2020, 1, 1), date(2020, 2, 1)), Period(TODAY))}, Reason.SUSPENDED),
    ],
)
def test_a_relation_that_is_not_in_force_is_refused_and_not_counted(changes: dict[str, Any], reason: Reason) -> None:
    assert refused(a_bewind(**changes)) is reason
    assert not decided(a_bewind(**changes)).notices


@pytest.mark.clause("R-TIME")
@pytest.mark.parametrize(
    "changes",
    [
        {"period": Period(TODAY)},
        {"period": Period(date(2020, 1, 1), TOMORROW)},
        {"suspensions": (Period(date(2025, 1, 1), TODAY),)},
    ],
)
def test_first_days_count_and_last_days_do_not(changes: dict[str, Any]) -> None:
    assert decided(a_bewind(**changes)).usable


@pytest.mark.clause("R-TIME")
def test_a_day_begins_in_amsterdam() -> None:
    ends_today = a_bewind(period=Period(date(2021, 3, 10), TODAY))
    last_minute = datetime(2026, 3, 9, 22, 59, tzinfo=UTC)
    assert decided(ends_today, at=last_minute).usable
    assert decided(ends_today, at=last_minute + timedelta(minutes=1)).usable == ()


@pytest.mark.clause("R-SCOPE")
@pytest.mark.parametrize(
    ("representation", "service", "reason"),
    [
        (a_bewind(), zorgportaal(), Reason.KIND_NOT_ALLOWED),
        (a_bewind(), zorgportaal(grounds=PARENTS | {Ground.BEWIND}), Reason.SCOPE_NOT_COVERED),
        (a_bewind(named_goods=True), bijstand(), Reason.SCOPE_NOT_COVERED),
        (
            a_bewind(ground=Ground.MENTORSCHAP, role="mentor"),
            bijstand(grounds=frozenset({Ground.MENTORSCHAP})),
            Reason.SCOPE_NOT_COVERED,
        ),
        (a_machtiging(services=frozenset({ServiceUuid("a4441acb-e00d")})), bijstand(), Reason.SCOPE_NOT_COVERED),
        (a_machtiging(services=None), bijstand(), Reason.SCOPE_NOT_COVERED),
        (
            a_bewind(),
            bijstand(interests=frozenset({Interest.ORGANISATIE})),
            Reason.SCOPE_NOT_COVERED,
        ),
    ],
)
def test_a_relation_opens_only_what_its_kind_covers_and_the_service_allows(
    representation: Representation, service: Service, reason: Reason
) -> None:
    assert refused(representation, service=service, over_represented={BRAM: ()}) is reason
    decision = decided(representation, service=service, over_represented={BRAM: ()})
    assert decision.notices.counts == {Notice.SCOPE: 1}
    assert decision.refusal is not None
    assert decision.refusal.page is Page.HIDDEN


@pytest.mark.clause("R-SCOPE")
def test_a_service_of_mixed_interest_is_covered_by_one_of_them() -> None:
    service = bijstand(interests=frozenset({Interest.VERMOGEN, Interest.PERSOONLIJK}))
    assert decided(a_bewind(), service=service).usable


@pytest.mark.clause("R-SCOPE")
@pytest.mark.parametrize(
    ("role", "interest", "covered"),
    [
        ("bewindvoerder", Interest.VERMOGEN, True),
        ("bewindvoerder", Interest.ZORG, False),
        ("mentor", Interest.ZORG, True),
        ("mentor", Interest.VERMOGEN, False),
        ("curator", Interest.ZORG, True),
        (None, Interest.VERMOGEN, False),
    ],
)
def test_what_an_office_may_do_follows_its_role(role: str | None, interest: Interest, covered: bool) -> None:
    assert (interest in TERMS[Ground.EH_BEWIND].covered(role)) is covered


@pytest.mark.clause("R-KLOA")
def test_bewind_needs_substantieel_where_the_service_does_not() -> None:
    service = bijstand(minimum=LevelOfAssurance.MIDDEN)
    assert refused(a_bewind(), service=service, loa=LevelOfAssurance.MIDDEN) is Reason.LOA_TOO_LOW
    decision = decided(a_bewind(), service=service, loa=LevelOfAssurance.MIDDEN)
    assert decision.refusal is not None
    assert isinstance(decision.refusal.failure, AssuranceTooLow)
    assert decision.refusal.page is None
    assert decision.notices.level is LevelOfAssurance.SUBSTANTIEEL


@pytest.mark.clause("R-KLOA")
def test_gezag_needs_substantieel_for_care_and_the_services_level_elsewhere() -> None:
    care, other = zorgportaal(minimum=LevelOfAssurance.MIDDEN), jeugdhulp(minimum=LevelOfAssurance.MIDDEN)
    assert refused(a_gezag(), service=care, loa=LevelOfAssurance.MIDDEN) is Reason.LOA_TOO_LOW
    (mandate,) = decided(a_gezag(), service=other, loa=LevelOfAssurance.MIDDEN).usable
    assert mandate.loa is LevelOfAssurance.MIDDEN


@pytest.mark.clause("R-KLOA")
def test_nobody_is_sent_for_a_stronger_login_that_would_not_help() -> None:
    child = facts_with(KIND, "2013-01-01")
    decision = decided(
        a_gezag(), service=zorgportaal(minimum=LevelOfAssurance.MIDDEN), loa=LevelOfAssurance.MIDDEN, **child
    )
    assert decision.refused[0].reason is Reason.LOA_TOO_LOW
    assert decision.refused[0].beyond_level is Reason.AGE_OUT_OF_RANGE
    assert decision.notices.counts == {Notice.AGE: 1}
    assert decision.refusal is not None
    assert decision.refusal.page is Page.HIDDEN


@pytest.mark.clause("R-AGE")
@pytest.mark.parametrize("born", ["2014-03-10", "2014", "2014-03", "2026-03", "", "2008-01-01", "2026-03-11"])
def test_a_child_who_is_too_old_or_of_unknown_age_is_refused(born: str) -> None:
    assert refused(a_gezag(), service=zorgportaal(), **facts_with(KIND, born)) is Reason.AGE_OUT_OF_RANGE


@pytest.mark.clause("R-AGE")
@pytest.mark.parametrize("born", ["2014-03-11", "2014-04", "2026-03-10", "2025-12"])
def test_a_child_below_the_limit_is_represented(born: str) -> None:
    assert decided(a_gezag(), service=zorgportaal(), **facts_with(KIND, born)).usable


@pytest.mark.clause("R-AGE")
def test_the_page_says_for_which_age_the_service_is() -> None:
    decision = decided(a_gezag(), service=zorgportaal(), **facts_with(KIND, "2010-01-01"))
    assert decision.notices.counts == {Notice.AGE: 1}
    assert decision.notices.below_age == 12


@pytest.mark.clause("R-AGE")
def test_curatele_is_for_adults_and_says_nothing_about_children() -> None:
    young = facts_with(BRAM, "2010-01-01")
    assert refused(a_curatele(), **young) is Reason.AGE_OUT_OF_RANGE
    assert not decided(a_curatele(), **young).notices


@pytest.mark.clause("R-DET")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": State.UNDETERMINED}, Reason.AUTHORITY_UNDETERMINED),
        ({"state": State.NO_AUTHORITY_NOW}, Reason.NO_AUTHORITY_NOW),
        ({"under_investigation": True}, Reason.UNDER_INVESTIGATION),
    ],
)
def test_gezag_that_is_not_certain_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    assert refused(a_gezag(**changes), service=zorgportaal(), named=KIND) is reason


@pytest.mark.clause("R-DET")
def test_a_service_may_allow_gezag_under_investigation() -> None:
    service = zorgportaal(under_investigation=UnderInvestigation.ALLOW)
    (mandate,) = decided(a_gezag(under_investigation=True), service=service).usable
    assert mandate.representation.under_investigation


@pytest.mark.clause("R-JOINT")
def test_an_order_to_act_together_refuses_each() -> None:
    assert refused(a_bewind(joint=Joint.JOINT, joint_holders=2)) is Reason.JOINT_AUTHORITY_REQUIRED
    assert decided(a_bewind(joint=Joint.JOINT)).notices.counts == {Notice.JOINT: 1}


@pytest.mark.clause("R-JOINT")
def test_one_parent_suffices_unless_the_service_wants_both() -> None:
    assert decided(a_gezag(), service=zorgportaal()).usable
    both = zorgportaal(joint=JointPolicy.BOTH)
    assert refused(a_gezag(), service=both) is Reason.JOINT_AUTHORITY_REQUIRED
    assert decided(a_gezag(joint_holders=1), service=both).usable


@pytest.mark.clause("R-RESTR")
def test_a_restriction_is_never_dropped() -> None:
    assert refused(a_bewind(restrictions={"taken": "huis"})) is Reason.RESTRICTION_NOT_SUPPORTED
    vestiging = a_bewind(restrictions={"vestiging": "000037178598"})
    assert refused(vestiging) is Reason.RESTRICTION_NOT_SUPPORTED
    assert decided(vestiging, service=bijstand(vestiging=True)).usable


@pytest.mark.clause("R-CHAIN")
@pytest.mark.parametrize(
    ("via", "chain", "reason"),
    [
        (("90001354",), 0, Reason.CHAIN_NOT_ALLOWED),
        (("90001354", "68750110"), 1, Reason.CHAIN_NOT_ALLOWED),
        (("90001354", "90001354"), 2, Reason.CHAIN_BROKEN),
        (("90001354",), 1, None),
    ],
)
def test_a_chain_is_as_long_as_the_service_allows_and_has_no_circle(
    via: tuple[str, ...], chain: int, reason: Reason | None
) -> None:
    service = bijstand(grounds=frozenset({Ground.KETEN}), interests=frozenset({Interest.ORGANISATIE}), chain=chain)
    keten = a_machtiging(
        ground=Ground.KETEN,
        represented=Party(KvkNummer("69599068")),
        via=tuple(Party(KvkNummer(number)) for number in via),
    )
    decision = decided(keten, service=service)
    assert [row.reason for row in decision.refused] == ([] if reason is None else [reason])


@pytest.mark.clause("R-REP")
def test_nobody_acts_for_the_dead_and_they_are_not_counted() -> None:
    dead = facts_with(BRAM, alive=False)
    assert refused(a_bewind(), **dead) is Reason.REPRESENTED_DECEASED
    assert not decided(a_bewind(), service=zorgportaal(), **dead).notices
    assert refused(a_bewind(), service=zorgportaal(), **dead) is Reason.KIND_NOT_ALLOWED


@pytest.mark.clause("R-REP")
def test_nobody_acts_for_somebody_the_brp_does_not_know() -> None:
    assert refused(a_bewind(), **facts_with(BRAM, known=False, alive=False)) is Reason.REPRESENTED_UNKNOWN


@pytest.mark.clause("R-CONFLICT")
@pytest.mark.parametrize(
    ("measure", "interest", "suspended"),
    [
        (Ground.CURATELE, Interest.VERMOGEN, True),
        (Ground.CURATELE, Interest.ZORG, True),
        (Ground.BEWIND, Interest.VERMOGEN, True),
        (Ground.BEWIND, Interest.ZORG, False),
        (Ground.MENTORSCHAP, Interest.ZORG, True),
        (Ground.MENTORSCHAP, Interest.VERMOGEN, False),
    ],
)
def test_a_measure_suspends_the_mandates_its_subject_gave(measure: Ground, interest: Interest, suspended: bool) -> None:
    service = bijstand(interests=frozenset({interest}))
    over = {BRAM: (a_bewind(ground=measure, acting=Party(None)),)}
    decision = decided(a_machtiging(), service=service, over_represented=over)
    assert [row.reason for row in decision.refused] == ([Reason.SUSPENDED] if suspended else [])


@pytest.mark.clause("R-CONFLICT")
def test_a_measure_that_ended_suspends_nothing() -> None:
    over = {BRAM: (a_bewind(acting=Party(None), period=Period(None, TODAY)),)}
    assert decided(a_machtiging(), over_represented=over).usable


@pytest.mark.clause("R-CONFLICT")
def test_the_curatele_flag_of_the_brp_suspends_too() -> None:
    flag = facts_with(BRAM, under_curatele=True)
    assert refused(a_machtiging(), over_represented={BRAM: ()}, **flag) is Reason.SUSPENDED


@pytest.mark.clause("R-CONFLICT")
def test_a_mandate_whose_conflicts_cannot_be_checked_is_not_usable() -> None:
    decision = decided(a_machtiging(), silent={"rechtspraak": "late"})
    assert [row.reason for row in decision.refused] == [Reason.REGISTER_UNAVAILABLE]
    assert decision.refusal is not None
    assert decision.refusal.page is Page.AWAY
    assert isinstance(decision.refusal.failure, RegisterUnavailable)
    assert decision.refusal.failure.source == "rechtspraak"


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


@pytest.mark.clause("R-ORACLE")
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


# --- whatever the registers say


days = st.dates(date(2005, 1, 1), date(2040, 12, 31))
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
periods = st.builds(Period, st.none() | days, st.none() | days)
relations = st.builds(
    a_bewind,
    ground=st.sampled_from([*PARENTS, Ground.CURATELE, Ground.BEWIND, Ground.MENTORSCHAP]),
    state=st.sampled_from(State),
    period=periods,
    suspensions=st.lists(periods, max_size=2).map(tuple),
    joint=st.sampled_from(Joint),
    joint_holders=st.integers(1, 2),
    named_goods=st.booleans(),
    under_investigation=st.booleans(),
    loa=st.none() | st.sampled_from(LevelOfAssurance),
)
services = st.builds(
    bijstand,
    grounds=st.frozensets(st.sampled_from([*PARENTS, Ground.CURATELE, Ground.BEWIND, Ground.MENTORSCHAP]), min_size=1),
    interests=st.frozensets(st.sampled_from(Interest)),
    minimum=st.just(LevelOfAssurance.BASIS),
    joint=st.sampled_from(JointPolicy),
    under_investigation=st.sampled_from(UnderInvestigation),
)
people = st.builds(
    lambda born, alive, known: facts_of(BRAM, born, alive=alive, known=known),
    st.sampled_from(["", "2014", "2014-03"]) | days.map(str),
    st.booleans(),
    st.booleans(),
)


@given(relation=relations, service=services, person=people, loa=st.sampled_from(LevelOfAssurance), at=moments)
def test_what_is_usable_keeps_every_promise(
    relation: Representation, service: Service, person: Any, loa: LevelOfAssurance, at: datetime
) -> None:
    facts = {ANNA: facts_of(ANNA, "1960-01-01"), BRAM: person}
    decision = decided(relation, service=service, loa=loa, at=at, facts=facts)
    assert (decision.refusal is None) == bool(decision.usable)
    for mandate in decision.usable:
        on = day_of(at)
        assert relation.state is State.ACTIVE
        assert relation.period.holds(on)
        assert not any(window.holds(on) for window in relation.suspensions)
        assert relation.ground in service.grounds
        assert TERMS[relation.ground].covers & service.interests
        assert mandate.loa <= loa
        assert mandate.loa >= TERMS[relation.ground].minimum_in(service.interests)
        assert relation.joint is Joint.ALONE
        assert person.known
        assert person.alive
        limit = service.age_limit(relation.ground)
        if limit is not None:
            age = person.age(on)
            assert age is not None
            assert age < limit
        assert mandate.ends_at is None or mandate.ends_at > at


@given(relation=relations, service=services, at=moments)
def test_nothing_is_usable_while_the_brp_is_silent(relation: Representation, service: Service, at: datetime) -> None:
    decision = decided(relation, service=service, at=at, loa=LevelOfAssurance.HOOG, facts={})
    assert decision.usable == ()
    assert decision.refusal is not None
    assert isinstance(decision.refusal.failure, RegisterUnavailable)


@given(relation=relations, at=moments, later=st.timedeltas(timedelta(0), timedelta(days=8000)))
def test_a_mandate_is_never_usable_after_the_moment_it_said_it_would_end(
    relation: Representation, at: datetime, later: timedelta
) -> None:
    service = zorgportaal()
    facts = {ANNA: facts_of(ANNA, "1960-01-01"), BRAM: facts_of(BRAM, "2015-06-01")}
    for mandate in decided(relation, service=service, at=at, facts=facts).usable:
        if mandate.ends_at is not None and not relation.suspensions:
            again = decided(relation, service=service, at=mandate.ends_at + later, facts=facts)
            assert again.usable == ()


def test_every_ground_has_a_row() -> None:
    assert set(TERMS) == set(Ground)
    assert len(RULES) == 11
