"""Worlds at noon on 10 March 2026, stub registers that serve them on loopback, and adapters that ask those."""

import atexit
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from pilot.brp import build_brp
from pilot.cast import Fault, Functionaris, Gezag, Measure, Parent, Person, Representative
from pilot.faults import CallLog
from pilot.kvk import build_kvk
from pilot.machtigen import WithFaults, mandates_of
from pilot.rechtspraak import build_rechtspraak
from pilot.volmachten import build_volmachten
from pilot.world import SCENARIOS, World, read_world
from portals.machtigen.door import answer
from registers.machtigingen.answer import PATH
from registers.machtigingen.repository import Machtigingen
from registers.question import Question
from registers.settings import RegisterSettings
from runtime.database import Database, upgrade
from runtime.http import HttpClient
from runtime.journal import Journal
from runtime.sealing import Sealer
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn
from stelsel.subjects import Ground, Period
from tests.pilot.serving import listening, serve

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
_STUBS = (build_brp, build_rechtspraak, build_kvk, build_volmachten)
NEW_BSNS = ("000000012", "000000024", "000000036", "000000048", "000000061")


def scenarios(*settings: str) -> World:
    """The world of mandates 7, with `KEY=VALUE` laid over it."""
    return read_world(SCENARIOS, now=NOON, settings=settings)


def with_rows(world: World, **rows: tuple[Any, ...]) -> World:
    """`world` with rows added; one with the name of another takes its place."""
    changed: dict[str, Any] = {}
    for table, added in rows.items():
        names = {row.name for row in added}
        changed[table] = (*(row for row in getattr(world, table) if row.name not in names), *added)
    return replace(world, **changed)


def without(world: World, table: str, *names: str) -> World:
    """`world` without those rows."""
    changed: dict[str, Any] = {table: tuple(row for row in getattr(world, table) if row.name not in names)}
    return replace(world, **changed)


def a_person(name: str, bsn: str = NEW_BSNS[0], **changes: Any) -> Person:
    """Somebody who is not in the scenarios yet, born in 1980."""
    return Person(name=name, bsn=Bsn(bsn), given=name, means={"digid": LevelOfAssurance.HOOG}, **changes)


def a_gezag(child: str, kind: str, *parents: str | Parent, **changes: Any) -> Gezag:
    """A row of the BRP's gezag, named after the child."""
    holders = tuple(parent if isinstance(parent, Parent) else Parent(parent) for parent in parents)
    return Gezag(name=child, child=child, type=kind, parents=holders, **changes)


def an_appointment(who: str, role: str = "bewindvoerder", **changes: Any) -> Representative:
    """An appointment from 2020 on, alone."""
    return Representative(**{"who": who, "role": role, "period": Period(date(2020, 1, 15)), **changes})


def a_measure(person: str, *appointments: Representative, **changes: Any) -> Measure:
    """Bewind over all goods from 2020 on, by F1 unless told otherwise, in a case named after the person."""
    values: dict[str, Any] = {
        "name": person,
        "person": person,
        "kind": Ground.BEWIND,
        "period": Period(date(2020, 1, 15)),
        "representatives": appointments or (an_appointment("F1"),),
    }
    return Measure(**values | changes)


def a_functionaris(who: str, authority: str | None = "Alleen/zelfstandig bevoegd", **changes: Any) -> Functionaris:
    """Somebody in the Handelsregister at company D: a director, unless told otherwise."""
    values: dict[str, Any] = {"name": who, "organisation": "D", "who": who, "kind": "bestuursfunctie"}
    return Functionaris(**values | {"authority": authority} | changes)


def a_fault(source: str, mode: str, ms: int = 0, until: datetime | None = None) -> Fault:
    """What is the matter with a source."""
    return Fault(source=source, mode=mode, ms=ms, until=until)


def a_question(world: World, acting: str, represented: str | None = None, at: datetime = NOON) -> Question:
    """For whom may `acting` act, by names of the world."""
    return Question(
        acting=world.subject(acting),
        represented=world.subject(represented) if represented is not None else None,
        at=at,
    )


class Ticks:
    """A clock in seconds that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def settings_for(
    url: str, http: HttpClient, monotonic: Callable[[], float] = time.monotonic, **changes: Any
) -> RegisterSettings:
    """How to reach a source at `url`."""
    return RegisterSettings(url=url, http=http, monotonic=monotonic, **changes)


@asynccontextmanager
async def served(
    world: World, calls: CallLog | None = None, at: datetime = NOON
) -> AsyncIterator[tuple[str, HttpClient]]:
    """All registers at one address, over real HTTP, their paths being different; gives the address and a client."""
    log = calls if calls is not None else CallLog()
    parties: list[Starlette] = [build(world, lambda: at, log) for build in _STUBS]
    client = HttpClient(None, loopback=True)
    async with mandates_in(world, at) as mandates:
        kept = WithFaults(_register(mandates, at), world, lambda: at, log)
        routes: list[BaseRoute] = [route for party in parties for route in party.routes]
        async with serve(Starlette(routes=[*routes, Mount("/", kept)]), listening()) as port:
            try:
                yield f"http://127.0.0.1:{port}", client
            finally:
                await client.close()


@asynccontextmanager
async def mandates_in(world: World, at: datetime) -> AsyncIterator[Machtigingen]:
    """The register of voluntary mandates, with those of the world, in a database of its own."""
    sealer = Sealer(b"m" * 32)
    with TemporaryDirectory() as folder:
        shutil.copyfile(_empty_database(), f"{folder}/mandates.sqlite")
        database = Database(f"sqlite:///{folder}/mandates.sqlite")
        journal = Journal(database, sealer, lambda: at, "machtigen")
        register = Machtigingen(database, sealer, journal, lambda: at)
        await register.store(mandates_of(world))
        try:
            yield register
        finally:
            await journal.close()
            await database.close()


@cache
def _empty_database() -> Path:
    """Migrated once for all tests of a process."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(f"sqlite:///{folder}/empty.sqlite")
    return folder / "empty.sqlite"


def _register(mandates: Machtigingen, at: datetime) -> Starlette:
    async def bevragen(request: Request) -> Response:
        return await answer(request, mandates, at)

    return Starlette(routes=[Route(PATH, bevragen, methods=["POST"])])


def digits_in(text: str) -> Iterator[str]:
    """Every run of nine digits, which might be a BSN."""
    run = ""
    for character in text + " ":
        if character.isdigit():
            run += character
        else:
            if len(run) == 9:
                yield run
            run = ""
