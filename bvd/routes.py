"""HTTP at the front of the BVD: reads what comes in, lets the visit carry out the step, and draws what is shown."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bvd import pages
from bvd.choose import Choose, GoOn, ShowList, Shown, ShowRefusal, ShowSummary
from bvd.choosing import Choosing
from bvd.decide import Page
from bvd.request import RepresentationDoor
from catalog.repository import Catalog
from catalog.services import Service
from runtime.handles import Handles
from runtime.settings import Clock
from runtime.telemetry import trace_id
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import Language, choose, known
from runtime.web.look import Look
from stelsel.failures import LoginOvertaken, PageUnknown, Unavailable
from stelsel.identifiers import EntityId

SSO_PATH: Final = "/saml/sso"
_ENDS_SOON: Final = timedelta(days=1)  # PAGES 2.2, B3 `until`


class Front:
    """The BVD's pages and its door for routers."""

    def __init__(
        self,
        visits: Choose,
        door: RepresentationDoor,
        catalog: Catalog,
        handles: Handles,
        cookie: BrowserCookie,
        csrf: Csrf,
        look: Look,
        clock: Clock,
    ) -> None:
        self._visits = visits
        self._door = door
        self._catalog = catalog
        self._handles = handles
        self._cookie = cookie
        self._csrf = csrf
        self._look = look
        self._clock = clock

    def routes(self) -> list[Route]:
        """Everything a browser may ask, metadata apart."""
        return [
            Route(SSO_PATH, self.sso, methods=["POST"]),
            Route("/choose/{handle}", self.show, methods=["GET"]),
            Route("/choose/{handle}", self.choose, methods=["POST"]),
            *(Route(f"/{name}", self.static, methods=["GET"]) for name in web_pages.Static),
            self._look.static.route(),
        ]

    async def sso(self, request: Request) -> Response:
        """A router's AuthnRequest (HTTP-POST). A failure here is told on a page of ours, never by a redirect."""
        asked = await self._door.receive(await read_form(request))
        return _see_other(await self._visits.begin(asked, trace_id()))

    async def show(self, request: Request) -> Response:
        """A page of a visit; the first one binds it to this browser."""
        choosing = await self._find(request)
        cookie = self._cookie.read(request)
        fresh: str | None = None
        if choosing.browser is None:
            fresh = cookie = cookie or self._cookie.new()
            choosing = await self._visits.bind(choosing, hashed(cookie))
        cookie = check_browser(choosing.browser, cookie)
        asked = known(request.query_params.get("lang"))
        if asked is not None:
            choosing = await self._visits.speak(choosing, asked)
        response = await self._drawn(request, await self._visits.show(choosing), cookie)
        if fresh is not None:
            self._cookie.set(response, fresh)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of a page. Pressed once more after the last look, it leads on: there is one declaration."""
        form = await read_form(request)
        choosing = await self._find(request)
        cookie = check_browser(choosing.browser, self._cookie.read(request))
        if choosing.leave_to is not None:
            return _see_other(self._visits.path(choosing))
        self._csrf.check(form.get("csrf"), cookie, _step_of(choosing))
        return _see_other(await self._chosen(choosing, form.get("choice", ""), form.get("q", "")))

    async def static(self, request: Request) -> Response:
        """Hulp, Privacy, Toegankelijkheid."""
        path = request.url.path
        frame = Frame(language=_language(request, None), path=path)
        return web_pages.static_page(self._look, frame, web_pages.Static(path[1:]))

    async def frame_of(self, request: Request) -> Frame:
        """As much of the way back as the handle tells, also when the visit itself is gone (PAGES 2, rule c)."""
        language = _language(request, None)
        handle = self._handles.read(request.path_params.get("handle", ""))
        if handle is None:
            return Frame(language=language)
        try:
            dv = EntityId(handle.dv)
            provider = await self._catalog.provider(dv)
            services = await self._catalog.services_of(dv)
        except Unavailable:
            return Frame(language=language)
        title = next((one.title[language] for one in services if one.uuid.value == handle.service), "")
        return Frame(language=language, dv=provider.title[language], service=title, back=provider.url)

    async def _chosen(self, choosing: Choosing, choice: str, search: str) -> str:
        what, _, value = choice.partition(":")
        match what:
            case "pick":
                return await self._visits.pick(choosing, value)
            case "go":
                return await self._visits.confirm(choosing)
            case "another":
                return await self._visits.choose_again(choosing)
            case "retry":
                return await self._visits.ask_again(choosing)
            case "search":
                return await self._visits.look(choosing, search, 0)
            case "clear":
                return await self._visits.look(choosing, "", 0)
            case "page" if value.isascii() and value.isdigit():
                return await self._visits.look(choosing, choosing.search, int(value[:4]))
            case "cancel":
                return await self._visits.cancel(choosing)
            case "back":
                return await self._visits.go_back(choosing)
        raise LoginOvertaken("no such choice on this page", clause="R-CHOICE")

    async def _find(self, request: Request) -> Choosing:
        handle = self._handles.read(request.path_params.get("handle", ""))
        if handle is None:
            raise PageUnknown("no handle of ours")
        return await self._visits.find(handle.flow)

    async def _drawn(self, request: Request, shown: Shown, cookie: str) -> Response:
        frame = await self._frame(request, shown.choosing, shown.service, cookie)
        told = shown.choosing.told
        match shown:
            case GoOn(_, _, url):
                return web_pages.go_on(self._look, frame, url)
            case ShowRefusal(_, _, told) if told.page is Page.AWAY:
                return pages.away(self._look, frame, told.silent or (told.away or "",))
            case ShowRefusal(_, _, told) if told.page is not None:
                return pages.refused(self._look, frame, told.page, notices=told.notices, asked=told.answered)
            case ShowSummary(choosing, _, chosen) if told is not None:
                alone = len(choosing.offered) == 1
                ends_soon = chosen.ends_at is not None and chosen.ends_at <= self._clock() + _ENDS_SOON
                return pages.summary(
                    self._look,
                    frame,
                    chosen.representation,
                    acting=choosing.acting_name,
                    until=chosen.ends_at if ends_soon else None,
                    may_choose=not alone,
                    notices=told.notices if alone else pages.NONE,
                    silent=told.silent if alone else (),
                )
            case ShowList(choosing) if told is not None:
                return pages.choose(
                    self._look,
                    frame,
                    [(offered.token, offered.representation) for offered in choosing.offered],
                    notices=told.notices,
                    silent=told.silent,
                    search=choosing.search,
                    page=choosing.page,
                )
        raise LoginOvertaken("this visit was decided elsewhere")

    async def _frame(self, request: Request, choosing: Choosing, service: Service, cookie: str) -> Frame:
        language = _language(request, choosing.language)
        provider = await self._catalog.provider(choosing.dv)
        return Frame(
            language=language,
            dv=provider.title[language],
            service=service.title[language],
            path=self._visits.path(choosing),
            token=self._csrf.token(cookie, _step_of(choosing)),
            back=provider.url,
        )


def _step_of(choosing: Choosing) -> str:
    return f"{choosing.id}:{choosing.version}"


def _language(request: Request, stored: str | None) -> Language:
    return choose(request.query_params.get("lang"), stored, request.headers.get("accept-language"))


def _see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
