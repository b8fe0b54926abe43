"""Everything in which a document leaves the shape of metadata, found one after another; for whoever has to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from metadata.descriptors import tags
from metadata.descriptors.described import Document, describe
from metadata.descriptors.findings import Finding, place_of
from stelsel.defects import Defect
from stelsel.failures import MessageMalformed
from stelsel.saml.xml import Element

MOST: Final = 25  # findings of this sort
ELEMENTS: Final = 20_000  # in a larger document the first one is told alone: each costs reading it all again
# What a value that cannot be read is taken for, so that nothing is said of its element but that.
_STAND_INS: Final = {"isDefault": "false", "AuthnRequestsSigned": "true", "WantAssertionsSigned": "true"} | {
    "WantAuthnRequestsSigned": "true"
}
_LARGE: Final = frozenset({tags.ENTITIES, tags.ENTITY, tags.IDP, tags.SP})


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, and the document with those parts left out; None when too little of it can be read."""

    findings: tuple[Finding, ...]
    document: Document | None

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read."""
        return not self.findings


def survey(root: Element) -> Survey:
    """What can be read of a document that is described otherwise than the schema has it.

    Takes out of the tree what it told, so that the next thing is found: afterwards no signature is over it any more.
    """
    places: Mapping[Element, tuple[str, int]] = {}
    found: list[Finding] = []
    thinned: set[Element] = set()
    while len(found) < MOST:
        try:
            return Survey(tuple(found), describe(root))
        except MessageMalformed as error:
            element = error.place if isinstance(error.place, Element) else None
            if element is not None and element in thinned and error.defect is Defect.ELEMENT_COUNT:
                # Too few of what was taken out here: it goes itself, untold.
                if _take_out(element, root, error, 0, thinned):
                    continue
                break
            if not found and sum(1 for _ in root.iter()) <= ELEMENTS:
                places = {each: place_of(each) for each in root.iter()}
            where = (places.get(element) or place_of(element)) if element is not None else ("", 0)
            found.append(
                Finding(
                    error.defect,
                    error.broken_clause,
                    error.why,
                    "the document",
                    str(error.expected or ""),
                    str(error.found if error.found is not None else ""),
                    element=element,
                    place=where,
                )
            )
            if not places or element is None or not _take_out(element, root, error, 60_000 + len(found), thinned):
                break
    return Survey(tuple(found), None)


def _take_out(element: Element, root: Element, error: MessageMalformed, index: int, thinned: set[Element]) -> bool:
    """Takes away what cannot be read, and no more; False when that would leave nothing to speak of.

    Elements that lost a child go to `thinned`.
    """
    name = error.attribute
    if name is not None and name in element.attrib:
        value = str(index) if name == "index" else _STAND_INS.get(name)
        element.attrib.pop(name)
        if value is not None:
            element.set(name, value)
        return True
    parent = element.getparent()
    if element is not root and parent is not None and element.tag not in _LARGE:
        parent.remove(element)
        thinned.add(parent)
        return True
    strange = str(error.found)
    if strange in element.attrib:
        element.attrib.pop(strange)
        return True
    return False
