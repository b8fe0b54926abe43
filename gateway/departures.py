"""What is told when a gateway starts: each DV outside ST-SAML, what that gives up, and who is pinned."""

import logging
from typing import Final

from catalog.profiles import given_up
from catalog.repository import Catalog
from metadata.parties import Parties

LOG: Final = logging.getLogger("namens.departures")


async def tell_departures(catalog: Catalog) -> None:
    """One line for each such DV: nobody runs a weaker connection without knowing. Raises `DatabaseUnavailable`."""
    for provider in await catalog.outside_the_standard():
        LOG.warning(
            "connected otherwise than the standard has it",
            extra={
                "dv": provider.entity_id.value,
                "profile": provider.profile,
                "gives_up": " ".join(given_up(provider)),
            },
        )


async def tell_pinned(parties: Parties) -> None:
    """One line for each party whose metadata are held on an operator's word alone. Raises `DatabaseUnavailable`."""
    for publisher, profile in await parties.pinned():
        LOG.warning("metadata on an operator's word alone", extra={"dv": publisher, "profile": profile})
