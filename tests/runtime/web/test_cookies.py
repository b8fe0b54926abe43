"""The one cookie, and form tokens that are bound to it."""

import secrets
import time

import pytest
from starlette.requests import Request
from starlette.responses import Response

from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie, browser_in, new_value, with_flow
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


@pytest.mark.parametrize(
    "value", ["", "short", "x" * 28, "é" * 27, "a" * 26 + "!", "a" * 27 + ".", ".".join(["a" * 27] * 18)]
)
def test_a_value_that_we_could_not_have_set_counts_as_none(value: str) -> None:
    assert BrowserCookie("gateway", "http://localhost").read(a_request(f"gateway={value}")) is None


def test_of_two_values_none_counts_for_one_was_planted() -> None:
    cookie = BrowserCookie("gateway", "http://localhost")
    ours, planted = cookie.new(), cookie.new()
    for order in ((ours, planted), (planted, ours)):
        assert cookie.read(a_request("; ".join(f"gateway={value}" for value in order))) is None
    twice = Request({"type": "http", "headers": [(b"cookie", f"gateway={each}".encode()) for each in (ours, planted)]})
    assert cookie.read(twice) is None
    assert cookie.read(a_request(f"gateway={ours}; gateway={ours}")) == ours


@pytest.mark.clause("S9", "P7")
def test_a_long_quoted_cookie_is_read_at_once() -> None:
    """The standard library takes off quotation marks in quadratic time (CVE-2024-7592): 30 KB cost seconds."""
    cookie = BrowserCookie("gateway", "http://localhost")
    value = cookie.new()
    planted = 'a="' + '\\"' * 15_000 + '"'
    began = time.process_time()
    assert cookie.read(a_request(f"{planted}; gateway={value}")) == value
    assert time.process_time() - began < 0.1


@pytest.mark.clause("S23")
def test_a_flow_is_bound_to_a_part_that_no_earlier_cookie_had() -> None:
    cookie = BrowserCookie("gateway", "http://localhost")
    planted = with_flow(None, new_value())
    tokens = [new_value() for _ in range(3)]
    ours = planted
    for token in tokens:
        ours = with_flow(ours, token)
    assert cookie.read(a_request(f"gateway={ours}")) == ours
    for token in tokens:  # in as many tabs
        assert check_browser(hashed(token), ours) == token
        with pytest.raises(LoginOvertaken):
            check_browser(hashed(token), planted)
    assert browser_in(ours) == browser_in(planted)
    with pytest.raises(LoginOvertaken):
        check_browser(None, ours)


def test_of_very_many_flows_the_oldest_are_let_go() -> None:
    cookie = BrowserCookie("gateway", "http://localhost")
    tokens = [new_value() for _ in range(20)]
    ours = None
    for token in tokens:
        ours = with_flow(ours, token)
        assert cookie.read(a_request(f"gateway={ours}")) == ours
    for token in tokens[-16:]:
        assert check_browser(hashed(token), ours) == token
    for token in tokens[:-16]:
        with pytest.raises(LoginOvertaken):
            check_browser(hashed(token), ours)


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
