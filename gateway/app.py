"""The gateway put together from its settings: the only place where its parts meet."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.frames import Frames
from catalog.repository import Catalog
from exchange.answering import SSO_PATH, as_service, published
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.resolve import Resolver
from exchange.routes import MetadataDocument
from exchange.service import Service, health_route
from gateway import pages
from gateway.flow import Flow
from gateway.interfaces import INTERFACES
from gateway.interfaces.contract import InterfaceTools
from gateway.logins import Logins
from gateway.mandates import Mandates
from gateway.means import MEANS
from gateway.means.contract import MeansTools
from gateway.routes import AD_CONSUMER, BVD_CONSUMER, Front
from gateway.settings import GatewaySettings
from metadata.descriptors import write_entities, write_entity
from metadata.entities import Endpoint, Entity
from runtime.handles import Handles
from runtime.settings import Clock
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.frame import Site
from stelsel import urns

AD_INDEX: Final = 0
BVD_INDEX: Final = 1


def build_app(settings: GatewaySettings, clock: Clock) -> Service:
    """A gateway that is ready to run. Raises `Misconfigured`."""
    assembly = assemble(settings, clock, "gateway")
    party = assembly.party
    catalog = Catalog(assembly.database)
    resolver = Resolver(party, assembly.http, settings.resolve_seconds, settings.resolve_bytes)
    mandates = Mandates(
        party,
        resolver,
        settings.bvd,
        BVD_INDEX,
        settings.public_url + BVD_CONSUMER,
        {"nl": settings.bvd_title_nl, "en": settings.bvd_title_en},
    )
    authorities = {"digid": settings.digid}
    means = {
        name: make(MeansTools(party, resolver, AD_INDEX, settings.public_url + AD_CONSUMER, authorities[name]))
        for name, make in MEANS.items()
        if name in authorities
    }
    held = Artifacts(party.store, party.entity_id, 0, settings.artifact_seconds)
    tools = InterfaceTools(party, settings.public_url + SSO_PATH, catalog, held, mandates, assembly.report)
    interfaces = {name: make(tools) for name, make in INTERFACES.items()}
    handles = Handles(settings.handle_key.value)
    frames = Frames(catalog, handles)
    flow = Flow(Logins(party.store, clock), catalog, interfaces, means, mandates, handles, clock, assembly.report)
    look = pages.look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    cookie = BrowserCookie("gateway", settings.public_url)
    front = Front(flow, means, mandates, frames, cookie, Csrf(settings.handle_key.value), look)
    doors = [route for interface in interfaces.values() for route in interface.front_routes(flow.begin)]
    back = [route for interface in interfaces.values() for route in interface.back_routes(assembly)]
    return as_service(
        assembly,
        look,
        frames.at_end,
        [*doors, *front.routes(), *_metadata(settings, assembly), health_route(assembly)],
        back,
    )


def as_consumer_of_identities(settings: GatewaySettings, assembly: Assembly, at: datetime) -> Entity:
    """What ADs and the BVD see of us (MD-RS-01 to MD-RS-03); no encryption key: we read no identity (C-10)."""
    consumers = (
        Endpoint(urns.HTTP_ARTIFACT, settings.public_url + AD_CONSUMER, AD_INDEX, True),
        Endpoint(urns.HTTP_ARTIFACT, settings.public_url + BVD_CONSUMER, BVD_INDEX),
    )
    return replace(published(assembly, at), single_sign_on=(), artifact_resolution=(), assertion_consumers=consumers)


def _metadata(settings: GatewaySettings, assembly: Assembly) -> list[Route]:
    party = assembly.party

    def for_providers(at: datetime, *, generic: bool = False) -> bytes:
        return write_entity(published(assembly, at), party.keys.signing(at), generic=generic)

    def for_authorities(at: datetime) -> bytes:
        providers = [
            entity for entity in party.trust.entities(at) if entity.encryption_keys and entity.assertion_consumers
        ]
        return write_entities(as_consumer_of_identities(settings, assembly, at), providers, party.keys.signing(at))

    strict = MetadataDocument(party, for_providers)
    generic = MetadataDocument(party, lambda at: for_providers(at, generic=True))

    async def metadata(request: Request) -> Response:
        wanted = generic if request.query_params.get("profile") == "generic" else strict
        return await wanted(request)

    return [
        Route("/metadata", metadata, methods=["GET"]),
        Route("/metadata/sp", MetadataDocument(party, for_authorities), methods=["GET"]),
    ]
