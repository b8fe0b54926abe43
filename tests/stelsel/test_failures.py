"""Whatever message is refused, its sender's people read which clause it broke, what was expected and what came."""

import ast
from functools import cache
from pathlib import Path

import pytest

SERVICES = ("stelsel", "runtime", "metadata", "catalog", "registers", "exchange", "bvd", "gateway", "portals")
# What HTTP itself refuses is no clause of ours.
WITHOUT_CLAUSE = {"runtime/web/errors.py"}


@cache
def trees() -> dict[str, ast.Module]:
    paths = (path for top in SERVICES for path in sorted(Path(top).rglob("*.py")))
    return {str(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@cache
def refusals() -> dict[str, bool]:
    """MessageRefused and all its kin by name, and whether each has a clause of its own."""
    known = {"MessageRefused": False}
    classes = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while True:
        kin = {
            each.name: _sets_clause(each) or known[base.id]
            for each in classes
            for base in each.bases
            if isinstance(base, ast.Name) and base.id in known
        }
        if kin.keys() <= known.keys():
            return known | kin
        known |= kin


def holes(tree: ast.AST, *, clause: bool = True) -> list[str]:
    """Each refusal that leaves out what it should say, with its line."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in refusals():
            said = {each.arg for each in node.keywords if not _is_empty(each.value)}
            needed = {"expected", "found"} | ({"clause"} if clause and not refusals()[node.func.id] else set())
            found += [f"line {node.lineno}: {node.func.id} without {name}" for name in sorted(needed - said)]
    return found


@pytest.mark.parametrize("top", SERVICES)
def test_every_refusal_names_its_clause_what_was_expected_and_what_came(top: str) -> None:
    told = {
        path: found
        for path, tree in trees().items()
        if path.startswith(f"{top}/") and (found := holes(tree, clause=path not in WITHOUT_CLAUSE))
    }
    assert not told


def test_a_refusal_that_says_too_little_is_seen() -> None:
    assert {"SignatureRefused", "AnswerRefused", "OAuthRefused", "ClientRefused"} <= refusals().keys()
    assert holes(ast.parse('MessageRefused("no", expected="a", found="")')) == [
        "line 1: MessageRefused without clause",
        "line 1: MessageRefused without found",
    ]
    assert not holes(ast.parse('SignatureRefused("no", expected="a", found="b")'))


def _sets_clause(each: ast.ClassDef) -> bool:
    return any(
        isinstance(line, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "clause" for name in line.targets)
        for line in each.body
    )


def _is_empty(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in ("", None)
