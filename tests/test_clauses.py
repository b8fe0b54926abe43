"""What a refusal names as broken stands in docs/conformance, so that whoever reads the log can look it up."""

import ast
from collections.abc import Iterator

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
