"""Fetches documents and revocation lists, at import and in the background; never on the way of somebody's login."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from metadata.certificates import Anchors
from metadata.descriptors import certificates_of
from metadata.descriptors.findings import STANDARD
from metadata.fetching import Fetching
from metadata.parties import Parties, Taken
from metadata.repository import Source, Sources
from metadata.revocation import Revocations, read_list
from metadata.settings import MetadataSettings
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.settings import Clock
from stelsel.failures import Failure, MessageRefused, PartyUnavailable

LISTS: Final = 20  # addresses of lists that one document can make us ask
_DURATION: Final = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?"
)
_RANDOM: Final = SystemRandom()
_SECONDS: Final = (365 * 86_400, 30 * 86_400, 86_400, 3600, 60, 1)


def duration_seconds(text: str) -> int | None:
    """An xs:duration, with months of 30 days; None when it is none that we understand."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    return sum(int(value or 0) * unit for value, unit in zip(match.groups(), _SECONDS, strict=True))


class Refresh:
    """The way in of metadata from addresses. `loopback` lets this machine be asked: a pilot network only."""

    def __init__(
        self,
        parties: Parties,
        sources: Sources,
        http: HttpClient,
        anchors: Anchors,
        clock: Clock,
        offload: Offload,
        settings: MetadataSettings,
        *,
        loopback: bool,
    ) -> None:
        self._parties = parties
        self._sources = sources
        self._fetching = Fetching(http, settings, loopback=loopback)
        self._anchors = anchors
        self._clock = clock
        self._offload = offload
        self._settings = settings
        self._loopback = loopback

    async def fetch(self, url: str) -> bytes:
        """The document at `url`. Raises `PartyUnavailable`, and `MessageRefused` for an address that we do not ask."""
        return await self._fetching.document(url)

    async def take(
        self,
        data: bytes,
        *,
        url: str = "",
        publisher: str | None = None,
        even_if_smaller: bool = False,
        even_if_older: bool = False,
        only_looking: bool = False,
        profile: str = STANDARD,
        approved: str | None = None,
    ) -> Taken:
        """Verifies a document as `Parties.take` does, with the lists it needs, which are fetched first.

        One that came from `url` is fetched there again in the background, unless it is pinned: nobody vouches for what
        stands there later.
        """
        at = self._clock()
        await self._fetch_lists(data, at)
        taken = await self._parties.take(
            data,
            self._anchors,
            at,
            publisher=publisher,
            loopback=self._loopback,
            even_if_smaller=even_if_smaller,
            even_if_older=even_if_older,
            only_looking=only_looking,
            profile=profile,
            approved=approved,
        )
        if url and not only_looking and profile == STANDARD:
            await self._sources.add(taken.publisher, url, at, self._next(at, taken.cache_duration))
        return taken

    async def once(self) -> None:
        """Fetches all that is due. What fails is told with its source, and tried again later."""
        lease = timedelta(seconds=2 * self._settings.fetch_seconds + 10)
        while (url := await self._sources.claim_list(self._clock(), lease)) is not None:
            await self._refresh_list(url)
        while (source := await self._sources.claim_document(self._clock(), lease)) is not None:
            await self._refresh_document(source)

    async def _refresh_document(self, source: Source) -> None:
        at = self._clock()
        try:
            taken = await self.take(await self.fetch(source.url), publisher=source.publisher)
        except (MessageRefused, PartyUnavailable) as error:
            await self._sources.failed(source.publisher, _told(error), self._soon(at))
        else:
            await self._sources.fetched(source.publisher, at, self._next(at, taken.cache_duration))

    async def _refresh_list(self, url: str) -> None:
        at = self._clock()
        try:
            raw = await self._fetching.revocation_list(url)
            read = await self._offload(read_list, raw, url, self._anchors)
            if not read.is_current(at):
                raise MessageRefused(
                    "a revocation list that has ended",
                    clause="GEN-12",
                    expected=f"one that holds at {at.isoformat()}",
                    found=read.until.isoformat(),
                )
        except (MessageRefused, PartyUnavailable) as error:
            await self._sources.failed_list(url, _told(error), self._soon(at))
            return
        halfway = at + (read.until - at) / 2
        due = max(self._soon(at), min(halfway, self._next(at, None)))
        if not await self._sources.keep_list(raw, read, at, due):
            await self._sources.failed_list(url, "an older list than the one we have", self._soon(at))

    async def _fetch_lists(self, data: bytes, at: datetime) -> None:
        urls = await self._offload(self._lists_for, data, at)
        known = await self._sources.current_lists(urls, at)
        for url in [each for each in urls if each not in known][:LISTS]:
            await self._refresh_list(url)

    def _lists_for(self, data: bytes, at: datetime) -> tuple[str, ...]:
        needed: Iterable[str] = Revocations(self._anchors).needed(certificates_of(data), at)
        return tuple(dict.fromkeys(needed))

    def _soon(self, at: datetime) -> datetime:
        return at + timedelta(seconds=self._settings.least_seconds * _RANDOM.uniform(0.9, 1.1))

    def _next(self, at: datetime, cache_duration: str | None) -> datetime:
        """After its cacheDuration within our bounds, and not all at one moment."""
        settings = self._settings
        seconds = duration_seconds(cache_duration or "") or settings.usual_seconds
        seconds = max(settings.least_seconds, min(seconds, settings.most_seconds))
        return at + timedelta(seconds=seconds * _RANDOM.uniform(0.9, 1.0))


def _told(error: Failure) -> str:
    return f"{error.broken_clause} {error.why}".strip()
