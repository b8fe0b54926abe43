"""A whole network on one machine: each party with its own keys and host name, introduced to the others."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bvd.app import as_declaring_party, open_sources
from bvd.app import build_app as build_bvd
from catalog.repository import Catalog
from catalog.services import STANDARD, Provider
from exchange.answering import published
from exchange.assembly import Assembly
from exchange.service import Service
from gateway.app import build_app as build_gateway
from gateway.listing import as_router, write_for_authorities
from metadata.descriptors import write_entity
from metadata.repository import Sources
from metadata.revocation import read_list
from pilot import gemeente, pages, ziekenhuis
from pilot.brp import build_brp
from pilot.bsnk_files import SCHEME, files_in
from pilot.control import REFUSALS, Control
from pilot.description import describe
from pilot.dienstverleners import Site
from pilot.digid_front import as_authority, build_digid
from pilot.dv_pages import DvPages
from pilot.eidas_front import as_connector, build_eidas
from pilot.faults import CallLog
from pilot.hosts import Hosts
from pilot.joining import Joining
from pilot.kvk import build_kvk
from pilot.lc_pages import LcPages
from pilot.leveranciers import lcs_of, supplier_of
from pilot.lists import RevocationLists
from pilot.machtigen import WithFaults, mandates_of
from pilot.machtigingenregister import build_machtigingenregister
from pilot.makelaars import build_makelaar
from pilot.mandates import Mandates
from pilot.openid import OpenIdStub
from pilot.openid_front import build_openid
from pilot.pki import ISSUING_LIST, ROOT_LIST
from pilot.places import (
    BRP,
    BVD,
    CONTROL,
    DIGID,
    EIDAS,
    GATEWAY,
    KVK,
    MACHTIGEN,
    MR,
    POSTVAK,
    RECHTSPRAAK,
    WERKACCOUNT,
    entity_of,
)
from pilot.portalen import SERVICES, services_of
from pilot.postvak import Postvak
from pilot.preparation import OPERATOR, REFRESHED, Prepared
from pilot.pseudonyms import specific_pseudonym
from pilot.rechtspraak import build_rechtspraak
from pilot.sample_dv.app import build_app as build_sample_dv
from pilot.sample_dv.known import MetadataOf, from_address, from_both
from pilot.sample_dv.messages import write_metadata
from pilot.sample_dv.settings import BsnkFiles, KeyFiles, SampleDvSettings
from pilot.sample_dv.signatures import Signatures
from pilot.sample_lc.app import build_app as build_sample_lc
from pilot.sample_lc.metadata import write_cluster_metadata
from pilot.sample_lc.settings import SampleLcSettings
from pilot.volmachten import build_volmachten
from pilot.werkaccount import provider_key, takes_werkaccount
from portals.machtigen.app import build_app as build_machtigen
from portals.machtigen.deliveries import Deliveries
from portals.provider import as_provider
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.serving import Listener, serving
from runtime.settings import Clock, system_clock
from runtime.telemetry import Tracing
from runtime.tls import ServerTls, TlsIdentity
from runtime.web import pages as web_pages
from runtime.web.frame import Site as Host
from runtime.web.headers import SecurityHeaders
from runtime.web.look import Look

# The two DVs of the briefing have a way of naming services each; every other DV of a world goes the second one's.
_WAYS: Final[Mapping[str, Callable[[Site], SampleDvSettings]]] = {"gemeente": gemeente.configure}
_BY_PROFILE: Final = {"etoegang": gemeente.configure}  # eTD's ServiceID is put together from the number in the metadata
METADATA: Final = "/metadata"
FOR_AUTHORITIES: Final = "/metadata/sp"
FOR_EIDAS: Final = "/metadata/sp/eidas"
QUIET: Final = "/people"  # the registers as `pilot people` asks them: not in the call log


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is ready to be served. `fronts` and `backs` are its parties by host name.

    `documents` is the metadata that each party published, by name.
    """

    prepared: Prepared
    documents: Mapping[str, bytes]
    services: Mapping[str, Service]
    samples: Sequence[Starlette]
    fronts: Mapping[str, ASGIApp]
    backs: Mapping[str, ASGIApp]
    calls: CallLog
    description: Mapping[str, Any]
    offload: Offload
    tls: ssl.SSLContext
    lists: RevocationLists
    deliveries: Deliveries | None = None

    async def serve(self, stack: AsyncExitStack) -> None:
        """Answers on both ports until `stack` is closed."""
        for service in self.services.values():
            stack.push_async_callback(service.assembly.close)
        stack.callback(self.offload.close)
        places = self.prepared.places
        await stack.enter_async_context(
            serving(
                Listener(app=Hosts(self.fronts), port=places.port),
                Listener(app=Hosts(self.backs), port=places.shared_back_port, tls=self.tls),
            )
        )
        # Whoever calls hangs up first: a TLS server that closes waits for its client to say goodbye.
        for service in self.services.values():
            stack.push_async_callback(service.assembly.http.close)
        for sample in self.samples:
            await stack.enter_async_context(sample.router.lifespan_context(sample))


