"""What the service of voluntary mandates must be told at start; read from the environment as `MACHTIGEN_...`."""

from dataclasses import dataclass

from portals.provider import PortalSettings
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class MachtigenSettings(PortalSettings):
    """`askers` are the BVDs that may ask whom somebody may act for.

    `brp_url` and `rechtspraak_url` are registers that the portal asks, over mutual TLS: what people are called, and
    whether somebody may still give mandates. `events_url` is told of every step as a CloudEvent, `messages_url` takes
    messages for people, `letters_url` what goes by post, each over mutual TLS; left out: nobody is told there.
    """

    askers: frozenset[EntityId]
    brp_url: str = ""
    rechtspraak_url: str = ""
    register_seconds: float = 2.0
    events_url: str = ""
    messages_url: str = ""
    letters_url: str = ""
