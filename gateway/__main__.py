"""`python -m gateway`: serves one gateway process, told by `GATEWAY_...` in the environment."""

from gateway.app import build_app
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
    run(build_app(settings, system_clock).run())


main()
