"""Any SAML service provider: identifiers are text under names of the standard, and requests travel by HTTP-Redirect."""

from collections.abc import Mapping
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
    SERVICE_UUID,
    SUBJECTS,
    Opened,
    Trust,
    attributes_of,
    texts,
)
from pilot.sample_dv.dialects.contract import Dialect
from pilot.sample_dv.received import Message, Name
from pilot.sample_dv.settings import LEVELS

TYPES: Final = {
    ACTING: "urn:namens:attribute:ActingSubjectType",
    REPRESENTED: "urn:namens:attribute:LegalSubjectType",
}
BSN: Final = "urn:nl-eid-gdi:1.0:id:legacy-BSN"
BETWEEN: Final = "urn:etoegang:core:IntermediateSubjectID"
FACT: Final = "urn:etoegang:1.9:attribute:"


def read(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Who and for whom: a BSN each, unless an attribute beside it tells another type."""
    attributes = attributes_of(assertion)
    named = tuple(name for name in SUBJECTS if name in attributes)
    names: dict[str, tuple[Name, ...]] = {name: _names(attributes, name) for name in named}
    between = tuple(Name("KvKnr", each) for each in texts(attributes, BETWEEN))
    return Opened(
        assertion,
        attributes,
        named=(*named, *((INTERMEDIARY,) if between else ())),
        names={**names, INTERMEDIARY: between} if between else names,
        service=" ".join(texts(attributes, SERVICE_UUID)),
        levels=LEVELS,
        facts=tuple(
            Name(name.removeprefix(FACT), each)
            for name in attributes
            if name.startswith(FACT)
            for each in texts(attributes, name)
        ),
    )


def _names(attributes: Mapping[str, tuple[xml.Element, ...]], name: str) -> tuple[Name, ...]:
    kind = next(iter(texts(attributes, TYPES[name])), BSN).rsplit(":", 1)[-1]
    return tuple(Name(kind, each) for each in texts(attributes, name) if each)


DIALECT: Final = Dialect(
    read=read, checks=(*ADDRESSED, *SERVICE, *PEOPLE, *ALONE), levels=LEVELS, redirect=True, names_level=True
)
