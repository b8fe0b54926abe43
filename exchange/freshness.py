"""The time rule that all incoming messages share."""

from datetime import datetime, timedelta
from typing import Final

from stelsel.failures import MessageExpired

OLDEST: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=60)  # spec/security S27: allowed to differ, never extends a life


def check_issued(issue_instant: datetime, now: datetime) -> None:
    """Raises `MessageExpired` for an IssueInstant of over 5 minutes ago or over 60 s ahead (GEN-22)."""
    if issue_instant < now - OLDEST:
        raise MessageExpired(
            "issued too long ago", expected=f"after {now - OLDEST:%FT%TZ}", found=f"{issue_instant:%FT%TZ}"
        )
    if issue_instant > now + SKEW:
        raise MessageExpired(
            "issued in the future", expected=f"before {now + SKEW:%FT%TZ}", found=f"{issue_instant:%FT%TZ}"
        )
