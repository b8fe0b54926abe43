"""Serving: ports that begin and stop together, and clients that are slow, large or wrong."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.serving import Listener, run, serve, serving
from runtime.settings import ServerLimits
from stelsel.failures import Misconfigured

SHORT = ServerLimits(header_seconds=0.2, body_seconds=0.2, header_bytes=2_000, stop_seconds=0)


@pytest.fixture
async def port(app: ASGIApp) -> AsyncIterator[int]:
    async with serving(Listener(app=app, port=0), limits=SHORT) as ports:
        yield ports[0]


async def say(port: int, *pieces: bytes) -> bytes:
    """What the server answers before it closes the connection, or before it waits for more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_both_ports_answer_and_the_plain_one_knows_no_certificate(app: ASGIApp) -> None:
    async with serving(Listener(app=app, port=0), Listener(app=app, port=0), limits=SHORT) as ports:
        assert len(set(ports)) == 2
        for each in ports:
            answer = await say(each, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            head, body = answer.split(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert b"server:" not in head.lower()
            assert json.loads(body)["peer"] is None


async def test_a_client_that_sends_no_header_is_sent_away(port: int) -> None:
    assert (await say(port)).startswith(b"HTTP/1.1 408")


async def test_a_client_that_does_not_finish_its_header_is_sent_away(port: int) -> None:
    assert (await say(port, b"GET / HTTP/1.1\r\nHost: loc")).startswith(b"HTTP/1.1 408")


async def test_a_client_that_drips_its_header_is_sent_away_all_the_same(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n")

    async def drip() -> None:
        while True:
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
    dripping.cancel()
    await asyncio.wait({dripping})
    writer.close()


async def test_a_client_that_does_not_finish_its_body_is_sent_away(port: int) -> None:
    answer = await say(port, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345")
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_client_that_has_its_answer_and_sends_on_without_end_hears_no_second_one() -> None:
    """It would be taken for the answer to the next request on that connection."""

    async def early(_: Request) -> Response:
        return PlainTextResponse("early", 413)

    app = Starlette(routes=[Route("/", early, methods=["POST"])])
    async with serving(Listener(app=app, port=0), limits=SHORT) as (each,):
        answer = await say(each, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345")
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b"early")


@pytest.mark.clause("P7")
async def test_a_client_that_does_not_read_its_answer_is_sent_away() -> None:
    gone = asyncio.Event()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            for _ in range(1_000):
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        finally:
            gone.set()

    async with serving(Listener(app=large, port=0), limits=SHORT) as (each,):
        reader, writer = await asyncio.open_connection("127.0.0.1", each, limit=1_000)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(20):
            await gone.wait()
        read = 0
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(1_000_000):
                read += len(piece)
        writer.close()
    assert read < 100_000_000


async def test_a_client_that_is_kept_waiting_by_us_is_not_sent_away(app: ASGIApp) -> None:
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0.5)
        return PlainTextResponse("at last")

    async with serving(Listener(app=Starlette(routes=[Route("/", slow)]), port=0), limits=SHORT) as (each,):
        answer = await say(each, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"at last")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: " + b"y" * 3_000, b"\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 700 + b"\r\n",),
        (b"GET /" + b"y" * 3_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",),
    ],
    ids=["one long line", "many lines", "long address"],
)
async def test_a_header_that_is_too_large_is_refused(port: int, pieces: Sequence[bytes]) -> None:
    assert (await say(port, *pieces)).startswith(b"HTTP/1.1 400")


async def test_a_header_line_without_end_costs_no_memory(port: int) -> None:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nX: ")
    sent = 0
    try:
        while sent < 8_000_000 and not reader.at_eof():
            writer.write(b"y" * 10_000)
            await writer.drain()
            sent += 10_000
    except ConnectionError:
        pass
    writer.close()
    assert sent < 8_000_000
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
    ],
    ids=[
        "TLS",
        "two lengths of a kind",
        "two lengths",
        "space before the colon",
        "no host",
        "two hosts",
        "a host twice",
    ],
)
async def test_what_is_no_clean_http_is_refused(port: int, request_bytes: bytes) -> None:
    """Request smuggling (spec/security P8)."""
    assert (await say(port, request_bytes)).startswith(b"HTTP/1.1 400")


async def test_connections_are_kept_between_requests(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in await reader.readline()
        while (await reader.readline()) != b"\r\n":
            continue
        await reader.read(10_000)
    writer.close()


async def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_header(port: int) -> None:
    """Nagle's wait and a client's delayed acknowledgement add 40 ms to each answer on a connection that is kept."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    for _ in range(20):
        began = time.monotonic()
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        took.append(time.monotonic() - began)
    writer.close()
    assert min(took[-5:]) < 0.03


async def test_a_port_that_is_taken_stops_the_start(app: ASGIApp, port: int) -> None:
    with pytest.raises(Misconfigured, match=f"port {port} of 127.0.0.1 cannot be had"):
        async with serving(Listener(app=app, port=0), Listener(app=app, port=port)):
            pytest.fail("serves")


async def test_processes_may_share_a_port(app: ASGIApp, free_port: Callable[[], int]) -> None:
    shared = Listener(app=app, port=free_port(), shared=True)
    async with serving(shared, limits=SHORT), serving(shared, limits=SHORT) as ports:
        assert ports == (shared.port,)


async def test_an_application_on_two_ports_starts_once(free_port: Callable[[], int]) -> None:
    starts: list[str] = []

    async def app(scope: dict[str, object], receive: Callable[..., object], send: Callable[..., object]) -> None:
        if scope["type"] == "lifespan":
            starts.append("start")
            await receive()  # type: ignore[misc]
            await send({"type": "lifespan.startup.complete"})  # type: ignore[misc]
            await receive()  # type: ignore[misc]
            starts.append("stop")
            await send({"type": "lifespan.shutdown.complete"})  # type: ignore[misc]

    async with serving(Listener(app=app, port=0), Listener(app=app, port=0), limits=SHORT):  # type: ignore[arg-type]
        assert starts == ["start"]
    assert starts == ["start", "stop"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_ports_after_what_is_being_answered(app: ASGIApp, sent: signal.Signals) -> None:
    ready: list[int] = []

    def tell(ports: Sequence[int]) -> None:
        ready.extend(ports)
        os.kill(os.getpid(), sent)

    run(serve(Listener(app=app, port=0), Listener(app=app, port=0), ready=tell, limits=SHORT))
    assert len(ready) == 2


async def test_an_event_stops_all_ports(app: ASGIApp) -> None:
    stop = asyncio.Event()
    await serve(Listener(app=app, port=0), ready=lambda _: stop.set(), stop=stop, limits=SHORT)
