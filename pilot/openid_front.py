"""HTTP in front of the work account: discovery, keys, pushed requests, the page of who logs in, and tokens."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pilot import pages
from pilot.openid import LEVELS, Asked, OpenIdStub
from pilot.places import TITLES, WERKACCOUNT
from runtime.http import HttpClient
from runtime.web import pages as web_pages
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.forms import read_form
from runtime.web.frame import Frame
from runtime.web.language import choose
from runtime.web.look import Look
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Failure

_ENDINGS: Final[Mapping[str, str]] = {
    "cancel": "access_denied",
    "fail": "login_required",
    "refuse": "invalid_request",
}
_WORDS: Final[Mapping[str, LevelOfAssurance]] = {each.word: each for each in LevelOfAssurance}


def build_openid(stub: OpenIdStub, look: Look, http: HttpClient) -> Starlette:
    """The provider as an application; it lives in memory. `http` is its way out, closed with it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await http.close()

    return Starlette(routes=_Front(stub, look).routes(), lifespan=lifespan)


class _Front:
    def __init__(self, stub: OpenIdStub, look: Look) -> None:
        self._stub = stub
        self._look = look
        self._csrf = Csrf(secrets.token_bytes(32))
        self._cookie = BrowserCookie(WERKACCOUNT, stub.issuer)

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.document, methods=["GET"]),
            Route("/jwks", self.key_set, methods=["GET"]),
            Route("/par", self.push, methods=["POST"]),
            Route("/authorize", self.begin, methods=["GET"]),
            Route("/inloggen/{asked}", self.show, methods=["GET"]),
            Route("/inloggen/{asked}", self.choose, methods=["POST"]),
            Route("/token", self.exchange, methods=["POST"]),
        ]

    async def document(self, request: Request) -> Response:
        """Discovery."""
        return JSONResponse(self._stub.document)

    async def key_set(self, request: Request) -> Response:
        """Its public key."""
        return JSONResponse(self._stub.key_set)

    async def push(self, request: Request) -> Response:
        """A pushed request."""
        return await _told(request, self._stub.push, 201)

    async def exchange(self, request: Request) -> Response:
        """A code for tokens."""
        return await _told(request, self._stub.exchange, 200)

    async def begin(self, request: Request) -> Response:
        """From the gateway; the browser carries a name alone."""
        asked = self._stub.find(request.query_params.get("request_uri", ""))
        if asked is None:
            return _nothing()
        return RedirectResponse(f"/inloggen/{asked.id}", status_code=303)

    async def show(self, request: Request) -> Response:
        """Who, and how strongly."""
        asked = self._stub.find(request.path_params["asked"])
        if asked is None:
            return _nothing()
        cookie = self._cookie.read(request) or self._cookie.new()
        if asked.browser is None:
            asked.browser = hashed(cookie)
        response = self._drawn(request, asked, check_browser(asked.browser, cookie))
        self._cookie.set(response, cookie)
        return response

    async def choose(self, request: Request) -> Response:
        """A button of its page."""
        form = await read_form(request)
        asked = self._stub.find(request.path_params["asked"])
        if asked is None:
            return _nothing()
        try:
            cookie = check_browser(asked.browser, self._cookie.read(request))
            self._csrf.check(form.get("csrf"), cookie, asked.id)
        except Failure:
            return _nothing()
        what, _, name = form.get("choice", "").partition(":")
        if what == "search":
            asked.search, asked.no_level = form.get("q", "")[:100], False
        elif what == "person" and form.get("level") in _WORDS:
            self._stub.log_in(asked, name, _WORDS[form["level"]])
        elif what in _ENDINGS:
            self._stub.stop(asked, _ENDINGS[what])
        else:
            asked.no_level = True
        if asked.leave_to:
            return web_pages.go_on(self._look, self._frame(request), asked.leave_to)
        return RedirectResponse(request.url.path, status_code=303)

    def _drawn(self, request: Request, asked: Asked, cookie: str) -> Response:
        frame = self._frame(request, self._csrf.token(cookie, asked.id))
        people = [pages.StubPerson(who.name, who.full_name, level) for who, level in self._stub.people()]
        title = TITLES[WERKACCOUNT][frame.language]
        return pages.stub(
            self._look,
            frame,
            title,
            people,
            asked.lowest,
            search=asked.search,
            no_level=asked.no_level,
            levels=tuple(LEVELS.values()),
        )

    def _frame(self, request: Request, token: str = "") -> Frame:
        language = choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
        return Frame(language=language, path=request.url.path, token=token)


async def _told(
    request: Request, answer: Callable[[Mapping[str, str]], Awaitable[dict[str, Any]]], status: int
) -> Response:
    try:
        return JSONResponse(await answer(await read_form(request)), status, headers={"Cache-Control": "no-store"})
    except OAuth2Error as error:
        return JSONResponse({"error": error.error}, error.status_code)


def _nothing() -> Response:
    return PlainTextResponse("no such login\n", 400)
