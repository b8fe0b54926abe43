"""What a metadata document must be as a whole, one rule per function, in the order they run."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from metadata.descriptors.described import Document
from metadata.descriptors.findings import Finding, Terms
from metadata.descriptors.kinds import Kind, kind_of
from stelsel.identifiers import EntityId
from stelsel.saml.xml import Element

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
        yield _of(document, "MD-GEN-01", "a file of one service provider, and nothing else", found=_roles(document))


def is_signed(document: Document, terms: Terms) -> Iterator[Finding]:
    """Signed by its publisher (MD-GEN-02). That the signature is right is shown where it is verified."""
    if document.signature is None and terms.pinned_for is not None:
        yield _of(document, "MD-GEN-02", "not signed")


def has_an_id(document: Document, terms: Terms) -> Iterator[Finding]:
    """The root has an ID, which its signature refers to (MD-GEN-03)."""
    if document.id is None:
        yield _of(document, "MD-GEN-03", "no ID")


def names_its_end(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil, or cacheDuration where that suffices: not for AD, BVD, and RD as service provider (MD-GEN-03)."""
    must = kind_of(document, document.publisher) in ("AD", "BVD", "RD as SP")
    if document.valid_until is None and (must or document.cache_duration is None):
        yield _of(document, "MD-GEN-03", "no validUntil" if must else "neither validUntil nor cacheDuration")


def has_not_ended(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil has not passed, of the document nor of anything in it (MD-GEN-03)."""
    later = f"after {terms.at.isoformat()}"
    if document.valid_until is not None and document.valid_until <= terms.at:
        yield _of(document, "MD-GEN-03", "expired", expected=later, found=document.valid_until.isoformat())
    for entity in document.entities:
        inner = [(role.valid_until, role.element) for role in entity.roles]
        inner += [(entity.valid_until, entity.element)] if document.is_group else []
        for end, element in inner:
            if end is not None and end <= terms.at:
                name = entity.entity_id.value
                yield Finding("MD-GEN-03", "expired", name, later, end.isoformat(), element=element)


def names_nobody_twice(document: Document, terms: Terms) -> Iterator[Finding]:
    """Each entityID stands once (spec/security S24)."""
    seen: set[EntityId] = set()
    for entity in document.entities:
        if entity.entity_id in seen:
            yield Finding("MD-GEN-01", "a party stands there twice", entity.entity_id.value, element=entity.element)
        seen.add(entity.entity_id)


def is_published_for_its_providers(document: Document, terms: Terms) -> Iterator[Finding]:
    """A group is an LC's or the RD's, whose own entity stands first; all others are one entity (MD-LC-01, MD-RS-01)."""
    kind = kind_of(document, document.publisher)
    if document.is_group and kind not in ("LC", "RD as SP"):
        clause = "MD-RS-01" if kind is None else _NO_GROUP.get(kind, "MD-RS-01")
        yield _of(document, clause, "a group begins with the LC or RD that publishes it", found=kind or "neither")


def lists_its_providers(document: Document, terms: Terms) -> Iterator[Finding]:
    """The RD as service provider publishes a group, with every DV that it supports (MD-RS-01)."""
    if not document.is_group and kind_of(document, document.publisher) == "RD as SP":
        yield _of(document, "MD-RS-01", "the RD as service provider publishes an EntitiesDescriptor with its DVs")


def is_of_its_role(document: Document, terms: Terms) -> Iterator[Finding]:
    """It is metadata of a DV, an LC, an RD, an AD or a BVD, where somebody says which (MD-GEN-01)."""
    kind = kind_of(document, document.publisher)
    if terms.role is not None and terms.role != (kind or "").partition(" ")[0]:
        found = kind or f"{document.publisher.entity_id.value[:100]}, no party of ST-SAML"
        yield _of(document, "MD-GEN-01", "not the role that was asked", expected=terms.role, found=found)


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
    document: Document, clause: str, why: str, *, expected: str = "", found: str = "", at: Element | None = None
) -> Finding:
    place = document.root if at is None else at
    return Finding(clause, why, document.publisher.entity_id.value, expected, found, element=place)
