"""The pages of Machtigen (PAGES 2.5): M1 the overview."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from portals.pages import Who
from runtime.web.frame import Frame
from runtime.web.look import Look


@dataclass(frozen=True, slots=True)
class Row:
    """One mandate in a list: with whom, for what, since when, and how it stands."""

    other: str
    services: str
    period: str
    state: str


def overview(look: Look, frame: Frame, who: Who, mine: Sequence[Row], theirs: Sequence[Row]) -> Response:
    """M1: for whom the user may act (`mine`), and who may act for him (`theirs`)."""
    return look.draw("overview.html", frame, "M1", who=who, mine=mine, theirs=theirs)
