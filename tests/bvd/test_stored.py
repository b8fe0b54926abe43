"""Representations and visits come out of the store as they went in."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from bvd.stored import dump_representation, dump_subject, load_representation, load_subject
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, KvkNummer, Pseudonym, Rsin, ServiceUuid
from stelsel.subjects import Ground, Joint, Party, Period, Representation, State

SUBJECTS = st.one_of(
    st.sampled_from(("999990019", "999990020", "999990123")).map(Bsn),
    st.sampled_from(("999990019", "999990020")).map(Rsin),
    st.from_regex(r"[0-9]{8}", fullmatch=True).map(KvkNummer),
    st.from_regex(r"[!-~]{1,40}", fullmatch=True).map(Pseudonym),
)
NAMES = st.text(max_size=20)
PARTIES = st.builds(Party, st.none() | SUBJECTS, NAMES, NAMES, NAMES, NAMES, st.booleans())
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1))
PERIODS = st.builds(Period, DAYS, DAYS)
ZONES = st.sampled_from((UTC, timezone(timedelta(hours=1))))
REPRESENTATIONS = st.builds(
    Representation,
    source=NAMES,
    reference=NAMES,
    ground=st.sampled_from(Ground),
    acting=PARTIES,
    represented=PARTIES,
    period=PERIODS,
    state=st.sampled_from(State),
    suspensions=st.lists(PERIODS, max_size=3).map(tuple),
    joint=st.sampled_from(Joint),
    joint_holders=st.integers(1, 9),
    named_goods=st.booleans(),
    under_investigation=st.booleans(),
    services=st.none() | st.frozensets(st.uuids().map(lambda uuid: ServiceUuid(str(uuid))), max_size=3),
    role=st.none() | NAMES,
    via=st.lists(PARTIES, max_size=3).map(tuple),
    loa=st.none() | st.sampled_from(LevelOfAssurance),
    restrictions=st.dictionaries(NAMES, NAMES, max_size=3),
    retrieved_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES),
)


@settings(max_examples=60, deadline=None)
@given(REPRESENTATIONS)
def test_a_representation_comes_back_as_it_was_stored(representation: Representation) -> None:
    stored = json.loads(json.dumps(dump_representation(representation)))
    assert load_representation(stored) == representation


@given(st.none() | SUBJECTS)
def test_a_subject_comes_back_as_the_kind_it_was(subject: Bsn | KvkNummer | Rsin | Pseudonym | None) -> None:
    loaded = load_subject(json.loads(json.dumps(dump_subject(subject))))
    assert (type(loaded), loaded) == (type(subject), subject)
