"""What an LC's pages show, and the contract of whoever draws them: it has no page of its own but a stop on the way."""

from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from pilot.sample_lc.settings import ConnectedDv


@dataclass(frozen=True, slots=True)
class PassingOn:
    """The form that carries a message to the gateway (HTTP-POST), in the name of the DV that the user knows."""

    dv: ConnectedDv
    action: str
    fields: dict[str, str] = field(repr=False)


class Pages(Protocol):
    """Draws the pages; the language is the request's."""

    def passing_on(self, request: Request, view: PassingOn) -> Response:
        """The way to the gateway."""

    def back(self, request: Request, dv: ConnectedDv, state: str, ticket: str) -> Response:
        """The way back to the DV after a logout: a page, since a browser lets no form of the gateway's lead to it."""

    def told(self, request: Request, status: int) -> Response:
        """That this visit cannot go on here."""
