"""What a refusal names as broken stands in docs/conformance, so that whoever reads the log can look it up."""

import ast
from collections.abc import Iterator

import pytest

from tests.conformance import read_clauses
from tests.test_architecture import RUNS, Module, modules


def named(module: Module) -> Iterator[tuple[str, str]]:
    """Where a clause is named, by keyword or as the default of a class, and which."""
    for node in ast.walk(module.tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "clause"]
        elif isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "clause" for one in node.targets
        ):
            values = [node.value]
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield f"{module.path}:{value.lineno}", value.value


def test_every_clause_that_a_refusal_names_is_one_of_the_conformance_lists() -> None:
    known = read_clauses()
    found = [(place, clause) for module in modules(*RUNS) for place, clause in named(module)]
    assert len(found) > 100
    assert [(place, clause) for place, clause in found if clause not in known] == []


# What a door raises about a message. What cannot be told apart for a thief (DV-ARR-04) or for who tries keys stays so.
TOLD = frozenset({"AnswerRefused", "MessageExpired", "MessageMalformed", "MessageRefused", "MessageReplayed"})
TOLD |= {"MessageTooLarge", "NoSupportedIdp", "ReplyAddressUnknown", "ServiceInactive", "ServiceNotRepresentable"}
TOLD |= {"ServiceUnknown", "SignatureRefused", "UnknownIssuer", "WrongDestination", "WrongMediaType", "WrongParty"}
OF_OURS = ("stelsel/saml/encryption.py", "stelsel/saml/senders.py", "metadata/")
DOORS = ("stelsel", "exchange", "gateway", "bvd", "catalog", "runtime")


def silent(module: Module) -> Iterator[str]:
    """Refusals of a message that do not say what was expected, or what came."""
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        name, given = ast.unparse(node.exc.func), {keyword.arg for keyword in node.exc.keywords}
        if name in TOLD and not {"expected", "found"} <= given:
            yield f"{module.path}:{node.lineno} {name}"


@pytest.mark.clause("ERR-09")
def test_every_refusal_of_a_message_says_what_was_expected_and_what_came() -> None:
    looked_at = [module for module in modules(*DOORS) if not module.path.startswith(OF_OURS)]
    assert [place for module in looked_at for place in silent(module)] == []
