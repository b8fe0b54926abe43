"""`python -m metadata check FILE` says everything that is wrong, each with its clause."""

from pathlib import Path

import pytest

from metadata.__main__ import main
from tests.metadata.factories import NOW, Network

AT = ("--at", NOW.isoformat())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its metadata."""
    return tmp_path / "metadata.xml"


def test_good_metadata_has_no_findings(network: Network, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(network.written(network.provider()))
    assert main(["check", str(file), "--trust", str(network.pki.anchors), *AT]) == 0
    assert capsys.readouterr().out == "no findings\n"


def test_every_finding_is_a_line_with_its_clause(
    network: Network, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(network.written(network.provider(encryption_keys=(), valid_until=NOW)))
    assert main(["check", str(file), "--trust", str(network.pki.anchors), *AT]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["MD-GEN-03", "MD-DV-02", "2"]
    assert all(network.provider().entity_id.value in line for line in lines[:2])


def test_an_unsigned_file_is_named_so(network: Network, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(network.written(network.provider()).replace(b"gemeente.example", b"x.example"))
    assert main(["check", str(file), *AT]) == 1
    assert capsys.readouterr().out.startswith("GEN-10  ")


def test_without_authorities_a_note_says_what_was_not_judged(
    network: Network, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(network.written(network.provider()))
    assert main(["check", str(file), *AT]) == 0
    assert "note  GEN-12" in capsys.readouterr().out


def test_what_is_no_metadata_is_one_finding(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("<html/>")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out.startswith("MD-GEN-01  the document: ")


@pytest.mark.parametrize("arguments", [["check", "/nowhere"], ["check", "/dev/null", "--trust", "/dev/null"]])
def test_a_file_that_cannot_be_read_is_another_matter(arguments: list[str]) -> None:
    assert main(arguments) == 2
