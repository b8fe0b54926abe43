"""From the catalogue's `Provider` and `Service` to the settings of a sample DV."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.connections import BackChannel, ResponseBinding
from catalog.services import Provider, Service
from pilot.clients import OIDC
from pilot.places import GATEWAY, Places
from pilot.sample_dv.settings import Agreed, BsnkFiles, KeyFiles, SampleDvSettings, SampleService, SampleSupplier
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One DV of a world, with what the network knows for it.

    `known_people` are names by identifier.
    """

    provider: Provider
    services: tuple[Service, ...]
    places: Places
    keys: KeyFiles
    gateway: EntityId
    bvd: EntityId
    known_people: Mapping[str, str] = field(default_factory=dict, repr=False)
    supplier: SampleSupplier | None = None
    bsnk: BsnkFiles | None = None

    def settings(self, services: Iterable[SampleService]) -> SampleDvSettings:
        """The settings of this DV with these services."""
        return SampleDvSettings(
            name=self.provider.name,
            title=self.provider.title,
            entity_id=self.provider.entity_id.value,
            public_url=self.places.front(self.provider.name),
            gateway=self.gateway.value,
            bvd=self.bvd.value,
            keys=self.keys,
            services=tuple(services),
            known_people=self.known_people,
            supplier=self.supplier,
            shares_logins=self.provider.connection.federation is not None,
            agreed=self._agreed(),
            bsnk=self.bsnk,
            decrypted_there=self.provider.decrypted_here,
            issuer=self.places.front(GATEWAY) if OIDC in self.provider.interfaces else None,
        )

    def _agreed(self) -> Agreed:
        """The terms of the catalogue as the DV knows them itself."""
        connection = self.provider.connection
        return Agreed(
            profile=self.provider.profile,
            posts=connection.response is ResponseBinding.POST,
            shows_tls=connection.back_channel is BackChannel.MUTUAL_TLS,
            default_service=connection.default_service.value if connection.default_service else None,
        )


def sample_service(service: Service, attribute_index: int | None = None) -> SampleService:
    """A service as the DV knows it. `minimum` is what the DV itself insists on when an assertion comes in."""
    return SampleService(
        uuid=service.uuid.value,
        name=service.name,
        title=service.title,
        minimum=service.minimum.word,
        attribute_index=attribute_index,
        representable=service.representable,
    )
