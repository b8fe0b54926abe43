"""`python -m bvd`: serves one BVD process, told by `BVD_...` in the environment."""

from bvd.app import build_app
from bvd.settings import BvdSettings
from runtime.database import upgrade
from runtime.serving import run
from runtime.settings import read_settings, system_clock
from runtime.telemetry import configure_logging


def main() -> None:
    """Brings the tables up to date, then serves until told to stop."""
    configure_logging("bvd")
    settings = read_settings(BvdSettings, "BVD")
    upgrade(settings.database_url)
    run(build_app(settings, system_clock).run())


main()
