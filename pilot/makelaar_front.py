"""HTTP in front of a stub makelaar: who, for which organisation, how surely; and the doors of an AD."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from exchange.answering import SSO_PATH
from pilot import makelaar_pages, pages
from pilot.makelaar import Ending, MakelaarStub, Visit
from pilot.world import World
from runtime.settings import Clock
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import Language, choose
from runtime.web.look import Look
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier, LoginOvertaken
from stelsel.identifiers import EntityId
from stelsel.reasons import Reason

MEANS: Final = "eherkenning"


class MakelaarFront:
    """The pages of one makelaar, called `title`."""

    def __init__(
        self,
        title: Mapping[Language, str],
        stub: MakelaarStub,
        catalog: Catalog,
        world: World,
        look: Look,
        csrf: Csrf,
        cookie: BrowserCookie,
        clock: Clock,
    ) -> None:
        self._title = title
        self._stub = stub
        self._catalog = catalog
        self._world = world
        self._look = look
        self._csrf = csrf
        self._cookie = cookie
        self._clock = clock

    def routes(self) -> list[Route]:
        """What a browser may ask, metadata apart."""
        return [
            Route(SSO_PATH, self.sso, methods=["POST"]),
            Route("/inloggen/{visit}", self.show, methods=["GET"]),
            Route("/inloggen/{visit}", self.choose, methods=["POST"]),
            *web_pages.static_routes(self._look),
        ]

    async def sso(self, request: Request) -> Response:
        """A router's AuthnRequest (HTTP-POST)."""
        return RedirectResponse(await self._stub.receive(await read_form(request)), status_code=303)

    async def show(self, request: Request) -> Response:
        """The page that is due: who (S1), for which organisation (S3), why not (S4), or the way back."""
        visit = await self._stub.find(request.path_params["visit"])
        cookie = self._cookie.read(request) or self._cookie.new()
        if visit.browser is None:
            visit = await self._stub.keep(visit, browser=hashed(cookie))
        check_browser(visit.browser, cookie)
        frame = await self._frame(request, visit, cookie)
        if visit.leave_to:
            return web_pages.go_on(self._look, frame, visit.leave_to)
        response = await self._drawn(visit, frame)
        self._cookie.set(response, cookie)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of the page that is due."""
        form = await read_form(request)
        visit = await self._stub.find(request.path_params["visit"])
        cookie = check_browser(visit.browser, self._cookie.read(request))
        self._csrf.check(form.get("csrf"), cookie, visit.id)
        await self._carry_out(visit, form)
        return RedirectResponse(request.url.path, status_code=303)

    async def _carry_out(self, visit: Visit, form: Mapping[str, str]) -> None:
        what, _, name = form.get("choice", "").partition(":")
        match what:
            case "search":
                await self._stub.keep(visit, search=form.get("q", "")[:100], no_level=False)
            case "person" if not form.get("level"):
                await self._stub.keep(visit, no_level=True)
            case "person":
                await self._stub.recognise(visit, name, _level(form["level"]))
            case "organisation":
                number = name.rpartition(":")[2]
                await self._stub.pick(visit, int(number) if number.isascii() and number.isdecimal() else -1)
            case "retry" if visit.refused:
                await self._stub.recognise(visit, visit.employee, LevelOfAssurance(visit.level))
            case "back" if visit.refused:
                await self._stub.leave(visit)
            case Ending.CANCEL | Ending.FAIL | Ending.REFUSE:
                await self._stub.end(visit, Ending(what))
            case _:
                raise LoginOvertaken("no such choice on this page")

    async def _drawn(self, visit: Visit, frame: Frame) -> Response:
        title = self._title[frame.language]
        if visit.refused:
            employee = self._world.employee(visit.employee)
            office = self._world.organisation(employee.organisation).full_name
            away = visit.refused == Reason.REGISTER_UNAVAILABLE
            return makelaar_pages.refused(self._look, frame, title, office, away=away)
        if visit.offered:
            return makelaar_pages.organisations(self._look, frame, title, visit.organisations)
        service = await self._stub.service(visit)
        offices = {each.name: each.full_name for each in self._world.organisations}
        people = [
            pages.StubPerson(each.name, f"{each.name}, {offices[each.organisation]}", each.loa)
            for each in self._world.employees
        ]
        return pages.stub(
            self._look,
            frame,
            title,
            people,
            service.minimum_on(self._clock(), MEANS),
            search=visit.search,
            no_level=visit.no_level,
            names={level: level.etoegang_word for level in LevelOfAssurance},
        )

    async def frame_of(self, request: Request) -> Frame:
        """No way back is known to the stub but the router's own."""
        return Frame(language=_language(request), path=request.url.path if request.method == "GET" else "")

    async def _frame(self, request: Request, visit: Visit, cookie: str) -> Frame:
        language = _language(request)
        provider = await self._catalog.provider(EntityId(visit.dv))
        service = await self._stub.service(visit)
        return Frame(
            language=language,
            dv=provider.title[language],
            service=service.title[language],
            path=request.url.path,
            token=self._csrf.token(cookie, visit.id),
        )


def _level(word: str) -> LevelOfAssurance:
    try:
        return LevelOfAssurance.from_word(word)
    except KeyError as unknown:
        raise BadIdentifier("no such level") from unknown


def _language(request: Request) -> Language:
    return choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
