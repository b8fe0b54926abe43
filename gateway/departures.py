"""What is told when a gateway starts: each DV outside ST-SAML, and what that gives up."""

import logging
from typing import Final

from catalog.profiles import given_up
from catalog.repository import Catalog

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
