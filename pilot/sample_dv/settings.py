"""What one sample dienstverlener is told at start: its names, its services and where its keys lie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Weakest first, as on the wire (ST-SAML TYP-08). `basic` also comes with a lower-case host (divergence C-02).
LEVELS: Final[Mapping[str, str]] = {
    "basis": "http://eID.logius.nl/LoA/basic",
    "midden": "http://eidas.europa.eu/LoA/low",
    "substantieel": "http://eidas.europa.eu/LoA/substantial",
    "hoog": "http://eidas.europa.eu/LoA/high",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleService:
    """One service of the DV, as it knows it itself.

    `minimum` is a word of LEVELS. With `attribute_index` the request names the service by
    AttributeConsumingServiceIndex, without it by Extensions (DV-REQ-06). `representable` shows the second button.
    """

    uuid: str
    name: str
    title: Mapping[str, str]
    minimum: str
    attribute_index: int | None = None
    representable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """PEM files. The first three hold a private key and its certificate; `authority` holds whom all parties trust."""

    signing: Path
    encryption: Path
    tls: Path
    authority: Path

    @classmethod
    def in_ring(cls, ring: Path, authority: Path) -> "KeyFiles":
        """The first key of each use in a key ring folder, as `pilot.pki` makes it."""
        return cls(
            signing=ring / "signing-1.pem",
            encryption=ring / "encryption-1.pem",
            tls=ring / "tls-1.pem",
            authority=authority,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSupplier:
    """The LC that connects a DV: who sends its messages, and at which index of its own metadata answers arrive."""

    entity_id: str
    consumer_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDvSettings:
    """A sample DV. `name` is its handle and the first label of its host name.

    `bvd` is the EntityID that RequesterID names when the user presses "for somebody else". `offset_seconds` is how
    far the network's clock stands from the system's: pysaml2 reads the latter, so it gets the offset as slack, and
    the DV checks the windows itself (DESIGN 3.10). `known_people` stands for the DV's own administration: the names
    it has for identifiers, shown in the band. `shares_logins`: it is in a federation, and whoever logs out here logs
    out at the gateway too (SSO-03). With a `supplier` the keys for signing and TLS are that LC's, and the one for
    encryption is the DV's own (UC-04).
    """

    name: str
    title: Mapping[str, str]
    entity_id: str
    public_url: str
    gateway: str
    bvd: str
    keys: KeyFiles
    services: tuple[SampleService, ...]
    offset_seconds: int = 0
    known_people: Mapping[str, str] = field(default_factory=dict, repr=False)
    shares_logins: bool = False
    supplier: SampleSupplier | None = None

    @property
    def issuer(self) -> str:
        """Who sends: the DV itself, or the LC that connects it."""
        return self.supplier.entity_id if self.supplier else self.entity_id

    @property
    def consumer_index(self) -> int:
        """The index at which its consumer stands in the metadata of whoever sends (DV-REQ-04)."""
        return self.supplier.consumer_index if self.supplier else 0

    @property
    def consumer_url(self) -> str:
        """The AssertionConsumerService."""
        return f"{self.public_url}/acs"

    @property
    def logout_url(self) -> str:
        """The SingleLogoutService."""
        return f"{self.public_url}/slo"

    def service(self, name_or_uuid: str) -> SampleService | None:
        """The service of that handle or ServiceUUID, or None."""
        return next((each for each in self.services if name_or_uuid in (each.name, each.uuid)), None)

    def asked_for(self, name_or_uuid: str) -> SampleService | None:
        """As `service`; a UUID that is not this DV's is asked for all the same, so that a refusal can be seen."""
        found = self.service(name_or_uuid)
        if found is None and UUID.fullmatch(name_or_uuid):
            unlisted = {"nl": "Onbekende dienst", "en": "Unknown service"}
            found = SampleService(uuid=name_or_uuid, name=name_or_uuid, title=unlisted, minimum="basis")
        return found
