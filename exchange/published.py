"""Our metadata as it is served: written anew each hour and when something in it changes, and cheap to ask for again."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from exchange.party import Self
from runtime.settings import Clock

METADATA_TYPE: Final = "application/samlmetadata+xml"
FRESH_FOR: Final = timedelta(hours=1)
CACHE_DURATION: Final = "PT1H"  # the same, in the document itself
TAGS: Final = 20  # entity tags of one request that we look at


@dataclass(frozen=True, slots=True)
class _Written:
    """A document, and what it was made from."""

    hour: datetime
    revision: object
    content: bytes = field(repr=False)
    tag: str


class MetadataDocument:
    """One rendering of our metadata. Processes that share keys write the same bytes within an hour.

    `revision` tells of what is in it, by the clock's moment: keys, and for a list of DVs the parties we know. When that
    changes it is written anew at once; and each hour, so that validUntil moves on as long as the process runs.
    """

    def __init__(
        self, clock: Clock, make: Callable[[datetime], Awaitable[bytes]], revision: Callable[[datetime], object]
    ) -> None:
        self._clock = clock
        self._make = make
        self._revision = revision
        self._last: _Written | None = None
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def written(cls, party: Self, write: Callable[[datetime], bytes]) -> "MetadataDocument":
        """One that needs nothing but what `write` has at hand, and our keys."""
        return cls(party.clock, lambda at: party.offload(write, at), party.keys.standing)

    async def read(self) -> bytes:
        """The signed document."""
        return (await self._current(self._clock())).content

    async def answer(self, request: Request) -> Response:
        """Serves it. A method, for Starlette takes an object that can be called for an application of its own.

        It may be kept until the hour is over, which no cacheDuration of ours outlasts, and is not sent again to who has
        it (RFC 9110 13.1.2).
        """
        now = self._clock()
        document = await self._current(now)
        left = int((document.hour + FRESH_FOR - now).total_seconds())
        headers = {"ETag": document.tag, "Cache-Control": f"public, max-age={max(left, 0)}"}
        if has_it(request.headers.get("if-none-match", ""), document.tag):
            return Response(status_code=304, headers=headers)
        return Response(document.content, media_type=METADATA_TYPE, headers=headers)

    async def _current(self, now: datetime) -> _Written:
        hour, revision = whole_hour(now), self._revision(now)
        if (last := self._kept(hour, revision)) is not None:
            return last
        async with self._one_at_a_time:  # who comes together is given what the first of them had signed
            if (last := self._kept(hour, revision)) is None:
                content = await self._make(now)
                last = self._last = _Written(hour, revision, content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
            return last

    def _kept(self, hour: datetime, revision: object) -> _Written | None:
        """What was written last, as long as it is what would be written now."""
        last = self._last
        return last if last is not None and (last.hour, last.revision) == (hour, revision) else None


def whole_hour(at: datetime) -> datetime:
    """When the hour of `at` began."""
    return at.replace(minute=0, second=0, microsecond=0)


def has_it(if_none_match: str, tag: str) -> bool:
    """Whether who asks has a document of that tag already; tags are compared weakly (RFC 9110 13.1.2)."""
    asked = [each.strip().removeprefix("W/") for each in if_none_match.split(",", TAGS)[:TAGS]]
    return "*" in asked or tag in asked
