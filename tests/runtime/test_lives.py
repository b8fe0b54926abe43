"""How long something lives by a clock that is set while it does (spec/security P10)."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.lives import lives, seconds_left

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIFE = timedelta(minutes=15)


@pytest.mark.parametrize(("seconds", "alive"), [(-61, False), (-60, True), (0, True), (899, True), (900, False)])
@pytest.mark.clause("P10")
def test_what_is_over_or_began_in_the_future_does_not_live(seconds: int, alive: bool) -> None:
    assert lives(NOON, LIFE, NOON + timedelta(seconds=seconds)) is alive


@pytest.mark.parametrize(("minutes", "left"), [(-60, 900), (0, 900), (5, 600), (15, 1), (60, 1)])
@pytest.mark.clause("P10")
def test_nothing_is_kept_for_longer_than_its_whole_life(minutes: int, left: int) -> None:
    assert seconds_left(NOON, LIFE, NOON + timedelta(minutes=minutes)) == left
