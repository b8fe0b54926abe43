"""A party as its metadata describes it: its name, its keys, where it listens, and which services it offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel import urns
from stelsel.failures import AnswerRefused, Misconfigured, ReplyAddressUnknown
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.encryption import Recipient
from stelsel.saml.signatures import VerificationKey

LANGUAGES: Final = ("nl", "en")  # in the order in which a page without a language of its own picks


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a party. `index` is the number that messages name it by, never its place in a list.

    `response_location` is where answers go, when that is another address (SAML metadata 2.2.2).
    """

    binding: str
    location: str
    index: int | None = None
    is_default: bool = False
    response_location: str | None = None

    @property
    def answers_at(self) -> str:
        """Where it takes answers."""
        return self.response_location or self.location


@dataclass(frozen=True, slots=True)
class OfferedService:
    """One AttributeConsumingService: by which number requests name it, and which service it stands for (DV-REQ-07)."""

    index: int
    uuid: ServiceUuid
    is_default: bool = False
    names: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One party in one role, as its metadata has it.

    It is an identity provider when it has `single_sign_on`, a service provider when it has `assertion_consumers`. A
    party's TLS certificates are among `signing_keys` (GEN-21). `providers` are the DVs that an LC connects: each with
    the keys by which others encrypt for it, and none by which it could speak for itself. `valid_until` None: the
    metadata names no end. `names` and `url` are what it calls itself, by language, and its web site.
    """

    entity_id: EntityId
    signing_keys: tuple[VerificationKey, ...] = ()
    encryption_keys: tuple[VerificationKey, ...] = ()
    single_sign_on: tuple[Endpoint, ...] = ()
    artifact_resolution: tuple[Endpoint, ...] = ()
    single_logout: tuple[Endpoint, ...] = ()
    assertion_consumers: tuple[Endpoint, ...] = ()
    services: tuple[OfferedService, ...] = ()
    providers: tuple["Entity", ...] = ()
    valid_until: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    url: str | None = None

    def consumer(self, index: int | None = None) -> Endpoint:
        """The AssertionConsumerService with that index; with None the default one (DV-REQ-04).

        Raises `ReplyAddressUnknown`.
        """
        if index is None:
            return self._default_consumer()
        for endpoint in self.assertion_consumers:
            if endpoint.index == index:
                return endpoint
        known = ", ".join(str(each.index) for each in self.assertion_consumers) or "none"
        raise ReplyAddressUnknown(
            "no AssertionConsumerService with this index", expected=f"one of the metadata's: {known}", found=index
        )

    def _default_consumer(self) -> Endpoint:
        if not self.assertion_consumers:
            raise ReplyAddressUnknown(
                "no AssertionConsumerService at all", expected="an AssertionConsumerService", found="none"
            )
        # Where none is marked, the first is the default (SAML metadata 2.2.3).
        return next((each for each in self.assertion_consumers if each.is_default), self.assertion_consumers[0])

    @property
    def is_supplier(self) -> bool:
        """Whether it is an LC: it speaks for the DVs of its document (MD-LC-01)."""
        return self.entity_id.is_supplier

    def service(self, index: int | None = None) -> OfferedService | None:
        """The AttributeConsumingService with that index, with None the default one; None when there is none."""
        if index is not None:
            return next((each for each in self.services if each.index == index), None)
        return next((each for each in self.services if each.is_default), self.services[0] if self.services else None)

    def sso_location(self) -> str:
        """Where AuthnRequests go, by HTTP-POST (MD-RD-03, MD-AD-03). Raises `Misconfigured`: we asked no such party."""
        return self._location(self.single_sign_on, "SingleSignOnService")

    def slo_location(self) -> str:
        """Where logout messages go, by HTTP-POST (MD-RD-04, MD-AD-04). Raises `Misconfigured`, as for a BVD."""
        return self._location(self.single_logout, "SingleLogoutService")

    def logout_endpoint(self, binding: str) -> Endpoint:
        """Its SingleLogoutService for that binding, else the one for HTTP-POST. Raises `ReplyAddressUnknown`."""
        for wanted in (binding, urns.HTTP_POST):
            for endpoint in self.single_logout:
                if endpoint.binding == wanted:
                    return endpoint
        raise ReplyAddressUnknown(
            "no SingleLogoutService in its metadata", clause="MD-DV-03", expected="a SingleLogoutService", found="none"
        )

    def _location(self, endpoints: Iterable[Endpoint], what: str) -> str:
        for endpoint in endpoints:
            if endpoint.binding == urns.HTTP_POST:
                return endpoint.location
        raise Misconfigured(f"{self.entity_id.value} has no {what} for HTTP-POST")

    def resolution(self, index: int) -> Endpoint:
        """The ArtifactResolutionService (SOAP) that an artifact's endpoint index names (DV-ART-05).

        Raises `AnswerRefused`: the artifact is not one this party makes.
        """
        for endpoint in self.artifact_resolution:
            if endpoint.index == index and endpoint.binding == urns.SOAP:
                return endpoint
        raise AnswerRefused(
            "no ArtifactResolutionService with this index",
            clause="DV-ART-05",
            found=index,
            expected="one of the metadata's",
        )

    def accepts_tls(self, der: bytes) -> bool:
        """Whether a TLS certificate is this party's: in its metadata with use "signing" (GEN-21)."""
        return any(key.certificate == der for key in self.signing_keys)

    def recipient(self) -> Recipient:
        """This party as one to encrypt for, by all its encryption keys (DV-ATT-07)."""
        return Recipient(entity=self.entity_id, keys=self.encryption_keys)

    def name(self, language: str) -> str:
        """What it calls itself in `language`, else in another, else its EntityID."""
        for wanted in (language, *LANGUAGES):
            if wanted in self.names:
                return self.names[wanted]
        return next(iter(self.names.values()), self.entity_id.value)

    def listed_by(self, router: "Entity") -> "Entity":
        """This DV as a router lists it for AD and BVD: its encryption keys and the router's own consumer (MD-RS-04)."""
        return Entity(
            entity_id=self.entity_id,
            encryption_keys=self.encryption_keys,
            assertion_consumers=(router.consumer(),),
            valid_until=router.valid_until,
        )
