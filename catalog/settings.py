"""Where the catalogue's database is, and how long its answers count."""

from dataclasses import dataclass
from typing import Final

from catalog.services import MEANS


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How long, and for how many services and providers, an answer of the database may be used again."""

    seconds: float = 5.0
    entries: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSettings:
    """For the command `python -m catalog`; read from `NAMENS_DATABASE` and `NAMENS_MEANS`.

    `means` are the names of the login means that the gateways have: of a service that names another one is warned.
    """

    database: str = "sqlite:///run/namens.sqlite"
    means: tuple[str, ...] = MEANS


FRESHNESS: Final = Freshness()
