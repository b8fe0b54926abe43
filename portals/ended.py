"""How a login ended that gave nothing: one word for a URL, from which the start page makes its sentence (PAGES 2.3)."""

from enum import StrEnum

from stelsel.failures import AssuranceTooLow, AuthenticationFailed, Cancelled, Failure


class Ended(StrEnum):
    """`OVER` is of a session that was left too long."""

    CANCELLED = "cancelled"
    FAILED = "failed"
    LEVEL = "level"
    OTHER = "other"
    OVER = "over"


def read_ended(text: str | None) -> Ended | None:
    """The word in a query; None for another, or none."""
    return next((each for each in Ended if each == text), None)


def ended_by(failure: Failure) -> Ended:
    """What the user reads of a status that the gateway told."""
    match failure:
        case Cancelled():
            return Ended.CANCELLED
        case AuthenticationFailed():
            return Ended.FAILED
        case AssuranceTooLow():
            return Ended.LEVEL
    return Ended.OTHER
