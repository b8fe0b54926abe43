"""What ADs and BVD read of us: our consumers, and every DV with the keys by which they encrypt for it (MD-RS)."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from catalog.repository import Catalog
from exchange.answering import published
from exchange.assembly import Assembly
from exchange.logout import SLO_PATH
from exchange.published import CACHE_DURATION
from gateway.interfaces.profiles import PROFILES
from gateway.routes import AD_CONSUMER, BVD_CONSUMER
from gateway.settings import GatewaySettings
from metadata.descriptors import write_entities
from metadata.entities import Endpoint, Entity
from metadata.held import HeldKeys
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId

_LOG: Final = logging.getLogger("namens.listing")
AD_INDEX: Final = 0
BVD_INDEX: Final = 1


def as_router(settings: GatewaySettings, assembly: Assembly, at: datetime) -> Entity:
    """What DVs see of us: an identity provider that listens for logout (MD-RD-01 to MD-RD-04)."""
    return replace(published(assembly, at), single_logout=(_slo(settings),))


def as_consumer_of_identities(settings: GatewaySettings, assembly: Assembly, at: datetime) -> Entity:
    """What ADs and the BVD see of us (MD-RS-01 to MD-RS-03); no encryption key: we read no identity (C-10)."""
    consumers = (
        Endpoint(urns.HTTP_ARTIFACT, settings.public_url + AD_CONSUMER, AD_INDEX, True),
        Endpoint(urns.HTTP_ARTIFACT, settings.public_url + BVD_CONSUMER, BVD_INDEX),
    )
    return replace(
        published(assembly, at),
        single_sign_on=(),
        artifact_resolution=(),
        single_logout=(_slo(settings),),
        assertion_consumers=consumers,
    )


def _slo(settings: GatewaySettings) -> Endpoint:
    return Endpoint(urns.HTTP_POST, settings.public_url + SLO_PATH)


async def write_for_authorities(
    settings: GatewaySettings,
    assembly: Assembly,
    catalog: Catalog,
    providers: Iterable[Entity],
    at: datetime,
    *,
    eidas: bool = False,
) -> bytes:
    """The signed document with these DVs; `eidas`: the one for the ADs of eIDAS.

    A DV whose profile has values in clear is listed with the key that we hold for it instead of its own, and left out
    while we hold none: what is encrypted for itself we could not tell it. So is, for eIDAS alone, a DV for which we
    decrypt what BSNk made: nobody else encrypts for us what is for that DV. A DV with clients of OpenID Connect is
    listed with the key that we hold for it beside its own, if it has one. Raises `DatabaseUnavailable`.
    """
    opened = {each.entity_id for each in await catalog.outside_the_standard() if PROFILES[each.profile].opens}
    by_token = {client.dv for client in await catalog.clients()}
    if eidas:
        opened |= {each.entity_id for each in await catalog.decrypted_here()}
    party = assembly.party

    def write() -> bytes:
        known = {each.entity_id: each for each in providers}
        # Over OpenID Connect alone a DV has no metadata: to ADs and the BVD it is its name, and the key that we hold.
        known |= {dv: Entity(entity_id=dv) for dv in by_token - known.keys()}
        listed = [_listed(each, opened, by_token, assembly.held, at) for each in known.values()]
        router, key = as_consumer_of_identities(settings, assembly, at), party.keys.signing(at)
        return write_entities(router, listed, key, cache=CACHE_DURATION)

    return await party.offload(write)


def _listed(provider: Entity, opened: set[EntityId], by_token: set[EntityId], held: HeldKeys, at: datetime) -> Entity:
    if provider.entity_id not in opened | by_token:
        return provider
    try:
        keys = held.published(provider.entity_id, at)
    except Misconfigured as wrong:
        _LOG.error("a DV is left out, for the key held for it cannot be read", extra=wrong.facts())
        keys = ()
    if provider.entity_id not in opened:
        # One of each, for two are all that there is room for (MD-RS-04); whoever rolls over reads with both of its own.
        keys = (*provider.encryption_keys[:1], *keys[:1])
    return replace(provider, encryption_keys=keys)