async def build_network(prepared: Prepared, clock: Clock) -> Network:
    """Builds every party, fills its catalogue, and lets each verify and keep the metadata of those it deals with."""
    machtigen = build_machtigen(prepared.machtigen, clock)
    services = {
        GATEWAY: build_gateway(prepared.gateway, clock),
        BVD: build_bvd(prepared.bvd, clock),
        DIGID: build_digid(prepared.digid, prepared.world, clock),
        MACHTIGEN: machtigen.service,
        **{
            name: build_makelaar(name, settings, prepared.places, prepared.world, clock)
            for name, settings in prepared.makelaars.items()
        },
    }
    if prepared.eidas is not None:
        services[EIDAS] = build_eidas(prepared.eidas, prepared.world, prepared.bsnk, clock)
    offload = Offload()
    configured = tuple(_configured(prepared, dv.name, clock()) for dv in prepared.world.dvs)
    lcs = lcs_of(prepared)
    documents = _metadata(prepared, services, configured, lcs, clock())
    lists = RevocationLists(prepared.pki, clock)
    for service in services.values():
        await Catalog(service.assembly.database).store(prepared.entries)
    await _introduce(prepared, services, documents, lists, clock())
    await machtigen.mandates.store(mandates_of(prepared.world))
    calls = CallLog()
    description = describe(prepared)
    places, world = prepared.places, prepared.world
    look = pages.look_of(Host(operator=OPERATOR, pilot=True))
    dv_pages = DvPages(look, f"{places.front(CONTROL)}{REFUSALS}/")
    fronts: dict[str, ASGIApp] = {places.host(name): service.front for name, service in services.items()}
    backs: dict[str, ASGIApp] = {places.host(name): service.back for name, service in services.items()}
    samples = []
    for dv in configured:
        known = _known_to(prepared, dv, documents)
        app = build_sample_dv(dv, metadata=known, pages=dv_pages, offload=offload, clock=clock)
        samples.append(app)
        fronts[places.host(dv.name)] = _dressed(app)
    for lc in lcs:
        gateway = [_peer(prepared, documents, GATEWAY)]
        app, back = build_sample_lc(lc, metadata=gateway, pages=LcPages(look), offload=offload, clock=clock)
        samples.append(app)
        fronts[places.host(lc.name)], backs[places.host(lc.name)] = _dressed(app), back
    if takes_werkaccount(world):
        http = HttpClient(None, loopback=True)
        key = provider_key(prepared.pki.folder).read_bytes()
        stub = OpenIdStub(places.front(WERKACCOUNT), key, places.front(GATEWAY), world, http, offload, clock)
        app = build_openid(stub, look, http)
        samples.append(app)
        fronts[places.host(WERKACCOUNT)] = _dressed(app)
    for app in samples:
        app.router.routes.extend(web_pages.static_routes(look))
    joining = Joining(prepared, services, clock)
    given = Mandates(world, machtigen.mandates, postvak := Postvak(world))
    fronts[places.host(CONTROL)] = _control(prepared, services, calls, description, look, clock, joining, lists, given)
    for name, build in ((BRP, build_brp), (RECHTSPRAAK, build_rechtspraak), (KVK, build_kvk)):
        quiet = Mount(QUIET, build(world, clock, CallLog()))
        backs[places.host(name)] = Starlette(routes=[quiet, Mount("/", build(world, clock, calls))])
    asked = services[MACHTIGEN].back
    quiet = Mount(QUIET, WithFaults(asked, world, clock, CallLog()))
    backs[places.host(MACHTIGEN)] = Starlette(routes=[quiet, Mount("/", WithFaults(asked, world, clock, calls))])
    # Of one catalogue, as eTD has it: every party's is the same.
    mandates = Catalog(services[DIGID].assembly.database)
    register = build_machtigingenregister(world, clock, calls, mandates)
    register.router.routes.extend(build_volmachten(world, clock, calls).routes)
    register.router.routes.append(Mount(QUIET, build_volmachten(world, clock, CallLog())))
    backs[places.host(MR)], backs[places.host(POSTVAK)] = register, postvak.build()
    tls = _certificates(prepared, services, lcs)
    parts = (prepared, documents, services, samples, fronts, backs, calls, description, offload, tls, lists)
    return Network(*parts, machtigen.deliveries)


