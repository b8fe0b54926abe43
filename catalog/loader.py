"""From the tables `dv` and `service` of a TOML file to providers and services: all of them, or none."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from catalog.clients import ALGORITHMS, Client, Policy
from catalog.clusters import NOT_THROUGH_AN_LC, Cluster, Hosting, Supplier
from catalog.connections import AS_AGREED, BackChannel, Connection, ResponseBinding
from catalog.files import Layers, read_layers
from catalog.identities import LARGEST_KEY_SET, PLAIN, BsnkKeys, Holder, IdentityType, PersonalFact
from catalog.rows import Row, read_all, refuse_any
from catalog.services import (
    INTERFACES,
    LONGEST_CHAIN,
    MAJORITY,
    NAMELESS,
    PROFILES,
    STANDARD,
    Action,
    Entries,
    JointPolicy,
    Provider,
    Raise,
    Service,
    UnderInvestigation,
)
from stelsel.identifiers import EntityId, Oin, Role, ServiceUuid
from stelsel.subjects import Ground, Interest, Period

ORGANISATIONAL: Final = frozenset({Ground.FUNCTIONARIS, Ground.EH_MACHTIGING, Ground.KETEN, Ground.EH_BEWIND})
_INDEX: Final = re.compile(r"[0-9]{4}")


def read_file(file: Path, at: datetime, shelf: Sequence[Path] = ()) -> Entries:
    """The entries of a catalogue file or a world file; its other tables are left alone.

    Raises `Misconfigured` with every problem on a line: the line of the file (syntax) or the path of the value.
    """
    problems: list[str] = []
    entries = read_entries(read_layers(file, shelf), at, problems)
    if not problems and not entries.providers:
        problems.append(f"{file}: holds no dv")
    refuse_any(problems)
    return entries


def read_entries(layers: Layers, at: datetime, problems: list[str]) -> Entries:
    """The entries that could be read; what could not is in `problems`."""
    provider_rows, service_rows = layers.rows("dv", at), layers.rows("service", at)
    providers = read_all(provider_rows, read_provider, problems)
    by_name = {provider.name: provider for provider in providers}
    refused = {str(row.values["name"]) for row in provider_rows} - by_name.keys()
    # A service of a provider that was refused is not blamed for it too.
    judged = [row for row in service_rows if str(row.values.get("dv")) not in refused]
    services = read_all(judged, lambda row: read_service(row, by_name), problems)
    _check_unique(provider_rows, [provider.entity_id.value for provider in providers], "entity", problems)
    _check_unique(service_rows, [service.uuid.value for service in services], "uuid", problems)
    supplier_rows, cluster_rows = layers.rows("lc", at), layers.rows("cluster", at)
    suppliers = read_all(supplier_rows, read_supplier, problems)
    lcs = {supplier.name: supplier for supplier in suppliers}
    offered = {service.name: service for service in services}
    clusters = read_all(cluster_rows, lambda row: read_cluster(row, lcs, by_name, offered), problems)
    _check_unique(supplier_rows, [supplier.entity_id.value for supplier in suppliers], "entity", problems)
    _check_unique(cluster_rows, [f"{each.lc.value} {each.dv.value}" for each in clusters], "dv", problems)
    client_rows = layers.rows("client", at)
    clients = read_all(client_rows, lambda row: read_client(row, by_name, offered), problems)
    _check_unique(client_rows, [each.client_id for each in clients], "name", problems)
    return Entries(providers, services, suppliers, clusters, clients)


def read_provider(row: Row) -> Provider:
    """One `[[dv]]`. Left out: the name as title, profile st-saml, interface saml."""
    name, oin = row.text("name"), row.identifier("oin", Oin)
    return Provider(
        entity_id=_read_entity(row, oin),
        oin=oin,
        name=name,
        title=row.find_title("title") or {"nl": name, "en": name},
        url=row.find_text("url") or "",
        profile=row.choice("profile", PROFILES, "st-saml"),
        interfaces=frozenset(
            row.one_of(f"interfaces[{index}]", text, INTERFACES)
            for index, text in enumerate(row.texts("interfaces", ("saml",)))
        ),
        connection=_read_connection(row.find_table("connection")),
        bsnk=_read_bsnk(row.find_table("bsnk")),
    )


def read_service(row: Row, providers: Mapping[str, Provider]) -> Service:
    """One `[[service]]`. Left out means refused, but for `means`: DigiD, and eHerkenning where the row speaks of it."""
    name = row.text("name")
    dv = row.one_of("dv", row.text("dv"), providers)
    grounds = row.words("grounds", Ground)
    eherkenning_minimum = row.find_level("eherkenning_minimum")
    speaks_of_organisations = eherkenning_minimum is not None or bool(grounds & ORGANISATIONAL)
    service = Service(
        uuid=row.identifier("uuid", ServiceUuid),
        name=name,
        provider=providers[dv].entity_id,
        title=row.find_title("title") or {"nl": name, "en": name},
        minimum=row.level("minimum"),
        eherkenning_minimum=eherkenning_minimum,
        raised=_read_raise(row.find_table("raised")),
        upl=row.find_text("upl"),
        action=row.word("action", Action) if row.find_text("action") else None,
        grounds=grounds,
        interests=row.words("interest", Interest),
        max_age=_read_ages(row.find_table("max_age")),
        under_investigation=row.word("under_investigation", UnderInvestigation, UnderInvestigation.REFUSE),
        joint=row.word("joint", JointPolicy, JointPolicy.ALONE),
        chain=row.find_number("chain", 0, LONGEST_CHAIN) or 0,
        vestiging=row.flag("vestiging", False),
        by_bsn=row.flag("by_bsn", False),
        means=frozenset(row.texts("means", ("digid", "eherkenning") if speaks_of_organisations else ("digid",))),
        eidas=_read_identities(row),
        attributes=_read_attributes(row.find_table("attributes")),
        active=row.flag("active", True),
        window=Period(row.find_day("active_from"), row.find_day("active_until")),
    )
    if service.asks_bsnk and providers[dv].bsnk is None:
        raise row.refuse("eidas", f"takes what BSNk encrypts, and {dv} has no bsnk")
    if service.attributes and providers[dv].profile == NAMELESS:
        raise row.refuse("attributes", f"is given, and {dv} has profile {NAMELESS}, whose answers have no attributes")
    return service


def read_supplier(row: Row) -> Supplier:
    """One `[[lc]]`. Left out: the name as title, hosting saas, active always."""
    name, oin = row.text("name"), row.identifier("oin", Oin)
    entity_id = _read_entity(row, oin, "LC")
    if not entity_id.is_supplier:
        raise row.refuse("entity", "is no EntityID of an LC (TYP-01)")
    if entity_id.oin != oin:
        raise row.refuse("entity", f"names another OIN than {oin.value}")
    return Supplier(
        entity_id=entity_id,
        oin=oin,
        name=name,
        title=row.find_title("title") or {"nl": name, "en": name},
        hosting=row.word("hosting", Hosting, Hosting.SAAS),
        active=row.flag("active", True),
        window=Period(row.find_day("active_from"), row.find_day("active_until")),
    )


def read_cluster(
    row: Row, suppliers: Mapping[str, Supplier], providers: Mapping[str, Provider], services: Mapping[str, Service]
) -> Cluster:
    """One `[[cluster]]`: that `dv` is connected through `lc`. Left out `services` means all of them."""
    row.text("name")
    lc = row.one_of("lc", row.text("lc"), suppliers)
    dv = row.one_of("dv", row.text("dv"), providers)
    if providers[dv].profile != STANDARD:
        raise row.refuse("dv", f"has profile {providers[dv].profile}: {NOT_THROUGH_AN_LC}")
    own = {name: service for name, service in services.items() if service.provider == providers[dv].entity_id}
    named = None if row.raw("services") is None else row.texts("services")
    return Cluster(
        lc=suppliers[lc].entity_id,
        dv=providers[dv].entity_id,
        services=None
        if named is None
        else frozenset(own[row.one_of(f"services[{index}]", text, own)].uuid for index, text in enumerate(named)),
        active=row.flag("active", True),
        window=Period(row.find_day("active_from"), row.find_day("active_until")),
    )


def read_client(row: Row, providers: Mapping[str, Provider], services: Mapping[str, Service]) -> Client:
    """One `[[client]]` of a `dv` whose interfaces have oidc; its name is the `client_id`, services by their names."""
    dv = row.one_of("dv", row.text("dv"), providers)
    if "oidc" not in providers[dv].interfaces:
        raise row.refuse("dv", "is not connected over oidc: add it to its interfaces")
    own = {name: each for name, each in services.items() if each.provider == providers[dv].entity_id}
    named = None if row.raw("services") is None else row.texts("services")
    default = row.find_text("default_service")
    policy = row.word("policy", Policy, Policy.NLGOV)
    return Client(
        client_id=row.text("name"),
        dv=providers[dv].entity_id,
        redirect_uris=row.texts("redirect_uris"),
        policy=policy,
        key_set=row.find_text("jwks") or "",
        key_set_url=row.find_text("jwks_uri") or "",
        secret_digest=row.find_text("secret_digest") or "",
        signing=row.choice("signing", ALGORITHMS, "PS256"),
        signed_with=row.choice("signed_with", ALGORITHMS, "PS256"),
        encrypted=row.flag("encrypted", policy is not Policy.COMPAT),
        identifiers=row.flag("identifiers", True),
        services=None
        if named is None
        else frozenset(own[row.one_of(f"services[{index}]", text, own)].uuid for index, text in enumerate(named)),
        default_service=None if default is None else own[row.one_of("default_service", default, own)].uuid,
        represents=row.flag("represents", True),
    )


def _read_entity(row: Row, oin: Oin, role: Role = "DV") -> EntityId:
    """`entity` is the index of a GDI EntityID (ST-SAML TYP-02), or a whole EntityID where a party has another form."""
    if isinstance(row.raw("entity"), int):
        return EntityId.of(role, oin, row.number("entity", 0, 9999))
    text = row.text("entity")
    if not text.isdecimal():
        return row.identifier("entity", EntityId)
    if not _INDEX.fullmatch(text):
        raise row.refuse("entity", "is no index of 4 digits")
    return EntityId.of(role, oin, int(text))


def _read_connection(row: Row | None) -> Connection:
    """`connection`, every key of it optional."""
    if row is None:
        return AS_AGREED
    agreed = Connection(
        response=row.word("response", ResponseBinding, AS_AGREED.response),
        back_channel=row.word("back_channel", BackChannel, AS_AGREED.back_channel),
        encrypt=row.flag("encrypt", AS_AGREED.encrypt),
        second_audience=row.flag("second_audience", AS_AGREED.second_audience),
        default_service=row.find_identifier("default_service", ServiceUuid),
        federation=row.find_text("federation"),
    )
    row.close()
    return agreed


def _read_bsnk(row: Row | None) -> BsnkKeys | None:
    """`bsnk`: the set of the DV's keys at BSNk. Left out: the DV holds them itself."""
    if row is None:
        return None
    keys = BsnkKeys(
        key_set=row.number("key_set", 0, LARGEST_KEY_SET),
        holder=row.word("holder", Holder, Holder.DV),
    )
    row.close()
    return keys


