"""What a metadata document must be as a whole, one rule per function, in the order they run."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from metadata.defects import MetadataDefect
from metadata.descriptors.described import Document
from metadata.descriptors.findings import Finding, Terms
from metadata.descriptors.kinds import Kind, kind_of
from stelsel.identifiers import EntityId

DocumentRule = Callable[[Document, Terms], Iterator[Finding]]

# Under which clause a group is refused that begins with such a party: an LC's and the RD's begin with themselves, all
# others publish one EntityDescriptor.
_NO_GROUP: Final[Mapping[Kind, str]] = {
    "DV": "MD-LC-01",
    "RD as IdP": "MD-RD-01",
    "AD": "MD-AD-01",
    "BVD": "MD-AD-01",
}


def is_one_provider(document: Document, terms: Terms) -> Iterator[Finding]:
    """A file that is pinned is one DV's own: nobody brings in an AD, a router or somebody else that way."""
    if terms.pinned_for is not None and (document.is_group or kind_of(document, document.publisher) != "DV"):
        yield _of(
            document,
            MetadataDefect.NOT_ONE_PROVIDER,
            "MD-GEN-01",
            "a file of one service provider, and nothing else",
            found=_roles(document),
        )


def is_signed(document: Document, terms: Terms) -> Iterator[Finding]:
    """Signed by its publisher (MD-GEN-02). That the signature is right is shown where it is verified."""
    if document.signature is None and terms.pinned_for is not None:
        yield _of(document, MetadataDefect.NOT_SIGNED, "MD-GEN-02", "not signed")


def has_an_id(document: Document, terms: Terms) -> Iterator[Finding]:
    """The root has an ID, which its signature refers to (MD-GEN-03)."""
    if document.id is None:
        yield _of(document, MetadataDefect.NO_ID, "MD-GEN-03", "no ID")


def names_its_end(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil, or cacheDuration where that suffices: not for AD, BVD, and RD as service provider (MD-GEN-03)."""
    must = kind_of(document, document.publisher) in ("AD", "BVD", "RD as SP")
    if document.valid_until is None and (must or document.cache_duration is None):
        if must:
            yield _of(document, MetadataDefect.NO_VALID_UNTIL, "MD-GEN-03", "no validUntil")
        else:
            yield _of(document, MetadataDefect.NO_END, "MD-GEN-03", "neither validUntil nor cacheDuration")


def has_not_ended(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil has not passed, of the document nor of anything in it (MD-GEN-03)."""
    later = f"after {terms.at.isoformat()}"
    if document.valid_until is not None and document.valid_until <= terms.at:
        found = document.valid_until.isoformat()
        yield _of(document, MetadataDefect.EXPIRED, "MD-GEN-03", "expired", expected=later, found=found)
    for entity in document.entities:
        inner = [(role.valid_until, role.element) for role in entity.roles]
        inner += [(entity.valid_until, entity.element)] if document.is_group else []
        for end, element in inner:
            if end is not None and end <= terms.at:
                name, found = entity.entity_id.value, end.isoformat()
                yield Finding(MetadataDefect.EXPIRED, "MD-GEN-03", "expired", name, later, found, element=element)


def names_nobody_twice(document: Document, terms: Terms) -> Iterator[Finding]:
    """Each entityID stands once (spec/security S24)."""
    seen: set[EntityId] = set()
    for entity in document.entities:
        if entity.entity_id in seen:
            name, twice = entity.entity_id.value, "a party stands there twice"
            yield Finding(MetadataDefect.PARTY_TWICE, "MD-GEN-01", twice, name, element=entity.element)
        seen.add(entity.entity_id)


def is_published_for_its_providers(document: Document, terms: Terms) -> Iterator[Finding]:
    """A group is an LC's or the RD's, whose own entity stands first; all others are one entity (MD-LC-01, MD-RS-01)."""
    kind = kind_of(document, document.publisher)
    if document.is_group and kind not in ("LC", "RD as SP"):
        clause = "MD-RS-01" if kind is None else _NO_GROUP.get(kind, "MD-RS-01")
        why = "a group begins with the LC or RD that publishes it"
        yield _of(document, MetadataDefect.GROUP_OF_ANOTHER, clause, why, found=kind or "neither")


def lists_its_providers(document: Document, terms: Terms) -> Iterator[Finding]:
    """The RD as service provider publishes a group, with every DV that it supports (MD-RS-01)."""
    if not document.is_group and kind_of(document, document.publisher) == "RD as SP":
        why = "the RD as service provider publishes an EntitiesDescriptor with its DVs"
        yield _of(document, MetadataDefect.NO_GROUP, "MD-RS-01", why)


def is_of_its_role(document: Document, terms: Terms) -> Iterator[Finding]:
    """It is metadata of a DV, an LC, an RD, an AD or a BVD, where somebody says which (MD-GEN-01)."""
    kind = kind_of(document, document.publisher)
    if terms.role is not None and terms.role != (kind or "").partition(" ")[0]:
        found = kind or f"{document.publisher.entity_id.value[:100]}, no party of ST-SAML"
        why = "not the role that was asked"
        yield _of(document, MetadataDefect.ANOTHER_ROLE, "MD-GEN-01", why, expected=terms.role, found=found)


DOCUMENT_RULES: Final[tuple[DocumentRule, ...]] = (
    is_one_provider,
    is_signed,
    has_an_id,
    names_its_end,
    has_not_ended,
    names_nobody_twice,
    is_published_for_its_providers,
    lists_its_providers,
    is_of_its_role,
)


def _roles(document: Document) -> str:
    return ", ".join(role.role for entity in document.entities for role in entity.roles)[:100]


def _of(
    document: Document, defect: MetadataDefect, clause: str, why: str, *, expected: str = "", found: str = ""
) -> Finding:
    return Finding(defect, clause, why, document.publisher.entity_id.value, expected, found, element=document.root)
