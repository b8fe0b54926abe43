"""What a connecting party reads about its own metadata: every finding with its clause."""

from dataclasses import dataclass
from datetime import datetime

from metadata.certificates import Anchors
from metadata.descriptors import Finding, find_flaws
from metadata.descriptors.rules import Terms


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one document, and what could not be judged."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether we would take it."""
        return not self.findings

    def lines(self) -> list[str]:
        """As it is printed: one finding per line, its clause first."""
        verdict = "no findings" if self.is_clean else f"{len(self.findings)} finding(s): it would be refused"
        return [*map(str, self.findings), *(f"note  {note}" for note in self.notes), verdict]


def check(data: bytes, at: datetime, anchors: Anchors | None) -> Report:
    """What is wrong with `data` at `at`. Without `anchors` nobody says who made its certificates, and a note says so.

    http on this machine is no finding here: whether a network lets it through is the network's setting.
    """
    found = find_flaws(data, Terms(anchors=anchors, at=at, loopback=True))
    notes = () if anchors else ("GEN-12: who made the certificates was not judged; name the authorities with --trust",)
    return Report(tuple(dict.fromkeys(found)), notes)
