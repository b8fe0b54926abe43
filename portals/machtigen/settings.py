"""What the service of voluntary mandates must be told at start; read from the environment as `MACHTIGEN_...`."""

from dataclasses import dataclass

from exchange.settings import PartySettings
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class MachtigenSettings(PartySettings):
    """`askers` are the BVDs that may ask whom somebody may act for."""

    askers: frozenset[EntityId]
