"""Headers stand on every response, whoever made it (spec/security 7)."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from runtime.web.headers import CSP, SecurityHeaders, content_security_policy
from runtime.web.static import FOLDER, Static


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


async def broken(_: Request) -> Response:
    raise ZeroDivisionError


async def answer(path: str, *, https: bool = False, method: str = "GET") -> httpx.Response:
    app = Starlette(routes=[Route("/fine", fine), Route("/broken", broken), Static(FOLDER).route()])
    transport = httpx.ASGITransport(SecurityHeaders(app, https=https), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        return await client.request(method, path)


@pytest.mark.clause("DV-PRC-06")
@pytest.mark.parametrize(("path", "status"), [("/fine", 200), ("/broken", 500), ("/nowhere", 404)])
async def test_every_response_has_them_those_of_the_framework_too(path: str, status: int) -> None:
    found = await answer(path)
    assert found.status_code == status
    assert found.headers[CSP] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["X-Frame-Options"] == "DENY"
    assert found.headers["Referrer-Policy"] == "no-referrer"
    assert found.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert found.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in found.headers["Permissions-Policy"]
    assert found.headers["Cache-Control"] == "no-store"


async def test_hsts_is_sent_where_the_public_address_is_https_and_nowhere_else() -> None:
    assert (await answer("/fine", https=True)).headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains"
    )
    assert "Strict-Transport-Security" not in (await answer("/fine")).headers


async def test_a_static_file_is_kept_for_good_under_a_name_with_its_hash() -> None:
    path = Static(FOLDER).url("namens.css")
    found = await answer(path)
    assert found.status_code == 200
    assert found.headers["Content-Type"] == "text/css; charset=utf-8"
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await answer("/static/namens.css")).status_code != 200


def test_a_policy_lets_a_form_go_to_the_named_origin_and_to_no_path() -> None:
    policy = content_security_policy(posts_to=["https://ad.example:8443/saml/sso?x=y"], scripts=True)
    assert "form-action 'self' https://ad.example:8443;" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https:///x", "https://a;script-src *", "https://a b", "https://me@a", "/own", "data:,x"],
)
def test_a_policy_is_never_built_from_what_is_no_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="plain http address"):
        content_security_policy(posts_to=[url])


def test_the_one_style_sheet_is_short_and_loads_nothing() -> None:
    sheet = (FOLDER / "namens.css").read_text()
    assert len(sheet.splitlines()) < 300
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_one_script_is_one_line() -> None:
    assert len((FOLDER / "press.js").read_text().splitlines()) == 1
