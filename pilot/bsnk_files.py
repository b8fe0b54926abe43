"""The files that the stub of BSNk gives to its recipients in a network, and the one that it publishes."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from metadata.held import folder_of
from pilot.bsnk import Bsnk
from pilot.eidas_identities import BVD_KEY_SET
from pilot.pki import Pki
from pilot.places import BVD, GATEWAY, oin_of
from pilot.world import World
from stelsel.bsnk.keys import write_key
from stelsel.identifiers import Oin

SCHEME: Final = "bsnk-scheme.json"


def hand_out(bsnk: Bsnk, world: World, pki: Pki) -> Path:
    """Gives every recipient its keys, in the folder where it looks for them; the file with the scheme's own.

    A DV whose keys the gateway holds has none itself.
    """
    scheme = pki.folder / SCHEME
    scheme.write_text(json.dumps(dict(bsnk.published())), encoding="utf-8")
    _give(bsnk, oin_of(BVD), BVD_KEY_SET, pki.ring(BVD))
    for dv in world.dvs:
        if dv.bsnk is not None:
            held = folder_of(pki.ring(GATEWAY), dv.entity_id)
            folder = held if dv.decrypted_here else pki.ring(dv.name)
            _give(bsnk, dv.oin, dv.bsnk.key_set, folder)
    return scheme


def files_in(folder: Path) -> tuple[Path, ...]:
    """The keys of BSNk in a folder."""
    return tuple(sorted(folder.glob("bsnk-*.pem")))


def _give(bsnk: Bsnk, recipient: Oin, key_set: int, folder: Path) -> None:
    _forget(files_in(folder))
    for key in bsnk.issue(recipient, key_set):
        path = folder / f"bsnk-{key_set}-{key.name.purpose.name.lower()}.pem"
        path.touch(mode=0o600)
        path.write_text(write_key(key), encoding="ascii")


def _forget(files: Iterable[Path]) -> None:
    """Those of a network before this one, whose BSNk was another."""
    for path in files:
        path.unlink()
