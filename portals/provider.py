"""A portal as a DV of the gateway: what it must be told to be one, and what its peers read of it (MD-DV)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from catalog.services import Service
from exchange.assembly import Assembly
from exchange.logout import SLO_PATH
from exchange.published import whole_hour
from exchange.settings import PartySettings
from metadata.entities import Endpoint, Entity, OfferedService
from stelsel import urns
from stelsel.identifiers import EntityId, ServiceUuid

CONSUMER_PATH: Final = "/saml/acs"
CONSUMER_INDEX: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings(PartySettings):
    """`gateway` is where people log in, `service` what they log in for: an entry of the catalogue under our EntityID.

    Both or neither: without them there are no pages to log in to.
    """

    gateway: EntityId | None = None
    service: ServiceUuid | None = None

    def __post_init__(self) -> None:
        if (self.gateway is None) != (self.service is None):
            raise ValueError("gateway and service come together: one says where people log in, the other for what")


def as_provider(assembly: Assembly, service: Service, at: datetime) -> Entity:
    """The portal in its own metadata: one consumer, by artifact, and one service (MD-DV-01 to MD-DV-05)."""
    settings, keys = assembly.settings, assembly.party.keys.published(at)
    return Entity(
        entity_id=settings.entity_id,
        signing_keys=keys.signing,
        encryption_keys=keys.encryption,
        single_logout=(Endpoint(urns.HTTP_POST, settings.public_url + SLO_PATH),),
        assertion_consumers=(
            Endpoint(urns.HTTP_ARTIFACT, settings.public_url + CONSUMER_PATH, CONSUMER_INDEX, is_default=True),
        ),
        services=(OfferedService(0, service.uuid, is_default=True, names=service.title),),
        valid_until=whole_hour(at) + timedelta(days=settings.metadata_days),
        names={"nl": settings.operator, "en": settings.operator},
        url=settings.public_url,
    )
