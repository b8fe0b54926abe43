"""What is told when a gateway starts: each DV outside ST-SAML, what that gives up, and who is pinned."""

import logging
from typing import Final

from catalog.clients import Policy
from catalog.profiles import given_up
from catalog.repository import Catalog
from metadata.parties import Parties

BY_SECRET: Final = "Nothing but a secret, which both sides know, proves who asks."  # noqa: S105 - a sentence
IN_CLEAR: Final = "Identifiers stand in tokens in clear: whoever sees a token reads them."
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


async def tell_clients(catalog: Catalog) -> None:
    """One line for each client of OpenID Connect that NL GOV would not have. Raises `DatabaseUnavailable`."""
    for client in await catalog.clients():
        if client.policy is Policy.COMPAT:
            given = [BY_SECRET] if client.secret_digest else []
            LOG.warning(
                "connected otherwise than the standard has it",
                extra={
                    "dv": client.dv.value,
                    "client": client.client_id,
                    "gives_up": " ".join([*given, *([] if client.encrypted else [IN_CLEAR])]),
                },
            )


async def tell_pinned(parties: Parties) -> None:
    """One line for each party whose metadata are held on an operator's word alone. Raises `DatabaseUnavailable`."""
    for publisher, profile in await parties.pinned():
        LOG.warning("metadata on an operator's word alone", extra={"dv": publisher, "profile": profile})
