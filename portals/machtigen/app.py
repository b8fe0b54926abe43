"""The service of voluntary mandates put together from its settings."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.routing import Route

from catalog.repository import Catalog
from exchange.answering import as_service
from exchange.assembly import Assembly, assemble
from exchange.service import Service, health_route
from portals import pages
from portals.door import At, Door
from portals.machtigen.door import register_route
from portals.machtigen.front import Front
from portals.machtigen.settings import MachtigenSettings
from portals.people import People
from registers.machtigingen.repository import Machtigingen
from registers.persons import BrpPersons
from registers.settings import RegisterSettings
from runtime.handles import Handles
from runtime.sealing import Sealer
from runtime.settings import Clock
from runtime.web.frame import Frame, Site
from runtime.web.language import choose
from runtime.web.look import Look

NAME: Final = "machtigen"
FOLDER: Final = Path(__file__).parent
LEAD: Final = "start.lead"


@dataclass(frozen=True, slots=True)
class Machtigen:
    """The service, and the register that it keeps."""

    service: Service
    mandates: Machtigingen


def build_app(settings: MachtigenSettings, clock: Clock) -> Machtigen:
    """A service that is ready to run. Raises `Misconfigured`."""
    assembly = assemble(settings, clock, NAME)
    sealer = Sealer(settings.journal.key.value, *(key.value for key in settings.journal.older_keys))
    mandates = Machtigingen(assembly.database, sealer, assembly.journal, clock)
    look = look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    back = [register_route(assembly, mandates, settings.askers)]
    door = _door(settings, assembly, look)
    if door is None:
        return Machtigen(as_service(assembly, look, _bare, [health_route(assembly)], back), mandates)
    catalog = Catalog(assembly.database)
    front = Front(door, mandates, catalog, look, _people(settings, assembly), clock)
    routes: list[Route] = [*front.routes(), *door.routes(), health_route(assembly)]
    return Machtigen(as_service(assembly, look, door.at_end, routes, back), mandates)


def look_of(site: Site) -> Look:
    """The portal's templates and texts, and those that all portals share."""
    return Look(site, FOLDER, shared=pages.FOLDER)


def _door(settings: MachtigenSettings, assembly: Assembly, look: Look) -> Door | None:
    if settings.gateway is None or settings.service is None:
        return None
    at = At(gateway=settings.gateway, service=settings.service, lead=LEAD)
    handles = Handles(settings.handle_key.value)
    people = _people(settings, assembly)
    return Door(assembly, Catalog(assembly.database), look, handles, at, people.name_of, NAME)


def _people(settings: MachtigenSettings, assembly: Assembly) -> People:
    return People(BrpPersons(_reach(settings, assembly, settings.brp_url)) if settings.brp_url else None)


def _reach(settings: MachtigenSettings, assembly: Assembly, url: str) -> RegisterSettings:
    return RegisterSettings(
        url=url, http=assembly.http, monotonic=time.monotonic, deadline_seconds=settings.register_seconds
    )


async def _bare(request: Request) -> Frame:
    return Frame(
        language=choose(request.query_params.get("lang"), None, request.headers.get("accept-language")),
        path=request.url.path,
    )
