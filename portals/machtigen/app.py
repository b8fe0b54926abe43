"""The service of voluntary mandates put together from its settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request

from exchange.answering import as_service
from exchange.assembly import assemble
from exchange.service import Service, health_route
from portals.machtigen.door import register_route
from portals.machtigen.settings import MachtigenSettings
from registers.machtigingen.repository import Machtigingen
from runtime.sealing import Sealer
from runtime.settings import Clock
from runtime.web.frame import Frame, Site
from runtime.web.language import choose
from runtime.web.look import Look

NAME: Final = "machtigen"
FOLDER: Final = Path(__file__).parent


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
    look = Look(Site(operator=settings.operator, help_url=settings.help_url, pilot=settings.pilot), FOLDER)

    async def frame(request: Request) -> Frame:
        return Frame(
            language=choose(request.query_params.get("lang"), None, request.headers.get("accept-language")),
            path=request.url.path,
        )

    back = [register_route(assembly, mandates, settings.askers)]
    return Machtigen(as_service(assembly, look, frame, [health_route(assembly)], back), mandates)
