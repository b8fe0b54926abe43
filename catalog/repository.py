"""Catalog: the only door to the tables of services and providers."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Select, String, Table, bindparam, cast, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from catalog.changes import Changed, Key, Values, changes
from catalog.clients import Client
from catalog.clusters import NOT_THROUGH_AN_LC, Cluster, Supplier
from catalog.identities import Holder
from catalog.services import STANDARD, Entries, Provider, Service
from catalog.settings import FRESHNESS, Freshness
from catalog.tables import (
    ClientRow,
    ClusterRow,
    ProviderRow,
    ServiceRow,
    SupplierRow,
    client_values,
    cluster_values,
    provider_values,
    read_client,
    read_cluster,
    read_provider,
    read_service,
    read_supplier,
    service_values,
    supplier_values,
)
from runtime.database import Database
from stelsel.failures import Misconfigured, ServiceInactive, ServiceUnknown
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.subjects import Ground

PROVIDERS: Final[Table] = SQLModel.metadata.tables[str(ProviderRow.__tablename__)]
SERVICES: Final[Table] = SQLModel.metadata.tables[str(ServiceRow.__tablename__)]
SUPPLIERS: Final[Table] = SQLModel.metadata.tables[str(SupplierRow.__tablename__)]
CLUSTERS: Final[Table] = SQLModel.metadata.tables[str(ClusterRow.__tablename__)]
CLIENTS: Final[Table] = SQLModel.metadata.tables[str(ClientRow.__tablename__)]
AT_ONCE: Final = 500  # rows in one statement
TURNS: Final = 64  # questions to the database under way, for each table

T = TypeVar("T")


class Catalog:
    """The services and providers of one database, as of at most `freshness.seconds` ago.

    A login asks for the same service at each of its steps, and a question to SQLite costs over 1 ms of processor time.
    So what was found is kept that long; what was not found never is. `elapsed` counts seconds, from wherever.
    """

    def __init__(
        self, database: Database, freshness: Freshness = FRESHNESS, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._services: _Kept[Service] = _Kept(freshness, elapsed)
        self._providers: _Kept[Provider] = _Kept(freshness, elapsed)
        self._suppliers: _Kept[Supplier] = _Kept(freshness, elapsed)
        self._clusters: _Kept[Cluster] = _Kept(freshness, elapsed)
        self._clients: _Kept[Client] = _Kept(freshness, elapsed)

    async def service(self, uuid: ServiceUuid, dv: EntityId, at: datetime) -> Service:
        """The service, when it is registered for this DV and active at that instant (ST-SAML DV-PRC-01, R-SVC).

        Raises `ServiceUnknown`, also for a service of another DV; `ServiceInactive`; `DatabaseUnavailable`.
        """
        service = self._services.find(uuid.value) or await self._service(uuid)
        if service.provider != dv:
            raise ServiceUnknown("the service is of another DV", expected=dv.value, found=uuid.value)
        if not service.is_active(at):
            raise ServiceInactive(
                "the service is not active", found=uuid.value, expected="a service, and a DV, active now"
            )
        return service

    async def asked(self, uuid: ServiceUuid, dv: EntityId, requester: EntityId, at: datetime) -> Service:
        """The service, when this requester may ask for it: the DV itself, or the LC that connects it for that service.

        Raises as `service` and `through`.
        """
        service = await self.service(uuid, dv, at)
        if requester != dv:
            await self.through(requester, dv, uuid, at)
        return service

    async def through(self, lc: EntityId, dv: EntityId, service: ServiceUuid, at: datetime) -> None:
        """That the service of this DV may be asked for through this supplier, at that instant (DV-PRC-02).

        Raises `ServiceUnknown` for a supplier, DV or service that is not registered so, `ServiceInactive` for one
        whose registration does not count now, and `DatabaseUnavailable`; the log says which of them.
        """
        supplier = await self._supplier(lc)
        if not supplier.is_active(at):
            raise ServiceInactive(
                "the LC is not active", clause="DV-PRC-02", found=lc.value, expected="an LC that is active now"
            )
        cluster = await self._cluster(lc, dv)
        if not cluster.is_active(at):
            raise ServiceInactive(
                "the DV's registration with this LC is not active",
                clause="DV-PRC-02",
                found=dv.value,
                expected="an LC that is active now",
            )
        if not cluster.covers(service):
            raise ServiceUnknown(
                "the service is not registered with this LC",
                clause="DV-PRC-02",
                found=service.value,
                expected="a service and DV that are registered with the LC",
            )

    async def _supplier(self, lc: EntityId) -> Supplier:
        supplier = self._suppliers.find(lc.value)
        if supplier is None:
            row = await self._row(SUPPLIERS, entity_id=lc.value)
            if row is None:
                raise ServiceUnknown(
                    "this LC is not in the catalogue",
                    clause="DV-PRC-02",
                    found=lc.value,
                    expected="an LC in the catalogue",
                )
            supplier = self._suppliers.keep(lc.value, read_supplier(row))
        return supplier

    async def _cluster(self, lc: EntityId, dv: EntityId) -> Cluster:
        key = f"{lc.value} {dv.value}"
        cluster = self._clusters.find(key)
        if cluster is None:
            row = await self._row(CLUSTERS, lc=lc.value, dv=dv.value)
            if row is None:
                raise ServiceUnknown(
                    "the DV is not registered with this LC",
                    clause="DV-PRC-02",
                    found=dv.value,
                    expected="a service and DV that are registered with the LC",
                )
            cluster = self._clusters.keep(key, read_cluster(row))
        return cluster

    async def provider(self, entity_id: EntityId) -> Provider:
        """The DV of that name. Raises `ServiceUnknown` for one that offers nothing, and `DatabaseUnavailable`."""
        return self._providers.find(entity_id.value) or await self._provider(entity_id)

    async def client(self, client_id: str) -> Client | None:
        """The client of that name. Raises `DatabaseUnavailable`."""
        found = self._clients.find(client_id)
        if found is not None:
            return found
        async with self._clients.asking(client_id) as found:
            if found is not None:
                return found
            row = await self._row(CLIENTS, client_id=client_id)
            return None if row is None else self._clients.keep(client_id, read_client(row))

    async def clients(self) -> tuple[Client, ...]:
        """Every client, by name. Raises `DatabaseUnavailable`."""
        async with self._database.session() as session:
            query = select(CLIENTS).order_by(CLIENTS.c.client_id)
            rows = (await (await session.connection()).execute(query)).mappings().all()
        return tuple(read_client(dict(row)) for row in rows)

    async def _service(self, uuid: ServiceUuid) -> Service:
        async with self._services.asking(uuid.value) as found:
            if found is not None:
                return found
            row = await self._row(SERVICES, uuid=uuid.value)
            if row is None:
                raise ServiceUnknown(
                    "no such service in the catalogue",
                    expected="a service of this DV in the catalogue",
                    found=uuid.value,
                )
            return self._services.keep(uuid.value, read_service(row))

    async def _provider(self, entity_id: EntityId) -> Provider:
        async with self._providers.asking(entity_id.value) as found:
            if found is not None:
                return found
            row = await self._row(PROVIDERS, entity_id=entity_id.value)
            if row is None:
                raise ServiceUnknown(
                    "this DV is not in the catalogue", expected="a DV in the catalogue", found=entity_id.value
                )
            return self._providers.keep(entity_id.value, read_provider(row))

    async def find(self, uuid: ServiceUuid) -> tuple[Service, Provider] | None:
        """The service and its DV, active or not, for a page that tells where a login began. Raises as `provider`."""
        row = await self._row(SERVICES, uuid=uuid.value)
        if row is None:
            return None
        service = read_service(row)
        return service, await self.provider(service.provider)

    async def services_of(self, entity_id: EntityId) -> tuple[Service, ...]:
        """Every service of a DV, active or not, by name. Raises `DatabaseUnavailable`."""
        query = select(SERVICES).where(SERVICES.c.provider == entity_id.value).order_by(SERVICES.c.name)
        async with self._database.session() as session:
            rows = (await (await session.connection()).execute(query)).mappings().all()
        return tuple(read_service(dict(row)) for row in rows)

    async def with_ground(self, ground: Ground, at_most: int = 200) -> tuple[tuple[Service, Provider], ...]:
        """Services that allow a ground, active or not, by name, each with its DV. Raises `DatabaseUnavailable`."""
        allows = cast(SERVICES.c.grounds, String).contains(ground.value, autoescape=True)
        query = select(SERVICES).where(allows).order_by(SERVICES.c.name).limit(at_most)
        async with self._database.session() as session:
            rows = (await (await session.connection()).execute(query)).mappings().all()
        services = [read_service(dict(row)) for row in rows]
        return tuple([(each, await self.provider(each.provider)) for each in services if ground in each.grounds])

    async def outside_the_standard(self) -> tuple[Provider, ...]:
        """The DVs whose profile is another than `st-saml`, by name. Raises `DatabaseUnavailable`."""
        query = select(PROVIDERS).where(PROVIDERS.c.profile != STANDARD).order_by(PROVIDERS.c.name)
        async with self._database.session() as session:
            rows = (await (await session.connection()).execute(query)).mappings().all()
        return tuple(read_provider(dict(row)) for row in rows)

    async def decrypted_here(self) -> tuple[Provider, ...]:
        """The DVs for which the gateway decrypts what BSNk made, by name. Raises `DatabaseUnavailable`."""
        held = PROVIDERS.c.bsnk_holder == Holder.GATEWAY.value
        async with self._database.session() as session:
            query = select(PROVIDERS).where(held).order_by(PROVIDERS.c.name)
            rows = (await (await session.connection()).execute(query)).mappings().all()
        return tuple(read_provider(dict(row)) for row in rows)

    async def look(self, entries: Entries) -> Changed:
        """What `store` would change now. Raises `DatabaseUnavailable`."""
        async with self._database.session() as session:
            return await _find_changes(await session.connection(), entries)

    async def store(self, entries: Entries, approved: str | None = None) -> None:
        """Adds the entries, or puts them in the place of those with the same EntityID or UUID: all of them, or none.

        What the entries do not name stays as it is. Other processes follow within `freshness.seconds`. With `approved`
        only the change of that name is made (`Changed`). Raises `Misconfigured` when it is another, when a service is
        registered for another DV, or a DV behind an LC has another profile than `st-saml`, and `DatabaseUnavailable`.
        """
        async with self._database.session(writes=True) as session:
            connection = await session.connection()
            if approved is not None and (name := (await _find_changes(connection, entries)).name) != approved:
                raise Misconfigured(f"not the change that was approved: it is {name or 'none'} now")
            await _refuse_taken(connection, entries.services)
            await _upsert(connection, PROVIDERS, [provider_values(provider) for provider in entries.providers])
            await _upsert(connection, SERVICES, [service_values(service) for service in entries.services])
            await _upsert(connection, SUPPLIERS, [supplier_values(supplier) for supplier in entries.suppliers])
            await _upsert(connection, CLUSTERS, [cluster_values(cluster) for cluster in entries.clusters])
            await _refuse_moved(connection, entries.clients)
            await _upsert(connection, CLIENTS, [client_values(client) for client in entries.clients])
            await _refuse_opened(connection)
            await session.commit()
        for kept in (self._services, self._providers, self._suppliers, self._clusters, self._clients):
            kept.clear()

    async def _row(self, table: Table, **key: str) -> Mapping[Any, Any] | None:
        return next(iter(await self._database.look(_by(table, *key), key)), None)


@lru_cache
def _by(table: Table, *names: str) -> Select[Any]:
    """The rows of which these columns have the values that come along; made once, for making it costs a login."""
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


async def _find_changes(connection: AsyncConnection, entries: Entries) -> Changed:
    """What storing `entries` would change; each is compared as it is stored."""
    lines: list[str] = []
    for called, table, column, again, rows in (
        ("dv", PROVIDERS, "entity_id", _provider_again, [provider_values(each) for each in entries.providers]),
        ("service", SERVICES, "uuid", _service_again, [service_values(each) for each in entries.services]),
        ("lc", SUPPLIERS, "entity_id", _supplier_again, [supplier_values(each) for each in entries.suppliers]),
        ("dv of lc", CLUSTERS, "lc", _cluster_again, [cluster_values(each) for each in entries.clusters]),
        ("client", CLIENTS, "client_id", _client_again, [client_values(each) for each in entries.clients]),
    ):
        key = [each.name for each in table.primary_key.columns]
        for first in range(0, len(rows), AT_ONCE):
            some = rows[first : first + AT_ONCE]
            query = select(table).where(table.c[column].in_({row[column] for row in some}))
            found = (await connection.execute(query)).mappings()
            present: dict[Key, Values] = {tuple(row[each] for each in key): again(dict(row)) for row in found}
            lines += changes(called, key, present, [again(row) for row in some])
    return Changed.of(lines)


def _client_again(row: Values) -> Values:
    return client_values(read_client(row))


def _provider_again(row: Values) -> Values:
    return provider_values(read_provider(row))


def _service_again(row: Values) -> Values:
    return service_values(read_service(row))


def _supplier_again(row: Values) -> Values:
    return supplier_values(read_supplier(row))


def _cluster_again(row: Values) -> Values:
    return cluster_values(read_cluster(row))


async def _refuse_taken(connection: AsyncConnection, services: Sequence[Service]) -> None:
    """A service does not move to another DV: whoever could do that could take over its users."""
    taken: list[str] = []
    for first in range(0, len(services), AT_ONCE):
        some = {service.uuid.value: index for index, service in enumerate(services[first : first + AT_ONCE], first)}
        query = select(SERVICES.c.uuid, SERVICES.c.provider).where(SERVICES.c.uuid.in_(some))
        for uuid, provider in await connection.execute(query):
            if provider != services[some[uuid]].provider.value:
                taken.append(f"services[{some[uuid]}].uuid: is registered for {provider}")
    if taken:
        raise Misconfigured("\n".join(taken))


async def _refuse_moved(connection: AsyncConnection, clients: Sequence[Client]) -> None:
    """A client does not move to another DV: its software would receive that one's users."""
    wanted = {client.client_id: client.dv.value for client in clients}
    query = select(CLIENTS.c.client_id, CLIENTS.c.dv).where(CLIENTS.c.client_id.in_(wanted))
    moved = [name for name, dv in await connection.execute(query) if wanted[name] != dv]
    if moved:
        raise Misconfigured("\n".join(f"client {name}: is registered for another DV" for name in sorted(moved)))


