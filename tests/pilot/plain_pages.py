"""Pages of a sample DV without any look, for tests that are about messages."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pilot.sample_dv.views import PassingOn, ResultView, StartView


class PlainPages:
    """Keeps the contract `Pages`."""

    def start(self, request: Request, view: StartView, status: int = 200) -> Response:
        """D1, D3."""
        band = view.band.represented if view.band else ""
        name = "D3" if view.notice else "D1"
        text = f"notice={view.notice} code={view.code} band={band} logged_in={view.logged_in}"
        return HTMLResponse(f'<main data-page="{name}"><p>{escape(text)}</p></main>', status)

    def result(self, request: Request, view: ResultView) -> Response:
        """D2."""
        band = view.band.represented if view.band else ""
        text = f"acting={view.acting} represented={view.represented} band={band}"
        return HTMLResponse(f'<main data-page="D2"><p>{escape(text)}</p></main>')

    def passing_on(self, request: Request, view: PassingOn) -> Response:
        """G3's shape."""
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in view.fields.items()
        )
        return HTMLResponse(
            f'<main data-page="G3"><form method="post" action="{view.action}">{fields}<button>Ga</button></form></main>'
        )
