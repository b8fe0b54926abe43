"""HTTP at the front of the gateway: reads what comes in, lets the flow carry out the step, and draws what is shown."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.frames import Frames, language_of
from exchange.logout import SLO_PATH
from gateway import pages
from gateway.flow import Ask, Flow, GoOn, PassOn, Shown
from gateway.login import ChooseWhom, Login
from gateway.logouts import Logouts
from gateway.loops import LoopGuard
from gateway.mandates import Mandates
from gateway.means.contract import Means
from gateway.sessions import SessionCookies
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie, browser_in, new_value, with_flow
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import Language, known
from runtime.web.look import Look
from stelsel.failures import MessageMalformed, PageUnknown
from stelsel.identifiers import EntityId

AD_CONSUMER: Final = "/saml/acs/ad"
BVD_CONSUMER: Final = "/saml/acs/bvd"


class Front:
    """The gateway's pages and doors."""

    def __init__(
        self,
        flow: Flow,
        logouts: Logouts,
        means: Mapping[str, Means],
        mandates: Mandates,
        frames: Frames,
        loops: LoopGuard,
        cookie: BrowserCookie,
        session_cookies: SessionCookies,
        csrf: Csrf,
        look: Look,
    ) -> None:
        self._flow = flow
        self._logouts = logouts
        self._means = means
        self._mandates = mandates
        self._frames = frames
        self._loops = loops
        self._cookie = cookie
        self._session_cookies = session_cookies
        self._csrf = csrf
        self._look = look

    def routes(self) -> list[Route]:
        """Everything a browser may ask, metadata and the interfaces of DVs apart."""
        return [
            Route(AD_CONSUMER, self.identified, methods=["GET"]),
            Route(BVD_CONSUMER, self.represented, methods=["GET"]),
            Route(SLO_PATH, self.log_out, methods=["GET", "POST"]),
            Route("/login/{handle}", self.show, methods=["GET"]),
            Route("/login/{handle}", self.choose, methods=["POST"]),
            Route("/answer/{interface}/{handle}", self.hand_over, methods=["GET"]),
            *web_pages.static_routes(self._look),
        ]

    async def show(self, request: Request) -> Response:
        """A page of a login; the first one binds it to this browser."""
        login = await self._login(request)
        cookie = self._cookie.read(request)
        fresh: str | None = None
        if login.browser is None:
            if cookie is not None:  # a browser that is new here goes round in no circle
                await self._loops.count(hashed(browser_in(cookie)), login.dv)
            token = new_value()
            fresh = cookie = with_flow(cookie, token)
            session = self._session_cookies.read(request, login.federation)
            login = await self._flow.bind(login, hashed(token), session)
        token = check_browser(login.browser, cookie)
        asked = known(request.query_params.get("lang"))
        if asked is not None:
            login = await self._flow.speak(login, asked)
        response = await self._drawn(request, login, token)
        if fresh is not None:
            self._cookie.set(response, fresh)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of a page."""
        form = await read_form(request)
        login = await self._login(request)
        token = check_browser(login.browser, self._cookie.read(request))
        if login.leave_to is None:
            self._csrf.check(form.get("csrf"), token, _step_of(login))
        return _see_other(await self._flow.choose(login, form.get("choice", "")))

    async def identified(self, request: Request) -> Response:
        """An AD's artifact (HTTP-Artifact by redirect)."""
        login, artifact = await self._arrived(request)
        cookie = self._session_cookies.read(request, login.federation)
        arrived = await self._flow.identified(login, artifact, cookie)
        response = _see_other(arrived.url)
        if arrived.cookie is not None:
            self._session_cookies.set(response, login.federation, arrived.cookie)
        return response

    async def represented(self, request: Request) -> Response:
        """The BVD's artifact."""
        login, artifact = await self._arrived(request)
        return _see_other(await self._flow.represented(login, artifact))

    async def log_out(self, request: Request) -> Response:
        """A DV's LogoutRequest or an AD's answer to ours, in either binding; leads on by G3 or to the DV's address."""
        if request.method == "POST":
            onward = await self._logouts.posted(await read_form(request))
        else:
            onward = await self._logouts.redirected(request.scope["query_string"])
        if isinstance(onward, str):
            return _see_other(onward)
        language = language_of(request)
        name = self._called(onward.party) or await self._frames.dv_named(onward.party, language)
        frame = Frame(language=language)
        return web_pages.pass_on(self._look, frame, name or _host(onward.action), onward.action, onward.fields)

    async def hand_over(self, request: Request) -> Response:
        """The page that posts a login's answer to the DV (G3)."""
        handle = self._frames.handle_of(request)
        if handle is None:
            raise PageUnknown("no handle of ours")
        form = await self._flow.posted(request.path_params["interface"], handle.flow, self._cookie.read(request))
        frame = await self._frames.at_end(request)
        return web_pages.pass_on(self._look, frame, frame.dv or _host(form.action), form.action, form.fields)

    async def _login(self, request: Request) -> Login:
        """The login of a page's handle, or of RelayState where another party sent the browser back."""
        handle = self._frames.handle_of(request)
        if handle is None:
            raise PageUnknown("no handle of ours")
        return await self._flow.find(handle.flow)

    async def _arrived(self, request: Request) -> tuple[Login, str]:
        artifact = request.query_params.get("SAMLart", "")
        if not artifact:
            raise MessageMalformed("SAMLart is missing", clause="DV-ART-01")
        login = await self._login(request)
        check_browser(login.browser, self._cookie.read(request))
        return login, artifact

    async def _drawn(self, request: Request, login: Login, browser: str) -> Response:
        shown: Shown = await self._flow.show(login)
        if isinstance(shown, GoOn) and shown.url.startswith("/"):
            return _see_other(shown.url)  # a page of ours, which posts the answer
        if isinstance(shown, GoOn):
            # No redirect: this page may itself be what a form was answered with (PAGES 2, rule b).
            return web_pages.go_on(self._look, await self._frames.at_end(request, login.language), shown.url)
        language = language_of(request, login.language)
        token = self._csrf.token(browser, _step_of(shown.login))
        frame = await self._frames.during(shown.service, language, self._flow.path(shown.login), token)
        if isinstance(shown, PassOn):
            form = shown.form
            return web_pages.pass_on(self._look, frame, self._title(shown, language), form.action, form.fields)
        return self._asked(shown, frame)

    def _asked(self, shown: Ask, frame: Frame) -> Response:
        login, service = shown.login, shown.service
        offer = self._flow.offer(login, service)
        if isinstance(shown.step, ChooseWhom):
            only = offer.means[0] if len(offer.means) == 1 else None
            return pages.whom(self._look, frame, service.grounds, only)
        rows = [pages.MeansOffer(name=name, level=offer.minimum) for name in offer.means]
        refused = login.refused_means[-1] if login.refused_means else None
        return pages.means(self._look, frame, rows, represent=shown.step.represent, refused=refused)

    def _title(self, shown: PassOn, language: Language) -> str:
        """What people call the party that the browser goes to."""
        return self._called(shown.form.party) or self._mandates.titles[language]

    def _called(self, party: EntityId) -> str | None:
        """What people call an AD; None for another party."""
        return next((pages.MEANS_TITLES[name] for name, each in self._means.items() if each.authority == party), None)


def _step_of(login: Login) -> str:
    return f"{login.id}:{login.version}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
