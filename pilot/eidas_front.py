"""HTTP in front of the eIDAS stub: which country, then that country's own page, and the doors of an AD."""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from catalog.services import EIDAS
from exchange.answering import SSO_PATH, as_service, back_door, published
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.service import Service
from exchange.settings import PartySettings
from metadata.descriptors import write_entity
from metadata.entities import Entity
from pilot import pages
from pilot.bsnk import Bsnk
from pilot.cast import Person
from pilot.eidas import LEVELS, Crossing, EidasStub, read_level
from pilot.peoplefile import COUNTRIES
from pilot.places import TITLES
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
from stelsel.failures import AuthenticationFailed, Cancelled, Failure, LoginOvertaken, MeansRefused

_ENDINGS: Final[dict[str, type[Failure]]] = {
    "cancel": Cancelled,
    "fail": AuthenticationFailed,
    "refuse": MeansRefused,
}


def build_eidas(settings: PartySettings, world: World, bsnk: Bsnk, clock: Clock) -> Service:
    """The stub as a party: own keys, own store, own journal."""
    assembly = assemble(settings, clock, EIDAS)
    party = assembly.party
    catalog = Catalog(assembly.database)
    held = Artifacts(party.store, party.entity_id, 0, 60)
    stub = EidasStub(party, settings.public_url + SSO_PATH, held, catalog, world, bsnk)
    look = pages.look_of(Site(operator=settings.operator, pilot=True))
    cookie = BrowserCookie(EIDAS, settings.public_url)
    front = _Front(stub, catalog, look, Csrf(settings.handle_key.value), cookie, party.clock)
    metadata = MetadataDocument.written(
        party, lambda at: write_entity(as_connector(assembly, at), party.keys.signing(at), cache=CACHE_DURATION)
    )
    routes = [*front.routes(), Route("/metadata", metadata.answer, methods=["GET"])]
    return as_service(assembly, look, front.frame_of, routes, [back_door(assembly, held, stub.declare)])


def as_connector(assembly: Assembly, at: datetime) -> Entity:
    """What routers see of the stub: an AD without a session, so without logout (MD-AD-01 to MD-AD-04)."""
    return published(assembly, at)


class _Front:
    def __init__(
        self, stub: EidasStub, catalog: Catalog, look: Look, csrf: Csrf, cookie: BrowserCookie, clock: Clock
    ) -> None:
        self._stub = stub
        self._catalog = catalog
        self._look = look
        self._csrf = csrf
        self._cookie = cookie
        self._clock = clock

    def routes(self) -> list[Route]:
        return [
            Route(SSO_PATH, self.sso, methods=["POST"]),
            Route("/inloggen/{crossing}", self.show, methods=["GET"]),
            Route("/inloggen/{crossing}", self.choose, methods=["POST"]),
            *web_pages.static_routes(self._look),
        ]

    async def sso(self, request: Request) -> Response:
        """A router's AuthnRequest (HTTP-POST)."""
        return RedirectResponse(await self._stub.receive(await read_form(request)), status_code=303)

    async def show(self, request: Request) -> Response:
        """Which country; then who, and how strongly; then the way back."""
        crossing = await self._stub.find(request.path_params["crossing"])
        cookie = self._cookie.read(request) or self._cookie.new()
        if crossing.browser is None:
            crossing = await self._stub.keep(crossing, browser=hashed(cookie))
        check_browser(crossing.browser, cookie)
        frame = await self._frame(request, crossing, cookie)
        if crossing.leave_to:
            return web_pages.go_on(self._look, frame, crossing.leave_to)
        response = await self._drawn(frame, crossing)
        self._cookie.set(response, cookie)
        return response

    async def _drawn(self, frame: Frame, crossing: Crossing) -> Response:
        if not crossing.country:
            countries = [(code, names[frame.language]) for code, names in COUNTRIES.items()]
            return pages.countries(self._look, frame, TITLES[EIDAS][frame.language], countries)
        service = await self._stub.service(crossing)
        people = [
            pages.StubPerson(who.name, who.full_name, level, with_bsn=isinstance(who, Person))
            for who, level in self._stub.citizens(crossing.country)
        ]
        return pages.stub(
            self._look,
            frame,
            TITLES[EIDAS][frame.language],
            people,
            service.minimum_on(self._clock(), EIDAS),
            search=crossing.search,
            no_level=crossing.no_level,
            levels=LEVELS,
            country=(crossing.country, COUNTRIES[crossing.country][frame.language]),
        )

    async def choose(self, request: Request) -> Response:
        """A button of one of its pages."""
        form = await read_form(request)
        crossing = await self._stub.find(request.path_params["crossing"])
        cookie = check_browser(crossing.browser, self._cookie.read(request))
        self._csrf.check(form.get("csrf"), cookie, crossing.id)
        what, _, name = form.get("choice", "").partition(":")
        match what:
            case "country" if name in COUNTRIES:
                await self._stub.keep(crossing, country=name)
            case "countries":
                await self._stub.keep(crossing, country="", search="", no_level=False)
            case "search":
                await self._stub.keep(crossing, search=form.get("q", "")[:100], no_level=False)
            case "person" if not form.get("level"):
                await self._stub.keep(crossing, no_level=True)
            case "person":
                await self._stub.log_in(crossing, name, read_level(form["level"]))
            case _ if what in _ENDINGS:
                await self._stub.stop(crossing, _ENDINGS[what]())
            case _:
                raise LoginOvertaken("no such choice on this page")
        return RedirectResponse(request.url.path, status_code=303)

    async def frame_of(self, request: Request) -> Frame:
        """No way back is known to the stub but the router's own."""
        return Frame(language=_language(request), path=request.url.path if request.method == "GET" else "")

    async def _frame(self, request: Request, crossing: Crossing, cookie: str) -> Frame:
        language = _language(request)
        service = await self._stub.service(crossing)
        provider = await self._catalog.provider(service.provider)
        return Frame(
            language=language,
            dv=provider.title[language],
            service=service.title[language],
            path=request.url.path,
            token=self._csrf.token(cookie, crossing.id),
        )


def _language(request: Request) -> Language:
    return choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
