"""A whole gateway process and clients that are slow, endless, lying or double-tongued, at both its ports (P7, P8).

Meanwhile people go on logging in, and it holds no more memory than before.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.attacks.process import HOST, OwnProcess, own_process

Writer = asyncio.StreamWriter
Send = Callable[[Writer, "asyncio.Task[bytes]"], Awaitable[None]]
MEGABYTE: Final = 1024 * 1024
FORM: Final = b"Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
POST: Final = b"POST /saml/sso HTTP/1.1\r\n" + FORM
SOAP: Final = b"POST /saml/artifact HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
DOORS: Final[Mapping[str, bytes]] = {"front": POST, "back": SOAP}


@pytest.fixture(scope="module")
async def gateway(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnProcess]:
    """One process for all of them."""
    async with own_process(tmp_path_factory.mktemp("process"), pilot_keys) as running:
        yield running


async def answer(port: int, tls: ssl.SSLContext | None, send: Send) -> bytes:
    """All that the gateway says on one connection until it hangs up, or until nothing is sent any more."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls, server_hostname="localhost" if tls else None)
    heard = asyncio.create_task(_heard(reader))
    try:
        async with asyncio.timeout(60):
            with contextlib.suppress(ConnectionError):
                await send(writer, heard)
            return await heard
    finally:
        heard.cancel()
        writer.transport.abort()


async def _heard(reader: asyncio.StreamReader) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while piece := await reader.read(MEGABYTE):
            said += piece
    return said


def statuses(said: bytes) -> list[int]:
    """Of each answer on a connection."""
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]


def whole(*pieces: bytes) -> Send:
    """Everything at once."""

    async def send(writer: Writer, _: "asyncio.Task[bytes]") -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return send


def dripping(start: bytes, drop: bytes) -> Send:
    """A beginning, then a drop now and again until the gateway has had enough."""

    async def send(writer: Writer, heard: "asyncio.Task[bytes]") -> None:
        writer.write(start)
        while not heard.done():
            writer.write(drop)
            await writer.drain()
            await asyncio.wait({heard}, timeout=0.2)

    return send


def endless(start: bytes, piece: bytes, most: int) -> Send:
    """As fast as it is taken, up to so many bytes."""

    async def send(writer: Writer, heard: "asyncio.Task[bytes]") -> None:
        writer.write(start)
        sent = 0
        while sent < most and not heard.done():
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    return send


def _length(count: int) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % count


CHUNKED: Final = b"Transfer-Encoding: chunked\r\n\r\n"
# By name: what is sent to a door, and with which status it is told and cut off.
SLOW: Final[Mapping[str, tuple[Callable[[bytes], Send], int]]] = {
    "silence": (lambda _: whole(), 408),
    "half a header": (lambda door: whole(door), 408),
    "a header that drips": (lambda door: dripping(door, b"X: y\r\n"), 408),
    "a header line that drips": (lambda door: dripping(door + b"X: ", b"y"), 408),
    "a body that stops": (lambda door: whole(door + _length(1_000), b"SAMLRequest=PHg"), 408),
    "a body that drips": (lambda door: dripping(door + _length(100_000), b"A"), 408),
    "a body that never begins": (lambda door: whole(door + _length(100)), 408),
    "chunks that stop": (lambda door: whole(door + CHUNKED, b"5\r\nSAMLR\r\n"), 408),
    "chunks that drip": (lambda door: dripping(door + CHUNKED, b"1\r\nA\r\n"), 408),
    "a length it does not keep": (lambda door: whole(door + _length(2**31), b"A" * 1_000), 408),
}
LARGE: Final[Mapping[str, tuple[Callable[[bytes], Send], int]]] = {
    "100 MiB": (lambda door: endless(door + _length(100 * MEGABYTE), b"A" * MEGABYTE, 100 * MEGABYTE), 413),
    "chunks without end": (
        lambda door: endless(door + CHUNKED, b"10000\r\n" + b"A" * 65_536 + b"\r\n", 20 * MEGABYTE),
        413,
    ),
    "a million fields": (lambda door: endless(door + _length(3_000_000), b"a=&" * 10_000, 3_000_000), 413),
    "8 MiB of header lines": (lambda door: endless(door, b"X: " + b"y" * 1_000 + b"\r\n", 8 * MEGABYTE), 400),
    "one header line of 8 MiB": (lambda door: endless(door + b"X: ", b"y" * 10_000, 8 * MEGABYTE), 400),
    "an address of 1 MiB": (lambda _: endless(b"GET /", b"y" * 10_000, MEGABYTE), 400),
    "a cookie of 40 KB": (lambda door: whole(door + b'Cookie: a="' + b'\\"' * 20_000 + b'"\r\n\r\n'), 400),
}


