"""Each decision rule, broken alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bvd.decide import Notice, Page
from bvd.grounds import TERMS
from catalog.services import JointPolicy, Service, UnderInvestigation
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    Reason,
    RegisterUnavailable,
)
from stelsel.identifiers import KvkNummer, ServiceUuid
from stelsel.subjects import Ground, Interest, Joint, Party, Period, Representation, State
from tests.bvd.relations import (
    BRAM,
    KIND,
    PARENTS,
    TODAY,
    a_bewind,
    a_curatele,
    a_gezag,
    a_machtiging,
    bijstand,
    decided,
    facts_with,
    jeugdhulp,
    zorgportaal,
)

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


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


@pytest.mark.clause("M8", "R-SCOPE")
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
