"""The BVD put together from its settings: the only place where its parts meet."""

import time
from dataclasses import replace
from datetime import datetime

from starlette.routing import Route

from bvd import pages
from bvd.choose import Choose
from bvd.choosing import Choosings
from bvd.declaration import read_types
from bvd.evidence import Authorities
from bvd.issue import Issue
from bvd.naming import Misses
from bvd.query import Sources
from bvd.recent import Recent
from bvd.records import Records
from bvd.request import RepresentationDoor
from bvd.routes import Front
from bvd.settings import BvdSettings
from catalog.frames import Frames
from catalog.repository import Catalog
from exchange.answering import SSO_PATH, as_service, back_door, published
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.service import Service, health_route
from metadata.bsnk import read_scheme_file
from metadata.descriptors import write_entity
from metadata.entities import Entity
from registers import REGISTERS
from registers.handelsregister import Handelsregister
from registers.persons import BrpPersons
from registers.rechtspraak import Rechtspraak
from registers.settings import RegisterSettings
from runtime.handles import Handles
from runtime.settings import Clock
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.frame import Site


def build_app(settings: BvdSettings, clock: Clock) -> Service:
    """A BVD that is ready to run. Raises `Misconfigured`."""
    assembly = assemble(settings, clock, "bvd")
    party = assembly.party
    catalog = Catalog(assembly.database)
    sources = open_sources(settings, assembly)
    records = Records(assembly.journal)
    held = Artifacts(party.store, party.entity_id, 0, settings.artifact_seconds)
    types = read_types(settings.representation_types)
    issue = Issue(party, held, catalog, sources, records, types, settings.deadline_seconds)
    handles = Handles(settings.handle_key.value)
    frames = Frames(catalog, handles)
    visits = Choose(
        Choosings(party.store, clock),
        catalog,
        sources,
        records,
        issue,
        Misses(party.store),
        handles,
        clock,
        settings.deadline_seconds,
    )
    look = pages.look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    scheme = read_scheme_file(settings.bsnk_scheme) if settings.bsnk_scheme else None
    authorities = Authorities(settings.authorities - settings.makelaars, settings.makelaars, scheme)
    door = RepresentationDoor(party, settings.public_url + SSO_PATH, authorities, settings.routers)
    cookie = BrowserCookie("bvd", settings.public_url)
    front = Front(visits, door, frames, cookie, Csrf(settings.handle_key.value), look, clock)
    metadata = MetadataDocument.written(
        party,
        lambda at: write_entity(
            as_declaring_party(settings, assembly, at), party.keys.signing(at), cache=CACHE_DURATION
        ),
    )
    routes = [*front.routes(), Route("/metadata", metadata.answer, methods=["GET"]), health_route(assembly)]
    return as_service(assembly, look, frames.at_end, routes, [back_door(assembly, held, issue.declare)])


def open_sources(settings: BvdSettings, assembly: Assembly) -> Sources:
    """The registers, each with its own circuit and bulkhead, over our one TLS identity."""
    urls = {
        "gezag": settings.brp_url,
        "kvk": settings.kvk_url,
        "machtigingen": settings.machtigingen_url,
        "mr": settings.mr_url,
        "rechtspraak": settings.rechtspraak_url,
    }

    def reach(url: str) -> RegisterSettings:
        return RegisterSettings(
            url=url, http=assembly.http, monotonic=time.monotonic, deadline_seconds=settings.register_seconds
        )

    registers = {name: make(reach(urls[name])) for name, make in REGISTERS.items() if urls[name]}
    return Sources(
        registers=registers,
        persons=BrpPersons(reach(settings.brp_url)),
        measures=next(register for register in registers.values() if isinstance(register, Rechtspraak)),
        recent=Recent(assembly.party.store, settings.handle_key.value),
        organisations=next((each for each in registers.values() if isinstance(each, Handelsregister)), None),
        volmachten=registers.get("mr"),
    )


def as_declaring_party(settings: BvdSettings, assembly: Assembly, at: datetime) -> Entity:
    """What routers and ADs see of us (MD-AD-01 to MD-AD-03, BVD-01): no SingleLogoutService, and an encryption key."""
    return replace(published(assembly, at), encryption_keys=assembly.party.keys.published(at).encryption)