def _port(gateway: OwnProcess, door: str) -> tuple[int, ssl.SSLContext | None]:
    ports = gateway.ports
    return (ports.front, None) if door == "front" else (ports.back, ports.tls)


async def _all(gateway: OwnProcess, corpus: Mapping[str, tuple[Callable[[bytes], Send], int]]) -> list[str]:
    """All of a corpus at both ports at once; what was not cut off with its status, once."""
    tried = {
        f"{name} at the {door} port": (answer(*_port(gateway, door), make(start)), status)
        for name, (make, status) in corpus.items()
        for door, start in DOORS.items()
    }
    said = await asyncio.gather(*(attack for attack, _ in tried.values()))
    # Who still sends a header when the gateway hangs up may lose the answer to that: its own system throws it away.
    due = {name: ([status], [] if status == 400 else [status]) for name, (_, status) in tried.items()}
    return [
        f"{name}: {statuses(each)}" for name, each in zip(tried, said, strict=True) if statuses(each) not in due[name]
    ]


@pytest.mark.clause("P7")
async def test_who_is_slow_is_sent_away_while_others_log_in(gateway: OwnProcess) -> None:
    slow = asyncio.create_task(_all(gateway, SLOW))
    for _ in range(2):
        assert (await gateway.log_in())["outcome"] == "success"
    assert await slow == []


@pytest.mark.clause("P7", "S9")
async def test_who_sends_too_much_is_cut_off_while_others_log_in_and_costs_no_memory(gateway: OwnProcess) -> None:
    assert (await gateway.log_in())["outcome"] == "success"
    before = await asyncio.to_thread(gateway.memory_peak)
    large = asyncio.create_task(_all(gateway, LARGE))
    assert (await gateway.log_in())["outcome"] == "success"
    assert await large == []
    assert await asyncio.to_thread(gateway.memory_peak) - before < 48 * MEGABYTE


