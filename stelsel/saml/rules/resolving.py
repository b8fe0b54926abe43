"""The rules of the two messages by which an artifact is resolved: for who is asked, and for who asked (ST-SAML 1.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from stelsel.failures import AnswerRefused, WrongDestination
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import ArtifactResolve, ArtifactResponse
from stelsel.saml.freshness import check_issued


class Situation(Protocol):
    """Where and when an ArtifactResolve came in."""

    @property
    def location(self) -> str:
        """The ArtifactResolutionService."""

    @property
    def now(self) -> datetime:
        """By our clock."""


ResolveRule = Callable[[ArtifactResolve, Situation], None]


def meant_for_us(asked: ArtifactResolve, at: Situation) -> None:
    """Destination, when given, is this service (DV-RSV-02)."""
    if asked.destination is not None and asked.destination != at.location:
        raise WrongDestination(
            "Destination is another address", clause="DV-RSV-02", expected=at.location, found=asked.destination
        )


def fresh(asked: ArtifactResolve, at: Situation) -> None:
    """IssueInstant lies within the window (DV-RSV-01)."""
    check_issued(asked.issue_instant, at.now)


RESOLVE_RULES: Final[tuple[ResolveRule, ...]] = (meant_for_us, fresh)


@dataclass(frozen=True, slots=True)
class Resolving:
    """What the answer must fit: whose artifact it was, in which ArtifactResolve it was sent, and when we read it."""

    authority: EntityId
    resolve_id: str
    now: datetime


ResolvedRule = Callable[[ArtifactResponse, Resolving], None]


def by_whose_artifact_it_is(answer: ArtifactResponse, asked: Resolving) -> None:
    """The issuer is the party whose artifact it was (DV-ARR-01)."""
    if answer.issuer != asked.authority:
        raise AnswerRefused(
            "answered by another party", clause="DV-ARR-01", expected=asked.authority, found=answer.issuer
        )


def answers_our_resolve(answer: ArtifactResponse, asked: Resolving) -> None:
    """InResponseTo is our ArtifactResolve (DV-ARR-01)."""
    if answer.in_response_to != asked.resolve_id:
        raise AnswerRefused(
            "answers another ArtifactResolve",
            clause="DV-ARR-01",
            expected=asked.resolve_id,
            found=answer.in_response_to or "no InResponseTo",
        )


def freshly_answered(answer: ArtifactResponse, asked: Resolving) -> None:
    """IssueInstant lies within the window (DV-ARR-01)."""
    check_issued(answer.issue_instant, asked.now)


RESOLVED_RULES: Final[tuple[ResolvedRule, ...]] = (by_whose_artifact_it_is, answers_our_resolve, freshly_answered)
