"""HTTP in front of the doors that every SAML party has: the back channel's SOAP, and metadata."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.back_channel import ArtifactResolution, Report
from exchange.party import Self
from runtime.settings import Clock
from runtime.web.forms import read_body
from runtime.web.problem import problem
from stelsel.failures import Failure, MessageMalformed, MessageRefused, Unavailable, WrongParty, outcome_of

SOAP_BYTES: Final = 64 * 1024
SOAP_TYPES: Final = frozenset({"text/xml", "application/soap+xml", "application/xml"})  # clients 7.3
METADATA_TYPE: Final = "application/samlmetadata+xml"
_FRESH_FOR: Final = timedelta(hours=1)


def artifact_route(path: str, resolution: ArtifactResolution, report: Report) -> Route:
    """The ArtifactResolutionService. Only what a party of ours sends over TLS gets a SOAP answer (GEN-20)."""

    async def resolve(request: Request) -> Response:
        certificate: bytes | None = request.scope.get("state", {}).get("peer_certificate")
        try:
            check_soap_type(request.headers.get("content-type", ""))
            body = await read_body(request, SOAP_BYTES)
            answer = await resolution.resolve(body, certificate)
        except (MessageRefused, Unavailable) as refused:
            return _problem(refused, str(await report(refused, {"door": path})))
        return Response(answer, media_type="text/xml")

    return Route(path, resolve, methods=["POST"])


class MetadataDocument:
    """One rendering of our metadata, signed anew each hour, so that a rolled key shows and validUntil moves on.

    `revision` tells of what else is in it, such as the parties we know: when that changes it is written anew at once.
    """

    def __init__(
        self, clock: Clock, make: Callable[[datetime], Awaitable[bytes]], revision: Callable[[], object] = lambda: None
    ) -> None:
        self._clock = clock
        self._make = make
        self._revision = revision
        self._made: tuple[datetime, object, bytes] | None = None
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def written(cls, party: Self, write: Callable[[datetime], bytes]) -> "MetadataDocument":
        """One that needs nothing but what `write` has at hand."""
        return cls(party.clock, lambda at: party.offload(write, at))

    async def read(self) -> bytes:
        """The signed document."""
        kept = self._kept()
        if kept is not None:
            return kept
        async with self._one_at_a_time:  # who comes together is given what the first of them had signed
            kept = self._kept()
            if kept is None:
                now, revision = self._clock(), self._revision()
                kept = await self._make(now)
                self._made = (now, revision, kept)
            return kept

    def _kept(self) -> bytes | None:
        """What was signed last, as long as it may be given."""
        if self._made is None or self._clock() - self._made[0] >= _FRESH_FOR or self._made[1] != self._revision():
            return None
        return self._made[2]

    async def answer(self, request: Request) -> Response:
        """Serves it. A method, for Starlette takes an object that can be called for an application of its own."""
        return Response(await self.read(), media_type=METADATA_TYPE)


def check_soap_type(content_type: str) -> None:
    """Raises `MessageMalformed` for a body that is not said to be XML (SAML bindings 3.2.3)."""
    if content_type.partition(";")[0].strip().lower() not in SOAP_TYPES:
        raise MessageMalformed("not SOAP", clause="DV-RSV-05", expected="text/xml", found=content_type[:80])


def _problem(refused: Failure, code: str) -> Response:
    """What a client gets that is no party, or sends no SOAP: a status and a code, nothing about why."""
    if isinstance(refused, WrongParty):
        return problem(403, code)
    return problem(outcome_of(refused).http, code)
