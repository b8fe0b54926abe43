"""Days in Amsterdam, incomplete birth dates and ages."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registers.dates import IncompleteDate, day_of, start_of


@pytest.mark.parametrize("text", ["", "2014", "2014-03", "2014-03-11", "0001-01-01"])
def test_a_date_is_written_as_it_was_read(text: str) -> None:
    assert IncompleteDate.from_text(text).text == text


@pytest.mark.parametrize("text", ["14", "2014-3", "2014-13", "2014-02-30", "20140311", "2014-", "0000", "2014-03-11 "])
def test_what_is_no_date_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):
        IncompleteDate.from_text(text)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("2014-03-11", date(2026, 3, 10), 11),
        ("2014-03-11", date(2026, 3, 11), 12),
        ("2012-02-29", date(2026, 2, 28), 13),
        ("2012-02-29", date(2026, 3, 1), 14),
        ("2012-02-29", date(2028, 2, 28), 15),
        ("2012-02-29", date(2028, 2, 29), 16),
        ("2014-04", date(2026, 3, 10), 11),
        ("2014-02", date(2026, 3, 10), 12),
        ("2014-03", date(2026, 3, 10), None),
        ("2014", date(2026, 3, 10), None),
        ("", date(2026, 3, 10), None),
        ("2026-03-11", date(2026, 3, 10), None),
    ],
)
@pytest.mark.clause("R-AGE")
def test_an_age_is_the_full_years_on_that_day_or_nothing(born: str, on: date, age: int | None) -> None:
    assert IncompleteDate.from_text(born).age(on) == age


@pytest.mark.clause("R-OUT")
@given(born=st.dates(date(1990, 1, 1), date(2020, 12, 31)), age=st.integers(1, 18), whole=st.booleans())
def test_on_the_first_day_at_an_age_it_is_no_longer_sure_that_one_is_younger(born: date, age: int, whole: bool) -> None:
    birth = IncompleteDate(born.year, born.month, born.day if whole else None)
    first = birth.first_day_at(age)
    assert first is not None
    on_that_day = birth.age(first)
    assert on_that_day is None or on_that_day >= age
    the_day_before = birth.age(date.fromordinal(first.toordinal() - 1))
    assert the_day_before is not None
    assert the_day_before < age


def test_a_day_begins_at_midnight_in_amsterdam() -> None:
    assert start_of(date(2026, 3, 11)) == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    assert start_of(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    assert day_of(datetime(2026, 3, 10, 22, 59, tzinfo=UTC)) == date(2026, 3, 10)
    assert day_of(datetime(2026, 3, 10, 23, 0, tzinfo=UTC)) == date(2026, 3, 11)


def test_a_birth_date_is_not_in_a_repr() -> None:
    assert "2014" not in repr(IncompleteDate(2014, 3, 11))
