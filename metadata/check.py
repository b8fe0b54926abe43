"""What a connecting party reads about its own metadata: every finding with its clause."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from metadata.certificates import Anchors
from metadata.descriptors import Finding, find_flaws
from metadata.descriptors.findings import Terms


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

    def lines(self) -> list[str]:
        """As it is printed: one finding per line, its clause first."""
        verdict = "no findings" if self.is_clean else f"{len(self.findings)} finding(s): it would be refused"
        deviations = (f"deviation  {each}" for each in self.deviations)
        return [*map(str, self.findings), *deviations, *(f"note  {note}" for note in self.notes), verdict]


def check(data: bytes, at: datetime, anchors: Anchors | None, pinned_for: timedelta | None = None) -> Report:
    """What is wrong with `data` at `at`. Without `anchors` nobody says who made its certificates, and a note says so.

    With `pinned_for` as of a DV outside `st-saml`: see `Terms`. http on this machine is no finding here: whether a
    network lets it through is the network's setting.
    """
    terms = Terms(anchors=anchors, at=at, loopback=True, pinned_for=pinned_for)
    found = tuple(dict.fromkeys(find_flaws(data, terms)))
    notes = () if anchors else ("GEN-12: who made the certificates was not judged; name the authorities with --trust",)
    refused = tuple(each for each in found if not each.tolerated)
    return Report(refused, notes, tuple(each for each in found if each.tolerated))