def _read_identities(row: Row) -> tuple[IdentityType, ...]:
    """`eidas`, in its own order. Left out: the BSN as text."""
    words = row.texts("eidas", PLAIN)
    return tuple(
        IdentityType(row.one_of(f"eidas[{index}]", word, list(IdentityType))) for index, word in enumerate(words)
    )


def _read_attributes(row: Row | None) -> Mapping[PersonalFact, Mapping[str, str]]:
    """`attributes`: what a service is told, and what for. Left out: nothing."""
    if row is None:
        return {}
    found = {}
    for key in row.values:
        purpose = row.find_title(row.one_of(key, key, list(PersonalFact)))
        if purpose is not None:
            found[PersonalFact(key)] = purpose
    return found


def _read_raise(row: Row | None) -> Raise | None:
    if row is None:
        return None
    raised = Raise(to=row.level("to"), at=row.instant("from"), message=row.find_title("message") or {})
    row.close()
    return raised


def _read_ages(row: Row | None) -> Mapping[Ground, int]:
    if row is None:
        return {}
    return {Ground(row.one_of(key, key, list(Ground))): row.number(key, 1, MAJORITY) for key in row.values}


def _check_unique(rows: Sequence[Row], values: Sequence[str], key: str, problems: list[str]) -> None:
    """Adds a problem for each value that an earlier row has; judged only when every row could be read."""
    if len(rows) != len(values):
        return
    first: dict[str, Row] = {}
    for row, value in zip(rows, values, strict=True):
        if value in first:
            problems.append(f"{row.file}: {row.where}.{key}: is that of {first[value].where} already")
        first.setdefault(value, row)
