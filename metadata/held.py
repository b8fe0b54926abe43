"""Encryption keys that a router holds for DVs whose profile has values in clear, each for one DV and nothing else.

`held/<entityID>/` beside the router's own keys, the entityID percent-encoded but for its colons; inside, a folder as
`KeyRing` reads it. A folder that comes or changes counts at once: a DV is added without a restart.
"""

from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from metadata.keys import KeyRing
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import DecryptionKey
from stelsel.saml.signatures import VerificationKey

FOLDER: Final = "held"


class HeldKeys:
    """What stands under the `keys` folder of a router. Reads files: call it in `offload`."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._read: dict[EntityId, tuple[int, KeyRing]] = {}

    def decryption(self, dv: EntityId, at: datetime) -> tuple[DecryptionKey, ...]:
        """What opens values for this DV; empty where nothing is held for it. Raises `Misconfigured`."""
        ring = self._ring(dv)
        return ring.decryption(at) if ring else ()

    def published(self, dv: EntityId, at: datetime) -> tuple[VerificationKey, ...]:
        """The keys that others must encrypt for this DV with. Raises `Misconfigured`."""
        ring = self._ring(dv)
        return ring.published(at).encryption if ring else ()

    def _ring(self, dv: EntityId) -> KeyRing | None:
        folder = folder_of(self._keys, dv)
        try:
            changed = folder.stat().st_mtime_ns
        except OSError:
            return None
        known = self._read.get(dv)
        if known is None or known[0] != changed:
            known = self._read[dv] = (changed, KeyRing.from_folder(folder))
        return known[1]


def folder_of(keys: Path, dv: EntityId) -> Path:
    """Where the keys held for a DV stand; a name of one level, whatever the entityID is."""
    name = quote(dv.value, safe=":")
    return keys / FOLDER / (f"%2E{name[1:]}" if name.startswith(".") else name)
