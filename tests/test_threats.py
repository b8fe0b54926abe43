"""The table of threats by door: what it names are tests, marked with the threat, and nothing is left out."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.conformance import CLAUSES, read_clauses
from tests.test_conformance import named_by_tests

ROOT = Path(__file__).parent.parent
TABLE = (CLAUSES / "doors.md").read_text()
DOORS = ["G-SSO", "G-ACS", "G-ART", "G-SLO", "B-SSO", "B-ART", "MD"]


def rows(columns: int) -> Iterator[list[str]]:
    """The rows of the tables with so many columns, their headings and rules left out."""
    for line in TABLE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == columns and cells[0] not in ("threat", "name", "door"):
            yield cells


def named() -> dict[str, str]:
    """By name: a test, or a reason."""
    return {name: what.strip("`") for name, what in rows(2) if name not in DOORS}


@cache
def marks(test: str) -> frozenset[str]:
    """The clauses that a test is marked with, itself or in its parameters: then those of the tables of its module."""
    path, _, name = test.partition("::")
    module = ast.parse((ROOT / path).read_text())
    (function,) = (
        node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    decorators = [ast.unparse(each) for each in function.decorator_list]
    by_parameter = any("marks=" in each for each in decorators)
    said = "\n".join([*decorators, *(_tables(module) if by_parameter else ())])
    return frozenset(re.findall(r"'([A-Z][A-Z0-9-]*)'", said))


def _tables(module: ast.Module) -> Iterator[str]:
    """The module's own source, and that of the tests from which it takes their tables."""
    yield ast.unparse(module)
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests.attacks.test_"):
            yield ast.unparse(ast.parse((ROOT / f"{str(node.module).replace('.', '/')}.py").read_text()))


def test_every_threat_of_saml_has_an_answer_at_every_door() -> None:
    threats = [clause.id for clause in read_clauses().values() if re.fullmatch(r"S\d+", clause.id)]
    assert [cells[0] for cells in rows(8)] == threats
    heading = next(line for line in TABLE.splitlines() if line.startswith("| threat"))
    assert [cell.strip() for cell in heading.strip("|").split("|")][1:] == DOORS
    assert all(cell for cells in rows(8) for cell in cells)


def test_what_a_door_shows_is_a_test_that_is_marked_with_the_threat() -> None:
    known, wrong, used = named(), [], set()
    for threat, *cells in rows(8):
        for door, cell in zip(DOORS, cells, strict=True):
            for name in cell.removeprefix("- ").split(", "):
                used.add(name)
                is_test = known.get(name, "").startswith("tests/")
                if is_test == cell.startswith("- ") or (is_test and threat not in marks(known[name])):
                    wrong.append(f"{threat} at {door}: {name}")
    assert wrong == []
    assert used == set(known)


def test_every_threat_has_a_test() -> None:
    threats = {name for name, clause in read_clauses().items() if clause.chapter == "threats"}
    assert len(threats) > 60
    named_by_marks = named_by_tests() | {mark for test in named().values() if "::" in test for mark in marks(test)}
    assert threats - named_by_marks == set()