CLOSE: Final = b"Connection: close\r\n"
HIDDEN: Final = b"GET /metadata HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Each could be read as one request by a proxy and as another, or as two, by us (P8).
SMUGGLED: Final[Mapping[str, bytes]] = {
    "length and chunks": POST + b"Content-Length: 6\r\n" + CHUNKED + b"0\r\n\r\nG",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\n" + _length(6) + b"0\r\n\r\nG",
    "two lengths": POST + b"Content-Length: 0\r\n" + _length(len(HIDDEN)) + HIDDEN,
    "two lengths in one": POST + b"Content-Length: 0, 44\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\n12345",
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length of 30 digits": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\n12345",
    "chunks in disguise": POST + b"Transfer-Encoding: xchunked\r\n" + _length(4) + b"0\r\n\r\n" + HIDDEN,
    "chunks spelled with a tab": POST + b"Transfer-Encoding:\x0bchunked\r\n" + _length(4) + HIDDEN,
    "chunks that are not last": POST + b"Transfer-Encoding: chunked, identity\r\n" + _length(4) + HIDDEN,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n" + _length(4) + HIDDEN,
    "a header that is folded": POST + b"X: y\r\n Content-Length: 40\r\n" + _length(0) + HIDDEN,
    "a line end of one sign": POST + b"X: y\nContent-Length: 40\r\n" + _length(0) + HIDDEN,
    "a carriage return inside": POST + b"X: y\rContent-Length: 40\r\n" + _length(0) + HIDDEN,
    "a nul in a header": POST + b"X: y\0z\r\n" + _length(0),
    "no colon": POST + b"Content-Length\r\n\r\n",
    "a chunk of no number": POST + CHUNKED + b"0x5\r\n12345\r\n0\r\n\r\n",
    "a chunk below zero": POST + CHUNKED + b"-5\r\n12345\r\n0\r\n\r\n",
    "a chunk of 20 digits": POST + CHUNKED + b"F" * 20 + b"\r\n12345\r\n0\r\n\r\n",
    "a chunk with a longer end": POST + CHUNKED + b"5\r\n12345XX\r\n0\r\n\r\n",
    "two hosts": b"GET /metadata HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n\r\n",
    "no host": b"GET /metadata HTTP/1.1\r\n\r\n",
    "another protocol": b"GET /metadata HTTP/3.7\r\nHost: localhost\r\n\r\n",
    "http/2 by its first words": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a space in the address": b"GET /metadata x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.clause("P8")
@pytest.mark.parametrize("how", SMUGGLED)
async def test_what_could_be_read_as_two_requests_is_refused_as_one(gateway: OwnProcess, how: str) -> None:
    said = await answer(gateway.ports.front, None, whole(SMUGGLED[how]))
    assert b"EntityDescriptor" not in said
    assert statuses(said) == [400], said[:300]


@pytest.mark.clause("P8")
async def test_what_follows_a_body_is_a_request_of_its_own_and_nobody_elses(gateway: OwnProcess) -> None:
    """Pipelining is HTTP; each request has its own answer, in order."""
    form = b"a=b"
    requests = POST + _length(len(form)) + form + HIDDEN.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")
    said = await answer(gateway.ports.front, None, whole(requests))
    assert statuses(said) == [400, 200]
    assert said.index(b" 400 ") < said.index(b"EntityDescriptor")


@pytest.mark.clause("P8", "S20")
@pytest.mark.parametrize(
    "line",
    [
        b"GET http://evil.test/metadata HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /metadata HTTP/1.1\r\nHost: evil.test\r\n",
        b"GET /metadata HTTP/1.1\r\nHost: localhost:1@evil.test\r\n",
        b"GET /metadata HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\n",
        b"GET /metadata HTTP/1.1\r\nHost: localhost\r\nForwarded: host=evil.test;proto=https\r\n",
        b"GET /metadata HTTP/1.1\r\nHost: localhost\r\nX-Original-URL: /refusals\r\nX-Rewrite-URL: /refusals\r\n",
        b"GET //evil.test/metadata HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /metadata;x HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /nothing/..%2fmetadata HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /login/%00 HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /login/%ff%fe HTTP/1.1\r\nHost: localhost\r\n",
        b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n",
        b"TRACE /metadata HTTP/1.1\r\nHost: localhost\r\nCookie: gateway=secret\r\n",
    ],
)
async def test_a_strange_request_line_or_host_leads_nowhere_else(gateway: OwnProcess, line: bytes) -> None:
    said = await answer(gateway.ports.front, None, whole(line + CLOSE + b"\r\n"))
    (status,) = statuses(said)
    assert status in (200, 400, 404, 405), said[:300]
    assert b"evil.test" not in said
    assert b"gateway=secret" not in said


@pytest.mark.clause("P7")
async def test_a_form_of_more_fields_than_any_has_is_refused(gateway: OwnProcess) -> None:
    form = b"&".join(b"f%d=" % number for number in range(20_000))
    said = await answer(gateway.ports.front, None, whole(POST + CLOSE + _length(len(form)) + form))
    assert statuses(said) == [400]


@pytest.mark.clause("S20", "GEN-20")
async def test_the_back_channel_lets_nobody_in_without_a_certificate(gateway: OwnProcess) -> None:
    bare = ssl.create_default_context(cafile=str(gateway.prepared.pki.anchors))
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        said = await answer(gateway.ports.back, bare, whole(SOAP + b"X-SSL-Client-Cert: dv\r\n" + _length(0)))
        assert statuses(said) == []
