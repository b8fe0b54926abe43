"""Artifacts we gave out: what each stands for, for whom, once and for a short time (DV-ART-03, DV-ART-05)."""

import hashlib
import json
import secrets
from typing import Final

from runtime.store import ShortLived
from stelsel.failures import ArtifactUnknown
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import make_artifact, read_artifact

LONGEST_SECONDS: Final = 15 * 60
_WAITS: Final = "an artifact of ours that waits for its one ArtifactResolve"


class Artifacts:
    """The artifacts of one issuer. Their handles are 160 random bits; the store knows only a hash of them."""

    def __init__(self, store: ShortLived, issuer: EntityId, index: int, seconds: int) -> None:
        if not 0 < seconds <= LONGEST_SECONDS:
            raise ValueError("an artifact lives at most 15 minutes (DV-ART-03)")
        self._store = store
        self._issuer = issuer
        self._index = index
        self._seconds = seconds

    async def issue(self, owner: EntityId, pending: str, index: int | None = None) -> str:
        """A new artifact that only `owner` may resolve; `pending` is what its answer will be made of.

        `index` names another ArtifactResolutionService of ours than the usual one.
        """
        handle = secrets.token_bytes(20)
        artifact = make_artifact(self._issuer, self._index if index is None else index, handle)
        await self._store.put(_key(artifact), _write(owner, pending), self._seconds)
        return artifact

    async def take(self, artifact: str, requester: EntityId) -> str:
        """What was pending under `artifact`, which is then gone.

        Raises `ArtifactUnknown` when it is unknown, used or expired, and when another party asks: then it is kept for
        its owner, and `found` tells that there is reason for an alert (DV-ARR-04).
        """
        read_artifact(artifact)
        key = _key(artifact)
        held = await self._store.get(key)
        if held is None:
            raise ArtifactUnknown("unknown, used or expired", expected=_WAITS, found="none that waits")
        owner, pending = _read(held)
        if owner != requester.value:
            raise ArtifactUnknown("asked by another party", expected=owner, found=requester.value)
        if await self._store.take(key) is None:  # two at once: one gets it
            raise ArtifactUnknown("taken at the same moment", expected=_WAITS, found="one that another asked for too")
        return pending


def _write(owner: EntityId, pending: str) -> bytes:
    """An EntityID holds no line end."""
    return f"{owner.value}\n{pending}".encode()


def _read(held: bytes) -> tuple[str, str]:
    """Owner and pending; also of what the former release kept, JSON without a line end."""
    owner, end, pending = held.decode().partition("\n")
    if not end:
        owner, pending = json.loads(owner)
    return owner, pending


def _key(artifact: str) -> str:
    return "artifact:" + hashlib.sha256(artifact.encode()).hexdigest()
