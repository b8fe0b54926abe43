"""The BVD put together from its settings: the only place where its parts meet."""

import time
from datetime import datetime, timedelta
from typing import Final

from starlette.routing import Route

from bvd import pages
from bvd.choose import Choose
from bvd.choosing import Choosings
from bvd.declaration import REPRESENTATION_TYPES
from bvd.issue import Issue
from bvd.query import Sources
from bvd.recent import Recent
from bvd.records import Records
from bvd.request import RepresentationDoor
from bvd.routes import SSO_PATH, Front
from bvd.settings import BvdSettings
from catalog.frames import Frames
from catalog.repository import Catalog
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly, assemble
from exchange.back_channel import ArtifactResolution
from exchange.routes import MetadataDocument, artifact_route
from exchange.service import Service, application, health_route
from metadata.descriptors import write_entity
from metadata.entities import Endpoint, Entity
from registers import REGISTERS
from registers.persons import BrpPersons
from registers.rechtspraak import Rechtspraak
from registers.settings import RegisterSettings
from runtime.handles import Handles
from runtime.settings import Clock
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.frame import Site
from stelsel import urns

ARTIFACT_PATH: Final = "/saml/artifact"


def build_app(settings: BvdSettings, clock: Clock) -> Service:
    """A BVD that is ready to run. Raises `Misconfigured`."""
    assembly = assemble(settings, clock, "bvd")
    party = assembly.party
    catalog = Catalog(assembly.database)
    sources = open_sources(settings, assembly)
    records = Records(assembly.journal)
    held = Artifacts(party.store, party.entity_id, 0, settings.artifact_seconds)
    issue = Issue(party, held, catalog, sources, records, REPRESENTATION_TYPES, settings.deadline_seconds)
    handles = Handles(settings.handle_key.value)
    frames = Frames(catalog, handles)
    visits = Choose(
        Choosings(party.store, clock), catalog, sources, records, issue, handles, clock, settings.deadline_seconds
    )
    look = pages.look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    door = RepresentationDoor(party, settings.public_url + SSO_PATH, settings.authorities, settings.routers)
    cookie = BrowserCookie("bvd", settings.public_url)
    front = Front(visits, door, frames, cookie, Csrf(settings.handle_key.value), look, clock)
    resolution = ArtifactResolution(
        party, settings.back_channel_url + ARTIFACT_PATH, held, issue.declare, assembly.report
    )
    metadata = MetadataDocument(
        party, lambda at: write_entity(as_declaring_party(settings, assembly, at), party.keys.signing(at))
    )
    return Service(
        application(
            [*front.routes(), Route("/metadata", metadata, methods=["GET"]), health_route(assembly)],
            look,
            assembly.report,
            frames.at_end,
            https=settings.public_url.startswith("https:"),
        ),
        application(
            [artifact_route(ARTIFACT_PATH, resolution, assembly.report)],
            look,
            assembly.report,
            frames.at_end,
            https=True,
            for_programs=True,
        ),
        assembly,
    )


def open_sources(settings: BvdSettings, assembly: Assembly) -> Sources:
    """The registers, each with its own circuit and bulkhead, over our one TLS identity."""
    urls = {"gezag": settings.brp_url, "rechtspraak": settings.rechtspraak_url}

    def reach(url: str) -> RegisterSettings:
        return RegisterSettings(
            url=url, http=assembly.http, monotonic=time.monotonic, deadline_seconds=settings.register_seconds
        )

    registers = {name: make(reach(urls[name])) for name, make in REGISTERS.items()}
    return Sources(
        registers=registers,
        persons=BrpPersons(reach(settings.brp_url)),
        measures=next(register for register in registers.values() if isinstance(register, Rechtspraak)),
        recent=Recent(assembly.party.store, settings.handle_key.value),
    )


def as_declaring_party(settings: BvdSettings, assembly: Assembly, at: datetime) -> Entity:
    """What routers and ADs see of us (MD-AD-01 to MD-AD-03, BVD-01): no SingleLogoutService, and an encryption key."""
    published = assembly.party.keys.published(at)
    return Entity(
        entity_id=settings.entity_id,
        signing_keys=published.signing,
        encryption_keys=published.encryption,
        single_sign_on=(Endpoint(urns.HTTP_POST, settings.public_url + SSO_PATH),),
        artifact_resolution=(Endpoint(urns.SOAP, settings.back_channel_url + ARTIFACT_PATH, 0, True),),
        valid_until=at + timedelta(days=settings.metadata_days),
        names={"nl": settings.operator, "en": settings.operator},
        url=settings.public_url,
    )
