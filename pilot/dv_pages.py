"""Draws the pages of the sample DVs (PAGES 2.3): D1 start, D3 start after a login that gave nothing, D2 what came back.

Keeps the contract `pilot.sample_dv.views.Pages`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from pilot.check_words import lines
from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.settings import SampleService
from pilot.sample_dv.views import Notice, PassingOn, ResultView, StartView
from runtime.web.dates import moment
from runtime.web.frame import Frame
from runtime.web.language import Language, choose
from runtime.web.look import Look
from runtime.web.pages import go_on, pass_on


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    title: str
    representable: bool


class DvPages:
    """The pages of any sample DV; `look` is that of `pilot.pages.look_of`.

    `refusals` is where a developer reads of each DV, by its name, what was refused of its messages.
    """

    def __init__(self, look: Look, refusals: str) -> None:
        self.look = look
        self._refusals = refusals

    def start(self, request: Request, view: StartView, status: int = 200) -> Response:
        """D1 or D3."""
        language = _language(request)
        services = [_service(service, language) for service in view.services]
        title = view.dv.title[language]
        path = f"/?service={quote(services[0].name)}" if len(services) == 1 else "/"
        frame = Frame(language=language, dv=title, path=path)
        message = self._message(frame, view) if view.notice else Markup()
        return self.look.draw(
            "start.html",
            frame,
            f"D3.{view.notice}" if view.notice else "D1",
            status=status,
            h1=services[0].title if len(services) == 1 else title,
            services=services,
            message=message,
            kind="note" if view.notice is Notice.CANCELLED else "warn",
            band=view.band,
            logged_in=view.logged_in,
            refusals=f"{self._refusals}{quote(view.dv.name)}?lang={language}",
        )

    def result(self, request: Request, view: ResultView) -> Response:
        """D2."""
        language = _language(request)
        service = _service(view.service, language)
        frame = Frame(language=language, dv=view.dv.title[language], service=service.title, path="/result")
        ends_at = view.received.ends_at
        return self.look.draw(
            "result.html",
            frame,
            "D2",
            sentence=self._sentence(frame, view),
            until=self.look.text(frame, "d2.until", moment=moment(ends_at, language)) if ends_at else "",
            rows=tuple(_rows(view, service.title)),
            checks=lines(view.received.checks, language),
            messages=view.received.messages,
            service=service,
            band=view.band,
        )

    def passing_on(self, request: Request, view: PassingOn) -> Response:
        """The way to the gateway."""
        language = _language(request)
        frame = Frame(language=language, dv=view.dv.title[language])
        name = self.look.text(frame, "dv.gateway")
        if not view.fields:
            return go_on(self.look, frame, view.action, name)
        return pass_on(self.look, frame, name, view.action, view.fields)

    def _message(self, frame: Frame, view: StartView) -> Markup:
        """The row of PAGES 2.3 for what came back."""
        if view.notice is Notice.OTHER:
            return self.look.text(frame, "d3.other", code=view.code)
        if view.notice is Notice.LEVEL and view.noticed_service is not None:
            sentence = self.look.text(frame, f"level.{view.noticed_service.minimum}")
            return self.look.text(frame, "d3.level", zin=sentence)
        return self.look.text(frame, f"d3.{view.notice}")

    def _sentence(self, frame: Frame, view: ResultView) -> Markup:
        if view.represented is None:
            return self.look.text(frame, "d2.self", naam=view.acting)
        role = view.received.role
        if role is None:
            return self.look.text(frame, "d2.for_other", naam=view.acting, ander=view.represented)
        return self.look.text(frame, "d2.as_role", naam=view.acting, ander=view.represented, rol=role)


def _rows(view: ResultView, title: str) -> Iterator[tuple[str, str]]:
    """What came in, by the standard's own names: this table is for integrators, and the people in it are made up."""
    received = view.received
    levels = DIALECTS[view.dv.agreed.profile].levels
    word = next((word for word, name in levels.items() if name.lower() == received.loa.lower()), "")
    yield "acting", f"{received.acting.type} {received.acting.value}"
    yield from (("via", f"{each.type} {each.value}") for each in received.via)
    yield from ((each.type, each.value) for each in received.attributes)
    if received.represented is not None:
        yield "represented", f"{received.represented.type} {received.represented.value}"
    yield from (("restriction", f"{each.type} {each.value}") for each in received.restrictions)
    yield from (("RepresentationType", each) for each in received.representation_types)
    yield "level", f"{received.loa} ({word})" if word else received.loa
    yield "service", f"{received.service} ({title})"
    yield from (("AuthenticatingAuthority", each) for each in received.authorities)
    if received.ends_at is not None:
        yield "SessionNotOnOrAfter", f"{received.ends_at:%Y-%m-%dT%H:%M:%SZ}"


def _service(service: SampleService, language: Language) -> _Service:
    return _Service(service.name, service.title[language], service.representable)


def _language(request: Request) -> Language:
    return choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
