"""Any SAML service provider: identifiers are text under names of the standard, and requests travel by HTTP-Redirect."""

from typing import Final

from pilot.sample_dv import xml
from pilot.sample_dv.checks import (
    ADDRESSED,
    ALONE,
    PEOPLE,
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


def read(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Who and for whom: a BSN each, for text has no place for another type."""
    attributes = attributes_of(assertion)
    named = tuple(name for name in SUBJECTS if name in attributes)
    return Opened(
        assertion,
        attributes,
        named=named,
        names={name: tuple(Name("legacy-BSN", each) for each in texts(attributes, name) if each) for name in named},
        service=" ".join(texts(attributes, SERVICE_UUID)),
        levels=LEVELS,
    )


DIALECT: Final = Dialect(
    read=read, checks=(*ADDRESSED, *SERVICE, *PEOPLE, *ALONE), levels=LEVELS, redirect=True, names_level=True
)
