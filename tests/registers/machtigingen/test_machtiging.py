"""What can become of a voluntary mandate."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registers.machtigingen.machtiging import (
    Machtiging,
    Refused,
    Side,
    Status,
    StepRefused,
    activate,
    ask,
    end,
    why_closed,
)
from stelsel.identifiers import Bsn, ServiceUuid

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
LATE = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # the 11th in Amsterdam
GIVER, RECEIVER = Bsn("999990111"), Bsn("999990093")
SERVICE = ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d")


def a_request(**changes: Any) -> Machtiging:
    """A request of the giver at noon."""
    values: dict[str, Any] = {
        "identifier": "one",
        "giver": GIVER,
        "receiver": RECEIVER,
        "services": frozenset({SERVICE}),
        "code": b"hash",
        "asked_by": Side.GIVER,
        "at": NOON,
    }
    return ask(**values | changes)


def active(**changes: Any) -> Machtiging:
    """A mandate in force since noon."""
    return activate(a_request(**changes), NOON)


def why(step: Any) -> Refused:
    """Why a step is refused."""
    with pytest.raises(StepRefused) as refused:
        step()
    return refused.value.reason


def test_a_request_begins_today_and_lasts_three_years_at_most() -> None:
    one = a_request()
    assert (one.first, one.last) == (date(2026, 3, 10), date(2029, 3, 9))
    assert one.status_at(NOON) is Status.AANGEVRAAGD
    on_leap_day = a_request(at=datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert on_leap_day.last == date(2031, 2, 28)


@pytest.mark.parametrize(
    "changes",
    [
        {"receiver": GIVER},
        {"services": frozenset()},
        {"first": date(2026, 3, 9)},
        {"last": date(2026, 3, 9)},
        {"last": date(2029, 3, 10)},
    ],
    ids=["to oneself", "for nothing", "from yesterday", "until yesterday", "for longer than three years"],
)
def test_a_mandate_that_could_never_hold_is_not_asked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        a_request(**changes)


def test_its_code_puts_it_in_force_and_is_then_forgotten() -> None:
    one = activate(a_request(), NOON)
    assert (one.status, one.activated_at, one.code) == (Status.ACTIEF, NOON, None)
    assert why_closed(one, NOON) is Refused.NOT_OPEN


def test_a_request_without_tries_left_takes_no_code() -> None:
    assert why_closed(replace(a_request(), tries=1), NOON) is None
    assert why_closed(replace(a_request(), tries=0), NOON) is Refused.BLOCKED


def test_a_request_is_open_for_ninety_days_in_amsterdam() -> None:
    one = a_request()
    last_moment = LATE + timedelta(days=88)
    assert why_closed(one, last_moment) is None
    assert one.status_at(last_moment + timedelta(days=1)) is Status.AANVRAAG_VERLOPEN
    assert why_closed(one, last_moment + timedelta(days=1)) is Refused.TOO_LATE


def test_its_last_day_counts() -> None:
    one = active(last=date(2026, 12, 31))
    assert one.status_at(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) is Status.ACTIEF
    assert one.status_at(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) is Status.VERLOPEN


@pytest.mark.parametrize("side", list(Side))
def test_either_of_the_two_ends_it(side: Side) -> None:
    ended = end(active(), side, LATE)
    assert (ended.status, ended.ended_at, ended.ended_by) == (Status.INGETROKKEN, LATE, side)
    assert why(lambda: end(ended, side, LATE)) is Refused.NOT_OPEN


def test_a_request_is_withdrawn_by_who_gives_and_turned_down_by_who_receives() -> None:
    assert end(a_request(), Side.GIVER, NOON).status is Status.INGETROKKEN
    turned_down = end(a_request(), Side.RECEIVER, NOON)
    assert turned_down.status is Status.GEWEIGERD
    assert why_closed(turned_down, NOON) is Refused.NOT_OPEN


def test_a_withdrawal_counts_from_its_moment() -> None:
    ended = end(active(), Side.GIVER, LATE)
    assert ended.status_at(LATE - timedelta(seconds=1)) is Status.ACTIEF
    assert ended.status_at(LATE) is Status.INGETROKKEN


def test_what_has_passed_cannot_be_ended() -> None:
    over = replace(active(), last=date(2026, 3, 10))
    assert why(lambda: end(over, Side.GIVER, LATE)) is Refused.NOT_OPEN


def test_nobody_is_named_when_it_is_printed() -> None:
    assert "99999" not in repr(active())