def clock_from(at: datetime) -> Clock:
    """A clock that reads `at` now and runs on."""
    offset = at - system_clock()
    return lambda: system_clock() + offset


def _configured(prepared: Prepared, name: str, at: datetime) -> SampleDvSettings:
    world, pki = prepared.world, prepared.pki
    provider = world.dv(name)
    supplier = supplier_of(prepared, provider.entity_id)
    site = Site(
        provider=provider,
        supplier=supplier,
        services=tuple(service for service in world.services if service.provider == provider.entity_id),
        places=prepared.places,
        keys=KeyFiles.in_ring(pki.ring(name), pki.anchors),
        gateway=entity_of(GATEWAY),
        bvd=entity_of(BVD),
        known_people={
            **{person.bsn.value: person.full_name for person in world.persons},
            **{each.kvk.value: each.full_name for each in world.organisations},
            **{specific_pseudonym(world, each, provider.oin).value: each.name for each in world.employees},
        },
        bsnk=_bsnk_of(prepared, provider),
    )
    # An LC names services in Extensions (DV-REQ-08), which is the hospital's way.
    configure = (
        ziekenhuis.configure if supplier else _WAYS.get(name, _BY_PROFILE.get(provider.profile, ziekenhuis.configure))
    )
    return configure(site)


def _bsnk_of(prepared: Prepared, provider: Provider) -> BsnkFiles | None:
    """What a DV that decrypts itself has of BSNk."""
    files = files_in(prepared.pki.ring(provider.name))
    if provider.decrypted_here or not files:
        return None
    return BsnkFiles(oin=provider.oin.value, keys=files, scheme=prepared.pki.folder / SCHEME)


def _known_to(prepared: Prepared, dv: SampleDvSettings, documents: Mapping[str, bytes]) -> list[MetadataOf]:
    """Whose metadata a DV has: a strict one verifies AD and BVD too, another reads the gateway's generic one."""
    if dv.agreed.profile == STANDARD:
        known = (GATEWAY, DIGID, *prepared.makelaars, BVD, EIDAS)
        return [_peer(prepared, documents, name) for name in known if name in documents]
    return [from_address(f"{prepared.places.front(GATEWAY)}/metadata?profile=generic")]


def _peer(prepared: Prepared, documents: Mapping[str, bytes], name: str) -> MetadataOf:
    return from_both(documents[name], prepared.places.front(name) + METADATA)


def _metadata(
    prepared: Prepared,
    services: Mapping[str, Service],
    dvs: Sequence[SampleDvSettings],
    lcs: Sequence[SampleLcSettings],
    at: datetime,
) -> dict[str, bytes]:
    """What each party publishes, by name. The router's document for AD and BVD comes later: it lists the DVs."""
    gateway, bvd, digid = (services[name].assembly for name in (GATEWAY, BVD, DIGID))
    documents = {
        GATEWAY: write_entity(as_router(prepared.gateway, gateway, at), gateway.party.keys.signing(at)),
        BVD: write_entity(as_declaring_party(prepared.bvd, bvd, at), bvd.party.keys.signing(at)),
        DIGID: write_entity(as_authority(digid, at), digid.party.keys.signing(at)),
    }
    for service in services_of():
        portal = services[service.name].assembly
        documents[service.name] = write_entity(as_provider(portal, service, at), portal.party.keys.signing(at))
    if EIDAS in services:
        eidas = services[EIDAS].assembly
        documents[EIDAS] = write_entity(as_connector(eidas, at), eidas.party.keys.signing(at))
    for name in prepared.makelaars:
        makelaar = services[name].assembly
        documents[name] = write_entity(published(makelaar, at), makelaar.party.keys.signing(at))
    for dv in dvs:
        if dv.supplier is None:
            documents[dv.name] = write_metadata(dv, Signatures(dv.keys.signing, {}), at)
    for lc in lcs:
        documents[lc.name] = write_cluster_metadata(lc, Signatures(lc.keys.signing, {}), at)
    return documents


