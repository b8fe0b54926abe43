"""A world: everything that a pilot network starts with, read from its file and checked as a whole (CONTRACT)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from catalog.clients import Client
from catalog.clusters import Cluster, Supplier
from catalog.files import FAULT, Layers, NamedRow, read_layers
from catalog.loader import read_entries
from catalog.moments import read_instant
from catalog.rows import Row, hint, read_all, refuse_any
from catalog.services import Entries, Provider, Service
from pilot.cast import (
    CastMember,
    Chain,
    Employee,
    Fault,
    Functionaris,
    Gezag,
    Machtiging,
    Measure,
    Organisation,
    Person,
    Visitor,
)
from pilot.peoplefile import is_visitor, read_person, read_visitor
from pilot.worldfile import CastReader, read_fault, read_organisation
from stelsel.failures import Misconfigured
from stelsel.identifiers import Pseudonym, Subject

WORLDS: Final = Path(__file__).parent / "worlds"
DEMO: Final = WORLDS / "demo.toml"
SCENARIOS: Final = WORLDS / "scenarios.toml"
SETTING: Final = "--set"

Named = TypeVar("Named", Provider, Service, Person, Organisation, Employee, CastMember)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is true when the network starts; `at` is the reading of its clock then. Rows refer to each other by name."""

    at: datetime
    dvs: tuple[Provider, ...] = ()
    services: tuple[Service, ...] = ()
    lcs: tuple[Supplier, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    clients: tuple[Client, ...] = ()
    persons: tuple[Person, ...] = ()
    visitors: tuple[Visitor, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    employees: tuple[Employee, ...] = ()
    gezag: tuple[Gezag, ...] = ()
    measures: tuple[Measure, ...] = ()
    machtigingen: tuple[Machtiging, ...] = ()
    functionarissen: tuple[Functionaris, ...] = ()
    chains: tuple[Chain, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def entries(self) -> Entries:
        """What the catalogue is filled with: `catalog.store(world.entries)`."""
        return Entries(self.dvs, self.services, self.lcs, self.clusters, self.clients)

    @property
    def members(self) -> tuple[CastMember, ...]:
        """Persons, with or without a BSN, organisations, employees."""
        return (*self.persons, *self.visitors, *self.organisations, *self.employees)

    def dv(self, name: str) -> Provider:
        """The DV of that name. Raises `KeyError`, as every look-up here."""
        return _named(self.dvs, name)

    def lc(self, entity_id: str) -> Supplier:
        """The LC of that EntityID."""
        return next(lc for lc in self.lcs if lc.entity_id.value == entity_id)

    def service(self, name_or_uuid: str) -> Service:
        """The service of that name, else of that UUID."""
        by_uuid = next((service for service in self.services if service.uuid.value == name_or_uuid), None)
        return by_uuid or _named(self.services, name_or_uuid)

    def person(self, name: str) -> Person:
        """The person of that name."""
        return _named(self.persons, name)

    def organisation(self, name: str) -> Organisation:
        """The organisation of that name."""
        return _named(self.organisations, name)

    def employee(self, name: str) -> Employee:
        """The employee of that name."""
        return _named(self.employees, name)

    def party(self, name: str) -> CastMember:
        """Whoever bears that name; a person before an organisation before an employee."""
        return _named(self.members, name)

    def subject(self, name: str) -> Subject:
        """The identifier of `party(name)`: BSN, KvK number or pseudonym."""
        return subject_of(self.party(name))

    def find_party(self, subject: Subject) -> CastMember | None:
        """Whoever bears that identifier."""
        return next((member for member in self.members if subject_of(member) == subject), None)

    def fault(self, source: str, at: datetime) -> Fault | None:
        """The fault that a source has at that instant."""
        return next((fault for fault in self.faults if fault.source == source and fault.holds(at)), None)


def subject_of(member: CastMember) -> Subject:
    """The identifier that somebody is known by: BSN, KvK number, pseudonym, or what a country abroad calls him."""
    if isinstance(member, Person):
        return member.bsn
    if isinstance(member, Visitor):
        return Pseudonym(member.eidas.identifier)
    return member.kvk if isinstance(member, Organisation) else member.pseudonym


def read_world(
    file: Path, *, now: datetime, at: datetime | None = None, settings: Sequence[str] = (), shelf: Path = WORLDS
) -> World:
    """The world in `file`, over those it extends, with `settings` (KEY=VALUE) laid over it.

    Its clock reads `at`, else the file's own `at`, else `now`. Raises `Misconfigured` with every problem on a line of
    its own, and no BSN in any.
    """
    layers = read_layers(file, (shelf,))
    for setting in settings:
        override(layers, setting)
    clock = at or _read_clock(layers, now)
    problems: list[str] = []
    entries = read_entries(layers, clock, problems)
    organisations = read_all(layers.rows("organisation", clock), read_organisation, problems)
    reader = CastReader.of(layers, organisations)
    people = layers.rows("person", clock)
    world = World(
        at=clock,
        dvs=entries.providers,
        services=entries.services,
        lcs=entries.suppliers,
        clusters=entries.clusters,
        clients=entries.clients,
        persons=read_all([row for row in people if not is_visitor(row)], read_person, problems),
        visitors=read_all([row for row in people if is_visitor(row)], read_visitor, problems),
        organisations=organisations,
        employees=read_all(layers.rows("employee", clock), reader.employee, problems),
        gezag=read_all(layers.rows("gezag", clock), reader.gezag, problems),
        measures=read_all(layers.rows("measure", clock), reader.measure, problems),
        machtigingen=read_all(layers.rows("machtiging", clock), reader.machtiging, problems),
        functionarissen=read_all(layers.rows("functionaris", clock), reader.functionaris, problems),
        chains=read_all(layers.rows("chain", clock), reader.chain, problems),
        faults=read_all(layers.rows(FAULT, clock), read_fault, problems),
    )
    _check_one_each(layers, clock, "person", "bsn", problems)
    _check_one_each(layers, clock, "organisation", "kvk", problems)
    refuse_any(problems)
    return world


def override(layers: Layers, setting: str) -> None:
    """Lays `KEY=VALUE` over the rows: `at`, `TABLE.NAME.KEY` or `fault.SOURCE.KEY`, deeper with more dots.

    A list is entered by its index (`measure.C2.representatives.0.authority`). VALUE is TOML where it reads as TOML,
    else text; only a fault may be new.
    """
    key, equals, text = setting.partition("=")
    if not equals:
        raise _refused(setting, "is not KEY=VALUE")
    value = _read_value(text)
    if key == "at":
        layers.at = value
        return
    table, _, rest = key.partition(".")
    if table not in layers.tables:
        raise _refused(key, f"{table} is no table{hint(table, layers.tables)}")
    if table == FAULT:
        source = rest.partition(".")[0]
        layers.tables[FAULT].setdefault(source, NamedRow({}, f"{FAULT}.{source}", Path(SETTING)))
    # A name may have dots in it, so the longest that fits is meant.
    names = sorted(layers.tables[table], key=len, reverse=True)
    name = next((name for name in names if rest.startswith(f"{name}.")), None)
    if name is None:
        raise _refused(key, f"there is no such {table}{hint(rest.partition('.')[0], names)}")
    steps = rest.removeprefix(f"{name}.").split(".")
    if steps == ["name"]:
        raise _refused(key, "a row keeps its name")
    _put(layers.tables[table][name].values, steps, value, key)


def _put(into: object, steps: Sequence[str], value: object, key: str) -> None:
    step, rest = steps[0], steps[1:]
    if isinstance(into, list) and step.isdecimal() and int(step) < len(into):
        if rest:
            _put(into[int(step)], rest, value, key)
        else:
            into[int(step)] = value
    elif isinstance(into, dict) and step:
        if rest:
            _put(into.setdefault(step, {}), rest, value, key)
        else:
            into[step] = value
    else:
        raise _refused(key, f"there is nothing at {step!r}")


def _read_value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except tomllib.TOMLDecodeError:
        return text


def _read_clock(layers: Layers, now: datetime) -> datetime:
    if layers.at is None:
        return now
    try:
        return read_instant(layers.at, now)
    except ValueError as error:
        raise Misconfigured(f"{layers.file}: at: {error}") from None


def _check_one_each(layers: Layers, at: datetime, table: str, key: str, problems: list[str]) -> None:
    """Adds a problem for every row whose identifier an earlier row has; it names rows, never the identifier."""
    first: dict[str, Row] = {}
    for row in layers.rows(table, at):
        value = row.raw(key)
        if isinstance(value, str) and value in first:
            problems.append(f"{row.file}: {row.where}.{key}: is that of {first[value].values['name']!r} already")
        elif isinstance(value, str):
            first[value] = row


def _named(rows: Sequence[Named], name: str) -> Named:
    for row in rows:
        if row.name == name:
            return row
    raise KeyError(name)


def _refused(key: str, why: str) -> Misconfigured:
    return Misconfigured(f"{SETTING} {key}: {why}")
