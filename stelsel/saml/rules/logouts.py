"""The rules of LogoutRequest and LogoutResponse, for who receives them (ST-SAML 1.9, SAML core 3.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from stelsel.failures import AnswerRefused, MessageExpired, WrongDestination
from stelsel.identifiers import EntityId
from stelsel.saml.freshness import check_issued
from stelsel.saml.logout import LogoutRequest, LogoutResponse


class Situation(Protocol):
    """Where and when a logout message came in."""

    @property
    def location(self) -> str:
        """The SingleLogoutService."""

    @property
    def now(self) -> datetime:
        """By our clock."""


RequestRule = Callable[[LogoutRequest, Situation], None]


def meant_for_us(request: LogoutRequest, at: Situation) -> None:
    """Destination is this very SingleLogoutService (LGO-01)."""
    _check_destination(request.destination, at.location, "LGO-01")


def fresh(request: LogoutRequest, at: Situation) -> None:
    """IssueInstant lies within the window (LGO-01)."""
    check_issued(request.issue_instant, at.now)


def not_over(request: LogoutRequest, at: Situation) -> None:
    """NotOnOrAfter, when given, has not come (SAML core 3.7.1)."""
    if request.not_on_or_after is not None and at.now >= request.not_on_or_after:
        raise MessageExpired(
            "the request is past NotOnOrAfter",
            expected=f"after {at.now:%FT%TZ}",
            found=f"{request.not_on_or_after:%FT%TZ}",
        )


REQUEST_RULES: Final[tuple[RequestRule, ...]] = (meant_for_us, fresh, not_over)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a LogoutResponse must fit: whom we asked, in which LogoutRequest, where it comes in, and when."""

    authority: EntityId
    request_id: str
    location: str
    now: datetime


ResponseRule = Callable[[LogoutResponse, Ending], None]


def by_whom_we_asked(answer: LogoutResponse, asked: Ending) -> None:
    """The issuer is the party that was asked (LGO-02)."""
    if answer.issuer != asked.authority:
        raise AnswerRefused("answered by another party", clause="LGO-02", expected=asked.authority, found=answer.issuer)


def answers_our_request(answer: LogoutResponse, asked: Ending) -> None:
    """InResponseTo is our LogoutRequest (LGO-02)."""
    if answer.in_response_to != asked.request_id:
        raise AnswerRefused(
            "answers another LogoutRequest",
            clause="LGO-02",
            expected=asked.request_id,
            found=answer.in_response_to or "no InResponseTo",
        )


def arrives_where_meant(answer: LogoutResponse, asked: Ending) -> None:
    """Destination is our SingleLogoutService (LGO-02)."""
    _check_destination(answer.destination, asked.location, "LGO-02")


def freshly_answered(answer: LogoutResponse, asked: Ending) -> None:
    """IssueInstant lies within the window (LGO-02)."""
    check_issued(answer.issue_instant, asked.now)


RESPONSE_RULES: Final[tuple[ResponseRule, ...]] = (
    by_whom_we_asked,
    answers_our_request,
    arrives_where_meant,
    freshly_answered,
)


def _check_destination(stated: str | None, location: str, clause: str) -> None:
    if stated != location:
        raise WrongDestination(
            "Destination is another address", clause=clause, expected=location, found=stated or "no Destination"
        )
