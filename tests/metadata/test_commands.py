"""An operator imports, lists and refreshes, and sees what a document changes before it counts."""

from datetime import timedelta
from typing import Any

import pytest

from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, SIGNATURE, Network, a_consumer
from tests.metadata.operators import Operator


def test_an_import_tells_what_it_changes(operator: Operator, network: Network) -> None:
    dv = network.provider(services=())
    code, lines = operator.imports(network.written(dv))
    assert code == 0
    assert lines[0] == f"+ {dv.entity_id.value}"
    assert lines[-1] == f"{dv.entity_id.value}: 1 party, kept"
    code, lines = operator.imports(network.written(network.provider()), "--dry-run")
    assert code == 0
    assert len(lines) == 3
    assert lines[0].endswith(f"service 0 {network.provider().services[0].uuid.value}")
    assert lines[0].startswith("  + ")
    assert lines[1].endswith("would be kept")
    assert lines[2].startswith("To keep exactly this: --approve ")
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


@pytest.mark.clause("S16")
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


def unsigned(network: Network, **changes: Any) -> bytes:
    """The file of a DV that signs no metadata."""
    return SIGNATURE.sub("", network.written(network.provider(**changes)).decode()).encode()


@pytest.mark.clause("S24")
def test_a_file_on_the_operators_word_is_kept_after_a_look_and_shown_as_such(
    operator: Operator, network: Network
) -> None:
    name = network.provider().entity_id.value
    assert operator.imports(unsigned(network))[0] == 1
    data = unsigned(network)
    code, lines = operator.imports(data, "--profile", "generic")
    assert code == 1
    assert f"  + {name}: signing key {network.provider().signing_keys[0].name}" in lines
    assert operator.types("list") == (0, [])
    approve = lines[-1].rpartition(" ")[2]
    code, lines = operator.imports(data, "--profile", "generic", "--approve", approve)
    assert code == 0
    assert lines[-1] == f"{name}: 1 party, kept, profile generic, on your word alone"
    (line,) = operator.types("list")[1]
    assert line.endswith("  profile generic, on an operator's word")


@pytest.mark.clause("S24", "M11")
def test_who_approves_a_change_approves_no_other(operator: Operator, network: Network) -> None:
    operator.imports(network.written(network.provider(services=())))
    data = network.written(network.provider())
    seen = operator.imports(data, "--dry-run")[1][-1].rpartition(" ")[2]
    other = network.provider(assertion_consumers=(a_consumer("attacker.example"),))
    code, lines = operator.imports(network.written(other), "--approve", seen)
    assert code == 1
    assert lines[0] == "S24  not the change that was approved"
    assert operator.imports(data, "--approve", seen)[0] == 0


@pytest.mark.clause("S24")
def test_no_file_on_somebodys_word_takes_the_place_of_signed_metadata(operator: Operator, network: Network) -> None:
    operator.imports(network.written(network.provider()))
    code, lines = operator.imports(unsigned(network, services=()), "--profile", "generic")
    assert code == 1
    assert lines[0] == "MD-GEN-02  a file on an operator's word takes no place of signed metadata"
    assert "word" not in operator.types("list")[1][0]
    assert operator.types("remove", network.provider().entity_id.value)[0] == 0
    assert operator.imports(unsigned(network, services=()), "--profile", "generic")[1][-1].startswith("To keep")


@pytest.mark.clause("S24")
def test_what_is_removed_is_gone_and_stays_so(operator: Operator, network: Network) -> None:
    name = network.provider().entity_id.value
    operator.imports(network.written(network.provider()))
    code, lines = operator.types("remove", name)
    assert (code, lines[0], lines[-1]) == (0, f"- {name}", f"{name}: removed")
    assert operator.types("list") == (0, [])
    assert operator.types("remove", name)[0] == 1
