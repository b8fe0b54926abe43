"""pytest plugin that knows which clause each test shows, and tells which clauses hold; it judges no message itself.

A test names its clauses with `@pytest.mark.clause("DV-REQ-07", ...)`; the ids are those of docs/conformance/, and a
test that names another fails. `--conformance FILE` runs the tests that name a clause, prints the table, writes FILE.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

CLAUSES = Path(__file__).resolve().parent.parent / "docs" / "conformance"
CLAIMS = "claims.toml"

Status = Literal["pass", "fail", "untested"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a standard, in our words."""

    id: str
    chapter: str
    level: str
    binds: tuple[str, ...]
    text: str
    source: str

    @property
    def is_mandatory(self) -> bool:
        """Whether a chapter that holds it can only be claimed with it: MUST, "(must)" or a cardinality of 1."""
        return "must" in self.level.lower() or "1" in self.level.split()

    @property
    def is_ours(self) -> bool:
        """Whether it binds a party that Namens is; what binds a DV alone is listed, not claimed."""
        return not {"RD", "BVD", "AD"}.isdisjoint(self.binds)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the tests of this run say about one clause."""

    clause: Clause
    status: Status
    tests: tuple[str, ...]


def read_clauses(folder: Path = CLAUSES) -> dict[str, Clause]:
    """All clauses by id, the standard's own first. An id that stands twice is a ValueError."""
    found: dict[str, Clause] = {}
    for path in sorted(folder.glob("*.toml"), key=lambda path: (not path.name.startswith("st-saml"), path.name)):
        if path.name == CLAIMS:
            continue
        page = tomllib.loads(path.read_text())
        for row in page["clause"]:
            clause = Clause(chapter=page["chapter"], **{**row, "binds": tuple(row["binds"])})
            if clause.id in found:
                raise ValueError(f"{path.name}: {clause.id} stands in two places")
            found[clause.id] = clause
    return found


def read_claims(folder: Path = CLAUSES) -> frozenset[str]:
    """The chapters that are claimed to hold whole."""
    return frozenset(tomllib.loads((folder / CLAIMS).read_text())["chapters"])


def judge(clauses: Iterable[Clause], outcomes: Mapping[str, Mapping[str, bool]]) -> tuple[Finding, ...]:
    """What holds, given for each clause id the tests that named it and whether each passed."""
    findings = []
    for clause in clauses:
        tests = outcomes.get(clause.id, {})
        status: Status = "untested" if not tests else "pass" if all(tests.values()) else "fail"
        findings.append(Finding(clause, status, tuple(sorted(tests))))
    return tuple(findings)


def broken_claims(findings: Iterable[Finding], claims: frozenset[str]) -> tuple[Finding, ...]:
    """The mandatory clauses of claimed chapters that do not hold or that no test shows."""
    return tuple(
        found
        for found in findings
        if found.clause.chapter in claims
        and found.clause.is_mandatory
        and found.clause.is_ours
        and found.status != "pass"
    )


def as_json(findings: Iterable[Finding], claims: frozenset[str]) -> str:
    """The findings in the shape that outside checks read."""
    rows = [
        {
            "id": found.clause.id,
            "level": found.clause.level,
            "text": found.clause.text,
            "status": found.status,
            "tests": list(found.tests),
            "chapter": found.clause.chapter,
            "claimed": found.clause.chapter in claims,
            "binds": list(found.clause.binds),
            "source": found.clause.source,
        }
        for found in findings
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def as_table(findings: Sequence[Finding], claims: frozenset[str]) -> list[str]:
    """The findings as lines for a terminal, a chapter at a time, with the sums at the end."""
    lines: list[str] = []
    chapter = None
    for found in findings:
        if found.clause.chapter != chapter:
            chapter = found.clause.chapter
            lines += ["", f"chapter {chapter}" + (" (claimed)" if chapter in claims else "")]
        clause = found.clause
        lines.append(
            f"  {found.status:<9}{clause.id:<12}{clause.level[:18]:<19}{len(found.tests):>3}  {clause.text[:70]}"
        )
    counts = {status: sum(found.status == status for found in findings) for status in ("pass", "fail", "untested")}
    return [*lines, "", ", ".join(f"{count} {status}" for status, count in counts.items())]


class ConformancePlugin:
    """Gathers outcomes on the controlling process; with xdist the clause ids travel in the reports' own properties."""

    def __init__(self, target: Path | None) -> None:
        self.target = target
        self.clauses = read_clauses()
        self.outcomes: dict[str, dict[str, bool]] = {}
        self.findings: tuple[Finding, ...] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        marked: list[pytest.Item] = []
        unmarked: list[pytest.Item] = []
        for item in items:
            ids = [str(name) for mark in item.iter_markers("clause") for name in mark.args]
            item.user_properties += [("clause", name) for name in ids]
            (marked if ids else unmarked).append(item)
        if self.target is not None:
            config.hook.pytest_deselected(items=unmarked)
            items[:] = marked

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        names = {str(value) for key, value in item.user_properties if key == "clause"}
        if unknown := sorted(names - self.clauses.keys()):
            pytest.fail(f"no such clause in docs/conformance: {', '.join(unknown)}", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and not report.failed:
            return
        for key, value in report.user_properties:
            if key == "clause":
                tests = self.outcomes.setdefault(str(value), {})
                tests[report.nodeid] = report.passed and tests.get(report.nodeid, True)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.target is None or hasattr(session.config, "workerinput"):
            return
        claims = read_claims()
        self.findings = judge(self.clauses.values(), self.outcomes)
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.target.write_text(as_json(self.findings, claims))
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            broken = broken_claims(self.findings, claims)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if broken else pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.target is None:
            return
        claims = read_claims()
        terminalreporter.section("conformance")
        for line in as_table(self.findings, claims):
            terminalreporter.write_line(line)
        for found in broken_claims(self.findings, claims):
            terminalreporter.write_line(f"claimed, but {found.status}: {found.clause.id}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance", metavar="FILE", type=Path, default=None, help="run tests that name a clause, write FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(ConformancePlugin(config.getoption("--conformance")), "namens-conformance")
