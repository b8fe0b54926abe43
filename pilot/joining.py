"""An outside relying party joins the running network: its metadata is judged, and everybody who must know is told."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from cryptography import x509
from pydantic import TypeAdapter, ValidationError

from catalog.clients import Client, Policy
from catalog.connections import AS_AGREED, BackChannel, Connection, ResponseBinding
from catalog.profiles import given_up
from catalog.repository import Catalog
from catalog.services import STANDARD, Entries, Inconsistent, Provider
from catalog.services import Service as CatalogService
from exchange.answering import ARTIFACT_PATH, SSO_PATH
from exchange.logout import SLO_PATH
from exchange.service import Service
from gateway.interfaces.oidc.authorization import SERVICE_SCOPE
from gateway.interfaces.oidc.terms import DISCOVERY
from gateway.interfaces.profiles import PROFILES
from gateway.listing import write_for_authorities
from metadata.certificates import Anchors, Certificate
from metadata.check import check
from metadata.descriptors import read_metadata
from metadata.descriptors.findings import pinned_for
from metadata.entities import Entity
from metadata.held import folder_of
from pilot.clients import OIDC
from pilot.places import BVD, DIGID, GATEWAY, oin_of
from pilot.preparation import Prepared
from pilot.registration import Registered, name_of, read_registration
from runtime.settings import Clock
from stelsel import urns
from stelsel.failures import Failure
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.jose.encryption import CONTENT

TEST_OINS: Final = "00000099"
CLIENT: Final = "urn:namens:pilot:client:"  # over OpenID Connect alone a DV is a name, and we give it
_BINDINGS: Final = {urns.HTTP_POST: ResponseBinding.POST, urns.HTTP_ARTIFACT: ResponseBinding.ARTIFACT}


class NotTaken(Exception):
    """Why a relying party is not let in, a line each."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What `pilot connect` asks. `trust` is PEM: the authorities of the party's TLS certificate. Over `oidc` the
    `metadata` is JSON, and `profile` the policy of a client."""

    metadata: bytes = field(repr=False)
    profile: str
    service: str
    trust: str | None = None
    response: str | None = None
    interface: Literal["saml", "oidc"] = "saml"

    @classmethod
    def read(cls, body: bytes) -> Self:
        """What was posted. Raises `NotTaken` for anything but these fields as text."""
        try:
            return TypeAdapter(cls).validate_json(body)
        except ValidationError:
            raise NotTaken("not the fields of `pilot connect`") from None

    def anchors(self, ours: Path) -> Anchors:
        """The authorities we trust, and the party's. Raises `NotTaken`."""
        try:
            own = x509.load_pem_x509_certificates(self.trust.encode()) if self.trust else []
        except ValueError:
            raise NotTaken("--trust holds no certificates in PEM") from None
        return Anchors([*x509.load_pem_x509_certificates(ours.read_bytes()), *own])


