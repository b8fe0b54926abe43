"""HTTP in front of the DigiD stub: its one page, and the doors of an AD."""

from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from exchange.answering import SSO_PATH, as_service, back_door, published
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.logout import SLO_PATH, LogoutDoor
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.service import Service
from exchange.settings import PartySettings
from metadata.descriptors import write_entity
from metadata.entities import Endpoint, Entity
from pilot import pages
from pilot.digid import DigidStub, Ending, Visit
from pilot.digid_sessions import DigidSessions
from pilot.places import DIGID, TITLES
from pilot.world import World
from runtime.settings import Clock
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame, Site
from runtime.web.language import Language, choose
from runtime.web.look import Look
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier, LoginOvertaken


def build_digid(settings: PartySettings, world: World, clock: Clock) -> Service:
    """The stub as a party: own keys, own store, own journal."""
    assembly = assemble(settings, clock, DIGID)
    party = assembly.party
    catalog = Catalog(assembly.database)
    held = Artifacts(party.store, party.entity_id, 0, 60)
    sessions = DigidSessions(party.store, LogoutDoor(party, settings.public_url + SLO_PATH))
    stub = DigidStub(party, settings.public_url + SSO_PATH, held, catalog, world, sessions)
    look = pages.look_of(Site(operator=settings.operator, pilot=True))
    cookie = BrowserCookie(DIGID, settings.public_url)
    session_cookie = BrowserCookie(f"{DIGID}-session", settings.public_url)
    front = _Front(
        stub, sessions, catalog, world, look, Csrf(settings.handle_key.value), cookie, session_cookie, party.clock
    )
    metadata = MetadataDocument.written(
        party, lambda at: write_entity(as_authority(assembly, at), party.keys.signing(at), cache=CACHE_DURATION)
    )
    routes = [*front.routes(), Route("/metadata", metadata.answer, methods=["GET"])]
    return as_service(assembly, look, front.frame_of, routes, [back_door(assembly, held, stub.declare)])


def as_authority(assembly: Assembly, at: datetime) -> Entity:
    """What routers see of the stub: an AD that listens for logout too (MD-AD-01 to MD-AD-04)."""
    logout = Endpoint(urns.HTTP_POST, assembly.settings.public_url + SLO_PATH)
    return replace(published(assembly, at), single_logout=(logout,))


class _Front:
    def __init__(
        self,
        stub: DigidStub,
        sessions: DigidSessions,
        catalog: Catalog,
        world: World,
        look: Look,
        csrf: Csrf,
        cookie: BrowserCookie,
        session_cookie: BrowserCookie,
        clock: Clock,
    ) -> None:
        self._stub = stub
        self._sessions = sessions
        self._session_cookie = session_cookie
        self._catalog = catalog
        self._world = world
        self._look = look
        self._csrf = csrf
        self._cookie = cookie
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route(SSO_PATH, self.sso, methods=["POST"]),
            Route(SLO_PATH, self.log_out, methods=["POST"]),
            Route("/inloggen/{visit}", self.show, methods=["GET"]),
            Route("/inloggen/{visit}", self.choose, methods=["POST"]),
            *web_pages.static_routes(self._look),
        ]

    async def sso(self, request: Request) -> Response:
        """A router's AuthnRequest (HTTP-POST)."""
        return RedirectResponse(await self._stub.receive(await read_form(request)), status_code=303)

    async def log_out(self, request: Request) -> Response:
        """A router's LogoutRequest (HTTP-POST), and the way back with the answer."""
        form = await self._sessions.receive(await read_form(request))
        return web_pages.pass_on(
            self._look, await self.frame_of(request), self._look.site.operator, form.action, form.fields
        )

    async def show(self, request: Request) -> Response:
        """Who logs in, how strongly, or how it ends otherwise; once that is said, the way back.

        A session that is open and strong enough answers by itself, unless the router forces a login.
        """
        visit = await self._stub.find(request.path_params["visit"])
        cookie = self._cookie.read(request) or self._cookie.new()
        if visit.browser is None:
            visit = await self._stub.keep(visit, browser=hashed(cookie))
        check_browser(visit.browser, cookie)
        frame = await self._frame(request, visit, cookie)
        if not visit.leave_to:
            visit = await self._stub.end_silently(visit, self._session_cookie.read(request)) or visit
        if visit.leave_to:
            return web_pages.go_on(self._look, frame, visit.leave_to)
        service = await self._catalog.service(visit.service, visit.dv, self._clock())
        people = [
            pages.StubPerson(person.name, person.full_name, person.means[DIGID])
            for person in self._world.persons
            if DIGID in person.means
        ]
        response = pages.stub(
            self._look,
            frame,
            TITLES[DIGID]["nl"],
            people,
            service.minimum_on(self._clock()),
            search=visit.search,
            no_level=visit.no_level,
        )
        self._cookie.set(response, cookie)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of that page."""
        form = await read_form(request)
        visit = await self._stub.find(request.path_params["visit"])
        cookie = check_browser(visit.browser, self._cookie.read(request))
        self._csrf.check(form.get("csrf"), cookie, visit.id)
        what, _, name = form.get("choice", "").partition(":")
        match what:
            case "search":
                await self._stub.keep(visit, search=form.get("q", "")[:100], no_level=False)
            case "person" if not form.get("level"):
                await self._stub.keep(visit, no_level=True)
            case "person":
                session = self._session_cookie.new()  # a new value at each login: nobody can have planted it
                await self._stub.end(visit, Ending.LOG_IN, name, _level(form["level"]), session)
                response = RedirectResponse(request.url.path, status_code=303)
                self._session_cookie.set(response, session)
                return response
            case Ending.CANCEL | Ending.FAIL | Ending.REFUSE:
                await self._stub.end(visit, Ending(what))
            case _:
                raise LoginOvertaken("no such choice on this page")
        return RedirectResponse(request.url.path, status_code=303)

    async def frame_of(self, request: Request) -> Frame:
        """No way back is known to the stub but the router's own."""
        return Frame(language=_language(request), path=request.url.path if request.method == "GET" else "")

    async def _frame(self, request: Request, visit: Visit, cookie: str) -> Frame:
        language = _language(request)
        provider = await self._catalog.provider(visit.dv)
        service = await self._catalog.service(visit.service, visit.dv, self._clock())
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
