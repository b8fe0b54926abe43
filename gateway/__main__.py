"""`python -m gateway`: serves one gateway process, told by `GATEWAY_...` in the environment."""

from catalog.repository import Catalog
from gateway.app import build_app
from gateway.departures import tell_clients, tell_departures, tell_pinned
from gateway.settings import GatewaySettings
from runtime.database import upgrade
from runtime.serving import run
from runtime.settings import read_settings, system_clock
from runtime.telemetry import configure_logging


def main() -> None:
    """Brings the tables up to date, then serves until told to stop."""
    configure_logging("gateway")
    settings = read_settings(GatewaySettings, "GATEWAY")
    upgrade(settings.database_url)
    run(_serve(settings))


async def _serve(settings: GatewaySettings) -> None:
    gateway = build_app(settings, system_clock)
    await tell_departures(Catalog(gateway.assembly.database))
    await tell_clients(Catalog(gateway.assembly.database))
    await tell_pinned(gateway.assembly.parties)
    await gateway.run()


main()
