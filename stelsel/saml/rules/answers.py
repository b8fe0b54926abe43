"""The rules of a Response and of the assertion in it, for whoever asked for the login (DV-RSP, DV-ASR, DV-VAL)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.assertion import Assertion
from stelsel.saml.freshness import check_holds
from stelsel.saml.response import Response


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must fit: whom we asked, in which message, and where the answer was to arrive."""

    authority: EntityId
    request_id: str
    consumer: str
    audience: EntityId


ResponseRule = Callable[[Response, Expected], None]
AssertionRule = Callable[[Assertion, Expected, datetime], None]


def from_whom_we_asked(response: Response, expected: Expected) -> None:
    """The issuer is the party that was asked (DV-RSP-01; spec/security S21)."""
    if response.issuer != expected.authority:
        raise AnswerRefused(
            "answered by another party", clause="DV-RSP-01", expected=expected.authority, found=response.issuer
        )


def answers_our_request(response: Response, expected: Expected) -> None:
    """InResponseTo is our AuthnRequest (DV-RSP-01)."""
    if response.in_response_to != expected.request_id:
        raise AnswerRefused(
            "answers another request",
            clause="DV-RSP-01",
            expected=expected.request_id,
            found=response.in_response_to or "no InResponseTo",
        )


def arrives_where_meant(response: Response, expected: Expected) -> None:
    """Destination is the consumer that we named (DV-RSP-02)."""
    if response.destination != expected.consumer:
        raise AnswerRefused(
            "Destination is another address",
            clause="DV-RSP-02",
            expected=expected.consumer,
            found=response.destination or "no Destination",
        )


def check_success(response: Response, *, has_assertion: bool) -> None:
    """Raises `AnswerRefused` unless an Assertion is there exactly on Success (DV-RSP-07)."""
    success = response.status.code == urns.STATUS_SUCCESS
    if success != has_assertion:
        raise AnswerRefused(
            "an Assertion is there exactly on Success",
            clause="DV-RSP-07",
            expected="an Assertion" if success else "no Assertion",
            found=f"{response.status.code} with{'' if has_assertion else 'out'} an Assertion",
        )


def by_the_responder(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """The assertion is the responder's own (DV-ASR-01)."""
    if assertion.issuer != expected.authority:
        raise AnswerRefused(
            "assertion of another party", clause="DV-ASR-01", expected=expected.authority, found=assertion.issuer
        )


def recipient_is_our_consumer(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """SubjectConfirmationData@Recipient is where the artifact arrived (DV-VAL-02)."""
    if assertion.recipient != expected.consumer:
        raise AnswerRefused(
            "meant for another address", clause="DV-VAL-02", expected=expected.consumer, found=assertion.recipient
        )


def in_time(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """NotBefore and both NotOnOrAfter hold now (DV-VAL-03)."""
    check_holds(assertion, now)


def answers_our_login(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """SubjectConfirmationData@InResponseTo is our AuthnRequest (DV-VAL-04)."""
    if assertion.in_response_to != expected.request_id:
        raise AnswerRefused(
            "assertion for another login",
            clause="DV-VAL-04",
            expected=expected.request_id,
            found=assertion.in_response_to,
        )


def audience_holds_us(assertion: Assertion, expected: Expected, now: datetime) -> None:
    """We are among the audiences (DV-VAL-05)."""
    if expected.audience not in assertion.audiences:
        raise AnswerRefused(
            "not meant for us",
            clause="DV-VAL-05",
            expected=expected.audience,
            found=", ".join(audience.value for audience in assertion.audiences),
        )


RESPONSE_RULES: Final[tuple[ResponseRule, ...]] = (from_whom_we_asked, answers_our_request, arrives_where_meant)
ASSERTION_RULES: Final[tuple[AssertionRule, ...]] = (
    by_the_responder,
    recipient_is_our_consumer,
    in_time,
    answers_our_login,
    audience_holds_us,
)
