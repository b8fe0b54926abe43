"""What a connecting party reads about its own metadata: every finding with its clause, its place and what to do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from metadata.certificates import Anchors
from metadata.descriptors import Finding, find_flaws
from metadata.descriptors.advice import advice
from metadata.descriptors.findings import STANDARD, Terms, pinned_for
from metadata.revocation import Revocations

MOST: Final = 200  # findings that are told one by one
NO_ANCHORS: Final = (
    "GEN-12: not judged who made the certificates, nor whether they were revoked; name the authorities with --trust"
)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one document, what its profile lets pass, and what could not be judged."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    deviations: tuple[Finding, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether we would take it."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """In one line."""
        return "no findings" if self.is_clean else f"{len(self.findings)} finding(s): it would be refused"

    def lines(self) -> list[str]:
        """As it is printed: each finding begins with its clause, what belongs to it is indented."""
        told = [line for each in self.findings[:MOST] for line in _lines(each)]
        told += [line for each in self.deviations[:MOST] for line in _lines(each, "deviation  ")]
        return [*told, *(f"note  {note}" for note in self.notes), self.verdict]

    def json(self) -> str:
        """The same for programs."""
        told: dict[str, Any] = {
            "clean": self.is_clean,
            "findings": [_facts(each) for each in self.findings[:MOST]],
            "deviations": [_facts(each) for each in self.deviations[:MOST]],
            "notes": list(self.notes),
            "verdict": self.verdict,
        }
        return json.dumps(told, indent=2, ensure_ascii=False)


def check(
    data: bytes,
    at: datetime,
    anchors: Anchors | None,
    profile: str = STANDARD,
    *,
    role: str | None = None,
    revocations: Revocations | None = None,
    notes: tuple[str, ...] = (),
) -> Report:
    """What is wrong with `data` at `at`, for a DV of that profile, or for another party: `role` says which it must be.

    Without `anchors` nobody says who made its certificates, and a note says so. http on this machine is no finding
    here: whether a network lets it through is the network's setting.
    """
    terms = Terms(
        anchors=anchors,
        at=at,
        loopback=True,
        revocations=revocations,
        pinned_for=pinned_for(profile),
        profile=profile,
        role=role,
    )
    found = tuple(dict.fromkeys(find_flaws(data, terms)))
    refused = tuple(each for each in found if not each.tolerated)
    tolerated = tuple(each for each in found if each.tolerated)
    return Report(refused, (*(() if anchors else (NO_ANCHORS,)), *notes), tolerated)


def _lines(finding: Finding, mark: str = "") -> Iterator[str]:
    facts = _facts(finding)
    yield f"{mark}{finding.clause}  {finding.entity}: {finding.why}"
    where = facts["where"] + (f", line {facts['line']}" if facts["line"] else "")
    for name, value in (("where", where.removeprefix(", ")), *((each, facts[each]) for each in ("expected", "found"))):
        if value:
            yield f"    {name}: {value}"
    yield f"    mend: {facts['mend']}"


def _facts(finding: Finding) -> dict[str, Any]:
    where, line = finding.where
    return {
        "clause": finding.clause,
        "defect": finding.defect,
        "entity": finding.entity,
        "why": finding.why,
        "where": where,
        "line": line or None,
        "expected": finding.expected,
        "found": finding.found,
        "mend": advice(finding),
    }
