"""What a BVD must be told at start; read from the environment as `BVD_...`."""

from dataclasses import dataclass
from pathlib import Path

from exchange.settings import PartySettings
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class BvdSettings(PartySettings):
    """`routers` may ask us, `authorities` are the ADs whose assertions we take, `makelaars` those among them that speak
    eTD: herkenningsmakelaars, through whom the employees of offices come.

    `brp_url`, `rechtspraak_url`, `machtigingen_url`, `kvk_url` and `mr_url` are the addresses of the registers, over
    mutual TLS. Without `machtigingen_url` no voluntary mandate is known; without `kvk_url` (Handelsregister) nobody
    acts for an organisation; without that one or `mr_url` (machtigingenregister of eHerkenning) no office acts for its
    clients. One register has `register_seconds` to answer, all of them together `deadline_seconds`.
    `representation_types` are values for the wire where the standard has none, each written `GROUND=value` (TYP-06 has
    those of a later draft); left out: ours. `bsnk_scheme` is the file with what BSNk published of its keys
    (`metadata.bsnk`); our own keys of BSNk are in `keys`.
    """

    routers: frozenset[EntityId]
    authorities: frozenset[EntityId]
    brp_url: str
    rechtspraak_url: str
    machtigingen_url: str = ""
    kvk_url: str = ""
    mr_url: str = ""
    makelaars: frozenset[EntityId] = frozenset()
    artifact_seconds: int = 300
    register_seconds: float = 2.0
    deadline_seconds: float = 3.0
    representation_types: tuple[str, ...] = ()
    bsnk_scheme: Path | None = None
