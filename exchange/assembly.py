"""A SAML party put together from its settings: keys, trust, store, database, journal and the way out, opened once."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from exchange.own_keys import OwnKeys
from exchange.party import Self
from exchange.settings import PartySettings
from metadata.certificates import Anchors
from metadata.folders import KeyFolder
from metadata.held import HeldKeys
from metadata.parties import Parties
from metadata.refresh import Refresh
from metadata.repository import Sources
from metadata.trust import TrustStore
from runtime.database import Database
from runtime.http import HttpClient
from runtime.journal import Journal
from runtime.offload import Offload
from runtime.reports import Reports
from runtime.sealing import sealer_of
from runtime.settings import Clock
from runtime.store import open_store
from runtime.tls import ServerTls, client_context, fetching_context
from stelsel.clauses import read_wordings

LOG: Final = logging.getLogger("namens.party")


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything of a party that must be closed again. `party` is what the doors are given, `tls` its back channel.

    `held` are keys for DVs: a router's. `web` asks web sites that are no party and show public certificates. `rounds`
    run at the start and in the background, whatever a service adds.
    """

    settings: PartySettings
    party: Self
    own: OwnKeys
    held: HeldKeys
    tls: ServerTls
    database: Database
    parties: Parties
    anchors: Anchors
    refresh: Refresh
    journal: Journal
    report: Reports
    http: HttpClient
    fetching: HttpClient
    web: HttpClient
    rounds: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def load(self) -> None:
        """Takes the parties whose metadata was verified at import, and wakes the store: before the first message.

        Raises `DatabaseUnavailable` or `StoreUnavailable`.
        """
        await self.party.store.ready()
        await self.reload()

    async def reload(self) -> bool:
        """Takes what was imported since the last time, by whichever process; whether anything was.

        A look-up sees the old set or the new one. Raises `DatabaseUnavailable`, and keeps what is there.
        """
        revision = await self.parties.revision()
        if self.party.trust.revision == revision:
            return False
        entities = await self.parties.load(self.party.clock())
        revocations = await self.parties.revocations(self.anchors)
        await self.party.offload(self.party.trust.load, entities, revision, revocations)
        LOG.info("parties loaded", extra={"parties": len(entities)})
        return True

    async def look_at_keys(self) -> None:
        """Takes what changed in our own key folders."""
        await self.own.look(self.party.clock, self.party.offload)

    async def close(self) -> None:
        """Lets go of connections and threads."""
        await self.http.close()
        await self.fetching.close()
        await self.web.close()
        await self.journal.close()
        await self.party.store.close()
        await self.database.close()
        self.party.offload.close()


def assemble(settings: PartySettings, clock: Clock, service: str) -> Assembly:
    """Opens what `settings` name; nothing is connected before it is used. Raises `Misconfigured`."""
    folder, held = KeyFolder(settings.keys), HeldKeys(settings.keys)
    identity = folder.ring.tls(clock())
    database = Database(settings.database_url, settings.database)
    sealer = sealer_of(settings.journal)
    journal = Journal(database, sealer, clock, service)
    tls = ServerTls(identity, settings.anchors)
    http = HttpClient(client_context(settings.anchors, identity), settings.http_on_loopback, settings.http)
    party = Self(
        entity_id=settings.entity_id,
        keys=folder.ring,
        trust=TrustStore(),
        store=open_store(settings.store, clock),
        offload=Offload(settings.offload),
        clock=clock,
    )
    anchors = Anchors.from_pem(settings.anchors)
    parties = Parties(database, party.offload, crl_required=settings.metadata.crl_required)
    fetching = HttpClient(fetching_context(settings.anchors), settings.http_on_loopback, settings.http, plain=True)
    return Assembly(
        settings=settings,
        party=party,
        own=OwnKeys(folder, held, tls, http, settings.anchors, identity),
        held=held,
        tls=tls,
        database=database,
        parties=parties,
        anchors=anchors,
        refresh=Refresh(
            parties,
            Sources(database),
            fetching,
            anchors,
            clock,
            party.offload,
            settings.metadata,
            loopback=settings.http_on_loopback,
        ),
        journal=journal,
        report=Reports(journal, read_wordings()),
        http=http,
        fetching=fetching,
        web=HttpClient(fetching_context(settings.anchors), settings.http_on_loopback, settings.http),
    )
