"""HTTP at the front of the gateway: reads what comes in, lets the flow carry out the step, and draws what is shown."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.frames import Frames, language_of
from exchange.ask import Posted
from exchange.logout import SLO_PATH
from gateway.flow import Flow, GoOn, PassOn, Shown
from gateway.login import Login
from gateway.logouts import Logouts, SentOn
from gateway.loops import LoopGuard
from gateway.mandates import Mandates
from gateway.pages import partly_out
from gateway.questions import FORGET, Questions
from gateway.sessions import SessionCookies
from gateway.titles import Titles
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie, browser_in, new_value, with_flow
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import known
from runtime.web.look import Look
from stelsel.failures import LoginOvertaken, MessageMalformed, PageUnknown

AD_CONSUMER: Final = "/saml/acs/ad"
BVD_CONSUMER: Final = "/saml/acs/bvd"
LOGOUT_PATH: Final = "/logout"


class Front:
    """The gateway's pages and doors."""

    def __init__(
        self,
        flow: Flow,
        logouts: Logouts,
        mandates: Mandates,
        frames: Frames,
        loops: LoopGuard,
        cookie: BrowserCookie,
        session_cookies: SessionCookies,
        questions: Questions,
        titles: Titles,
        csrf: Csrf,
        look: Look,
    ) -> None:
        self._flow = flow
        self._logouts = logouts
        self._mandates = mandates
        self._frames = frames
        self._loops = loops
        self._cookie = cookie
        self._session_cookies = session_cookies
        self._questions = questions
        self._titles = titles
        self._csrf = csrf
        self._look = look

    def routes(self) -> list[Route]:
        """Everything a browser may ask, metadata and the interfaces of DVs apart."""
        return [
            Route(AD_CONSUMER, self.identified, methods=["GET"]),
            Route("/means/{means}/callback", self.called_back, methods=["GET"]),
            Route(BVD_CONSUMER, self.represented, methods=["GET"]),
            Route(SLO_PATH, self.log_out, methods=["GET", "POST"]),
            Route(f"{LOGOUT_PATH}/{{waiting}}", self.leave, methods=["GET"]),
            Route(f"{LOGOUT_PATH}/{{waiting}}", self.give_up, methods=["POST"]),
            Route("/login/{handle}", self.show, methods=["GET"]),
            Route("/login/{handle}", self.choose, methods=["POST"]),
            Route("/answer/{interface}/{handle}", self.hand_over, methods=["GET"]),
            *web_pages.static_routes(self._look),
        ]

    async def show(self, request: Request) -> Response:
        """A page of a login; the first one binds it to this browser."""
        login = await self._login(request)
        cookie = self._cookie.read(request)
        fresh: str | None = None  # the value of the cookie that this page sets
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
        shown = await self._flow.show(login, fresh=fresh is not None)
        response = await self._drawn(request, login, token, shown)
        if fresh is not None:
            self._cookie.set(response, fresh)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of a page."""
        form = await read_form(request)
        login = await self._login(request)
        token = check_browser(login.browser, self._cookie.read(request))
        choice = form.get("choice", "")
        if login.leave_to is not None:
            return _see_other(await self._flow.choose(login, choice))
        self._csrf.check(form.get("csrf"), token, _step_of(login))
        if choice == FORGET:
            response = _see_other(self._flow.path(login))
            self._questions.forget(response)
            return response
        response = _see_other(await self._flow.choose(login, choice))
        if form.get("remember") == "yes":
            self._questions.remember(response, choice)
        return response

    async def identified(self, request: Request) -> Response:
        """An AD's artifact (HTTP-Artifact by redirect)."""
        login, browser, artifact = await self._arrived(request)
        return await self._identified(request, login, browser, artifact)

    async def called_back(self, request: Request) -> Response:
        """What a means that speaks no SAML sends the browser back with: a query, at the callback of that means."""
        login = await self._login(request)
        browser = check_browser(login.browser, self._cookie.read(request))
        if login.means != request.path_params["means"]:
            raise LoginOvertaken("the answer of another means than the one that is asked")
        return await self._identified(request, login, browser, request.url.query)

    async def _identified(self, request: Request, login: Login, browser: str, brought: str) -> Response:
        cookie = self._session_cookies.read(request, login.federation)
        arrived = await self._flow.identified(login, brought, cookie)
        response = await self._next(request, login, browser, arrived.shown)
        if arrived.cookie is not None:
            self._session_cookies.set(response, login.federation, arrived.cookie)
        return response

    async def represented(self, request: Request) -> Response:
        """The BVD's artifact."""
        login, browser, artifact = await self._arrived(request)
        return await self._next(request, login, browser, await self._flow.represented(login, artifact))

    async def log_out(self, request: Request) -> Response:
        """A DV's LogoutRequest or an AD's answer to ours, in either binding; leads on by G3, with or without a form."""
        if request.method == "POST":
            onward = await self._logouts.posted(await read_form(request))
        else:
            onward = await self._logouts.redirected(request.scope["query_string"])
        if isinstance(onward, Posted) and "SAMLRequest" in onward.fields:
            # To an AD, which may never answer: from a page of its own, to which the browser's Back leads.
            return _see_other(f"{LOGOUT_PATH}/{onward.fields['RelayState']}")
        return await self._logged_out(request, onward)

    async def leave(self, request: Request) -> Response:
        """The page that sends the browser to an AD to log out there; L2 for who comes back to it without an answer."""
        shown = await self._logouts.leave(request.path_params["waiting"])
        if isinstance(shown, Posted):
            return await self._logged_out(request, shown)
        language = language_of(request)
        dv = await self._frames.dv_named(shown.dv, language)
        # No token in its form: who knows the path is the browser that was sent here, or the AD.
        frame = Frame(language=language, dv=dv or "", path=request.url.path)
        return partly_out(self._look, frame, self._titles.party(shown.authority, language) or shown.authority.value)

    async def give_up(self, request: Request) -> Response:
        """The button of L2."""
        onward = await self._logouts.give_up(request.path_params["waiting"])
        if isinstance(onward, Posted) and "SAMLRequest" in onward.fields:
            return _see_other(f"{LOGOUT_PATH}/{onward.fields['RelayState']}")
        return await self._logged_out(request, onward)

    async def _logged_out(self, request: Request, onward: Posted | SentOn) -> Response:
        language = language_of(request)
        frame = Frame(language=language)
        name = self._titles.party(onward.party, language) or await self._frames.dv_named(onward.party, language)
        if isinstance(onward, SentOn):
            # No redirect: it may be an AD's form that is answered, whose policy lets the browser come to us only.
            return web_pages.go_on(self._look, frame, onward.url, name or _host(onward.url))
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

    async def _arrived(self, request: Request) -> tuple[Login, str, str]:
        """The login that another party's artifact is of, the browser that brings it, and the artifact."""
        artifact = request.query_params.get("SAMLart", "")
        if not artifact:
            raise MessageMalformed(
                "SAMLart is missing", clause="DV-ART-01", expected="SAMLart in the query", found="none"
            )
        login = await self._login(request)
        return login, check_browser(login.browser, self._cookie.read(request)), artifact

    async def _next(self, request: Request, login: Login, browser: str, shown: Shown) -> Response:
        """What comes after another party's artifact, which no form of ours was posted with: a redirect may follow."""
        if isinstance(shown, GoOn):
            return _see_other(shown.url)
        return await self._drawn(request, login, browser, shown)

    async def _drawn(self, request: Request, login: Login, browser: str, shown: Shown) -> Response:
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
            name = self._titles.party(form.party, language) or self._mandates.titles[language]
            if not form.fields:
                return web_pages.go_on(self._look, frame, form.action, name)
            return web_pages.pass_on(self._look, frame, name, form.action, form.fields)
        return self._questions.draw(request, shown, self._flow.offer(shown.login, shown.service), frame)


def _step_of(login: Login) -> str:
    return f"{login.id}:{login.version}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _see_other(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
