"""The SQL tables of the catalogue, and how a provider or service becomes a row and back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import CHAR, JSON, Column, ForeignKey, Integer, SmallInteger, String
from sqlmodel import Field, SQLModel

from catalog.clients import Client
from catalog.clusters import Cluster, Hosting, Supplier
from catalog.connections import Connection
from catalog.identities import BsnkKeys, Holder, IdentityType, PersonalFact
from catalog.services import Action, JointPolicy, Provider, Raise, Service, UnderInvestigation
from runtime.database import Instant
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Ground, Interest, Period


class ProviderRow(SQLModel, table=True):
    """A dienstverlener, under the name it has in its metadata."""

    __tablename__ = "providers"

    entity_id: str = Field(sa_column=Column(String(1024), primary_key=True))
    oin: str = Field(sa_column=Column(CHAR(20), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(255), nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    url: str = Field(sa_column=Column(String(2048), nullable=False))
    profile: str = Field(sa_column=Column(String(32), nullable=False))
    interfaces: list[str] = Field(sa_column=Column(JSON, nullable=False))
    connection: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False, server_default="{}"))
    bsnk_key_set: int | None = Field(sa_column=Column(Integer))
    bsnk_holder: str | None = Field(sa_column=Column(String(16)))


class ServiceRow(SQLModel, table=True):
    """A service definition. The UUID is unique in the whole network (ST-SAML TYP-10)."""

    __tablename__ = "services"

    uuid: str = Field(sa_column=Column(String(64), primary_key=True))
    provider: str = Field(sa_column=Column(String(1024), ForeignKey("providers.entity_id"), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(255), nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    upl: str | None = Field(sa_column=Column(String(512)))
    action: str | None = Field(sa_column=Column(String(16)))
    minimum: int = Field(sa_column=Column(SmallInteger, nullable=False))
    eherkenning_minimum: int | None = Field(sa_column=Column(SmallInteger))
    raised_to: int | None = Field(sa_column=Column(SmallInteger))
    raised_at: datetime | None = Field(sa_column=Column(Instant))
    raised_message: dict[str, str] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    grounds: list[str] = Field(sa_column=Column(JSON, nullable=False))
    interests: list[str] = Field(sa_column=Column(JSON, nullable=False))
    max_age: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    under_investigation: str = Field(sa_column=Column(String(16), nullable=False))
    joint: str = Field(sa_column=Column(String(16), nullable=False))
    chain: int = Field(sa_column=Column(SmallInteger, nullable=False))
    vestiging: bool
    by_bsn: bool
    means: list[str] = Field(sa_column=Column(JSON, nullable=False))
    eidas: list[str] = Field(sa_column=Column(JSON, nullable=False, server_default='["legacy-bsn"]'))
    attributes: dict[str, dict[str, str]] = Field(sa_column=Column(JSON, nullable=False, server_default="{}"))
    active: bool
    active_from: date | None = None
    active_until: date | None = None


class SupplierRow(SQLModel, table=True):
    """A supplier with a cluster connection (LC)."""

    __tablename__ = "suppliers"

    entity_id: str = Field(sa_column=Column(String(1024), primary_key=True))
    oin: str = Field(sa_column=Column(CHAR(20), nullable=False))
    name: str = Field(sa_column=Column(String(255), nullable=False))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    hosting: str = Field(sa_column=Column(String(16), nullable=False))
    active: bool
    active_from: date | None = None
    active_until: date | None = None


class ClusterRow(SQLModel, table=True):
    """That a DV, or some of its services, is connected through a supplier. `services` NULL: all of them."""

    __tablename__ = "clusters"

    lc: str = Field(sa_column=Column(String(1024), ForeignKey("suppliers.entity_id"), primary_key=True))
    dv: str = Field(sa_column=Column(String(1024), ForeignKey("providers.entity_id"), primary_key=True))
    services: list[str] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    active: bool
    active_from: date | None = None
    active_until: date | None = None


class ClientRow(SQLModel, table=True):
    """A client of a DV that is connected over OpenID Connect."""

    __tablename__ = "clients"

    client_id: str = Field(sa_column=Column(String(255), primary_key=True))
    dv: str = Field(sa_column=Column(String(1024), ForeignKey("providers.entity_id"), nullable=False, index=True))
    terms: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


def client_values(client: Client) -> dict[str, Any]:
    """The columns of a client."""
    return {"client_id": client.client_id, "dv": client.dv.value, "terms": client.as_json()}


def read_client(row: Mapping[Any, Any]) -> Client:
    """The client in a row's columns."""
    return Client.from_json(row["client_id"], EntityId(row["dv"]), row["terms"])


def supplier_values(supplier: Supplier) -> dict[str, Any]:
    """The columns of a supplier."""
    return {
        "entity_id": supplier.entity_id.value,
        "oin": supplier.oin.value,
        "name": supplier.name,
        "title": dict(supplier.title),
        "hosting": supplier.hosting.value,
        "active": supplier.active,
        "active_from": supplier.window.first,
        "active_until": supplier.window.until,
    }


