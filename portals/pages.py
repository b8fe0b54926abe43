"""The pages that all portals have: where one logs in (D1, D3), and the ends of a logout (L1, L2)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from catalog.services import Service
from portals.ended import Ended
from runtime.web.frame import Frame
from runtime.web.look import Look

FOLDER: Final = Path(__file__).parent
_NOTES: Final = frozenset({Ended.CANCELLED, Ended.OVER})


@dataclass(frozen=True, slots=True)
class Who:
    """Who is logged in, for the header of a page; `name` is empty where the BRP did not tell it."""

    logged_in: bool = False
    name: str = field(default="", repr=False)


NOBODY: Final = Who()


def start(look: Look, frame: Frame, service: Service, lead: str, ended: Ended | None = None) -> Response:
    """D1, or D3 after a login that gave nothing; `lead` is the key of the text that says what one can do here."""
    message = Markup()
    if ended is Ended.LEVEL:
        message = look.text(frame, "ended.level", zin=look.text(frame, f"level.{service.minimum.word}"))
    elif ended is not None:
        message = look.text(frame, f"ended.{ended}")
    return look.draw(
        "start.html",
        frame,
        f"D3.{ended}" if ended else "D1",
        title=service.title[frame.language],
        lead=look.text(frame, lead),
        message=message,
        kind="note" if ended in _NOTES else "warn",
        who=NOBODY,
    )


def logged_out(look: Look, frame: Frame, *, everywhere: bool) -> Response:
    """L1, or L2 where the gateway did not confirm."""
    key = "l1" if everywhere else "l2"
    values = {"dv": frame.dv} if everywhere else {"naam": look.text(frame, "portal.gateway")}
    text = look.text(frame, f"{key}.text", **values)
    return look.draw("logged_out.html", frame, key.upper(), key=key, text=text, who=NOBODY)
