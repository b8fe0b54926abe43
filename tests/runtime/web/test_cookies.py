"""The one cookie, and form tokens that are bound to it."""

import secrets

import pytest
from starlette.requests import Request
from starlette.responses import Response

from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from stelsel.failures import CookiesBlocked, LoginOvertaken


def a_request(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def sent(cookie: BrowserCookie, value: str) -> str:
    response = Response()
    cookie.set(response, value)
    return response.headers["set-cookie"]


def test_over_https_it_is_secure_and_of_this_host_only() -> None:
    cookie = BrowserCookie("gateway", "https://inloggen.example")
    value = cookie.new()
    assert sent(cookie, value) == f"__Host-gateway={value}; HttpOnly; Path=/; SameSite=lax; Secure"


def test_over_plain_http_it_has_the_party_s_name_only() -> None:
    cookie = BrowserCookie("bvd", "http://bvd.localhost:8000")
    value = cookie.new()
    assert sent(cookie, value) == f"bvd={value}; HttpOnly; Path=/; SameSite=lax"


def test_two_parties_on_one_host_read_their_own() -> None:
    one, two = (BrowserCookie(name, "http://127.0.0.1:8000") for name in ("gateway", "digid"))
    value = one.new()
    request = a_request(f"gateway={value}")
    assert one.read(request) == value
    assert two.read(request) is None


@pytest.mark.parametrize("value", ["", "short", "x" * 28, "é" * 27, "a" * 26 + "!"])
def test_a_value_that_we_could_not_have_set_counts_as_none(value: str) -> None:
    assert BrowserCookie("gateway", "http://localhost").read(a_request(f"gateway={value}")) is None


def test_values_are_random() -> None:
    cookie = BrowserCookie("gateway", "http://localhost")
    assert len({cookie.new() for _ in range(1000)}) == 1000


def test_a_token_is_good_for_its_browser_and_flow_only() -> None:
    csrf = Csrf(secrets.token_bytes(32))
    token = csrf.token("cookie", "flow")
    csrf.check(token, "cookie", "flow")
    for wrong in (("other", "flow"), ("cookie", "other"), ("cookie\0flow", "")):
        with pytest.raises(LoginOvertaken):
            csrf.check(token, *wrong)


@pytest.mark.parametrize("token", [None, "", "guess", "é"])
def test_a_form_without_our_token_is_refused(token: str | None) -> None:
    with pytest.raises(LoginOvertaken):
        Csrf(secrets.token_bytes(32)).check(token, "cookie", "flow")


def test_another_key_makes_another_token() -> None:
    assert Csrf(b"a" * 32).token("c", "f") != Csrf(b"b" * 32).token("c", "f")


def test_a_flow_goes_on_in_the_browser_that_began_it_only() -> None:
    assert check_browser(hashed("cookie"), "cookie") == "cookie"
    with pytest.raises(LoginOvertaken):
        check_browser(hashed("cookie"), "another")
    with pytest.raises(CookiesBlocked):
        check_browser(hashed("cookie"), None)
