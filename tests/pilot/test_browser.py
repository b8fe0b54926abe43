"""The browser without JavaScript, against small sites on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pilot.browser import Browser, LostOnTheWay
from pilot.loopback import NetworkAway
from tests.pilot.serving import listening, port_of, serve


async def seen(request: Request) -> Response:
    """What the server saw of a request."""
    body = (await request.body()).decode()
    answer = {
        "host": request.headers["host"],
        "method": request.method,
        "body": body,
        "query": request.url.query,
        "cookies": request.cookies,
        "traceparent": request.headers.get("traceparent", ""),
        "origin": request.headers.get("origin"),
    }
    return JSONResponse(answer)


async def form(request: Request) -> Response:
    target = request.query_params.get("to", "/seen")
    page = HTMLResponse(
        f"""<!doctype html><html lang="nl"><main data-page="G1"><form method="post" action="{target}">
        <input type="hidden" name="token" value="t"><input name="typed">
        <input type="radio" name="loa" value="midden">
        <button name="choice" value="self">Voor <b>mijzelf</b></button>
        <button name="choice" value="other" formaction="/seen?elsewhere=1">Voor een ander</button></form></main>"""
    )
    page.set_cookie("seat", "1", samesite="lax")
    return page


async def around(request: Request) -> Response:
    return RedirectResponse("/around", status_code=303)


async def leaving(request: Request) -> Response:
    return HTMLResponse(
        f'<meta http-equiv="refresh" content="0; url={request.query_params["to"]}"><a href="/">Ga verder</a>'
    )


async def post_then_get(request: Request) -> Response:
    return RedirectResponse("/seen", status_code=303)


SITE = Starlette(
    routes=[
        Route("/seen", seen, methods=["GET", "POST"]),
        Route("/form", form),
        Route("/around", around),
        Route("/leaving", leaving),
        Route("/then", post_then_get, methods=["POST"]),
    ]
)


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with serve(SITE, listening()) as number:
        yield number


async def test_a_name_under_localhost_is_this_machine_and_stays_in_the_host_header(port: int) -> None:
    async with Browser() as browser:
        found = await browser.json("GET", f"http://gemeente.localhost:{port}/seen")
    assert found["host"] == f"gemeente.localhost:{port}"


async def test_a_name_elsewhere_is_never_connected_to() -> None:
    async with Browser() as browser:
        with pytest.raises(NetworkAway):
            await browser.open("http://example.org/")


async def test_where_nobody_listens_the_network_is_away() -> None:
    with listening() as closing:
        silent = port_of(closing)
    async with Browser() as browser:
        with pytest.raises(NetworkAway):
            await browser.open(f"http://localhost:{silent}/")


async def test_one_walk_has_one_trace_and_each_request_its_own_span(port: int) -> None:
    async with Browser() as browser:
        answers = [await browser.json("GET", f"http://localhost:{port}/seen") for _ in range(2)]
    traces = [str(answer["traceparent"]).split("-") for answer in answers]
    assert {trace[1] for trace in traces} == {browser.trace_id}
    assert traces[0][2] != traces[1][2]


async def test_a_page_that_goes_on_by_itself_is_followed_to_another_site(port: int) -> None:
    async with Browser() as browser:
        page = await browser.open(f"http://a.localhost:{port}/leaving?to=http://b.localhost:{port}/form")
    assert (page.url, page.name) == (f"http://b.localhost:{port}/form", "G1")


async def test_redirects_without_end_are_given_up(port: int) -> None:
    async with Browser() as browser:
        with pytest.raises(LostOnTheWay):
            await browser.open(f"http://localhost:{port}/around")


async def test_a_form_is_sent_with_what_is_hidden_what_is_typed_and_the_button_that_was_pressed(port: int) -> None:
    async with Browser() as browser:
        page = await browser.open(f"http://localhost:{port}/form")
        form = page.form_with("choice", "typed", "loa")
        assert form is not None
        button = form.button("choice", "self")
        assert button is not None
        assert button.text == "Voor mijzelf"
        answered = await browser.submit(form, button, {"typed": "a b", "loa": "midden"})
    assert b'"body":"token=t&typed=a+b&loa=midden&choice=self"' in answered.content


async def test_a_button_may_lead_elsewhere_than_its_form(port: int) -> None:
    async with Browser() as browser:
        form = (await browser.open(f"http://localhost:{port}/form")).forms[0]
        answered = await browser.submit(form, form.button("choice", "other"))
    assert b'"query":"elsewhere=1"' in answered.content


async def test_a_post_to_another_site_carries_no_cookie_and_one_to_the_same_site_does(port: int) -> None:
    async with Browser() as browser:
        here, there = f"http://a.localhost:{port}", f"http://b.localhost:{port}"
        await browser.open(f"{there}/form")
        away = (await browser.open(f"{here}/form?to={there}/seen")).forms[0]
        home = (await browser.open(f"{here}/form")).forms[0]
        crossing = await browser.submit(away, away.buttons[0])
        staying = await browser.submit(home, home.buttons[0])
    assert b'"cookies":{}' in crossing.content
    assert f'"origin":"{here}"'.encode() in crossing.content
    assert b'"cookies":{"seat":"1"}' in staying.content


async def test_the_redirect_after_a_post_to_another_site_carries_its_cookies_again(port: int) -> None:
    async with Browser() as browser:
        there = f"http://b.localhost:{port}"
        await browser.open(f"{there}/form")
        away = (await browser.open(f"http://a.localhost:{port}/form?to={there}/then")).forms[0]
        landed = await browser.submit(away, away.buttons[0])
    assert b'"cookies":{"seat":"1"}' in landed.content


async def test_cookies_kept_in_a_file_make_the_next_window_the_same_browser(port: int, tmp_path: Path) -> None:
    jar = tmp_path / "cookies.json"
    async with Browser() as first:
        await first.open(f"http://gemeente.localhost:{port}/form")
        await first.open(f"http://localhost:{port}/form")
        first.keep(jar)
    async with Browser() as second:
        second.remember(jar)
        kept = [await second.json("GET", f"http://{host}:{port}/seen") for host in ("gemeente.localhost", "localhost")]
        other = await second.json("GET", f"http://ziekenhuis.localhost:{port}/seen")
    assert [answer["cookies"] for answer in kept] == [{"seat": "1"}, {"seat": "1"}]
    assert other["cookies"] == {}
    assert jar.stat().st_mode & 0o077 == 0


async def test_a_slow_user_waits_before_a_request_of_his_choosing(port: int) -> None:
    asked: list[tuple[str, str]] = []

    async def note(method: str, url: str) -> None:
        asked.append((method, url))

    async with Browser(pause=note) as browser:
        await browser.open(f"http://localhost:{port}/leaving?to=/seen")
    assert asked == [
        ("GET", f"http://localhost:{port}/leaving?to=/seen"),
        ("GET", f"http://localhost:{port}/seen"),
    ]
