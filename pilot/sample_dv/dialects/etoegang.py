"""eHerkenning's HM: the names of eTD, identities as EncryptedID for this DV's own key (clients 2)."""

from typing import Final

from pilot.sample_dv import xml
from pilot.sample_dv.checks import (
    ACTING,
    ADDRESSED,
    ALONE,
    INTERMEDIARY,
    PEOPLE,
    REPRESENTED,
    SERVICE,
    Opened,
    Trust,
    attributes_of,
    texts,
)
from pilot.sample_dv.dialects.contract import Dialect
from pilot.sample_dv.dialects.st_saml import opened_facts, opened_names
from pilot.sample_dv.received import Message

CORE: Final = "urn:etoegang:core:"
NAMES: Final = {
    ACTING: f"{CORE}ActingSubjectID",
    REPRESENTED: f"{CORE}LegalSubjectID",
    INTERMEDIARY: f"{CORE}IntermediateSubjectID",
}
LEVELS: Final = {
    word: f"{CORE}assurance-class:{name}"
    for word, name in (("basis", "loa2"), ("midden", "loa2plus"), ("substantieel", "loa3"), ("hoog", "loa4"))
}


def read(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Opens both identities; nobody is represented where there is no LegalSubjectID."""
    attributes = attributes_of(assertion)
    opened = opened_names(attributes, trust.key)
    return Opened(
        assertion,
        attributes,
        named=tuple(name for name, theirs in NAMES.items() if theirs in attributes),
        names={name: opened[theirs] for name, theirs in NAMES.items() if theirs in opened},
        service=" ".join(texts(attributes, f"{CORE}ServiceUUID")),
        levels=LEVELS,
        facts=opened_facts(assertion, trust.key),
    )


DIALECT: Final = Dialect(read=read, checks=(*ADDRESSED, *SERVICE, *PEOPLE, *ALONE), levels=LEVELS)
