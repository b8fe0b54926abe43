"""Draws the pages of the sample LCs: the stop on the way to the gateway, in the DV's name, and the ends of PAGES 2.1.

Keeps the contract `pilot.sample_lc.views.Pages`.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from pilot.sample_dv.fetching import new_code
from pilot.sample_lc.settings import ConnectedDv
from pilot.sample_lc.views import PassingOn
from runtime.web.frame import Frame
from runtime.web.language import Language, choose
from runtime.web.look import Look
from runtime.web.pages import End, end, go_on, pass_on


class LcPages:
    """The pages of any sample LC; `look` is that of `pilot.pages.look_of`."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def passing_on(self, request: Request, view: PassingOn) -> Response:
        """The way to the gateway."""
        language = _language(request)
        frame = Frame(language=language, dv=view.dv.title[language])
        return pass_on(self.look, frame, self.look.text(frame, "dv.gateway"), view.action, view.fields)

    def back(self, request: Request, dv: ConnectedDv, state: str, ticket: str) -> Response:
        """The way back to the DV."""
        language = _language(request)
        onward = urlencode({"RelayState": state, "ticket": ticket})
        return go_on(self.look, Frame(language=language, dv=dv.title[language]), f"{dv.site}/slo?{onward}")

    def told(self, request: Request, status: int) -> Response:
        """E1 for a visit that belongs to no login, E5 when the gateway does not answer."""
        page = End.UNTRUSTED if status < 500 else End.OURS
        return end(self.look, Frame(language=_language(request)), page, new_code(), http=status)


def _language(request: Request) -> Language:
    return choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
