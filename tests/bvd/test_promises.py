"""What must never be, whatever the registers say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bvd.grounds import TERMS
from bvd.rules import RULES
from catalog.services import JointPolicy, Service, UnderInvestigation
from registers.dates import day_of
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    RegisterUnavailable,
)
from stelsel.subjects import Ground, Interest, Joint, Period, Representation, State
from tests.bvd.relations import (
    ANNA,
    BRAM,
    PARENTS,
    TODAY,
    a_bewind,
    bijstand,
    decided,
    facts_of,
    zorgportaal,
)

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


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
