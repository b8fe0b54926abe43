"""The gateway put together from its settings: the only place where its parts meet."""

from dataclasses import replace
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.frames import Frames
from catalog.repository import Catalog
from catalog.services import EIDAS
from exchange.answering import ARTIFACT_PATH, SSO_PATH, as_service
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.logout import SLO_PATH, LogoutDoor
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.resolve import Resolver
from exchange.service import Service, health_route
from gateway import pages
from gateway.behalf import OnBehalf
from gateway.flow import Flow
from gateway.interfaces import INTERFACES
from gateway.interfaces.connected import Connections
from gateway.interfaces.contract import InterfaceTools
from gateway.interfaces.oidc.terms import OidcTerms
from gateway.interfaces.saml import SIGNATURE_INDEX
from gateway.listing import AD_INDEX, BVD_INDEX, as_router, write_for_authorities
from gateway.logins import Logins
from gateway.logouts import RULES as LOGOUT_RULES
from gateway.logouts import Logouts
from gateway.loops import LoopGuard
from gateway.mandates import Mandates
from gateway.means import KINDS
from gateway.means.contract import Means, MeansTools
from gateway.means.entries import MeansEntry
from gateway.means.recipients import Recipients
from gateway.means.terms import Terms
from gateway.outages import Outages
from gateway.questions import Questions
from gateway.refusals import refusals_route
from gateway.remembered import RememberedMeans
from gateway.routes import AD_CONSUMER, BVD_CONSUMER, Front
from gateway.sessions import SessionCookies, Sessions
from gateway.settings import GatewaySettings
from gateway.titles import Titles
from metadata.bsnk import read_scheme_file
from metadata.descriptors import write_entity
from metadata.entities import Endpoint
from runtime.handles import Handles
from runtime.settings import Clock
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.frame import Site
from stelsel import urns
from stelsel.failures import Misconfigured


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

    recipients = Recipients(party, catalog, assembly.held)
    means_doors: list[Route] = []

    def made(entry: MeansEntry) -> Means:
        if entry.kind not in KINDS:
            raise Misconfigured(f"means {entry.name} is of kind {entry.kind}: not {', '.join(KINDS)}")
        terms = Terms(entry.name, entry.terms)
        tools = MeansTools(
            party=party,
            resolver=resolver,
            consumer_index=AD_INDEX,
            consumer=settings.public_url + AD_CONSUMER,
            authorities=tuple(each.entity_id for each in entry.authorities),
            web=assembly.web,
            terms=terms,
            public_url=settings.public_url,
            recipient=recipients.of,
            rounds=assembly.rounds,
            doors=means_doors,
        )
        one = KINDS[entry.kind](tools)
        terms.close()
        return OnBehalf(one, party, catalog, assembly.held, scheme) if entry.name == EIDAS else one

    scheme = read_scheme_file(settings.bsnk_scheme) if settings.bsnk_scheme else None
    entries = settings.login_means
    means = {name: made(entry) for name, entry in entries.by_name.items()}
    oidc = None
    if settings.subject_key is not None:
        oidc = OidcTerms(
            issuer=settings.public_url,
            subject_key=settings.subject_key.value,
            authorities={name: tuple(one.authorities) for name, one in means.items()},
            web=assembly.web,
            rounds=assembly.rounds,
            loopback=settings.http_on_loopback,
        )
    sessions = Sessions(party.store, settings.sessions)
    held = Artifacts(party.store, party.entity_id, 0, settings.artifact_seconds)
    tools = InterfaceTools(
        party=party,
        location=settings.public_url + SSO_PATH,
        catalog=catalog,
        artifacts=held,
        mandates=mandates,
        report=assembly.report,
        resolution=settings.public_url + ARTIFACT_PATH,
        held=assembly.held,
        sessions=sessions,
        holds=timedelta(seconds=settings.assertion_seconds),
        oidc=oidc,
    )
    interfaces = {name: make(tools) for name, make in INTERFACES.items()}
    handles = Handles(settings.handle_key.value)
    frames = Frames(catalog, handles)
    outages = Outages(party.store)
    flow = Flow(
        Logins(party.store, clock),
        catalog,
        interfaces,
        means,
        mandates,
        handles,
        clock,
        assembly.report,
        sessions,
        outages,
        entries.reserved,
    )
    shows_certificate = Connections(catalog).shows_certificate
    logout_door = LogoutDoor(party, settings.public_url + SLO_PATH, LOGOUT_RULES)
    logouts = Logouts(party, logout_door, sessions, shows_certificate, outages)
    titles = Titles(entries)
    look = pages.look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    loops = LoopGuard(party.store, settings.loop_logins, settings.loop_seconds)
    cookie = BrowserCookie("gateway", settings.public_url)
    front = Front(
        flow,
        logouts,
        mandates,
        frames,
        loops,
        cookie,
        SessionCookies(settings.public_url),
        Questions(look, titles, means, RememberedMeans(settings.public_url), clock),
        titles,
        Csrf(settings.handle_key.value),
        look,
    )
    doors = [route for interface in interfaces.values() for route in interface.front_routes(flow.begin)]
    back = [route for interface in interfaces.values() for route in interface.back_routes(assembly)]
    return as_service(
        assembly,
        look,
        frames.at_end,
        [*doors, *means_doors, *front.routes(), *_metadata(settings, assembly, catalog), health_route(assembly)],
        [*back, refusals_route(assembly, look), look.static.route()],
    )


def _metadata(settings: GatewaySettings, assembly: Assembly, catalog: Catalog) -> list[Route]:
    party = assembly.party

    def for_providers(at: datetime) -> bytes:
        return write_entity(as_router(settings, assembly, at), party.keys.signing(at), cache=CACHE_DURATION)

    def for_any_provider(at: datetime) -> bytes:
        """With the door at which a DV resolves that shows no TLS certificate: the standard has none (GEN-20).

        It stands first and is the default: products that pass by the artifact's index take the one or the other, and
        those of them that we know cannot show a certificate.
        """
        entity = as_router(settings, assembly, at)
        back = (replace(each, is_default=False) for each in entity.artifact_resolution)
        front = Endpoint(urns.SOAP, settings.public_url + ARTIFACT_PATH, SIGNATURE_INDEX, is_default=True)
        entity = replace(entity, artifact_resolution=(front, *back))
        return write_entity(entity, party.keys.signing(at), generic=True, cache=CACHE_DURATION)

    async def for_authorities(at: datetime) -> bytes:
        return await write_for_authorities(settings, assembly, catalog, party.trust.providers(at), at)

    async def for_eidas(at: datetime) -> bytes:
        return await write_for_authorities(settings, assembly, catalog, party.trust.providers(at), at, eidas=True)

    def listed(at: datetime) -> object:
        return party.trust.revision, party.keys.standing(at), assembly.held.standing(at)

    strict = MetadataDocument.written(party, for_providers)
    generic = MetadataDocument.written(party, for_any_provider)
    listing = MetadataDocument(party.clock, for_authorities, listed)
    eidas = MetadataDocument(party.clock, for_eidas, listed)

    async def metadata(request: Request) -> Response:
        wanted = generic if request.query_params.get("profile") == "generic" else strict
        return await wanted.answer(request)

    return [
        Route("/metadata", metadata, methods=["GET"]),
        Route("/metadata/sp", listing.answer, methods=["GET"]),
        Route("/metadata/sp/eidas", eidas.answer, methods=["GET"]),
    ]
