"""The page with the messages of a party that were refused last; for its integrators."""

from collections.abc import Mapping

from starlette.responses import Response

from runtime.reports import LastRefused
from runtime.web.dates import moment
from runtime.web.frame import Frame
from runtime.web.look import Look


def refusals_page(look: Look, frame: Frame, lists: Mapping[str, LastRefused]) -> Response:
    """`lists` by the EntityID of the party; most have one."""
    return look.draw("refusals.html", frame, "R1", lists=lists, moment=lambda at: moment(at, frame.language))
