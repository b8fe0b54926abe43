"""The way out to other parties: one TLS identity, kept connections, a deadline, a bound on the answer, no redirects.

Stands on aiohttp, whose parser and connections are C: httpx costs a login twice what its signatures do. What a back
channel must not do is switched off: cookies, redirects, proxies and passwords from the environment, unpacking.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from runtime.settings import HTTP_LIMITS, HttpLimits
from runtime.telemetry import traceparent
from stelsel.failures import PartyUnavailable

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_AWAY: Final = frozenset({502, 503, 504})
# What aiohttp would add of its own accord.
_NOT_OURS: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; of a repeated header the last value counts."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_down(self) -> bool:
        """Whether it says that who is asked, or who stands behind him, is away (RFC 9110 15.6.3 to 15.6.5)."""
        return self.status in _AWAY


class HttpClient:
    """Sends requests with one TLS identity, over connections that are shared with nobody else.

    `tls` None: https is checked against the public authorities, without a client certificate. `loopback` allows plain
    http to this machine, for the pilot; to anywhere else it is refused, unless `plain`: for what is signed and public.
    Such a client, which asks addresses that others name, never asks this machine (but with `loopback`) nor its link,
    whatever a name resolves to (spec/security S24).
    """

    def __init__(
        self, tls: ssl.SSLContext | None, loopback: bool, limits: HttpLimits = HTTP_LIMITS, *, plain: bool = False
    ) -> None:
        self._tls = tls
        self._loopback = loopback
        self._plain = plain
        self._limits = limits
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._opened: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline_seconds: float,
        max_bytes: int,
    ) -> Answer:
        """The answer of the party at `url`, whatever its status; a redirect is an answer too.

        Raises `PartyUnavailable` when there is no whole answer of at most `max_bytes` within the deadline, connecting
        included. What stands in it names the host only, for a path may name a person.
        """
        host = self._allowed(url)
        try:
            async with asyncio.timeout(deadline_seconds), self._room(host):
                return await self._exchange(method, url, content, headers or {}, max_bytes)
        except TimeoutError as error:
            due = f"a whole answer within {deadline_seconds:g} s"
            why = f"{host} did not answer within {deadline_seconds:g} s"
            raise PartyUnavailable(why, expected=due, found="none", is_down=True) from error
        except aiohttp.ClientConnectorError as error:
            why = f"{host} does not accept our connection: {_reason(error)}"
            raise PartyUnavailable(why, expected="a connection", found=_reason(error), is_down=True) from error
        except (aiohttp.ClientError, OSError) as error:
            why = f"{host} broke off: {_reason(error)}"
            raise PartyUnavailable(why, expected="a whole answer", found=_reason(error), is_down=True) from error

    def show(self, tls: ssl.SSLContext) -> None:
        """From the next request on another TLS identity: connections with the present one are not used again."""
        self._tls = tls

    async def close(self) -> None:
        """Closes every kept connection."""
        if self._opened is not None:
            await self._opened.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        """Opened by the first request, for it belongs to the event loop that is running then."""
        if self._opened is None:
            connector = aiohttp.TCPConnector(
                resolver=_Names(self._check_address),
                limit=self._limits.connections,
                keepalive_timeout=self._limits.keep_alive_seconds,
                use_dns_cache=False,
            )
            self._opened = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),  # the deadline is the caller's, over everything
                auto_decompress=False,
                skip_auto_headers=_NOT_OURS,
            )
        return self._opened

    async def _exchange(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], max_bytes: int
    ) -> Answer:
        sent = {**headers, "Accept-Encoding": "identity", "traceparent": traceparent()}
        request = self._session.request(
            method,
            URL(url, encoded=True),
            data=content or None,
            headers=sent,
            allow_redirects=False,
            ssl=True if self._tls is None else self._tls,  # aiohttp keeps connections apart by it
        )
        async with request as response:
            pieces: list[bytes] = []
            size = 0
            async for piece in response.content.iter_any():
                size += len(piece)
                if size > max_bytes:
                    raise PartyUnavailable(
                        f"{urlsplit(url).hostname} answered with more than {max_bytes} bytes",
                        expected=f"at most {max_bytes} bytes",
                        found=f"{size} bytes and more to come",
                    )
                pieces.append(piece)
            received = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, received, b"".join(pieces))

    def _check_address(self, address: str) -> None:
        """Raises `PartyUnavailable` for an IP address that a client for public things does not connect to."""
        if self._plain and _is_near(address, self._loopback):
            raise PartyUnavailable("an address of this machine or its link, which we do not ask")

    def _allowed(self, url: str) -> str:
        """The host of `url`. Raises `PartyUnavailable` for an address that we do not speak to."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        self._check_address(host)
        if parts.scheme == "https" and host:
            return host
        if parts.scheme == "http" and host and (self._loopback if is_loopback(host) else self._plain):
            return host
        raise PartyUnavailable(f"we do not speak {parts.scheme or 'this'} to {host or 'nobody'}")

    def _room(self, host: str) -> asyncio.Semaphore:
        """A place among the connections of `host`: one that hangs must not hold those of others (spec/security P1)."""
        room = self._rooms.get(host)
        if room is None:
            room = self._rooms[host] = asyncio.Semaphore(self._limits.connections_per_host)
        return room


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by its name alone (RFC 6761 6.3: every name under `localhost` is)."""
    return host in LOOPBACK or host.endswith(".localhost")


def _is_near(address: str, loopback: bool) -> bool:
    """Whether an IP address is this machine's, unless `loopback`, or one that no router passes on; a name is none."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = (ip.ipv4_mapped if isinstance(ip, IPv6Address) else None) or ip
    return (ip.is_loopback and not loopback) or ip.is_link_local or ip.is_unspecified or ip.is_multicast


class _Names(AbstractResolver):
    """Resolves names under `localhost` to this machine, which the system's resolver may not know.

    The URL stays as it is, and with it the Host header, the name sent in TLS and the name that the certificate is
    checked for; connections are told apart by it.
    """

    def __init__(self, check: Callable[[str], None]) -> None:
        self._real = aiohttp.ThreadedResolver()
        self._check = check

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`."""
        if not is_loopback(host):
            found = await self._real.resolve(host, port, family)
            for each in found:
                self._check(each["host"])
            return found
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None:
        """Closes the system's resolver."""
        await self._real.close()


def _reason(error: Exception) -> str:
    """The kind of trouble and the words of OpenSSL or the system about it, which hold no data of ours."""
    return f"{type(error).__name__}: {error}"[:200] if str(error) else type(error).__name__
