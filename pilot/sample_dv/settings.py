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
    """PEM files. The first three hold a private key and its certificate; `authority` holds whom all parties trust.

    During a roll-over others are published `beside` them, of the same uses and in the same order; what was encrypted
    for a key in `opened` can still be read.
    """

    signing: Path
    encryption: Path
    tls: Path
    authority: Path
    beside: tuple[tuple[Path, Path, Path], ...] = ()
    opened: tuple[Path, ...] = ()

    @classmethod
    def in_ring(cls, ring: Path, authority: Path, number: int = 1) -> "KeyFiles":
        """The keys of that number in a key ring folder, as `pilot.pki` makes it."""
        return cls(
            signing=ring / f"signing-{number}.pem",
            encryption=ring / f"encryption-{number}.pem",
            tls=ring / f"tls-{number}.pem",
            authority=authority,
        )

    def for_signing(self, *, tls: bool) -> tuple[Path, ...]:
        """Whose certificates metadata shows for signing, and those for `tls` among them (GEN-21)."""
        sets = self._sets()
        return tuple(dict.fromkeys([each[0] for each in sets] + ([each[2] for each in sets] if tls else [])))

    def for_encryption(self) -> tuple[Path, ...]:
        """Whose certificates metadata shows for encryption."""
        return tuple(dict.fromkeys(each[1] for each in self._sets()))

    def opening(self) -> tuple[Path, ...]:
        """Every key that something may have been encrypted for."""
        return (*self.for_encryption(), *self.opened)

    def _sets(self) -> tuple[tuple[Path, Path, Path], ...]:
        return ((self.signing, self.encryption, self.tls), *self.beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSupplier:
    """The LC that connects a DV. A login begins at `login_url`, and the browser comes back with a ticket.

    `answers_url` is where the ticket counts, at the LC's back channel, `logouts_url` where a logout is asked for and
    its answer collected; at `consumer_url` and `logout_url` the gateway answers the LC.
    """

    entity_id: str
    login_url: str
    consumer_url: str
    answers_url: str
    logouts_url: str
    logout_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """How the DV is connected (clients 5, 7.1). `profile` is its dialect.

    `posts`: answers come by HTTP-POST. `shows_tls`: a client certificate on the back channel, else its signature is
    all that proves it. Requests for `default_service` leave the service out.
    """

    profile: str = "st-saml"
    posts: bool = False
    shows_tls: bool = True
    default_service: str | None = None


AS_THE_STANDARD_HAS_IT: Final = Agreed()


@dataclass(frozen=True, slots=True, kw_only=True)
class BsnkFiles:
    """What a recipient of BSNk has: its OIN, the keys that BSNk gave it, and what BSNk published of its own."""

    oin: str
    keys: tuple[Path, ...]
    scheme: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDvSettings:
    """A sample DV. `name` is its handle and the first label of its host name.

    `bvd` is the EntityID that RequesterID names when the user presses "for somebody else". `known_people` stands
    for the DV's own administration: the names it has for identifiers, shown in the band. `shares_logins`: it is in
    a federation, and whoever logs out here logs out at the gateway too (SSO-03). With a `supplier` it sends no SAML
    itself: the LC does, for logging in and out, and this DV alone opens the identities in what the LC fetches (UC-04).
    `bsnk`: it decrypts what BSNk encrypted; `decrypted_there`: the gateway does that for it, so it cannot open what
    stands in Advice of eIDAS. `issuer`: it is a client there too, by OpenID Connect.
    """

    name: str
    title: Mapping[str, str]
    entity_id: str
    public_url: str
    gateway: str
    bvd: str
    keys: KeyFiles
    services: tuple[SampleService, ...]
    known_people: Mapping[str, str] = field(default_factory=dict, repr=False)
    shares_logins: bool = False
    supplier: SampleSupplier | None = None
    agreed: Agreed = AS_THE_STANDARD_HAS_IT
    bsnk: BsnkFiles | None = None
    decrypted_there: bool = False
    issuer: str | None = None

    @property
    def callback_url(self) -> str:
        """Where the gateway's answers come over OpenID Connect."""
        return f"{self.public_url}/oidc/callback"

    @property
    def consumer_url(self) -> str:
        """The AssertionConsumerService."""
        return f"{self.public_url}/acs"

    @property
    def answered_at(self) -> str:
        """Where the gateway sends its answers: here, or to the LC."""
        return self.supplier.consumer_url if self.supplier else self.consumer_url

    @property
    def logout_url(self) -> str:
        """The SingleLogoutService."""
        return f"{self.public_url}/slo"

    @property
    def logged_out_at(self) -> str:
        """Where the gateway tells how a logout ended: here, or to the LC."""
        return self.supplier.logout_url if self.supplier else self.logout_url

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
