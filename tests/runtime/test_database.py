"""The database: sessions, moments, what happens when it is away, and the tables that the code needs."""

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from runtime.database import MIGRATIONS, Database, Instant, read_url, upgrade
from runtime.settings import DatabaseLimits
from stelsel.failures import DatabaseUnavailable, Misconfigured
from tests.conftest import PostgresServer

ROOT = Path(__file__).parents[2]
NOTES = Table(
    "note", MetaData(), Column("id", Integer, primary_key=True), Column("at", Instant), Column("number", Integer)
)
AMSTERDAM = timezone(timedelta(hours=1))


@pytest.fixture
async def notes(database: Database) -> Database:
    """A database with a table of the test's own."""
    async with database.session() as session:
        await (await session.connection()).run_sync(NOTES.create)
        await session.commit()
    return database


async def test_what_was_committed_is_found_and_what_was_not_is_gone(notes: Database) -> None:
    async with notes.session() as session:
        await (await session.connection()).execute(insert(NOTES).values(id=1, number=1))
        await session.commit()
        await (await session.connection()).execute(insert(NOTES).values(id=2, number=2))
    async with notes.session() as session:
        assert (await (await session.connection()).execute(select(NOTES.c.id))).scalars().all() == [1]


async def test_one_look_sees_what_was_committed_by_then_and_stands_in_nobodys_way(notes: Database) -> None:
    found = select(NOTES.c.id).where(NOTES.c.number == bindparam("number"))
    for number in (1, 2):
        async with notes.session(writes=True) as session:
            await (await session.connection()).execute(insert(NOTES).values(id=number, number=7))
            assert len(await notes.look(found, {"number": 7})) == number - 1
            await session.commit()
        assert [row.id for row in await notes.look(found, {"number": 7})] == list(range(1, number + 1))
    assert not await notes.look(found, {"number": 8})


async def test_a_moment_comes_back_aware_and_in_utc(notes: Database) -> None:
    at = datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=AMSTERDAM)
    async with notes.session() as session:
        await (await session.connection()).execute(insert(NOTES).values(id=1, at=at))
        await session.commit()
        found = (await (await session.connection()).execute(select(NOTES.c.at))).scalar_one()
    assert found == at
    assert found.tzinfo is UTC


async def test_a_moment_without_a_zone_is_not_kept(notes: Database) -> None:
    async with notes.session() as session:
        with pytest.raises(StatementError, match="zone"):
            await (await session.connection()).execute(insert(NOTES).values(id=1, at=datetime(2026, 3, 10)))


async def add_twice(database: Database, number: int) -> None:
    async with database.session() as session:
        for _ in range(2):
            await (await session.connection()).execute(insert(NOTES).values(id=1, number=number))


async def test_a_broken_constraint_is_not_an_outage(notes: Database) -> None:
    with pytest.raises(IntegrityError):
        await add_twice(notes, 1)


