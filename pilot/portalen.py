"""The portals in the pilot: DVs of the gateway like any other, and in the catalogue as such."""

from typing import Final

from catalog.services import Provider, Service
from pilot.places import MACHTIGEN, TITLES, Places, entity_of, oin_of
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import ServiceUuid

# For oneself alone: what nobody may do for another has no grounds.
SERVICES: Final = {MACHTIGEN: ServiceUuid("00000000-0000-4000-9000-000000012000")}


def providers_of(places: Places) -> tuple[Provider, ...]:
    """The portals of this network."""
    return tuple(
        Provider(
            entity_id=entity_of(name), oin=oin_of(name), name=name, title=TITLES[name], url=places.front(name) + "/"
        )
        for name in SERVICES
    )


def services_of() -> tuple[Service, ...]:
    """What one logs in to at each."""
    return tuple(
        Service(
            uuid=uuid,
            name=name,
            provider=entity_of(name),
            title=TITLES[name],
            minimum=LevelOfAssurance.MIDDEN,
        )
        for name, uuid in SERVICES.items()
    )
