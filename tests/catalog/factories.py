"""Complete catalogue entries; a test overrides the one thing it is about."""

from pathlib import Path
from typing import Any

from catalog.services import Action, Provider, Service
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Ground, Interest

OIN = Oin("00000099000000010000")
GEMEENTE = EntityId.of("DV", OIN, 9001)
ZIEKENHUIS = EntityId.of("DV", Oin("00000099000000020000"), 9002)
BIJSTAND = ServiceUuid("894af375-a52f-4d5a-a92d-9d9c279b1489")


def a_provider(**changes: Any) -> Provider:
    """The municipality."""
    values: dict[str, Any] = {
        "entity_id": GEMEENTE,
        "oin": OIN,
        "name": "gemeente",
        "title": {"nl": "Gemeente Waterhoek", "en": "Municipality of Waterhoek"},
        "url": "http://gemeente.localhost:8000/",
        "interfaces": frozenset({"saml", "oidc"}),
    }
    return Provider(**values | changes)


def a_service(**changes: Any) -> Service:
    """Applying for bijstand at the municipality, for oneself or for a client."""
    values: dict[str, Any] = {
        "uuid": BIJSTAND,
        "name": "bijstand",
        "provider": GEMEENTE,
        "title": {"nl": "Bijstand aanvragen", "en": "Apply for social assistance"},
        "upl": "http://standaarden.overheid.nl/owms/terms/bijstand",
        "action": Action.AANVRAGEN,
        "minimum": LevelOfAssurance.SUBSTANTIEEL,
        "eherkenning_minimum": LevelOfAssurance.SUBSTANTIEEL,
        "grounds": frozenset({Ground.CURATELE, Ground.BEWIND, Ground.EH_BEWIND, Ground.VRIJWILLIG}),
        "interests": frozenset({Interest.VERMOGEN}),
        "by_bsn": True,
        "means": frozenset({"digid", "eherkenning"}),
    }
    return Service(**values | changes)


GEMEENTE_ROW = """
[[dv]]
name = "gemeente"
oin = "00000099000000010000"
entity = "9001"
"""

SERVICE_ROW = """
[[service]]
name = "bijstand"
dv = "gemeente"
uuid = "894af375-a52f-4d5a-a92d-9d9c279b1489"
minimum = "substantieel"
"""


def a_file(folder: Path, text: str, name: str = "catalogue.toml") -> Path:
    """A file with that text."""
    file = folder / name
    file.write_text(text)
    return file
