"""Days and moments as people read them."""

from datetime import UTC, date, datetime

from runtime.web.dates import day, moment


def test_a_day_has_its_month_in_words() -> None:
    assert day(date(2026, 3, 1), "nl") == "1 maart 2026"
    assert day(date(2026, 3, 1), "en") == "1 March 2026"


def test_a_moment_is_told_by_the_clock_of_amsterdam() -> None:
    at = datetime(2026, 7, 31, 22, 5, tzinfo=UTC)
    assert moment(at, "nl") == "1 augustus 2026 om 00.05 uur"
    assert moment(at, "en") == "1 August 2026 at 00:05"
