"""The doors of a portal: login and logout through the gateway, and who is logged in for the pages behind them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.repository import Catalog
from exchange.assembly import Assembly
from exchange.logout import SLO_PATH, LogoutDoor, from_form
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.resolve import Resolver
from metadata.descriptors import write_entity
from portals import pages
from portals.ended import Ended, ended_by, read_ended
from portals.logins import LoggedIn, Logins
from portals.logouts import Logouts
from portals.pages import NOBODY, Who
from portals.provider import CONSUMER_PATH, as_provider
from portals.sessions import Session, Sessions, Visit
from runtime.handles import Handle, Handles
from runtime.web import pages as web_pages
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import choose, known
from runtime.web.look import Look
from stelsel.failures import Failure, MessageMalformed, PageUnknown, UnknownIssuer, outcome_of
from stelsel.identifiers import Bsn, EntityId, ServiceUuid

LOGIN_PATH: Final = "/login"
LOGOUT_PATH: Final = "/logout"
GONE_PATH: Final = "/logged-out"
PARTLY_PATH: Final = "/partly-logged-out"
NameOf = Callable[[Bsn, datetime], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where a portal lives in the network: who lets people in, for which service, and what that service says of it."""

    gateway: EntityId
    service: ServiceUuid
    lead: str


class Door:
    """Login, logout, session and frame of one portal; `name_of` tells what the BRP calls somebody."""

    def __init__(
        self, assembly: Assembly, catalog: Catalog, look: Look, handles: Handles, at: At, name_of: NameOf, party: str
    ) -> None:
        settings, us = assembly.settings, assembly.party
        resolver = Resolver(us, assembly.http, settings.resolve_seconds, settings.resolve_bytes)
        consumer = settings.public_url + CONSUMER_PATH
        self._logins = Logins(us, resolver, catalog, handles, at.gateway, at.service, consumer)
        slo = LogoutDoor(us, settings.public_url + SLO_PATH)
        self._logouts = Logouts(us, slo, handles, at.gateway, at.service.value)
        self._sessions = Sessions(us.store)
        self._flow_cookie = BrowserCookie(party, settings.public_url)
        self._cookie = BrowserCookie(f"{party}-session", settings.public_url)
        self._csrf = Csrf(settings.handle_key.value)
        self._assembly = assembly
        self._catalog = catalog
        self._look = look
        self._handles = handles
        self._at = at
        self._name_of = name_of
        self._metadata = MetadataDocument(us.clock, self._written, us.keys.standing)

    def routes(self) -> list[Route]:
        """Everything but the pages behind the login, and the first page: which of both it is, they know."""
        return [
            Route(LOGIN_PATH, self.begin, methods=["POST"]),
            Route(LOGIN_PATH + "/{handle}", self.pass_on, methods=["GET"]),
            Route(CONSUMER_PATH, self.arrive, methods=["GET"]),
            Route(LOGOUT_PATH, self.leave, methods=["POST"]),
            Route(LOGOUT_PATH + "/{handle}", self.pass_on_leaving, methods=["GET"]),
            Route(SLO_PATH, self.left, methods=["POST"]),
            Route(GONE_PATH, self.gone, methods=["GET"]),
            Route(PARTLY_PATH, self.gone, methods=["GET"]),
            Route("/metadata", self._metadata.answer, methods=["GET"]),
            *web_pages.static_routes(self._look),
        ]

    async def visit(self, request: Request) -> Visit | None:
        """Who is logged in in this browser, if anybody."""
        return await self._sessions.find(self._cookie.read(request), known(request.query_params.get("lang")))

    async def form_of(self, request: Request, visit: Visit) -> Mapping[str, str]:
        """The fields of a form of ours. Raises `LoginOvertaken` for one that is of another session."""
        form = await read_form(request)
        self._csrf.check(form.get("csrf"), visit.cookie, LOGOUT_PATH)
        return form

    async def frame(self, request: Request, visit: Visit | None = None, path: str | None = None) -> Frame:
        """The frame of a page; `path` empty where asking again would not give this page."""
        language = choose(
            request.query_params.get("lang"),
            visit.language if visit else None,
            request.headers.get("accept-language"),
        )
        service = await self._catalog.find(self._at.service)
        return Frame(
            language=language,
            dv=service[0].title[language] if service else "",
            path=request.url.path if path is None else path,
            token=self._csrf.token(visit.cookie, LOGOUT_PATH) if visit else "",
            back="/",
        )

    async def at_end(self, request: Request) -> Frame:
        """The frame of a page on which something ended."""
        return await self.frame(request, path="")

    async def start(self, request: Request) -> Response:
        """D1, and D3 after a login that gave nothing."""
        ended = read_ended(request.query_params.get("ended"))
        path = f"/?ended={ended}" if ended else "/"
        found = await self._catalog.find(self._at.service)
        if found is None:
            raise PageUnknown("this portal's service is not in the catalogue")
        return pages.start(self._look, await self.frame(request, path=path), found[0], self._at.lead, ended)

    async def begin(self, request: Request) -> Response:
        """The button of the start page. Anybody may begin a login in anybody's browser: that lets nobody in."""
        handle, cookie = await self._logins.begin(self._flow_cookie.read(request))
        response = see_other(f"{LOGIN_PATH}/{handle}")
        self._flow_cookie.set(response, cookie)
        return response

    async def pass_on(self, request: Request) -> Response:
        """G3: to the gateway, with our AuthnRequest."""
        posted = await self._logins.pass_on(self._handle_of(request), self._flow_cookie.read(request))
        return await self._posting(request, posted.action, posted.fields)

    async def arrive(self, request: Request) -> Response:
        """The gateway's artifact (HTTP-Artifact by redirect)."""
        artifact = request.query_params.get("SAMLart", "")
        if not artifact:
            raise MessageMalformed(
                "SAMLart is missing", clause="DV-ART-01", expected="SAMLart in the query", found="none"
            )
        handle = self._handle_of(request)
        try:
            logged_in = await self._logins.finish(handle, artifact, self._flow_cookie.read(request))
        except Failure as failure:
            if outcome_of(failure).page is not None:
                raise
            return see_other(f"/?ended={ended_by(failure)}")
        await self._sessions.end(self._cookie.read(request))
        response = see_other("/")
        self._cookie.set(response, await self._sessions.begin(await self._session(logged_in)))
        return response

    async def leave(self, request: Request) -> Response:
        """The button that logs out: here at once, then at the gateway."""
        visit = await self.visit(request)
        if visit is None:
            return see_other(GONE_PATH)
        await self.form_of(request, visit)
        session = await self._sessions.end(visit.cookie)
        if session is None:
            return see_other(GONE_PATH)
        try:
            return see_other(f"{LOGOUT_PATH}/{await self._logouts.begin(session)}")
        except UnknownIssuer as gone:
            await self._assembly.report(gone, {"door": LOGOUT_PATH})
            return see_other(PARTLY_PATH)

    async def pass_on_leaving(self, request: Request) -> Response:
        """G3: to the gateway, with our LogoutRequest."""
        posted = await self._logouts.onward.take(self._handle_of(request))
        return await self._posting(request, posted.action, posted.fields)

    async def left(self, request: Request) -> Response:
        """The gateway's LogoutResponse (HTTP-POST)."""
        form = await read_form(request)
        incoming = await self._assembly.party.offload(from_form, form)
        if incoming.kind != "SAMLResponse":
            raise MessageMalformed(
                "nobody logs out here for us", clause="LGO-01", expected="SAMLResponse", found="other"
            )
        handle = self._handles.read(incoming.relay_state or "")
        return see_other(GONE_PATH if await self._logouts.finish(incoming, handle) else PARTLY_PATH)

    async def gone(self, request: Request) -> Response:
        """L1 or L2."""
        return pages.logged_out(self._look, await self.frame(request), everywhere=request.url.path == GONE_PATH)

    def who(self, visit: Visit | None) -> Who:
        """For the header of a page."""
        return Who(True, visit.session.name) if visit else NOBODY

    async def _session(self, one: LoggedIn) -> Session:
        return Session(
            person=one.person,
            name=await self._name_of(one.person, one.at),
            level=one.level,
            subject=one.subject,
            index=one.index,
            began_at=one.at,
            ends_at=one.until,
        )

    async def _posting(self, request: Request, action: str, fields: Mapping[str, str]) -> Response:
        frame = await self.frame(request, path="")
        return web_pages.pass_on(self._look, frame, self._look.text(frame, "portal.gateway"), action, fields)

    def _handle_of(self, request: Request) -> Handle:
        text = request.path_params.get("handle") or request.query_params.get("RelayState") or ""
        handle = self._handles.read(text)
        if handle is None:
            raise PageUnknown("no handle of ours")
        return handle

    async def _written(self, at: datetime) -> bytes:
        us = self._assembly.party
        service = await self._catalog.service(self._at.service, us.entity_id, at)
        entity = as_provider(self._assembly, service, at)
        return await us.offload(lambda: write_entity(entity, us.keys.signing(at), cache=CACHE_DURATION))


def see_other(url: str) -> Response:
    """On to a page of ours (PAGES 2, rule a)."""
    return RedirectResponse(url, status_code=303)


def over() -> Response:
    """A page of a session that is over."""
    return see_other(f"/?ended={Ended.OVER}")