async def test_values_are_in_no_message(notes: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        await add_twice(notes, 999990019)
    assert "999990019" not in str(caught.value)


async def test_many_that_read_and_then_write_take_turns(notes: Database) -> None:
    async with notes.session() as session:
        await (await session.connection()).execute(insert(NOTES).values(id=1, number=0))
        await session.commit()

    async def add_one() -> None:
        async with notes.session(writes=True) as session:
            connection = await session.connection()
            number = (await connection.execute(select(NOTES.c.number).with_for_update())).scalar_one()
            await connection.execute(NOTES.update().values(number=number + 1))
            await session.commit()

    await asyncio.gather(*(add_one() for _ in range(20)))
    async with notes.session() as session:
        assert (await (await session.connection()).execute(select(NOTES.c.number))).scalar_one() == 20


async def test_sqlite_keeps_references_and_survives_a_power_cut(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.session() as session:
        connection = await session.connection()
        told = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        ]
    assert told == [1, "wal", 2, 5000]
    await database.close()


async def test_a_sqlite_that_is_locked_is_unavailable_when_the_time_is_over(sqlite_url: str) -> None:
    database = Database(sqlite_url, DatabaseLimits(statement_seconds=0.2))
    async with database.session(writes=True) as session:
        await session.connection()
        with pytest.raises(DatabaseUnavailable, match="locked"):
            async with database.session(writes=True) as second:
                await second.connection()
    await database.close()


async def test_a_statement_of_postgresql_that_takes_too_long_is_unavailable(postgres_url: str) -> None:
    database = Database(postgres_url, DatabaseLimits(statement_seconds=0.2))
    with pytest.raises(DatabaseUnavailable):
        async with database.session() as session:
            await (await session.connection()).execute(text("SELECT pg_sleep(10)"))
    with pytest.raises(DatabaseUnavailable):
        await database.look(select(func.pg_sleep(10)))
    async with database.session() as session:
        assert (await (await session.connection()).execute(text("SELECT 1"))).scalar() == 1
    await database.close()


async def test_no_connection_that_comes_free_is_unavailable(postgres_url: str) -> None:
    database = Database(postgres_url, DatabaseLimits(connections=1, connect_seconds=1))
    async with database.session() as session:
        await session.connection()
        with pytest.raises(DatabaseUnavailable):
            async with database.session() as second:
                await second.connection()
    await database.close()


async def test_a_postgresql_that_stops_is_unavailable_and_found_again_when_it_is_back(
    own_postgres: PostgresServer,
) -> None:
    database = Database(own_postgres.url("postgres"))

    async def ask() -> object:
        async with database.session() as session:
            return (await (await session.connection()).execute(text("SELECT 1"))).scalar()

    assert await ask() == 1
    await asyncio.to_thread(own_postgres.stop)
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await ask()
    assert time.monotonic() - began < 4
    await asyncio.to_thread(own_postgres.start)
    assert await ask() == 1
    await database.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "namens.db").write_bytes(b"x" * 5_000)
    database = Database(f"sqlite:///{tmp_path}/namens.db")
    with pytest.raises(DatabaseUnavailable):
        async with database.session() as session:
            await session.connection()
    await database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/namens", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_database_of_another_kind_stops_the_start(url: str) -> None:
    with pytest.raises(Misconfigured):
        Database(url)


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///namens.db", "sqlite+aiosqlite"),
        ("postgresql://localhost/namens", "postgresql+asyncpg"),
        ("postgresql+asyncpg://localhost/namens", "postgresql+asyncpg"),
    ],
)
def test_the_driver_is_ours_to_choose(url: str, driver: str) -> None:
    assert read_url(url).drivername == driver


# --- migrations


def test_an_upgrade_that_was_done_before_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    upgrade(database_url)


def test_many_that_start_at_once_take_turns(shared_postgres: PostgresServer, tmp_path: Path) -> None:
    shared_postgres.command("CREATE DATABASE together")
    for url in (shared_postgres.url("together"), f"sqlite:///{tmp_path}/together.db"):
        starts = [
            subprocess.Popen(
                [sys.executable, "-c", f"from runtime.database import upgrade; upgrade({url!r})"], cwd=ROOT
            )
            for _ in range(3)
        ]
        assert [start.wait(60) for start in starts] == [0, 0, 0]
    shared_postgres.command("DROP DATABASE together WITH (FORCE)")


def test_a_database_that_is_away_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        upgrade(f"sqlite:///{tmp_path}/away/namens.db")


def test_the_revisions_make_the_tables_that_the_code_describes(database_url: str) -> None:
    config = Config(MIGRATIONS / "alembic.ini")
    config.attributes["url"] = read_url(database_url)
    command.check(config)


def test_the_revisions_are_one_chain_with_one_end() -> None:
    script = ScriptDirectory.from_config(Config(MIGRATIONS / "alembic.ini"))
    assert len(script.get_heads()) == 1
