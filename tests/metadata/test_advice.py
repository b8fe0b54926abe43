"""Whoever made a document is told what to do about whatever can be wrong with it, by its name and not by our words."""

import ast
from enum import StrEnum
from itertools import chain
from pathlib import Path

import pytest

from metadata.defects import MetadataDefect
from metadata.descriptors.advice import ADVICE, ON_SIGNATURES
from stelsel.defects import Defect

REFUSALS = {"MessageMalformed", "MessageTooLarge", "MessageRefused", "SignatureRefused"}
READING = (
    "stelsel/saml/xml.py",
    "stelsel/saml/shape.py",
    "metadata/certificates.py",
    *map(str, sorted(Path("metadata/descriptors").glob("*.py"))),
)
SIGNATURES = ("stelsel/saml/signatures.py", "stelsel/saml/key_info.py")


def nodes(path: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))))


def calls(path: str, names: set[str]) -> list[tuple[int, dict[str | None, ast.expr]]]:
    """Line and keywords of each call of one of these names."""
    return [
        (node.lineno, {each.arg: each.value for each in node.keywords})
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def test_each_defect_has_its_advice_and_each_advice_a_defect() -> None:
    defects: list[StrEnum] = [*Defect, *MetadataDefect]
    assert set(ADVICE) == set(defects)
    assert len(ADVICE) == len(defects), "one name for two defects"
    assert all(ADVICE.values())


@pytest.mark.parametrize("path", READING)
def test_who_refuses_a_document_names_the_defect(path: str) -> None:
    nameless = [f"{path}:{line}" for line, keywords in calls(path, REFUSALS) if "defect" not in keywords]
    assert not nameless


def test_each_defect_is_found_somewhere() -> None:
    used = {
        node.attr
        for node in chain.from_iterable(nodes(path) for path in READING if not path.endswith("advice.py"))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in ("Defect", "MetadataDefect")
    }
    assert {each.name for each in (*Defect, *MetadataDefect)} - used == set()


def test_each_clause_that_a_signature_breaks_has_its_advice() -> None:
    clauses = set()
    for path in SIGNATURES:
        for line, keywords in calls(path, {"SignatureRefused"}):
            clause = keywords.get("clause")
            assert isinstance(clause, ast.Constant), f"{path}:{line} names no clause"
            clauses.add(clause.value)
    assert clauses == set(ON_SIGNATURES)
