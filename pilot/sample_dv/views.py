"""What the DV's pages show, as plain values, and the contract of whoever draws them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from pilot.sample_dv.received import Answer, Distrusted, Received, Refused
from pilot.sample_dv.settings import SampleDvSettings, SampleService


class Notice(StrEnum):
    """What the user is told after a login that gave nothing, or a logout that somewhere failed (PAGES 2.3, L2)."""

    CANCELLED = "cancelled"
    FAILED = "failed"
    LEVEL = "level"
    NO_MANDATE = "no_mandate"
    SOURCE_AWAY = "source_away"
    OTHER = "other"
    LOGOUT = "logout"


_BY_MESSAGE = {
    "Authentication cancelled": Notice.CANCELLED,
    "Authentication failed": Notice.FAILED,
    "Level of assurance not met": Notice.LEVEL,
    "No valid representation": Notice.NO_MANDATE,
    "Representation source not available": Notice.SOURCE_AWAY,
}


def notice_of(answer: Answer | None) -> Notice | None:
    """Which row, or None when nothing went wrong. The StatusMessage decides; only its exact words count."""
    match answer:
        case Refused(message=message):
            return _BY_MESSAGE.get(message or "", Notice.OTHER)
        case Distrusted():
            return Notice.OTHER
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Stands on every page after a login for somebody else (DV-VAL-08 in a form that the user reads)."""

    represented: str
    service: SampleService


@dataclass(frozen=True, slots=True, kw_only=True)
class StartView:
    """D1, and with a notice D3: the services to show, each with its one or two buttons to `/login`."""

    dv: SampleDvSettings
    services: tuple[SampleService, ...]
    notice: Notice | None
    noticed_service: SampleService | None
    code: str
    band: Band | None
    logged_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """D2. Names are the DV's own, from its administration, not from the message."""

    dv: SampleDvSettings
    service: SampleService
    received: Received
    acting: str
    represented: str | None
    band: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingOn:
    """The form that carries a message to the gateway (HTTP-POST); without fields an address to go on to."""

    dv: SampleDvSettings
    action: str
    fields: dict[str, str]


class Pages(Protocol):
    """Draws the pages; the language is the request's."""

    def start(self, request: Request, view: StartView, status: int = 200) -> Response:
        """D1 or D3."""

    def result(self, request: Request, view: ResultView) -> Response:
        """D2."""

    def passing_on(self, request: Request, view: PassingOn) -> Response:
        """The way to the gateway."""
