"""HTTP in front of the DigiD stub: its one page, and the doors of an AD."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from exchange.answering import SSO_PATH, as_service, back_door, published
from exchange.artifacts import Artifacts
from exchange.assembly import assemble
from exchange.routes import MetadataDocument
from exchange.service import Service
from exchange.settings import PartySettings
from metadata.descriptors import write_entity
from pilot import pages
from pilot.digid import DigidStub, Ending, Visit
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
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import BadIdentifier, LoginOvertaken


def build_digid(settings: PartySettings, world: World, clock: Clock) -> Service:
    """The stub as a party: own keys, own store, own journal."""
    assembly = assemble(settings, clock, DIGID)
    party = assembly.party
    catalog = Catalog(assembly.database)
    held = Artifacts(party.store, party.entity_id, 0, 60)
    stub = DigidStub(party, settings.public_url + SSO_PATH, held, catalog, world)
    look = pages.look_of(Site(operator=settings.operator, pilot=True))
    cookie = BrowserCookie(DIGID, settings.public_url)
    front = _Front(stub, catalog, world, look, Csrf(settings.handle_key.value), cookie, party.clock)
    metadata = MetadataDocument.written(party, lambda at: write_entity(published(assembly, at), party.keys.signing(at)))
    routes = [*front.routes(), Route("/metadata", metadata, methods=["GET"])]
    return as_service(assembly, look, front.frame_of, routes, [back_door(assembly, held, stub.declare)])


class _Front:
    def __init__(
        self,
        stub: DigidStub,
        catalog: Catalog,
        world: World,
        look: Look,
        csrf: Csrf,
        cookie: BrowserCookie,
        clock: Clock,
    ) -> None:
        self._stub = stub
        self._catalog = catalog
        self._world = world
        self._look = look
        self._csrf = csrf
        self._cookie = cookie
        self._clock = clock

    def routes(self) -> list[Route]:
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
        """Who logs in, how strongly, or how it ends otherwise; once that is said, the way back."""
        visit = await self._stub.find(request.path_params["visit"])
        cookie = self._cookie.read(request) or self._cookie.new()
        if visit.browser is None:
            visit = await self._stub.keep(visit, browser=hashed(cookie))
        check_browser(visit.browser, cookie)
        frame = await self._frame(request, visit, cookie)
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
                await self._stub.end(visit, Ending.LOG_IN, name, _level(form["level"]))
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
