"""Keys that a router holds for DVs whose profile has values in clear, or for whom it decrypts what BSNk made.

Each is for one DV and nothing else. `held/<entityID>/` beside the router's own keys, the entityID percent-encoded but
for its colons; inside, a folder as `KeyRing` reads it. A folder that comes counts at once: a DV is added without a
restart. One that changes counts from the next `look` on: no file is touched on the way of a login.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from metadata.folders import KeyFolder
from metadata.keys import KeyRing
from stelsel.bsnk.keys import KeysInMemory
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import DecryptionKey
from stelsel.saml.signatures import VerificationKey

FOLDER: Final = "held"


class HeldKeys:
    """What stands under the `keys` folder of a router. Reads files: call it in `offload`."""

    def __init__(self, keys: Path) -> None:
        self._keys = keys
        self._read: dict[EntityId, KeyFolder] = {}
        self._present = self._folders()

    def decryption(self, dv: EntityId, at: datetime) -> tuple[DecryptionKey, ...]:
        """What opens values for this DV; empty where nothing is held for it. Raises `Misconfigured`."""
        ring = self._ring(dv)
        return ring.decryption(at) if ring else ()

    def bsnk(self, dv: EntityId) -> KeysInMemory:
        """What BSNk issued to this DV and it gave to us; empty where nothing is held. Raises `Misconfigured`."""
        ring = self._ring(dv)
        return ring.bsnk if ring else KeysInMemory(())

    def published(self, dv: EntityId, at: datetime) -> tuple[VerificationKey, ...]:
        """The keys that others must encrypt for this DV with. Raises `Misconfigured`."""
        ring = self._ring(dv)
        return ring.published(at).encryption if ring else ()

    def look(self, at: datetime) -> Iterator[Misconfigured]:
        """Takes what changed in the folders since the last time; what is wrong with one, and then its last good stays.

        A folder that is gone holds nothing any more.
        """
        self._present = self._folders()
        for dv, known in list(self._read.items()):
            if folder_of(self._keys, dv).name not in self._present:
                del self._read[dv]
                continue
            try:
                known.look(at)
            except Misconfigured as wrong:
                yield wrong

    def standing(self, at: datetime) -> object:
        """Something else as soon as what is `published` for any DV may be: as of the last `look`."""
        return self._present, tuple((dv, known.ring.standing(at)) for dv, known in list(self._read.items()))

    def _ring(self, dv: EntityId) -> KeyRing | None:
        known = self._read.get(dv)
        if known is None:
            folder = folder_of(self._keys, dv)
            if not folder.is_dir():
                return None
            known = self._read[dv] = KeyFolder(folder)
        return known.ring

    def _folders(self) -> frozenset[str]:
        try:
            return frozenset(path.name for path in (self._keys / FOLDER).iterdir())
        except OSError:
            return frozenset()


def folder_of(keys: Path, dv: EntityId) -> Path:
    """Where the keys held for a DV stand; a name of one level, whatever the entityID is."""
    name = quote(dv.value, safe=":")
    return keys / FOLDER / (f"%2E{name[1:]}" if name.startswith(".") else name)
