"""The makelaars (HM) of a network as parties, and how the gateway offers them: two for everybody, one a DV's own."""

import time
from typing import Final

from starlette.routing import Route

from catalog.repository import Catalog
from exchange.answering import SSO_PATH, as_service, back_door, published
from exchange.artifacts import Artifacts
from exchange.assembly import assemble
from exchange.published import CACHE_DURATION, MetadataDocument
from exchange.service import Service
from exchange.settings import PartySettings
from gateway.means.entries import Authority, MeansEntry
from metadata.descriptors import write_entity
from pilot import pages
from pilot.bevoegdheden import Register
from pilot.makelaar import Makelaar, MakelaarStub
from pilot.makelaar_front import MEANS, MakelaarFront
from pilot.places import MAKELAARS, MR, OWN_MAKELAAR, Places, authority_of, entity_of
from pilot.world import World
from registers.settings import RegisterSettings
from runtime.settings import Clock
from runtime.web.cookies import BrowserCookie
from runtime.web.csrf import Csrf
from runtime.web.frame import Site
from runtime.web.language import LANGUAGES, Language
from stelsel.identifiers import EntityId

_TITLES: Final = {"makelaar-een": "Makelaar Een", "makelaar-twee": "Makelaar Twee"}
NOBODY: Final[frozenset[EntityId]] = frozenset()


def makelaars_of(world: World) -> tuple[str, ...]:
    """The names of the makelaars of a network: none where nobody could log in there."""
    takes = any(MEANS in service.means for service in world.services)
    return MAKELAARS if takes and world.employees else ()


def served_alone(world: World, name: str) -> frozenset[EntityId]:
    """The DVs that contracted a makelaar for themselves: the first DV of the world, the last makelaar."""
    return frozenset({world.dvs[0].entity_id}) if name == OWN_MAKELAAR else NOBODY


def title_of(name: str, world: World, language: Language) -> str:
    """What people call a makelaar."""
    if name == OWN_MAKELAAR:
        return {"nl": "Makelaar van {dv}", "en": "Broker of {dv}"}[language].format(dv=world.dvs[0].title[language])
    return _TITLES[name]


def eherkenning_of(world: World) -> tuple[MeansEntry, ...]:
    """eHerkenning in the gateway's settings, where there are makelaars."""
    makelaars = tuple(
        Authority(entity_of(name), title_of(name, world, "nl"), served_alone(world, name))
        for name in makelaars_of(world)
    )
    return (MeansEntry(name=MEANS, kind="etoegang", authorities=makelaars),) if makelaars else ()


def build_makelaar(name: str, settings: PartySettings, places: Places, world: World, clock: Clock) -> Service:
    """One makelaar as a party: own keys, own store, own journal; it asks the one machtigingenregister there is."""
    assembly = assemble(settings, clock, name)
    party = assembly.party
    catalog = Catalog(assembly.database)
    held = Artifacts(party.store, party.entity_id, 0, 60)
    register = Register(RegisterSettings(url=places.back(MR), http=assembly.http, monotonic=time.monotonic))
    stub = MakelaarStub(
        party,
        Makelaar(authority_of(name), entity_of(MR), served_alone(world, name)),
        settings.public_url + SSO_PATH,
        held,
        catalog,
        world,
        register,
        assembly.journal,
    )
    look = pages.look_of(Site(operator=settings.operator, pilot=True))
    front = MakelaarFront(
        {language: f"eHerkenning ({title_of(name, world, language)})" for language in LANGUAGES},
        stub,
        catalog,
        world,
        look,
        Csrf(settings.handle_key.value),
        BrowserCookie(name, settings.public_url),
        party.clock,
    )
    metadata = MetadataDocument.written(
        party, lambda at: write_entity(published(assembly, at), party.keys.signing(at), cache=CACHE_DURATION)
    )
    routes = [*front.routes(), Route("/metadata", metadata.answer, methods=["GET"])]
    return as_service(assembly, look, front.frame_of, routes, [back_door(assembly, held, stub.declare)])
