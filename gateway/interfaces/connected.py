"""How each party that sends requests is connected: its profile and terms, from the catalogue. Unknown means strict."""

from dataclasses import dataclass

from catalog.connections import AS_AGREED, BackChannel, Connection, ResponseBinding
from catalog.repository import Catalog
from exchange.sso import Terms
from gateway.interfaces.profiles import PROFILES, STRICT
from gateway.interfaces.profiles.contract import Profile
from stelsel.failures import ServiceUnknown
from stelsel.identifiers import EntityId, Oin


@dataclass(frozen=True, slots=True)
class Connected:
    """One party's profile and what was agreed with it; by default the standard."""

    profile: Profile = STRICT
    connection: Connection = AS_AGREED
    oin: Oin | None = None

    @property
    def posts(self) -> bool:
        """Whether answers go through the browser instead of by artifact."""
        return self.connection.response is ResponseBinding.POST

    @property
    def signs_only(self) -> bool:
        """Whether its signature alone proves who resolves an artifact."""
        return self.connection.back_channel is BackChannel.SIGNATURE


class Connections:
    """Asks the catalogue, which keeps its answers in the process: no login waits for it twice."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def of(self, requester: EntityId) -> Connected:
        """How `requester` is connected; as the standard has it where the catalogue has no such DV, as with an LC."""
        if requester.is_supplier:
            return Connected()  # never in the catalogue, and what is not there is asked for each time
        try:
            provider = await self._catalog.provider(requester)
        except ServiceUnknown:
            return Connected()
        return Connected(PROFILES[provider.profile], provider.connection, provider.oin)

    async def terms_of(self, issuer: EntityId) -> Terms:
        """What its requests are held to."""
        connected = await self.of(issuer)
        return connected.profile.terms(connected.connection)

    async def shows_certificate(self, asker: EntityId) -> bool:
        """Whether the signatures of our answers show the certificate, for software that knows no KeyName."""
        return (await self.of(asker)).profile.x509

    async def resolves_by_signature(self, issuer: EntityId) -> bool:
        """Whether it may resolve artifacts without a TLS client certificate (GEN-20 otherwise)."""
        return (await self.of(issuer)).signs_only
