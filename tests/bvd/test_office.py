"""When an employee may act for a client of the office (R-ACT; mandates 2.5): both halves hold, or nothing does."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bvd.decide import Page
from bvd.office import Office
from registers.dates import day_of
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AssuranceTooLow, NoValidRepresentation, Reason, RegisterUnavailable
from stelsel.identifiers import KvkNummer
from stelsel.subjects import Ground, Party, Period, Representation, State
from tests.bvd.offices import BUREAU, EMPLOYEE, a_volmacht, an_office, decided_for, of_the_office
from tests.bvd.relations import ANNA, TODAY, a_bewind, a_machtiging, bijstand
from tests.bvd.test_promises import days, moments, periods, relations

VESTIGING = {"vestiging": "000037178598"}


@pytest.mark.clause("R-OUT")
def test_an_employee_acts_through_the_office_at_the_lowest_of_three_levels() -> None:
    (mandate,) = decided_for(an_office(), loa=LevelOfAssurance.HOOG).usable
    assert (mandate.acting, mandate.via, mandate.ground) == (EMPLOYEE, (Party(BUREAU, "Bureau"),), Ground.EH_BEWIND)
    assert mandate.loa is LevelOfAssurance.HOOG
    limited = an_office(a_volmacht(loa=LevelOfAssurance.SUBSTANTIEEL))
    assert decided_for(limited, loa=LevelOfAssurance.HOOG).usable[0].loa is LevelOfAssurance.SUBSTANTIEEL
    low = decided_for(an_office(a_volmacht(loa=LevelOfAssurance.MIDDEN))).refusal
    assert low is not None
    assert isinstance(low.failure, AssuranceTooLow)


@pytest.mark.clause("R-ACT", "R-RESTR", "R-QUERY")
@pytest.mark.parametrize(
    ("office", "reason", "page"),
    [
        (an_office(a_volmacht(state=State.WITHDRAWN)), Reason.EMPLOYEE_NOT_AUTHORISED, Page.EMPLOYEE),
        (an_office(a_volmacht(period=Period(None, TODAY))), Reason.EMPLOYEE_NOT_AUTHORISED, Page.EMPLOYEE),
        (an_office(volmachten=()), Reason.EMPLOYEE_NOT_AUTHORISED, Page.EMPLOYEE),
        (
            an_office(a_volmacht(represented=Party(KvkNummer("90000102")))),
            Reason.EMPLOYEE_NOT_AUTHORISED,
            Page.EMPLOYEE,
        ),
        (an_office(a_volmacht(restrictions=VESTIGING)), Reason.RESTRICTION_NOT_SUPPORTED, Page.EMPLOYEE),
        (an_office(active=False), Reason.ORGANISATION_INACTIVE, Page.ACTING),
        (an_office(facts=None), Reason.REGISTER_UNAVAILABLE, Page.AWAY),
        (an_office(volmachten=None), Reason.REGISTER_UNAVAILABLE, Page.AWAY),
        (None, Reason.REGISTER_UNAVAILABLE, Page.AWAY),
    ],
)
def test_what_ends_a_login_before_the_court_is_asked(office: Office | None, reason: Reason, page: Page) -> None:
    refusal = decided_for(office).refusal
    assert refusal is not None
    assert refusal.page is page
    if reason is Reason.REGISTER_UNAVAILABLE:
        assert isinstance(refusal.failure, RegisterUnavailable)
    else:
        assert isinstance(refusal.failure, NoValidRepresentation)
        assert refusal.failure.reason is reason


def test_a_whole_volmacht_beside_one_for_a_branch_is_enough() -> None:
    assert decided_for(an_office(a_volmacht(restrictions=VESTIGING), a_volmacht())).usable


@pytest.mark.clause("R-SCOPE")
def test_an_office_uses_nothing_but_what_a_court_gave_to_that_office() -> None:
    anothers = of_the_office(acting=Party(KvkNummer("90000102")))
    persons = a_bewind(acting=Party(ANNA))
    given_to_it = a_machtiging(acting=Party(BUREAU))
    grounds = frozenset({Ground.EH_BEWIND, Ground.BEWIND, Ground.VRIJWILLIG})
    decision = decided_for(an_office(), anothers, persons, given_to_it, service=bijstand(grounds=grounds))
    assert decision.usable == ()
    assert [row.reason for row in decision.refused] == [Reason.KIND_NOT_ALLOWED]


offices = st.builds(
    lambda active, volmacht, silent: an_office(
        volmacht, active=active, **({"facts": None} if silent == "kvk" else {}), **_silent(silent)
    ),
    st.booleans(),
    st.builds(
        a_volmacht,
        state=st.sampled_from(State),
        period=periods,
        loa=st.none() | st.sampled_from(LevelOfAssurance),
        restrictions=st.sampled_from([{}, VESTIGING]),
    ),
    st.sampled_from(["", "", "kvk", "mr"]),
)


def _silent(which: str) -> dict[str, Any]:
    return {"volmachten": None} if which == "mr" else {}


@given(
    office=offices,
    relation=relations,
    role=st.sampled_from(["bewindvoerder", "curator", "mentor"]),
    loa=st.sampled_from([LevelOfAssurance.SUBSTANTIEEL, LevelOfAssurance.HOOG]),
    at=moments,
)
def test_nobody_is_represented_unless_both_halves_hold(
    office: Office, relation: Representation, role: str, loa: LevelOfAssurance, at: Any
) -> None:
    stated = of_the_office(
        state=relation.state,
        period=relation.period,
        suspensions=relation.suspensions,
        joint=relation.joint,
        named_goods=relation.named_goods,
        role=role,
    )
    for mandate in decided_for(office, stated, loa=loa, at=at).usable:
        on = day_of(at)
        assert office.facts is not None
        assert office.facts.active
        (volmacht,) = office.volmachten or ()
        assert volmacht.state is State.ACTIVE
        assert volmacht.period.holds(on)
        assert not volmacht.restrictions
        assert mandate.loa <= min(loa, volmacht.loa or loa)
        assert mandate.loa >= LevelOfAssurance.SUBSTANTIEEL
        assert stated.state is State.ACTIVE
        assert stated.period.holds(on)
        assert role in ("bewindvoerder", "curator")
        assert mandate.employee == EMPLOYEE


@given(day=days)
def test_a_volmacht_ends_on_its_last_day(day: date) -> None:
    office = an_office(a_volmacht(period=Period(None, day)))
    assert (office.reason(day) is None) is False
    assert office.reason(date.fromordinal(day.toordinal() - 1)) is None
