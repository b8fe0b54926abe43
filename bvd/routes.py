"""HTTP at the front of the BVD: reads what comes in, lets the visit carry out the step, and draws what is shown."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bvd import pages
from bvd.choose import Choose, GoOn, ShowList, Shown, ShowNaming, ShowRefusal, ShowSummary
from bvd.choosing import Choosing
from bvd.decide import Page
from bvd.request import RepresentationDoor
from catalog.frames import Frames, language_of
from exchange.answering import SSO_PATH
from runtime.settings import Clock
from runtime.telemetry import trace_id
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie, new_value, with_flow
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.language import known
from runtime.web.look import Look
from stelsel.failures import LoginOvertaken, PageUnknown

_ENDS_SOON: Final = timedelta(days=1)  # PAGES 2.2, B3 `until`


class Front:
    """The BVD's pages and its door for routers."""

    def __init__(
        self,
        visits: Choose,
        door: RepresentationDoor,
        frames: Frames,
        cookie: BrowserCookie,
        csrf: Csrf,
        look: Look,
        clock: Clock,
    ) -> None:
        self._visits = visits
        self._door = door
        self._frames = frames
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
            *web_pages.static_routes(self._look),
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
            token = new_value()
            fresh = cookie = with_flow(cookie, token)
            choosing = await self._visits.bind(choosing, hashed(token))
        token = check_browser(choosing.browser, cookie)
        asked = known(request.query_params.get("lang"))
        if asked is not None:
            choosing = await self._visits.speak(choosing, asked)
        response = await self._drawn(request, await self._visits.show(choosing), token)
        if fresh is not None:
            self._cookie.set(response, fresh)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of a page. Pressed once more after the last look, it leads on: there is one declaration."""
        form = await read_form(request)
        choosing = await self._find(request)
        token = check_browser(choosing.browser, self._cookie.read(request))
        if choosing.leave_to is not None:
            return _see_other(self._visits.path(choosing))
        self._csrf.check(form.get("csrf"), token, _step_of(choosing))
        return _see_other(await self._chosen(choosing, form))

    async def _chosen(self, choosing: Choosing, form: Mapping[str, str]) -> str:
        what, _, value = form.get("choice", "").partition(":")
        match what:
            case "pick":
                return await self._visits.pick(choosing, value)
            case "go":
                return await self._visits.confirm(choosing)
            case "bybsn":
                return await self._visits.open_naming(choosing)
            case "name":
                return await self._visits.name(choosing, form.get("bsn", ""))
            case "another" | "list":
                return await self._visits.choose_again(choosing)
            case "retry":
                return await self._visits.ask_again(choosing)
            case "search":
                return await self._visits.look(choosing, form.get("q", ""), 0)
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
        handle = self._frames.handle_of(request)
        if handle is None:
            raise PageUnknown("no handle of ours")
        return await self._visits.find(handle.flow)

    async def _drawn(self, request: Request, shown: Shown, browser: str) -> Response:
        visit = shown.choosing
        token = self._csrf.token(browser, _step_of(visit))
        language = language_of(request, visit.language)
        frame = await self._frames.during(shown.service, language, self._visits.path(visit), token)
        told = visit.told
        match shown:
            case GoOn(_, _, url):
                return web_pages.go_on(self._look, frame, url)
            case ShowNaming(choosing, _, has_list):
                return pages.name_by_bsn(self._look, frame, choosing.mistyped, has_list=has_list)
            case ShowRefusal(_, _, told) if told.page is Page.AWAY:
                return pages.away(self._look, frame, told.silent or (told.away or "",))
            case ShowRefusal(choosing, _, told) if told.page is Page.EMPLOYEE:
                return pages.employee_refused(self._look, frame, choosing.acting_name)
            case ShowRefusal(_, _, told) if told.page is not None:
                return pages.refused(
                    self._look,
                    frame,
                    told.page,
                    notices=told.notices,
                    asked=told.answered,
                    by_bsn=shown.service.by_bsn,
                )
            case ShowSummary(choosing, _, chosen) if told is not None:
                alone = len(choosing.offered) == 1
                listed = choosing.listed is not None and bool(choosing.listed.offered)
                ends_soon = chosen.ends_at is not None and chosen.ends_at <= self._clock() + _ENDS_SOON
                return pages.summary(
                    self._look,
                    frame,
                    chosen.representation,
                    acting=choosing.acting_name,
                    organisation=choosing.acting_name if choosing.identity.office else "",
                    until=chosen.ends_at if ends_soon else None,
                    may_choose=not alone or listed,
                    by_bsn=shown.service.by_bsn,
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
                    by_bsn=shown.service.by_bsn,
                )
        raise LoginOvertaken("this visit was decided elsewhere")


def _step_of(choosing: Choosing) -> str:
    return f"{choosing.id}:{choosing.version}"


def _see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
