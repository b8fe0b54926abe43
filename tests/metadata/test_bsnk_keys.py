"""Keys of BSNk beside the other keys of a party, or held for a DV; and the file with what BSNk published."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from metadata.bsnk import read_scheme_file
from metadata.folders import KeyFolder
from metadata.held import HeldKeys, folder_of
from pilot.bsnk import Bsnk
from stelsel.bsnk.decryption import decrypt_identity
from stelsel.bsnk.encrypted import Encrypted, read
from stelsel.bsnk.keys import write_key
from stelsel.failures import EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Bsn, EntityId, Oin
from tests.metadata.factories import NOW, Network

RECIPIENT: Final = Oin("00000099000000010000")
DV: Final = EntityId.of("DV", RECIPIENT, 9001)
OTHER: Final = EntityId.of("DV", Oin("00000099000000020000"), 9002)
ANNA: Final = Bsn("999990019")
OLD, NEW = 20240101, 20260101


@pytest.fixture(scope="module")
def bsnk() -> Bsnk:
    return Bsnk()


def give(bsnk: Bsnk, folder: Path, key_set: int) -> None:
    """Lays the files of a key set into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, key in enumerate(bsnk.issue(RECIPIENT, key_set)):
        (folder / f"bsnk-{key_set}-{number}.pem").write_text(write_key(key))


def about_anna(bsnk: Bsnk, folder: Path, key_set: int) -> Encrypted:
    """An EI about her, verified with the published file."""
    scheme = folder / "scheme.json"
    scheme.write_text(json.dumps(dict(bsnk.published())))
    made = bsnk.transform_identity(bsnk.activate(ANNA), RECIPIENT, key_set, date(2026, 5, 1))
    return read(made, read_scheme_file(scheme))


def test_several_key_sets_count_side_by_side_and_one_that_is_taken_away_no_more(
    bsnk: Bsnk, network: Network, tmp_path: Path
) -> None:
    ring = tmp_path / "ring"
    shutil.copytree(network.pki.ring("gemeente"), ring)
    give(bsnk, ring, OLD)
    keys = KeyFolder(ring)
    published = keys.ring.published(NOW)
    give(bsnk, ring, NEW)
    assert keys.look(NOW)
    for key_set in (OLD, NEW):
        assert decrypt_identity(about_anna(bsnk, tmp_path, key_set), keys.ring.bsnk) == ANNA
    assert keys.ring.bsnk.first_closing(RECIPIENT) == OLD
    for path in ring.glob(f"bsnk-{OLD}-*.pem"):
        path.unlink()
    assert keys.look(NOW)
    with pytest.raises(EncryptedIdRefused):
        decrypt_identity(about_anna(bsnk, tmp_path, OLD), keys.ring.bsnk)
    assert keys.ring.published(NOW) == published


def test_what_is_held_for_one_dv_opens_nothing_for_another(bsnk: Bsnk, tmp_path: Path) -> None:
    give(bsnk, folder_of(tmp_path, DV), NEW)
    held = HeldKeys(tmp_path)
    assert decrypt_identity(about_anna(bsnk, tmp_path, NEW), held.bsnk(DV)) == ANNA
    with pytest.raises(EncryptedIdRefused):
        decrypt_identity(about_anna(bsnk, tmp_path, NEW), held.bsnk(OTHER))


@pytest.mark.parametrize("text", ["", "-----BEGIN {0}-----\n\nAAAA\n-----END {0}-----\n", "é"])
def test_a_key_file_that_is_none_stops_the_start_by_name_and_shows_nothing_of_it(tmp_path: Path, text: str) -> None:
    folder = folder_of(tmp_path, DV)
    folder.mkdir(parents=True)
    (folder / "bsnk-1.pem").write_text(text.format("EC PRIVATE KEY"))
    with pytest.raises(Misconfigured, match=r"bsnk-1\.pem") as caught:
        HeldKeys(tmp_path).bsnk(DV)
    assert "AAAA" not in str(caught.value.facts())


@pytest.mark.parametrize("text", ["", "[]", '{"urn": 1}', '{"urn": "text"}'])
def test_a_file_that_is_not_what_bsnk_published_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "scheme.json").write_text(text)
    with pytest.raises(Misconfigured):
        read_scheme_file(tmp_path / "scheme.json")