def read_supplier(row: Mapping[Any, Any]) -> Supplier:
    """The supplier in a row's columns."""
    return Supplier(
        entity_id=EntityId(row["entity_id"]),
        oin=Oin(row["oin"]),
        name=row["name"],
        title=row["title"],
        hosting=Hosting(row["hosting"]),
        active=row["active"],
        window=Period(row["active_from"], row["active_until"]),
    )


def cluster_values(cluster: Cluster) -> dict[str, Any]:
    """The columns of a registration."""
    return {
        "lc": cluster.lc.value,
        "dv": cluster.dv.value,
        "services": None if cluster.services is None else sorted(each.value for each in cluster.services),
        "active": cluster.active,
        "active_from": cluster.window.first,
        "active_until": cluster.window.until,
    }


def read_cluster(row: Mapping[Any, Any]) -> Cluster:
    """The registration in a row's columns."""
    services = row["services"]
    return Cluster(
        lc=EntityId(row["lc"]),
        dv=EntityId(row["dv"]),
        services=None if services is None else frozenset(ServiceUuid(uuid) for uuid in services),
        active=row["active"],
        window=Period(row["active_from"], row["active_until"]),
    )


def provider_values(provider: Provider) -> dict[str, Any]:
    """The columns of a provider."""
    return {
        "entity_id": provider.entity_id.value,
        "oin": provider.oin.value,
        "name": provider.name,
        "title": dict(provider.title),
        "url": provider.url,
        "profile": provider.profile,
        "interfaces": sorted(provider.interfaces),
        "connection": provider.connection.as_json(),
        "bsnk_key_set": provider.bsnk.key_set if provider.bsnk else None,
        "bsnk_holder": provider.bsnk.holder.value if provider.bsnk else None,
    }


def read_provider(row: Mapping[Any, Any]) -> Provider:
    """The provider in a row's columns."""
    return Provider(
        entity_id=EntityId(row["entity_id"]),
        oin=Oin(row["oin"]),
        name=row["name"],
        title=row["title"],
        url=row["url"],
        profile=row["profile"],
        interfaces=frozenset(row["interfaces"]),
        connection=Connection.from_json(row["connection"]),
        bsnk=_read_bsnk(row),
    )


def service_values(service: Service) -> dict[str, Any]:
    """The columns of a service."""
    raised = service.raised
    return {
        "uuid": service.uuid.value,
        "provider": service.provider.value,
        "name": service.name,
        "title": dict(service.title),
        "upl": service.upl,
        "action": service.action,
        "minimum": int(service.minimum),
        "eherkenning_minimum": None if service.eherkenning_minimum is None else int(service.eherkenning_minimum),
        "raised_to": None if raised is None else int(raised.to),
        "raised_at": None if raised is None else raised.at,
        "raised_message": None if raised is None else dict(raised.message),
        "grounds": sorted(service.grounds),
        "interests": sorted(service.interests),
        "max_age": {ground.value: age for ground, age in service.max_age.items()},
        "under_investigation": service.under_investigation.value,
        "joint": service.joint.value,
        "chain": service.chain,
        "vestiging": service.vestiging,
        "by_bsn": service.by_bsn,
        "means": sorted(service.means),
        "eidas": [each.value for each in service.eidas],
        "attributes": {fact.value: dict(purpose) for fact, purpose in service.attributes.items()},
        "active": service.active,
        "active_from": service.window.first,
        "active_until": service.window.until,
    }


def read_service(row: Mapping[Any, Any]) -> Service:
    """The service in a row's columns."""
    own = row["eherkenning_minimum"]
    return Service(
        uuid=ServiceUuid(row["uuid"]),
        name=row["name"],
        provider=EntityId(row["provider"]),
        title=row["title"],
        minimum=LevelOfAssurance(row["minimum"]),
        eherkenning_minimum=None if own is None else LevelOfAssurance(own),
        raised=_read_raise(row),
        upl=row["upl"],
        action=None if row["action"] is None else Action(row["action"]),
        grounds=frozenset(Ground(text) for text in row["grounds"]),
        interests=frozenset(Interest(text) for text in row["interests"]),
        max_age={Ground(text): age for text, age in row["max_age"].items()},
        under_investigation=UnderInvestigation(row["under_investigation"]),
        joint=JointPolicy(row["joint"]),
        chain=row["chain"],
        vestiging=row["vestiging"],
        by_bsn=row["by_bsn"],
        means=frozenset(row["means"]),
        eidas=tuple(IdentityType(text) for text in row["eidas"]),
        attributes={PersonalFact(text): purpose for text, purpose in row["attributes"].items()},
        active=row["active"],
        window=Period(row["active_from"], row["active_until"]),
    )


def _read_bsnk(row: Mapping[Any, Any]) -> BsnkKeys | None:
    if row["bsnk_key_set"] is None:
        return None
    return BsnkKeys(key_set=row["bsnk_key_set"], holder=Holder(row["bsnk_holder"]))


def _read_raise(row: Mapping[Any, Any]) -> Raise | None:
    if row["raised_to"] is None:
        return None
    return Raise(to=LevelOfAssurance(row["raised_to"]), at=row["raised_at"], message=row["raised_message"])
