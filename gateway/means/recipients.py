"""For whom the gateway closes an identity that it learnt itself: the DV, as ADs would do it (RD-ASR-06, MD-RS-04)."""

from datetime import datetime
from typing import Final

from catalog.repository import Catalog
from exchange.party import Self
from gateway.interfaces.connected import Connections
from gateway.login import Login
from metadata.held import HeldKeys
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import Recipient

OIDC: Final = "oidc"


class Recipients:
    """The DVs with the keys that are listed for them to ADs."""

    def __init__(self, party: Self, catalog: Catalog, held: HeldKeys) -> None:
        self._party = party
        self._connections = Connections(catalog)
        self._held = held

    async def of(self, login: Login) -> Recipient:
        """The DV of `login`. Raises `Misconfigured` when no key of it holds: nothing is told in clear instead."""
        at = self._party.clock()
        if login.interface == OIDC:
            return await self._party.offload(held_recipient, self._held, login.dv, at)
        if (await self._connections.of(login.requester)).profile.opens:
            keys = await self._party.offload(self._held.published, login.dv, at)
        else:
            keys = self._party.trust.provider(login.dv, login.requester, at).encryption_keys
        if not keys:
            raise Misconfigured("no encryption key of this DV holds now", found=login.dv.value)
        return Recipient(login.dv, tuple(keys))


def held_recipient(held: HeldKeys, dv: EntityId, at: datetime) -> Recipient:
    """The DV with the keys that we hold for it, as it comes in over OpenID Connect. Raises `Misconfigured`."""
    keys = held.published(dv, at)
    if not keys:
        raise Misconfigured("no encryption key that is held for this DV holds now", found=dv.value)
    return Recipient(dv, tuple(keys))
