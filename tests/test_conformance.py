"""The tool that tells which clauses hold: what it counts, what it refuses, what it writes."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from tests.conformance import (
    CLAUSES,
    Clause,
    Finding,
    as_json,
    as_table,
    broken_claims,
    judge,
    read_claims,
    read_clauses,
)

pytest_plugins = ["pytester"]

STATEMENT = CLAUSES / "statement.md"

INI = (
    f"[pytest]\naddopts = -p tests.conformance\npythonpath = {CLAUSES.parent.parent}\nmarkers = clause(*ids): clauses\n"
)


def a_clause(
    name: str = "GEN-01", *, level: str = "MUST", chapter: str = "1.1", binds: tuple[str, ...] = ("RD",)
) -> Clause:
    return Clause(
        id=name, chapter=chapter, level=level, binds=binds, text="Only RSA signatures", source="requirements:5"
    )


def the_finding(clause: Clause, tests: dict[str, bool]) -> Finding:
    (finding,) = judge([clause], {clause.id: tests})
    return finding


def test_every_chapter_of_the_standard_is_listed() -> None:
    chapters = {clause.chapter for clause in read_clauses().values()}
    assert {f"1.{number}" for number in range(1, 13)} <= chapters


def test_every_clause_says_what_it_asks_of_whom() -> None:
    assert [
        clause.id for clause in read_clauses().values() if not (clause.text and clause.binds and clause.source)
    ] == []


def test_only_chapters_that_exist_are_claimed() -> None:
    assert read_claims() <= {clause.chapter for clause in read_clauses().values()}


def named_by_tests() -> frozenset[str]:
    """The ids that a mark of a test anywhere names, one by one or as a tuple with a star."""
    calls = (
        node
        for path in Path(__file__).parent.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "clause"
    )
    return frozenset(
        constant.value
        for call in calls
        for argument in call.args
        for constant in ast.walk(argument)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    )


def of_the_standard() -> dict[str, Clause]:
    """The clauses of chapters 1.1 to 1.12."""
    return {name: clause for name, clause in read_clauses().items() if clause.chapter.startswith("1.")}


def test_the_statement_counts_the_clauses_of_each_chapter_and_claims_what_is_claimed() -> None:
    rows = re.findall(r"^\| (1\.\d+) \| [^|]+ \| (\d+) \| (\d+) \| (yes|no) \|$", STATEMENT.read_text(), re.M)
    counted: dict[str, tuple[int, int]] = {}
    for clause in of_the_standard().values():
        all_of_it, binding = counted.get(clause.chapter, (0, 0))
        counted[clause.chapter] = (all_of_it + 1, binding + (clause.is_ours and clause.is_mandatory))
    claims = read_claims()
    assert {chapter: (int(count), int(binding), claimed) for chapter, count, binding, claimed in rows} == {
        chapter: (*counts, "yes" if chapter in claims else "no") for chapter, counts in counted.items()
    }


def test_the_statement_names_exactly_the_clauses_that_no_test_shows() -> None:
    section = STATEMENT.read_text().partition("## Clauses that no test shows")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| ([A-Z]+-[A-Z0-9-]+) \|", section, re.M)) == set(of_the_standard()) - named_by_tests()


def test_every_contradiction_of_the_standard_is_decided_in_writing_and_shown() -> None:
    written = (CLAUSES.parent / "divergences.md").read_text()
    decided = {clause.id for clause in read_clauses().values() if clause.id.startswith("C-")}
    assert {name for name in decided if f"| {name} |" not in written} == set()
    assert decided - named_by_tests() == set()


def test_an_id_stands_in_one_place(tmp_path: Path) -> None:
    page = '[[clause]]\nid = "A-1"\nlevel = "MUST"\nbinds = ["RD"]\ntext = "one"\nsource = "here"\n'
    (tmp_path / "one.toml").write_text('chapter = "1"\ntitle = "one"\n' + page)
    (tmp_path / "two.toml").write_text('chapter = "2"\ntitle = "two"\n' + page)
    with pytest.raises(ValueError, match=r"two\.toml: A-1"):
        read_clauses(tmp_path)


def test_a_clause_holds_when_all_its_tests_pass() -> None:
    assert the_finding(a_clause(), {"one": True, "two": True}).status == "pass"


def test_one_failing_test_is_enough_for_a_clause_to_fail() -> None:
    assert the_finding(a_clause(), {"one": True, "two": False}).status == "fail"


def test_a_clause_without_a_test_is_untested_and_not_passed() -> None:
    assert the_finding(a_clause(), {}).status == "untested"


@pytest.mark.parametrize("level", ["MUST", "MUST NOT", "(must)", "1", "1 / MUST", "conditional MUST"])
def test_an_untested_mandatory_clause_breaks_a_claimed_chapter(level: str) -> None:
    finding = the_finding(a_clause(level=level), {})
    assert broken_claims([finding], frozenset({"1.1"})) == (finding,)


@pytest.mark.parametrize("level", ["SHOULD", "MAY", "optional", "note", "draft"])
def test_what_is_optional_breaks_no_claim(level: str) -> None:
    assert broken_claims([the_finding(a_clause(level=level), {})], frozenset({"1.1"})) == ()


def test_a_chapter_that_is_not_claimed_breaks_nothing() -> None:
    assert broken_claims([the_finding(a_clause(), {})], frozenset({"1.2"})) == ()


def test_what_binds_a_provider_alone_is_listed_but_not_claimed() -> None:
    assert broken_claims([the_finding(a_clause(binds=("DV", "LC")), {})], frozenset({"1.1"})) == ()


def test_the_file_for_outside_checks_has_the_agreed_keys() -> None:
    (row,) = json.loads(as_json([the_finding(a_clause(), {"a::b": True})], frozenset()))
    assert {key: row[key] for key in ("id", "level", "text", "status", "tests")} == {
        "id": "GEN-01",
        "level": "MUST",
        "text": "Only RSA signatures",
        "status": "pass",
        "tests": ["a::b"],
    }


def test_the_table_ends_with_the_sums() -> None:
    findings = [the_finding(a_clause(), {"one": True}), the_finding(a_clause("GEN-02"), {})]
    assert as_table(findings, frozenset({"1.1"}))[-1] == "1 pass, 0 fail, 1 untested"


def test_a_test_that_names_an_unknown_clause_fails(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    pytester.makepyfile('import pytest\n\n@pytest.mark.clause("GEN-01", "NO-SUCH-1")\ndef test_it(): pass\n')
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no such clause in docs/conformance: NO-SUCH-1*"])


def test_a_run_writes_what_its_tests_showed_and_leaves_the_others_out(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    pytester.makepyfile(
        'import pytest\n\n@pytest.mark.clause("GEN-01")\ndef test_it(): pass\n\n'
        '@pytest.mark.clause("GEN-02")\ndef test_that(): assert False\n\ndef test_other(): pass\n'
    )
    target = pytester.path / "conformance.json"
    result = pytester.runpytest_subprocess("--conformance", str(target), "-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    statuses = {row["id"]: row["status"] for row in json.loads(target.read_text())}
    assert (statuses["GEN-01"], statuses["GEN-02"], statuses["GEN-03"]) == ("pass", "fail", "untested")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["claimed, but fail: GEN-02", "claimed, but untested: GEN-03"])
