"""A key folder that is looked at while the service runs: what changed counts, what is broken leaves the last good."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from metadata.folders import KeyFolder
from metadata.held import HeldKeys, folder_of
from metadata.keys import KeyState
from pilot.pki import Holder
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, Network

DV = EntityId.of("DV", OINS["gemeente"], 9001)


@pytest.fixture(scope="module")
def shelf(network: Network) -> Path:
    """Two keys of each use."""
    holder = Holder(name="looked-at", oin=OINS["gemeente"], organisation="Gemeente", numbers=2)
    return network.pki.issue_all([holder])[0]


@pytest.fixture
def folder(shelf: Path, tmp_path: Path) -> Path:
    """The first key of each use."""
    for file in shelf.glob("*-1.pem"):
        shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


def test_a_key_that_comes_counts_from_the_next_look_on(folder: Path, shelf: Path) -> None:
    keys = KeyFolder(folder)
    ring, first = keys.ring, keys.ring.signing(NOW).name
    shutil.copyfile(shelf / "signing-2.pem", folder / "signing-2.pem")
    assert ring.signing(NOW).name == first
    assert keys.look(NOW)
    assert not keys.look(NOW)
    assert ring.signing(NOW).name != first
    assert len(ring.published(NOW).signing) == 3


def test_new_dates_count_from_the_next_look_on(folder: Path, shelf: Path) -> None:
    later = NOW + timedelta(hours=3)
    shutil.copyfile(shelf / "signing-2.pem", folder / "signing-2.pem")
    keys = KeyFolder(folder)
    (folder / "keys.toml").write_text(f"[signing-2]\nactive_from = {later.isoformat()}\n")
    assert keys.look(NOW)
    assert keys.ring.states(NOW)["signing-2"] is KeyState.NEXT
    assert keys.ring.standing(NOW) != keys.ring.standing(later)


def test_a_file_that_is_rewritten_in_place_counts_even_with_its_old_date(folder: Path, shelf: Path) -> None:
    keys, file = KeyFolder(folder), folder / "signing-1.pem"
    first, before = keys.ring.signing(NOW).name, file.stat()
    file.write_bytes((shelf / "signing-2.pem").read_bytes())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert keys.look(NOW)
    assert keys.ring.signing(NOW).name != first


@pytest.mark.parametrize("content", [b"", b"half a key", None], ids=["empty", "cut", "gone"])
def test_a_broken_file_leaves_the_last_good_ring_and_is_named_until_it_is_mended(
    content: bytes | None, folder: Path, shelf: Path
) -> None:
    keys, file = KeyFolder(folder), folder / "signing-1.pem"
    first = keys.ring.signing(NOW).name
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="signing"):
            keys.look(NOW)
        assert keys.ring.signing(NOW).name == first
    file.write_bytes((shelf / "signing-2.pem").read_bytes())
    assert keys.look(NOW)
    assert keys.ring.signing(NOW).name != first


def test_a_folder_that_is_away_leaves_the_last_good_ring(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for file in folder.glob("*.pem"):
        file.rename(own / file.name)
    keys = KeyFolder(own)
    first = keys.ring.signing(NOW).name
    own.rename(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured, match="own"):
        keys.look(NOW)
    assert keys.ring.signing(NOW).name == first


def hold(keys: Path, shelf: Path, number: int) -> Path:
    """An encryption key for the DV."""
    folder = folder_of(keys, DV)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shelf / f"encryption-{number}.pem", folder / "encryption-1.pem")
    return folder


def test_a_held_key_counts_at_once_and_one_rewritten_in_place_from_the_next_look_on(
    tmp_path: Path, shelf: Path
) -> None:
    held = HeldKeys(tmp_path)
    assert held.published(DV, NOW) == ()
    before = held.standing(NOW)
    hold(tmp_path, shelf, 1)
    (first,) = held.published(DV, NOW)
    assert list(held.look(NOW)) == []
    assert held.standing(NOW) != before
    hold(tmp_path, shelf, 2)
    assert held.published(DV, NOW) == (first,)
    assert list(held.look(NOW)) == []
    assert held.published(DV, NOW) != (first,)


def test_a_broken_held_key_is_told_and_the_last_good_one_stays(tmp_path: Path, shelf: Path) -> None:
    held, folder = HeldKeys(tmp_path), hold(tmp_path, shelf, 1)
    known = held.published(DV, NOW)
    (folder / "encryption-1.pem").write_text("x")
    (wrong,) = held.look(NOW)
    assert "encryption-1.pem" in wrong.why
    assert held.published(DV, NOW) == known
    assert len(held.decryption(DV, NOW)) == 1


def test_on_the_way_of_a_login_no_file_is_touched(tmp_path: Path, shelf: Path) -> None:
    held, folder = HeldKeys(tmp_path), hold(tmp_path, shelf, 1)
    known = held.published(DV, NOW)
    shutil.rmtree(folder)
    assert held.published(DV, NOW) == known
    assert list(held.look(NOW)) == []
    assert held.published(DV, NOW) == ()
