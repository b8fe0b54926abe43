"""The short way in: what a route answers is dressed, told and logged as the framework's own answers are."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from runtime.telemetry import trace_id
from runtime.web.direct import Direct
from runtime.web.errors import Errors
from runtime.web.frame import Frame, Site
from runtime.web.headers import HEADERS
from runtime.web.look import Look
from stelsel.failures import LoginExpired

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def say(request: Request) -> Response:
    return PlainTextResponse(request.path_params.get("handle", trace_id()), headers={"Cache-Control": "public"})


async def fail(_: Request) -> Response:
    raise LoginExpired


async def break_down(_: Request) -> Response:
    raise ZeroDivisionError


async def refuse(_: Request) -> Response:
    raise HTTPException(415)


async def record(_: Request, error: Exception) -> str:
    return "7K2M-9XQ4"


async def frame(_: Request) -> Frame:
    return Frame(language="nl")


@pytest.fixture
async def client(caplog: pytest.LogCaptureFixture) -> AsyncIterator[httpx.AsyncClient]:
    caplog.set_level(logging.INFO, "namens.http")
    routes = [
        Route("/say", say, methods=["GET"]),
        Route("/say/{handle}", say, methods=["GET"]),
        Route("/say/{handle}", fail, methods=["POST"]),
        Route("/fail", fail),
        Route("/break", break_down),
        Route("/refuse", refuse),
    ]
    errors = Errors(look=Look(Site(operator="Namens"), Path(__file__).parent), record=record, frame=frame)
    app = FastAPI(routes=list(routes), openapi_url=None)
    errors.install(app)
    transport = httpx.ASGITransport(Direct(app, routes, errors, https=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as asking:
        yield asking


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, int]]:
    told = [vars(line) for line in caplog.records if line.name == "namens.http"]
    return [(line["method"], line["path"], line["status"]) for line in told]


@pytest.mark.parametrize(
    ("method", "path", "status", "logged"),
    [
        ("GET", "/say", 200, "/say"),
        ("HEAD", "/say", 200, "/say"),
        ("GET", "/say/secret", 200, "/say/{handle}"),
        ("POST", "/say/secret", 400, "/say/{handle}"),
        ("GET", "/fail", 400, "/fail"),
        ("GET", "/break", 500, "/break"),
        ("GET", "/refuse", 415, "/refuse"),
        ("GET", "/nowhere", 404, "/nowhere"),
        ("DELETE", "/say", 405, "/say"),
    ],
)
async def test_every_answer_has_our_headers_and_one_log_line(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, method: str, path: str, status: int, logged: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert {name for name, _ in HEADERS if name not in answer.headers} == set()
    assert "Strict-Transport-Security" in answer.headers
    assert lines(caplog) == [(method, logged, status)]


async def test_a_header_that_a_page_sets_itself_is_not_set_twice(client: httpx.AsyncClient) -> None:
    assert (await client.get("/say")).headers.get_list("Cache-Control") == ["public"]


async def test_the_trace_that_a_request_names_goes_on(client: httpx.AsyncClient) -> None:
    answer = await client.get("/say", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert answer.text == TRACE


async def test_a_failure_is_told_by_its_page_and_a_wrong_method_says_which_are_right(
    client: httpx.AsyncClient,
) -> None:
    assert 'data-page="E2"' in (await client.get("/fail")).text
    assert 'data-page="E5"' in (await client.get("/break")).text
    assert "GET" in (await client.delete("/say")).headers["Allow"]