class Joining:
    """Lets relying parties in, one after another."""

    def __init__(self, prepared: Prepared, services: Mapping[str, Service], clock: Clock) -> None:
        self._prepared = prepared
        self._services = services
        self._clock = clock
        self._joined: set[EntityId] = set()
        self._one_at_a_time = asyncio.Lock()

    async def join(self, asked: Application) -> dict[str, Any]:
        """What `pilot connect` prints. Joining again replaces. Raises `NotTaken`, and then nothing has changed."""
        async with self._one_at_a_time:
            return await (self._join_client(asked) if asked.interface == OIDC else self._join(asked))

    async def _join(self, asked: Application) -> dict[str, Any]:
        if asked.profile not in PROFILES:
            raise NotTaken(f"there is no profile {asked.profile}; there are {', '.join(PROFILES)}")
        model = self._model(asked.service)
        gateway, at = self._services[GATEWAY].assembly, self._clock()
        anchors = await asyncio.to_thread(asked.anchors, self._prepared.pki.anchors)
        report = await gateway.party.offload(check, asked.metadata, at, anchors, asked.profile)
        if not report.is_clean:
            raise NotTaken(*map(str, report.findings))
        (entity, *_) = await gateway.party.offload(
            read_metadata, asked.metadata, anchors, at, loopback=True, pinned_for=pinned_for(asked.profile)
        )
        self._refuse_taken(entity)
        try:
            provider, services = _entries(entity, asked, model, anchors)
            if PROFILES[asked.profile].opens:
                await asyncio.to_thread(self._hold_key, provider)
            await self._store(Entries((provider,), services))
            await gateway.parties.accept(asked.metadata, anchors, at, loopback=True, profile=asked.profile)
            await self._introduce()
        except (Failure, Inconsistent) as refused:
            raise NotTaken(str(refused)) from refused
        self._joined.add(entity.entity_id)
        if asked.trust:
            await asyncio.to_thread(gateway.tls.trust, asked.trust)
        return self._told(provider, entity, services, list(map(str, report.deviations)))

    async def _join_client(self, asked: Application) -> dict[str, Any]:
        if asked.profile not in [*Policy]:
            raise NotTaken(f"there is no profile {asked.profile} over OpenID Connect; there are {', '.join(Policy)}")
        if asked.response is not None:
            raise NotTaken("--response is for SAML: a code goes in the query")
        model = self._model(asked.service)
        await asyncio.to_thread(asked.anchors, self._prepared.pki.anchors)
        try:
            dv = EntityId(CLIENT + name_of(asked.metadata))
            uuid = _copied(dv, model)
            found = read_registration(asked.metadata, Policy(asked.profile), dv, uuid)
            known = await Catalog(self._services[GATEWAY].assembly.database).client(found.client.client_id)
            if known is not None and known.dv != dv:
                raise NotTaken(f"client_id: {known.client_id} is another client of this network")
            provider = _provider_of(found)
            service = replace(model, uuid=uuid, provider=dv, name=f"{model.name}-1")
            await asyncio.to_thread(self._hold_key, provider)
            await self._store(Entries((provider,), (service,), clients=(found.client,)))
            await self._introduce()
        except (Failure, Inconsistent) as refused:
            raise NotTaken(str(refused)) from refused
        if asked.trust:
            await asyncio.to_thread(self._services[GATEWAY].assembly.tls.trust, asked.trust)
        return self._told_client(found, service)

    async def _store(self, entries: Entries) -> None:
        for service in self._services.values():
            await Catalog(service.assembly.database).store(entries)

    def _model(self, name_or_uuid: str) -> CatalogService:
        for service in self._prepared.world.services:
            if name_or_uuid in (service.name, service.uuid.value):
                return service
        names = ", ".join(service.name for service in self._prepared.world.services)
        raise NotTaken(f"there is no service {name_or_uuid}; there are {names}")

    def _refuse_taken(self, entity: Entity) -> None:
        """Nobody takes the name of a party of the network itself."""
        gateway = self._services[GATEWAY].assembly.party
        known = {each.entity_id for each in gateway.trust.entities(self._clock())} | {gateway.entity_id}
        if entity.entity_id in known - self._joined:
            raise NotTaken(f"MD-GEN-01  {entity.entity_id.value}: is another party of this network")

    def _hold_key(self, provider: Provider) -> None:
        """A key of the gateway's own, with which it reads values on this DV's behalf."""
        made = self._prepared.pki.issue(provider.name, oin_of(GATEWAY), uses=("encryption",))
        folder = folder_of(self._prepared.gateway.keys, provider.entity_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in made.glob("*.pem"):
            target = folder / file.name
            target.touch(mode=0o600)
            target.write_bytes(file.read_bytes())

    async def _introduce(self) -> None:
        """DigiD and the BVD read what the gateway now publishes, and verify it as ever."""
        gateway, at = self._services[GATEWAY].assembly, self._clock()
        await gateway.reload()
        known = gateway.party.trust.providers(at)
        router = await write_for_authorities(self._prepared.gateway, gateway, Catalog(gateway.database), known, at)
        anchors = await asyncio.to_thread(Anchors.from_pem, self._prepared.pki.anchors)
        for name in (BVD, DIGID, *self._prepared.makelaars):
            assembly = self._services[name].assembly
            # Handed over by us, who know that it is the present one, whatever its end says.
            await assembly.parties.take(router, anchors, at, loopback=True, even_if_older=True)
            await assembly.reload()

    def _told(
        self, provider: Provider, entity: Entity, services: Sequence[CatalogService], deviations: list[str]
    ) -> dict[str, Any]:
        url = self._prepared.places.front(GATEWAY)
        agreed = provider.connection
        by_signature = agreed.back_channel is BackChannel.SIGNATURE
        return {
            "entity_id": provider.entity_id.value,
            "valid_until": entity.valid_until.isoformat() if entity.valid_until else None,
            "profile": provider.profile,
            "response": agreed.response.value,
            "back_channel": agreed.back_channel.value if agreed.response is ResponseBinding.ARTIFACT else None,
            "service": {"name": services[0].name, "uuid": services[0].uuid.value},
            "consumers": [
                each.location for each in entity.assertion_consumers if _BINDINGS.get(each.binding) is agreed.response
            ],
            "gateway": {
                "entity_id": self._prepared.gateway.entity_id.value,
                "metadata": f"{url}/metadata",
                "metadata_generic": f"{url}/metadata?profile=generic",
                "backchannel": self._prepared.gateway.back_channel_url,
                "sso": url + SSO_PATH,
                "slo": url + SLO_PATH,
                "artifacts": (url if by_signature else self._prepared.gateway.back_channel_url) + ARTIFACT_PATH,
            },
            "ca": str(self._prepared.pki.anchors),
            "deviations": deviations,
            "gives_up": list(given_up(provider)),
        }

    def _told_client(self, found: Registered, service: CatalogService) -> dict[str, Any]:
        issuer, client = self._prepared.places.front(GATEWAY), found.client
        return {
            "client_id": client.client_id,
            "issuer": issuer,
            "discovery": issuer + DISCOVERY[0],
            "profile": client.policy.value,
            "service": {"name": service.name, "uuid": service.uuid.value, "scope": SERVICE_SCOPE + service.uuid.value},
            "redirect_uris": list(client.redirect_uris),
            "token_endpoint_auth_method": found.method,
            "token_endpoint_auth_signing_alg": None if client.secret_digest else client.signing,
            "id_token_signed_response_alg": client.signed_with,
            "id_token_encrypted_response_alg": found.wrap or None,
            "id_token_encrypted_response_enc": CONTENT if found.wrap else None,
            "ca": str(self._prepared.pki.anchors),
            "gives_up": list(_given_up(client)),
            "ignored": list(found.ignored),
        }


def _given_up(client: Client) -> Iterator[str]:
    """What it has not that NL GOV has, or what it is not told."""
    if client.policy is Policy.COMPAT and client.identifiers and not client.encrypted:
        yield "identifiers are not encrypted for it (OIDC-26)"
    if client.secret_digest:
        yield "it proves itself by a secret that two know (OIDC-22)"
    if not client.identifiers:
        yield "without id_token_encrypted_response_alg it is told the pairwise sub, and no BSN or KvK number (OIDC-26)"


def _provider_of(found: Registered) -> Provider:
    """The DV of a client: nobody has it but by this client."""
    dv = found.client.dv
    return Provider(
        entity_id=dv,
        oin=_made_up(dv),
        name=_name(dv),
        title=dict.fromkeys(("nl", "en"), found.title),
        url=found.url or _origin(found.client.redirect_uris[0]),
        interfaces=frozenset({OIDC}),
    )


def _copied(dv: EntityId, model: CatalogService) -> ServiceUuid:
    """The name of a copy, for a service belongs to one DV."""
    return ServiceUuid(str(uuid5(NAMESPACE_URL, f"{dv.value} {model.uuid.value}")))


def _entries(
    entity: Entity, asked: Application, model: CatalogService, anchors: Anchors
) -> tuple[Provider, tuple[CatalogService, ...]]:
    """The DV and its services as the catalogue gets them: a copy of the model, for a service belongs to one DV."""
    uuids = tuple(each.uuid for each in sorted(entity.services, key=lambda each: not each.is_default))
    if not uuids:
        uuids = (_copied(entity.entity_id, model),)
    services = tuple(
        replace(model, uuid=uuid, provider=entity.entity_id, name=f"{model.name}-{number}")
        for number, uuid in enumerate(uuids, 1)
    )
    strict = asked.profile == STANDARD
    provider = Provider(
        entity_id=entity.entity_id,
        oin=_oin_of(entity),
        name=_name(entity.entity_id),
        title={language: entity.name(language)[:255] for language in ("nl", "en")},
        url=_origin(entity.consumer().location),
        profile=asked.profile,
        connection=AS_AGREED if strict else _connection(entity, asked, uuids[0], anchors),
    )
    return provider, services


def _connection(entity: Entity, asked: Application, service: ServiceUuid, anchors: Anchors) -> Connection:
    """What suits its metadata: the binding of its default consumer, and mutual TLS where we can verify its certificate.

    Raises `NotTaken` when it listens for neither binding.
    """
    usable = [each for each in entity.assertion_consumers if each.binding in _BINDINGS]
    if asked.response is not None:
        usable = [each for each in usable if _BINDINGS[each.binding] == asked.response]
    if not usable:
        wanted = f"of binding {asked.response}" if asked.response else "for HTTP-POST or HTTP-Artifact"
        raise NotTaken(f"MD-DV-04  {entity.entity_id.value}: no AssertionConsumerService {wanted}")
    chosen = next((each for each in usable if each.is_default), usable[0])
    vouched = any(_vouched(entity, anchors))
    return Connection(
        response=_BINDINGS[chosen.binding],
        back_channel=BackChannel.MUTUAL_TLS if vouched else BackChannel.SIGNATURE,
        default_service=service,
    )


def _vouched(entity: Entity, anchors: Anchors) -> Iterator[bool]:
    for key in entity.signing_keys:
        certificate = Certificate.recall(key.certificate)
        yield anchors.vouch_for(certificate, certificate.validity.last)


def _oin_of(entity: Entity) -> Oin:
    """That of its name or its certificate; else one made up, of the kind that is nobody's."""
    certificates = (Certificate.recall(key.certificate) for key in entity.signing_keys)
    known = entity.entity_id.oin or next((each.oin for each in certificates if each.oin is not None), None)
    return known or _made_up(entity.entity_id)


def _made_up(party: EntityId) -> Oin:
    number = int(_digest(party.value), 16) % 10**12
    return Oin(f"{TEST_OINS}{number:012d}")


def _name(party: EntityId) -> str:
    return f"joined-{_digest(party.value)[:8]}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