async def _refuse_opened(connection: AsyncConnection) -> None:
    """Whoever stored the DV's profile and whoever stored its LC may be two; only the whole tells."""
    query = select(PROVIDERS.c.name, PROVIDERS.c.profile).where(
        PROVIDERS.c.profile != STANDARD, PROVIDERS.c.entity_id.in_(select(CLUSTERS.c.dv))
    )
    found = [
        f"dv {name} has profile {profile}: {NOT_THROUGH_AN_LC}" for name, profile in await connection.execute(query)
    ]
    if found:
        raise Misconfigured("\n".join(sorted(found)))


async def _upsert(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    key = [column.name for column in table.primary_key.columns]
    on_sqlite = connection.dialect.name == "sqlite"
    insert = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    changed = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
    statement = insert.on_conflict_do_update(index_elements=key, set_=changed)
    for first in range(0, len(rows), AT_ONCE):
        await connection.execute(statement, rows[first : first + AT_ONCE])


class _Kept(Generic[T]):
    """The last answers of the database, each for a short while."""

    def __init__(self, freshness: Freshness, elapsed: Callable[[], float]) -> None:
        self._freshness = freshness
        self._elapsed = elapsed
        self._found: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._turns = tuple(asyncio.Lock() for _ in range(TURNS))

    def find(self, key: str) -> T | None:
        """The answer under `key`, unless it is too old."""
        kept = self._found.get(key)
        return kept[1] if kept is not None and self._elapsed() - kept[0] < self._freshness.seconds else None

    @asynccontextmanager
    async def asking(self, key: str) -> AsyncIterator[T | None]:
        """A turn to ask the database for `key`, with what another found meanwhile.

        When an answer gets too old all logins under way miss it at once; one of them asks.
        """
        async with self._turns[hash(key) % TURNS]:
            yield self.find(key)

    def keep(self, key: str, found: T) -> T:
        """Keeps and returns `found`; when there is no room the oldest goes."""
        self._found[key] = (self._elapsed(), found)
        self._found.move_to_end(key)
        if len(self._found) > self._freshness.entries:
            self._found.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forgets everything."""
        self._found.clear()