async def _introduce(
    prepared: Prepared,
    services: Mapping[str, Service],
    documents: Mapping[str, bytes],
    lists: RevocationLists,
    at: datetime,
) -> None:
    """Each party verifies what the others publish, as in life; none is simply believed.

    Nobody answers yet, so documents and revocation lists are handed over; from then on each fetches them. A DV outside
    the standard is taken as an operator takes one: by hand (`metadata import --profile`).
    """
    gateway, places = services[GATEWAY].assembly, prepared.places
    profiles = {dv.name: dv.profile for dv in prepared.world.dvs}
    for service in services.values():
        await _hand_over(lists, service.assembly, prepared.pki.lists or "", at)
    for name, document in documents.items():
        if name != GATEWAY:
            profile = profiles.get(name, STANDARD)
            await gateway.refresh.take(document, url=places.front(name) + METADATA, profile=profile)
    await gateway.load()
    catalog, known = Catalog(gateway.database), gateway.party.trust.providers(at)
    router = await write_for_authorities(prepared.gateway, gateway, catalog, known, at)
    for party, others in (
        (BVD, (DIGID, EIDAS, *prepared.makelaars)),
        (DIGID, (BVD,)),
        (MACHTIGEN, (GATEWAY, DIGID, BVD)),
        *((name, (BVD,)) for name in prepared.makelaars),
    ):
        refresh = services[party].assembly.refresh
        if party not in SERVICES:
            await refresh.take(router, url=places.front(GATEWAY) + FOR_AUTHORITIES)
        for other in others:
            if other in documents:
                await refresh.take(documents[other], url=places.front(other) + METADATA)
    if EIDAS in services:
        refresh = services[EIDAS].assembly.refresh
        router = await write_for_authorities(prepared.gateway, gateway, catalog, known, at, eidas=True)
        await refresh.take(router, url=places.front(GATEWAY) + FOR_EIDAS)
        await refresh.take(documents[BVD], url=places.front(BVD) + METADATA)
    for service in services.values():
        await service.assembly.load()


async def _hand_over(lists: RevocationLists, assembly: Assembly, address: str, at: datetime) -> None:
    sources, due = Sources(assembly.database), at + timedelta(seconds=REFRESHED.usual_seconds)
    for name in (ROOT_LIST, ISSUING_LIST):
        raw = lists.written(name)
        await sources.keep_list(raw, read_list(raw, f"{address}/{name}", assembly.anchors), at, due)


def _certificates(
    prepared: Prepared, services: Mapping[str, Service], lcs: Sequence[SampleLcSettings]
) -> ssl.SSLContext:
    """One TLS port with a certificate for each name (GEN-20); of a service the one that it shows then."""
    pki, places = prepared.pki, prepared.places
    shown = {name: service.assembly.tls for name, service in services.items()}
    for name in (BRP, RECHTSPRAAK, MR, KVK, POSTVAK, *(lc.name for lc in lcs)):
        path: Path = pki.ring(name) / "tls-1.pem"
        shown[name] = ServerTls(TlsIdentity(certificate=path, key=path), pki.anchors)
    return shown[GATEWAY].context({places.host(name): own for name, own in shown.items() if name != GATEWAY})


def _control(
    prepared: Prepared,
    services: Mapping[str, Service],
    calls: CallLog,
    description: Mapping[str, Any],
    look: Look,
    clock: Clock,
    joining: Joining,
    lists: RevocationLists,
    mandates: Mandates,
) -> ASGIApp:
    """The pilot's own host, on no network but this one."""
    bvd = services[BVD].assembly
    settings = replace(
        prepared.bvd,
        brp_url=prepared.bvd.brp_url + QUIET,
        rechtspraak_url=prepared.bvd.rechtspraak_url + QUIET,
        machtigingen_url=prepared.bvd.machtigingen_url + QUIET,
        kvk_url=prepared.bvd.kvk_url + QUIET,
        mr_url=prepared.bvd.mr_url + QUIET,
    )
    control = Control(
        prepared.world,
        clock,
        description,
        open_sources(settings, bvd),
        calls,
        bvd.journal,
        services[GATEWAY].assembly.journal,
        [services[name].assembly.journal for name in prepared.makelaars],
        {name: entity_of(name) for name in (DIGID, EIDAS) if name in services},
        look,
        joining,
        lists,
        mandates,
    )
    return _dressed(Starlette(routes=[*control.routes(), lists.route(), *web_pages.static_routes(look)]))


def _dressed(app: ASGIApp) -> ASGIApp:
    """With the headers that every page of the network has."""
    return SecurityHeaders(Tracing(app), https=False)
