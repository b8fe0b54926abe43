"""An operator imports, lists and refreshes, and sees what a document changes before it counts."""

from datetime import timedelta
from pathlib import Path

import pytest

from metadata.__main__ import main
from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, Network


class Operator:
    """Somebody at a terminal, with the database of a service."""

    def __init__(self, network: Network, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._options = ("--database", url, "--trust", str(network.pki.anchors), "--at", NOW.isoformat())
        self._file = folder / "metadata.xml"
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, list[str]]:
        """The exit code and what is printed."""
        code = main([*words, *self._options])
        return code, self._capsys.readouterr().out.splitlines()

    def imports(self, data: bytes, *words: str) -> tuple[int, list[str]]:
        """`import` of a file with `data`."""
        self._file.write_bytes(data)
        return self.types("import", str(self._file), *words)


@pytest.fixture
def operator(network: Network, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Of a service that knows nobody yet."""
    return Operator(network, sqlite_url, tmp_path, capsys)


def test_an_import_tells_what_it_changes(operator: Operator, network: Network) -> None:
    dv = network.provider(services=())
    code, lines = operator.imports(network.written(dv))
    assert code == 0
    assert lines[0] == f"+ {dv.entity_id.value}"
    assert lines[-1] == f"{dv.entity_id.value}: 1 party, kept"
    code, lines = operator.imports(network.written(network.provider()), "--dry-run")
    assert code == 0
    assert len(lines) == 2
    assert lines[0].endswith(f"service 0 {network.provider().services[0].uuid.value}")
    assert lines[0].startswith("  + ")
    assert lines[1].endswith("would be kept")
    assert operator.imports(network.written(dv))[1][0] == "nothing changed"


@pytest.mark.clause("MD-GEN-01")
def test_a_refused_document_is_named_with_its_clause_and_changes_nothing(operator: Operator, network: Network) -> None:
    code, lines = operator.imports(network.written(network.provider()).replace(b"gemeente.example", b"x.example"))
    assert code == 1
    assert lines[0].startswith("GEN-10  ")
    assert lines[-1] == "Nothing was changed."
    assert operator.types("list") == (0, [])


@pytest.mark.clause("MD-GEN-01")
def test_a_document_that_was_replaced_comes_back_only_when_somebody_says_so(
    operator: Operator, network: Network
) -> None:
    old, new = network.written(network.provider(services=())), network.written(network.provider())
    assert operator.imports(old)[0] == 0
    assert operator.imports(new)[0] == 0
    code, lines = operator.imports(old)
    assert code == 1
    assert "was replaced by a newer one" in lines[0]
    assert operator.imports(old, "--even-if-older")[0] == 0
    assert operator.imports(new, "--even-if-older")[0] == 0


@pytest.mark.clause("MD-GEN-01")
def test_a_document_that_ends_before_the_present_one_is_older(operator: Operator, network: Network) -> None:
    assert operator.imports(network.written(network.provider()))[0] == 0
    older = network.written(network.provider(valid_until=NOW + timedelta(days=20)))
    code, lines = operator.imports(older)
    assert code == 1
    assert "it is older" in lines[0]


def test_a_group_that_shrinks_needs_a_word_of_the_operator(operator: Operator, network: Network) -> None:
    router = network.router()
    dvs = [network.provider(entity_id=EntityId.of("DV", OINS["gemeente"], index), services=()) for index in range(4)]
    assert operator.imports(network.group(router, *dvs))[0] == 0
    small = network.group(router)
    assert operator.imports(small)[0] == 1
    code, lines = operator.imports(small, "--even-if-smaller")
    assert code == 0
    assert sum(line.startswith("- urn") for line in lines) == 4


def test_a_document_of_another_publisher_than_was_named_is_refused(operator: Operator, network: Network) -> None:
    data = network.written(network.provider())
    code, lines = operator.imports(data, "--publisher", network.bvd().entity_id.value)
    assert code == 1
    assert lines[0] == "MD-GEN-01  of another publisher"


def test_a_list_says_until_when_each_document_is_good(operator: Operator, network: Network) -> None:
    dv = network.provider()
    operator.imports(network.written(dv))
    assert operator.types("list") == (0, [f"{dv.entity_id.value}  from a file  until 2026-04-09T11:00:00+00:00"])
    assert operator.types("refresh")[0] == 0


@pytest.mark.parametrize("place", ["/nowhere", "http://dv.example/metadata"])
def test_what_cannot_be_read_changes_nothing(operator: Operator, place: str) -> None:
    code, lines = operator.types("import", place)
    assert code == 1
    assert lines[-1] == "Nothing was changed."


def test_an_address_that_does_not_answer_changes_nothing(operator: Operator) -> None:
    code, lines = operator.types("import", "http://localhost:1/metadata", "--loopback")
    assert code == 3
    assert lines[-1] == "Nothing was changed."
