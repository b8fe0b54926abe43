"""The other parties of a sample party, from their metadata, which is read again when it has become old."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pilot.sample_dv.back_channel import BackChannel, NoAnswer
from pilot.sample_dv.peers import MetadataRefused, Peer, read_peer
from pilot.sample_dv.signatures import Signatures
from runtime.offload import Offload

Clock = Callable[[], datetime]
MetadataOf = Callable[[BackChannel], Awaitable[bytes]]
KEEP: Final = timedelta(seconds=20)


def from_address(url: str) -> MetadataOf:
    """Metadata that is fetched over HTTP."""

    async def fetch(channel: BackChannel) -> bytes:
        return await channel.get(url)

    return fetch


def from_bytes(document: bytes) -> MetadataOf:
    """Metadata that was handed over."""

    async def answer(_: BackChannel) -> bytes:
        return document

    return answer


def from_both(document: bytes, url: str) -> MetadataOf:
    """Metadata that was handed over first, and is fetched from then on; while its party is away the last one counts."""
    last, asked = document, False

    async def fetch(channel: BackChannel) -> bytes:
        nonlocal last, asked
        if asked:
            with contextlib.suppress(NoAnswer):
                last = await channel.get(url)
        asked = True
        return last

    return fetch


@dataclass(frozen=True, slots=True)
class Known:
    """The gateway as it was read at `at`, and the signatures of everybody whose metadata there is."""

    at: datetime
    gateway: Peer
    sign_on: str
    signatures: Signatures


class KnownParties:
    """Reads `metadata` of the gateway, and of each AD and the BVD, vouched for by `authority`.

    `own` and `opens` are keys of ours: see `Signatures`.
    """

    def __init__(
        self,
        gateway: str,
        metadata: Sequence[MetadataOf],
        authority: Path,
        own: Path,
        channel: BackChannel,
        offload: Offload,
        clock: Clock,
        opens: Path | None = None,
    ) -> None:
        self._opens = opens
        self._gateway = gateway
        self._metadata = tuple(metadata)
        self._authority = authority
        self._own = own
        self._channel = channel
        self._offload = offload
        self._clock = clock
        self._known: Known | None = None

    async def now(self) -> Known:
        """Read anew when what we have is older than KEEP. Raises `NoAnswer`, `MetadataRefused`."""
        now = self._clock()
        if self._known is None or now - self._known.at >= KEEP:
            documents = [await fetch(self._channel) for fetch in self._metadata]
            self._known = await self._offload(self._read, documents, now)
        return self._known

    def _read(self, documents: Sequence[bytes], at: datetime) -> Known:
        peers = {
            peer.entity_id: peer for peer in (read_peer(each, self._authority, self._own, at) for each in documents)
        }
        gateway = peers.get(self._gateway)
        if gateway is None or gateway.single_sign_on is None:
            raise MetadataRefused("the gateway's metadata names no place for requests")
        certificates = {peer.entity_id: peer.certificates for peer in peers.values()}
        return Known(at, gateway, gateway.single_sign_on, Signatures(self._own, certificates, self._opens))
