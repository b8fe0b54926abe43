"""One connection of a client to us: its certificate is shown to the routes, and its patience is bounded.

uvicorn has no time limit on a header or a body, and httptools none on the size of a header (spec/security P7).
"""

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.settings import SERVER_LIMITS, ServerLimits

PEER_CERTIFICATE: Final = "peer_certificate"
"""In `scope["state"]`: the client's certificate as TLS checked it (DER), or None."""

TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class HeaderTooLarge(Exception):
    """Ends the parsing of a request; uvicorn answers 400."""


class HostUnclear(Exception):
    """Ends the parsing of a request; uvicorn answers 400."""


class Connection(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, for clients of whom nothing is known yet."""

    limits: ClassVar[ServerLimits] = SERVER_LIMITS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected. What TLS knows of it goes along with each of its requests."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, PEER_CERTIFICATE: certificate_of(transport)}
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: float | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._in_header = True
        self._hosts = 0
        self._header_bytes = self._received_bytes = 0
        self._wait(self.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left, or was sent away."""
        self._wait(None)
        self._stop_timer()
        self._stop_reading_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes. A header line that does not end is seen here only: the parser keeps it to itself."""
        if self.transport.is_closing():
            return
        was_in_header = self._in_header
        super().data_received(data)
        if was_in_header and self._in_header and not self.transport.is_closing():
            self._received_bytes += len(data)
            if self._received_bytes > self.limits.header_bytes:
                self.send_400_response("Header too large.")

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_header = True
        self._header_bytes = self._received_bytes = self._hosts = 0
        self._wait(self.limits.header_seconds)

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One whole line of the header."""
        self._measure(len(name) + len(value) + len(b": \r\n"))
        self._hosts += name.lower() == b"host"
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The header is there; the body has a time of its own. Of two hosts a proxy may believe the other one, so there
        is one (RFC 9112 3.2; spec/security P8)."""
        if self._hosts > 1 or (self._hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise HostUnclear
        self._in_header = False
        self._wait(self.limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there; how long the answer takes is up to us. Who sent on after the answer is sent away."""
        self._wait(None)
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:
            self.transport.close()

    def pause_writing(self) -> None:
        """The client does not read what we answer: it has as long for that as for its body."""
        super().pause_writing()
        self._stop_reading_timer()
        self._reading = self.loop.call_later(self.limits.body_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It read enough of it."""
        self._stop_reading_timer()
        super().resume_writing()

    def _measure(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.limits.header_bytes:
            raise HeaderTooLarge

    def _wait(self, seconds: float | None) -> None:
        """Gives the client `seconds` from now, in place of what it had; None: nothing is expected of it.

        A timer that runs already is left to run, for a request sets three of them: it looks again when it goes off.
        """
        self._deadline = None if seconds is None else self.loop.time() + seconds
        if self._deadline is None or (self._timer is not None and self._timer.when() <= self._deadline):
            return
        self._stop_timer()
        self._timer = self.loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        """Sends the client away when its time is over; else looks again when it will be."""
        self._timer = None
        if self._deadline is None:
            return
        if self.loop.time() >= self._deadline:
            self._send_away()
        else:
            self._timer = self.loop.call_at(self._deadline, self._look)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_reading_timer(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _send_away(self) -> None:
        """Says why, unless there is an answer already: a second one could be taken for that to another request."""
        if self.transport.is_closing():
            return
        if self._in_header or self.cycle is None or not self.cycle.response_started:
            self.transport.write(TOO_SLOW)
        self.transport.close()


def certificate_of(transport: asyncio.BaseTransport) -> bytes | None:
    """The certificate that the client of `transport` showed, DER; None without TLS or without a certificate."""
    connection = transport.get_extra_info("ssl_object")
    der: bytes | None = connection.getpeercert(binary_form=True) if connection else None
    return der
