"""Log lines: as JSON, with their trace, and without what may not be in them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from runtime.telemetry import Tracing, begin_trace, configure_logging, masked, trace_id, traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What this process logs, while the test runs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("gateway", stream=stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_is_one_json_object(lines: io.StringIO) -> None:
    begin_trace(f"00-{TRACE}-00f067aa0ba902b7-01")
    logging.getLogger("namens.gateway").warning("refused %s", "a\nb", extra={"clause": "DV-REQ-02"})
    (line,) = read(lines)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "namens.gateway",
        "service": "gateway",
        "trace": TRACE,
        "message": "refused a\nb",
        "clause": "DV-REQ-02",
    }


def test_no_bsn_gets_into_a_line_wherever_it_stands(lines: io.StringIO) -> None:
    log = logging.getLogger("namens.gateway")
    log.info("bsn=999990019 of %s", "999990093", extra={"facts": {"who": ["999990019"], "n": 999990019}})
    try:
        raise ValueError("legacy-BSN%3A999990019")
    except ValueError:
        log.exception("a bug")
    assert "99999" not in lines.getvalue()
    assert len(read(lines)) == 2
    assert "ValueError" in read(lines)[1]["traceback"]


@pytest.mark.parametrize(
    "text", ["999990019", "x999990019x", "_999990019", "%3A999990019", "999990019,999990093", "ß999990019"]
)
def test_nine_digits_are_masked(text: str) -> None:
    assert "99999" not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "urn:nl-eid-gdi:1.0:DV:00000004000000012000:entities:9001",
        "_3f2a123456789bc0d1e2f3a4b5c6d7e8f9012345a",
        "8a123456789b4c5d8e6f7a8b9c0d1e2f",
        "3f2504e0-4f89-11d3-9a0c-a123456789bc",
        "KvK 90000001",
        "2026-03-10T12:00:00",
    ],
)
def test_names_of_parties_messages_services_and_traces_stay_whole(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "received",
    [
        None,
        "",
        "nonsense",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-more",
    ],
)
def test_a_traceparent_that_is_not_valid_begins_a_new_trace(received: str | None) -> None:
    """W3C Trace Context 3.2.2; only version 00 is known not to go on after the flags."""
    trace = begin_trace(received)
    assert trace != TRACE
    assert len(trace) == 32


@pytest.mark.parametrize("received", [f"00-{TRACE}-00f067aa0ba902b7-01", f"01-{TRACE}-00f067aa0ba902b7-01-more"])
def test_a_valid_traceparent_is_gone_on_with(received: str) -> None:
    assert begin_trace(received) == TRACE == trace_id()
    assert traceparent().startswith(f"00-{TRACE}-")
    assert traceparent() != traceparent()


@pytest.fixture
async def browser(app: ASGIApp) -> Any:
    transport = httpx.ASGITransport(Tracing(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_each_request_has_a_line_without_its_query(browser: httpx.AsyncClient, lines: io.StringIO) -> None:
    await browser.get("/elsewhere?handle=secret", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    (line,) = read(lines)
    assert (line["method"], line["path"], line["status"], line["trace"]) == ("GET", "/elsewhere", 307, TRACE)
    assert "secret" not in lines.getvalue()


async def test_a_handle_in_the_path_is_not_told(browser: httpx.AsyncClient, lines: io.StringIO) -> None:
    await browser.get("/login/secret")
    assert [line["path"] for line in read(lines)] == ["/login/{handle}"]


async def test_a_request_that_failed_has_a_line_too(browser: httpx.AsyncClient, lines: io.StringIO) -> None:
    await browser.get("/broken")
    assert [line["status"] for line in read(lines)] == [500]


async def test_two_requests_have_two_traces(browser: httpx.AsyncClient, lines: io.StringIO) -> None:
    await browser.get("/elsewhere")
    await browser.get("/elsewhere")
    first, second = read(lines)
    assert first["trace"] != second["trace"]
