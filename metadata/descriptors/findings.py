"""What the rules of metadata work with: on which terms it is taken, what is judged, and what is found wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from metadata.certificates import Anchors, Use
from metadata.descriptors.described import DescribedEntity, DescribedRole
from metadata.descriptors.kinds import Kind
from metadata.revocation import Revocations
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId

PINNED_FOR: Final = timedelta(days=365)  # how long a file is believed whose operator vouches for it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which clause, of which party, and what was expected and found.

    `tolerated`: a departure from ST-SAML that the terms allow, told and not refused.
    """

    clause: str
    why: str
    entity: str = ""
    expected: str = ""
    found: str = ""
    tolerated: bool = False

    def __str__(self) -> str:
        facts = [f"expected {self.expected}"] if self.expected else []
        facts += [f"found {self.found}"] if self.found else []
        return f"{self.clause}  {self.entity}: {self.why}" + (f" ({', '.join(facts)})" if facts else "")

    def refusal(self) -> MessageRefused:
        """The failure with which such metadata is refused (MD-GEN-01)."""
        return MessageRefused(
            f"{self.entity}: {self.why}", clause=self.clause, expected=self.expected, found=self.found
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what we take metadata. `anchors` None: nobody can say yet who made a certificate, the rest is judged.

    `loopback` lets http addresses through whose host is this machine: a pilot network, never production.
    `revocations` None: nobody can say either which certificates were taken back. `pinned_for`
    is for a DV whose profile is not `st-saml`: who hands in its file vouches for it and for the keys in it, that long,
    and what generic products leave out is tolerated (clients 5).
    """

    anchors: Anchors | None
    at: datetime
    loopback: bool = False
    revocations: Revocations | None = None
    pinned_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """One EntityDescriptor with its one role, as the rules see it. `publisher` is whose document it stands in."""

    entity: DescribedEntity
    role: DescribedRole
    kind: Kind
    publisher: EntityId

    @property
    def is_listed(self) -> bool:
        """Whether it is a DV in the document of its router or LC."""
        return self.kind in ("DV of LC", "DV of RD")

    def finding(self, clause: str, why: str, *, expected: object = "", found: object = "") -> Finding:
        """A finding about this party."""
        return Finding(clause, why, self.entity.entity_id.value, str(expected), str(found))

    def certificates(self, use: Use, *, unmarked: bool = False) -> Iterator[bytes]:
        """Those of its KeyDescriptors with that use; `unmarked`: those that name no use as well."""
        for key in self.role.keys:
            if key.use == use or (unmarked and key.serves(use)):
                yield from key.certificates
