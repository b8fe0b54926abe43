"""HTTP in front of the OpenID Connect interface: programs are answered in JSON, browsers by redirect."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from exchange.back_channel import Report
from gateway.interfaces.oidc.authentication import Shown
from gateway.interfaces.oidc.refused import told
from gateway.interfaces.oidc.terms import AUTHORIZE, DISCOVERY, KEYS, PUSH, TOKEN, USERINFO, OidcTerms
from gateway.interfaces.oidc.userinfo import JWT
from runtime.web.forms import parse_form, read_form
from stelsel.failures import Failure

FORM_BYTES: Final = 64 * 1024
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
WEEK: Final = {"Cache-Control": "public, max-age=604800"}  # OIDC-58

Document = Callable[[], Mapping[str, Any]]
Pushed = Callable[[Shown], Awaitable[Mapping[str, Any]]]
Begun = Callable[[Mapping[str, str]], Awaitable[str]]
Told = Callable[[str], Awaitable[dict[str, Any] | str]]


def browser_routes(begin: Begun) -> list[Route]:
    """The authorization endpoint. What cannot be told the client is told on a page of ours, by the application."""

    async def authorize(request: Request) -> Response:
        form = request.method == "POST"
        fields = await read_form(request, FORM_BYTES) if form else parse_form(request.scope["query_string"])
        return RedirectResponse(await begin(fields), status_code=303)  # SEC-05

    return [Route(AUTHORIZE, authorize, methods=["GET", "POST"])]


def program_routes(terms: OidcTerms, report: Report, push: Pushed, redeem: Pushed, tell: Told) -> list[Route]:
    """The endpoints that clients call themselves. No answer may be kept by anything on the way (RFC 6749 5.1)."""

    def door(path: str, answer: Pushed, status: int) -> Route:
        async def asked(request: Request) -> Response:
            try:
                fields = await read_form(request, FORM_BYTES)
                shown = Shown(fields, request.headers.get("authorization", ""), terms.at(path))
                return JSONResponse(dict(await answer(shown)), status, headers=NO_STORE)
            except Failure as failure:
                return await _refused(failure, path, report, request.headers.get("authorization", ""))

        return Route(path, asked, methods=["POST"])

    async def userinfo(request: Request) -> Response:
        try:
            claims = await tell(request.headers.get("authorization", ""))
        except Failure as failure:
            return await _refused(failure, USERINFO, report, "Bearer")
        if isinstance(claims, str):
            return Response(claims, media_type=JWT, headers=NO_STORE)
        return JSONResponse(claims, headers=NO_STORE)

    return [
        door(PUSH, push, 201),
        door(TOKEN, redeem, 200),
        Route(USERINFO, userinfo, methods=["GET", "POST"]),
    ]


def published_routes(discovery: Document, keys: Document) -> list[Route]:
    """What anybody may read, and keep for a week (OIDC-58)."""

    def document(path: str, made: Document) -> Route:
        async def read(_: Request) -> Response:
            return JSONResponse(dict(made()), headers=WEEK)

        return Route(path, read, methods=["GET"])

    return [*(document(path, discovery) for path in DISCOVERY), document(KEYS, keys)]


async def _refused(failure: Failure, door: str, report: Report, scheme: str) -> Response:
    """The error of OAuth, with the journal's code beside it for whoever looks it up."""
    code = await report(failure, {"door": door})
    error, description, status = told(failure)
    headers = dict(NO_STORE)
    if status == 401:
        shown = scheme.partition(" ")[0].lower()
        named = {"bearer": f'Bearer error="{error}"', "basic": "Basic"}.get(shown)
        if named is not None:
            headers["WWW-Authenticate"] = named
    return JSONResponse({"error": error, "error_description": description, "code": code}, status, headers=headers)


def with_parameters(url: str, parameters: Mapping[str, str | None]) -> str:
    """`url` with these in its query; what stands there already stays (RFC 6749 3.1.2)."""
    joined = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{url}{'&' if '?' in url else '?'}{joined}"
