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
from portals.machtigen.activating import Activating
from portals.machtigen.applications import Applications
from portals.machtigen.asking import Asking, Books
from portals.machtigen.deliveries import Deliveries, Taker
from portals.machtigen.door import register_route
from portals.machtigen.drafts import Drafts
from portals.machtigen.events import Events
from portals.machtigen.front import Front
from portals.machtigen.messages import Messages
from portals.machtigen.obstacles import Obstacles
from portals.machtigen.settings import MachtigenSettings
from portals.people import People
from registers.machtigingen.outbox.note import Channel
from registers.machtigingen.outbox.repository import Outbox
from registers.machtigingen.repository import Machtigingen
from registers.persons import BrpPersons
from registers.rechtspraak import Rechtspraak
from registers.settings import RegisterSettings
from runtime.handles import Handles
from runtime.sealing import sealer_of
from runtime.settings import Clock
from runtime.web.frame import Frame, Site
from runtime.web.language import choose
from runtime.web.look import Look
from stelsel.failures import Misconfigured

NAME: Final = "machtigen"
FOLDER: Final = Path(__file__).parent
LEAD: Final = "start.lead"


@dataclass(frozen=True, slots=True)
class Machtigen:
    """The service, the register that it keeps, and the way out of what it has to tell."""

    service: Service
    mandates: Machtigingen
    deliveries: Deliveries | None = None


def build_app(settings: MachtigenSettings, clock: Clock) -> Machtigen:
    """A service that is ready to run. Raises `Misconfigured`."""
    assembly = assemble(settings, clock, NAME)
    sealer = sealer_of(settings.journal)
    mandates = Machtigingen(assembly.database, sealer, assembly.journal, clock, _channels(settings))
    look = look_of(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot))
    back = [register_route(assembly, mandates, settings.askers)]
    door = _door(settings, assembly, look)
    if door is None:
        return Machtigen(as_service(assembly, look, _bare, [health_route(assembly)], back), mandates)
    catalog, people, store = Catalog(assembly.database), _people(settings, assembly), assembly.party.store
    outbox = Outbox(assembly.database, sealer, clock)
    obstacles = Obstacles(_measures(settings, assembly), catalog)
    applications = Applications(outbox, mandates, people, obstacles, assembly.journal, clock)
    books = Books(mandates, applications, Drafts(store), obstacles, catalog, store)
    asking = Asking(door, books, look, clock)
    activating = Activating(door, mandates, catalog, people, look, store, clock)
    front = Front(door, asking, mandates, catalog, look, people, clock)
    takers = _takers(settings, assembly, look, catalog, people) | {Channel.APPLICATION: applications.decide}
    deliveries = Deliveries(outbox, takers)
    assembly.rounds.extend((mandates.lapse, deliveries.round))
    routes: list[Route] = [
        *front.routes(),
        *asking.routes(),
        *activating.routes(),
        *door.routes(),
        health_route(assembly),
    ]
    return Machtigen(as_service(assembly, look, door.at_end, routes, back), mandates, deliveries)


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


def _channels(settings: MachtigenSettings) -> frozenset[Channel]:
    """On which the register tells what happens: those for which somebody is set."""
    urls = {
        Channel.EVENT: settings.events_url,
        Channel.MESSAGE: settings.messages_url,
        Channel.LETTER: settings.letters_url,
    }
    return frozenset(channel for channel, url in urls.items() if url)


def _takers(
    settings: MachtigenSettings, assembly: Assembly, look: Look, catalog: Catalog, people: People
) -> dict[Channel, Taker]:
    oin = settings.entity_id.oin
    if settings.events_url and oin is None:
        raise Misconfigured("events need an OIN in the EntityID: it names their source (CE-03)")
    messages = Messages(assembly.http, look.texts, catalog, people, settings.messages_url, settings.letters_url)
    takers: dict[Channel, Taker] = {Channel.MESSAGE: messages.send_message, Channel.LETTER: messages.send_letter}
    if oin is not None:
        takers[Channel.EVENT] = Events(assembly.http, settings.events_url, oin).send
    return takers


def _measures(settings: MachtigenSettings, assembly: Assembly) -> Rechtspraak | None:
    url = settings.rechtspraak_url
    return Rechtspraak(_reach(settings, assembly, url)) if url else None


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
