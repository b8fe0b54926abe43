"""The time rules that all incoming messages and assertions share. What is refused says how far the clocks differ."""

from datetime import datetime, timedelta
from typing import Final

from stelsel.failures import MessageExpired
from stelsel.saml.assertion import Assertion

OLDEST: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=60)  # clocks may differ that much; it never extends a life (spec/security S27)


def check_issued(issue_instant: datetime, now: datetime) -> None:
    """Raises `MessageExpired` for an IssueInstant of over 5 minutes ago or over 60 s ahead (GEN-22)."""
    if issue_instant < now - OLDEST:
        raise MessageExpired(
            "issued too long ago", expected=f"at most {_span(OLDEST)} ago", found=_beside(issue_instant, now)
        )
    if issue_instant > now + SKEW:
        raise MessageExpired(
            "issued in the future", expected=f"at most {_span(SKEW)} ahead", found=_beside(issue_instant, now)
        )


def check_holds(assertion: Assertion, now: datetime) -> None:
    """Raises `MessageExpired` for an assertion outside NotBefore and both NotOnOrAfter (DV-VAL-03).

    Another clock may run ahead of ours, so NotBefore has the skew; the end is the end.
    """
    check_issued(assertion.issue_instant, now)
    ends = min(assertion.confirm_until, assertion.not_on_or_after)
    if now >= ends:
        raise MessageExpired(
            "the assertion is past NotOnOrAfter", clause="DV-VAL-03", expected="in the future", found=_beside(ends, now)
        )
    if now < assertion.not_before - SKEW:
        raise MessageExpired(
            "the assertion does not hold yet",
            clause="DV-VAL-03",
            expected=f"NotBefore at most {_span(SKEW)} ahead",
            found=_beside(assertion.not_before, now),
        )


def _beside(stated: datetime, now: datetime) -> str:
    """Both instants and the difference: whose clock is wrong is then for people to see."""
    side = "before" if stated < now else "after"
    return f"{stated:%FT%TZ}, {_span(abs(stated - now))} {side} {now:%FT%TZ} by the receiver's clock"


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min {seconds % 60:02} s"
