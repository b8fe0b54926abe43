"""What the sample DV makes of BSNk's structures with lines of its own: what `stelsel.bsnk` does, and nothing else."""

import base64
import json
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from pilot.bsnk import Bsnk
from pilot.sample_dv.bsnk import BsnkReader, Unusable
from stelsel.bsnk.decryption import decrypt_pseudonym
from stelsel.bsnk.encrypted import read
from stelsel.bsnk.keys import KeysInMemory, write_key
from stelsel.bsnk.scheme import read_scheme_keys
from stelsel.identifiers import Bsn, Oin

DV, OTHER = Oin("00000099000000010000"), Oin("00000099000000020000")
OLD, NEW, CLOSED = 20240101, 20260101, 20200101
MAY: Final = date(2026, 5, 1)
ANNA: Final = Bsn("999990019")
ABROAD: Final = "XA/NL/1"


@pytest.fixture(scope="module")
def bsnk() -> Bsnk:
    return Bsnk()


@pytest.fixture(scope="module")
def reader(bsnk: Bsnk, tmp_path_factory: pytest.TempPathFactory) -> BsnkReader:
    return a_reader(bsnk, tmp_path_factory.mktemp("bsnk"), OLD, NEW)


def a_reader(bsnk: Bsnk, folder: Path, *key_sets: int) -> BsnkReader:
    """A DV with the files of these key sets."""
    files: list[Path] = []
    for key in (key for key_set in key_sets for key in bsnk.issue(DV, key_set)):
        files.append(folder / f"{len(files)}.pem")
        files[-1].write_text(write_key(key))
    (folder / "scheme.json").write_text(json.dumps(dict(bsnk.published())))
    return BsnkReader.from_files(DV.value, files, folder / "scheme.json")


def text(structure: bytes) -> str:
    return base64.b64encode(structure).decode()


@pytest.mark.clause("TYP-03")
@pytest.mark.parametrize("bsn", ["999990019", "000000012"])
def test_it_reads_the_bsn_of_whoever_has_one(bsnk: Bsnk, reader: BsnkReader, bsn: str) -> None:
    for key_set in (OLD, NEW):
        made = bsnk.transform_identity(bsnk.activate(Bsn(bsn)), DV, key_set, MAY)
        assert reader.identity(text(made)) == bsn


@pytest.mark.clause("TYP-03")
def test_it_knows_somebody_by_the_pseudonym_that_our_own_reader_makes(bsnk: Bsnk, reader: BsnkReader) -> None:
    scheme, keys = read_scheme_keys(bsnk.published()), KeysInMemory([*bsnk.issue(DV, OLD), *bsnk.issue(DV, NEW)])
    found = set()
    for key_set in (OLD, NEW):
        made = bsnk.transform_pseudonym(bsnk.activate_from_abroad(ABROAD), DV, key_set, MAY)
        found.add(reader.pseudonym(text(made)))
        assert decrypt_pseudonym(read(made, scheme), keys, closing=OLD).value.value in found
    assert len(found) == 1


@pytest.mark.clause("TYP-03")
def test_it_refuses_what_is_for_another_for_a_closed_key_set_or_of_another_bsnk(bsnk: Bsnk, reader: BsnkReader) -> None:
    person = bsnk.activate(ANNA)
    elsewhere = Bsnk()
    for made in (
        bsnk.transform_identity(person, OTHER, NEW, MAY),
        bsnk.transform_identity(person, DV, CLOSED, MAY),
        elsewhere.transform_identity(elsewhere.activate(ANNA), DV, NEW, MAY),
        bsnk.transform_pseudonym(person, DV, NEW, MAY),
        bsnk.direct_identity(ANNA, DV, NEW, DV, MAY),
        b"",
        b"0",
    ):
        with pytest.raises(Unusable):
            reader.identity(text(made))


@pytest.mark.clause("TYP-03")
def test_it_refuses_a_structure_of_which_a_bit_was_changed(bsnk: Bsnk, reader: BsnkReader) -> None:
    made = bsnk.transform_identity(bsnk.activate(ANNA), DV, NEW, MAY)
    for at in range(0, len(made), 19):
        changed = bytearray(made)
        changed[at] ^= 4
        with pytest.raises(Unusable):
            reader.identity(text(bytes(changed)))
