"""`python -m portals.machtigen`: serves one process of it, told by `MACHTIGEN_...` in the environment."""

from portals.machtigen.app import build_app
from portals.machtigen.settings import MachtigenSettings
from runtime.database import upgrade
from runtime.serving import run
from runtime.settings import read_settings, system_clock
from runtime.telemetry import configure_logging


def main() -> None:
    """Brings the tables up to date, then serves until told to stop."""
    configure_logging("machtigen")
    settings = read_settings(MachtigenSettings, "MACHTIGEN")
    upgrade(settings.database_url)
    run(build_app(settings, system_clock).service.run())


main()
