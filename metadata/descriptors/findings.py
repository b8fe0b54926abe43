"""What the rules of metadata work with: on which terms it is taken, what is judged, and what is found wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from metadata.certificates import Anchors, Use
from metadata.defects import MetadataDefect
from metadata.descriptors.described import DescribedEntity, DescribedRole
from metadata.descriptors.kinds import Kind
from metadata.revocation import Revocations
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId
from stelsel.saml.xml import Element

STANDARD: Final = "st-saml"
PROFILES: Final = (STANDARD, "digid-legacy", "etoegang", "generic")  # as the catalogue has them (clients 5.1)
PINNED_FOR: Final = timedelta(days=365)  # how long a file is believed whose operator vouches for it


def pinned_for(profile: str) -> timedelta | None:
    """How long the file of a DV of that profile is believed on its operator's word; None: it must be signed."""
    return None if profile == STANDARD else PINNED_FOR


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which clause, of which party, and what was expected and found.

    `tolerated`: a departure from ST-SAML that the terms allow, told and not refused. `element` is where it stands in
    the document that was judged, None where that has no place; `place` is told instead where the tree changed since.
    `defect` names it for programs; None of a signature that does not hold, which its clause names.
    """

    defect: StrEnum | None
    clause: str
    why: str
    entity: str = ""
    expected: str = ""
    found: str = ""
    tolerated: bool = False
    element: Element | None = field(default=None, repr=False)
    place: tuple[str, int] | None = field(default=None, repr=False)

    @property
    def where(self) -> tuple[str, int]:
        """The path to its element, empty where it has none, and the line on which that begins, 0 where unknown."""
        if self.place is not None:
            return self.place
        return place_of(self.element) if self.element is not None else ("", 0)

    def __str__(self) -> str:
        facts = [f"expected {self.expected}"] if self.expected else []
        facts += [f"found {self.found}"] if self.found else []
        return f"{self.clause}  {self.entity}: {self.why}" + (f" ({', '.join(facts)})" if facts else "")

    def refusal(self) -> MessageRefused:
        """The failure with which such metadata is refused (MD-GEN-01)."""
        return MessageRefused(
            f"{self.entity}: {self.why}",
            clause=self.clause,
            expected=self.expected,
            found=self.found,
            defect=self.defect,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what we take metadata. `anchors` None: nobody can say yet who made a certificate, the rest is judged.

    `loopback` lets http addresses through whose host is this machine: a pilot network, never production.
    `revocations` None: nobody can say either which certificates were taken back. `pinned_for`
    is for a DV whose profile is not `st-saml`: who hands in its file vouches for it and for the keys in it, that long,
    and what generic products leave out is tolerated (clients 5). `profile` is what that DV asks beside. `role` is
    what the party must be, None: what it says it is.
    """

    anchors: Anchors | None
    at: datetime
    loopback: bool = False
    revocations: Revocations | None = None
    pinned_for: timedelta | None = None
    profile: str = STANDARD
    role: str | None = None


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

    def finding(
        self,
        defect: MetadataDefect,
        clause: str,
        why: str,
        *,
        expected: object = "",
        found: object = "",
        at: Element | None = None,
    ) -> Finding:
        """A finding about this party, at that element; else at its role."""
        place = self.role.element if at is None else at
        return Finding(defect, clause, why, self.entity.entity_id.value, str(expected), str(found), element=place)

    def certificates(self, use: Use, *, unmarked: bool = False) -> Iterator[tuple[bytes, Element]]:
        """Those of its KeyDescriptors with that use, each once; `unmarked`: those that name no use as well."""
        seen: set[bytes] = set()
        for key in self.role.keys:
            if key.use == use or (unmarked and key.serves(use)):
                for der in key.certificates:
                    if der not in seen:
                        seen.add(der)
                        yield der, key.element


def place_of(element: Element) -> tuple[str, int]:
    """The path to an element, numbered from 1 where there are more of its name, and the line on which it begins."""
    steps = []
    current: Element | None = element
    while current is not None:
        parent = current.getparent()
        same = list(parent.iterchildren(current.tag)) if parent is not None else [current]
        number = f"[{same.index(current) + 1}]" if len(same) > 1 else ""
        steps.append(current.tag.rpartition("}")[2][:100] + number)
        current = parent
    return "/".join(reversed(steps)), cast(int | None, element.sourceline) or 0
