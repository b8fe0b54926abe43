"""How long something that began at a moment lives on, by a clock that may have been set since (spec/security P10)."""

from datetime import datetime, timedelta
from typing import Final

SKEW: Final = timedelta(seconds=60)  # clocks of workers may differ that much (GEN-23)


def lives(began_at: datetime, life: timedelta, now: datetime) -> bool:
    """Whether it is not over. What began in the future did so before the clock was set back: how old it is, nobody
    knows.
    """
    return began_at <= now + SKEW and now < began_at + life


def seconds_left(began_at: datetime, life: timedelta, now: datetime) -> int:
    """For how long a store is to keep it: a second at least, and never more than its whole life."""
    left = min(began_at + life - now, life)
    return max(1, round(left.total_seconds()))
