"""The journal: what it promises to those who decide, to those who look back, and to those who doubt."""

import asyncio
import json
import logging
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from runtime.database import MIGRATIONS, Database, read_url, upgrade
from runtime.journal import CODE_ALPHABET, NOTHING, Head, Journal, JournalBroken
from runtime.sealing import SealBroken, Sealer
from stelsel.failures import DatabaseUnavailable
from tests.conftest import PostgresServer, SettableClock

A_LONG_TIME_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PERSON = {"acting": "999990019", "represented": "999990093"}


def upgrade_to(revision: str, url: str) -> None:
    """The tables as an earlier version made them."""
    config = Config(MIGRATIONS / "alembic.ini")
    config.attributes |= {"url": read_url(url), "compares": False}
    command.upgrade(config, revision)


@pytest.fixture
def journal(database: Database, sealer: Sealer, clock: SettableClock) -> Journal:
    return Journal(database, sealer, clock, "bvd")


async def carry_out(database: Database, sql: str) -> None:
    """What somebody with the database's password could do."""
    async with database.session(writes=True) as session:
        await (await session.connection()).execute(text(sql))
        await session.commit()


async def without_triggers(database: Database, url: str, sql: str) -> None:
    """What the owner of the database could do."""
    if url.startswith("sqlite"):
        for name in ("update", "delete"):
            await carry_out(database, f"DROP TRIGGER journal_entry_{name}")
    else:
        await carry_out(database, "ALTER TABLE journal_entry DISABLE TRIGGER ALL")
    await carry_out(database, sql)


async def test_an_entry_is_found_by_the_code_that_people_read_out(journal: Journal, clock: SettableClock) -> None:
    code = await journal.record("refusal", trace="0" * 31 + "1", facts={"clause": "DV-REQ-02"}, sealed=PERSON)
    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)
    entry = await journal.find(f" {code[:4].lower()}-{code[4:]} ")
    assert entry is not None
    assert (entry.kind, entry.code, entry.service, entry.at) == ("refusal", code, "bvd", clock.now)
    assert entry.facts == {"clause": "DV-REQ-02"}
    assert journal.open_sealed(entry) == PERSON


async def test_a_code_that_nobody_got_finds_nothing(journal: Journal) -> None:
    assert await journal.find("BCDF-GHJK") is None


async def test_entries_are_read_by_kind_and_moment_and_by_trace(journal: Journal, clock: SettableClock) -> None:
    trace = secrets.token_hex(16)
    first = await journal.record("decision", trace=trace)
    clock.advance(minutes=1)
    second = await journal.record("decision")
    refusal = await journal.record("refusal", trace=trace)
    assert [entry.code for entry in await journal.entries("decision", clock.now - timedelta(hours=1))] == [
        first,
        second,
    ]
    assert [entry.code for entry in await journal.entries("decision", clock.now)] == [second]
    assert [entry.code for entry in await journal.story(trace)] == [first, refusal]


async def test_what_is_about_people_is_not_readable_in_the_database(journal: Journal, database: Database) -> None:
    await journal.record("decision", facts={"note": "of 999990019 nothing"}, sealed=PERSON)
    async with database.session() as session:
        rows = (await (await session.connection()).execute(text("SELECT * FROM journal_entry"))).all()
    assert "99999" not in repr(rows)
    (entry,) = await journal.entries("decision", A_LONG_TIME_AGO)
    assert entry.facts == {"note": "of ********* nothing"}
    assert "sealed" not in repr(entry)


async def test_a_sealed_part_that_was_moved_to_another_entry_does_not_open(journal: Journal) -> None:
    await journal.record("decision", sealed=PERSON)
    await journal.record("decision", sealed={"acting": "other"})
    first, second = await journal.entries("decision", A_LONG_TIME_AGO)
    with pytest.raises(SealBroken):
        journal.open_sealed(replace(first, sealed=second.sealed))
    with pytest.raises(SealBroken):
        journal.open_sealed(replace(first, kind="refusal"))


async def test_the_newest_entries_about_somebody_are_found_and_no_others(
    journal: Journal, clock: SettableClock
) -> None:
    codes = []
    for _ in range(3):
        codes.append(await journal.record("refusal", about="a" * 64))
        clock.advance(seconds=1)
    await journal.record("refusal", about="b" * 64)
    await journal.record("refusal")
    await journal.record("decision", about="a" * 64)
    assert [entry.code for entry in await journal.newest_about("a" * 64, "refusal", 2)] == [codes[2], codes[1]]
    assert await journal.verify_chain() == 6


@pytest.mark.clause("M11")
async def test_whom_an_entry_is_about_cannot_be_changed_unseen(
    journal: Journal, database: Database, database_url: str
) -> None:
    await journal.record("refusal", about="a" * 64)
    await without_triggers(database, database_url, "UPDATE journal_entry SET about = ''")
    with pytest.raises(JournalBroken, match="changed"):
        await journal.verify_chain()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of either kind without a table."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/old.db"
        return
    server: PostgresServer = request.getfixturevalue("shared_postgres")
    name = f"test_{secrets.token_hex(8)}"
    server.command(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.command(f"DROP DATABASE {name} WITH (FORCE)")


# Each version whose journal had no column `about`.
@pytest.mark.parametrize("version", ["0001_journal", "0004_connections", "0007_metadata_sources"])
async def test_entries_of_a_version_before_this_one_verify_and_stay_append_only(
    empty_url: str, version: str, sealer: Sealer, clock: SettableClock
) -> None:
    """The column came later: what was marked without it is about nobody, and the database kept its triggers."""
    await asyncio.to_thread(upgrade_to, version, empty_url)
    database = Database(empty_url)
    is_sqlite = empty_url.startswith("sqlite")
    at = f"{clock.now:%Y-%m-%d %H:%M:%S.%f}{'' if is_sqlite else '+00'}"

    def octets(value: bytes) -> str:
        return f"X'{value.hex()}'" if is_sqlite else rf"'\x{value.hex()}'"

    previous = NOTHING
    for number in (1, 2):
        sealed = sealer.seal(json.dumps(PERSON).encode(), f"a.{number} decision".encode())
        said = ["a", number, clock.now.isoformat(), "decision", f"BCDFGHJ{number}", "0" * 32, "bvd", "{}"]
        marked = [*said, sealed.hex(), previous.hex()]
        mark = sealer.mark(json.dumps(marked, separators=(",", ":")).encode())
        await carry_out(
            database,
            "INSERT INTO journal_entry (chain, sequence, at, kind, code, trace, service, facts, sealed, previous, mark)"
            f" VALUES ('a', {number}, '{at}', 'decision', 'BCDFGHJ{number}', '{'0' * 32}', 'bvd', '{{}}',"
            f" {octets(sealed)}, {octets(previous)}, {octets(mark)})",
        )
        previous = mark
    await asyncio.to_thread(upgrade, empty_url)
    journal = Journal(database, sealer, clock, "bvd")
    clock.advance(seconds=1)
    await journal.record("refusal", about="a" * 64)
    assert await journal.verify_chain() == 3
    old = await journal.entries("decision", A_LONG_TIME_AGO)
    assert [journal.open_sealed(entry) for entry in old] == [PERSON, PERSON]
    for sql in ("UPDATE journal_entry SET about = 'x'", "DELETE FROM journal_entry"):
        with pytest.raises((DBAPIError, DatabaseUnavailable)):
            await carry_out(database, sql)
    await without_triggers(database, empty_url, "UPDATE journal_entry SET about = 'x' WHERE sequence = 2")
    with pytest.raises(JournalBroken, match="changed"):
        await journal.verify_chain()
    await database.close()


async def test_an_entry_without_a_sealed_part_opens_to_nothing(journal: Journal) -> None:
    await journal.record("decision")
    (entry,) = await journal.entries("decision", A_LONG_TIME_AGO)
    assert journal.open_sealed(entry) == {}


@pytest.mark.clause("M11")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET kind = 'other'",
        "DELETE FROM journal_entry",
    ],
)
async def test_the_database_refuses_to_change_or_remove_an_entry(
    journal: Journal, database: Database, sql: str
) -> None:
    await journal.record("decision")
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        await carry_out(database, sql)
    assert await journal.verify_chain() == 1


async def test_the_database_refuses_to_replace_or_empty(
    journal: Journal, database: Database, database_url: str
) -> None:
    await journal.record("decision")
    replaces = "INSERT OR REPLACE INTO journal_entry SELECT * FROM journal_entry"
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        await carry_out(database, replaces if database_url.startswith("sqlite") else "TRUNCATE journal_entry")
    assert await journal.verify_chain() == 1


async def test_many_entries_at_once_make_one_unbroken_chain(journal: Journal) -> None:
    codes = await asyncio.gather(*(journal.record("decision", facts={"number": str(n)}) for n in range(500)))
    assert len(set(codes)) == 500
    assert await journal.verify_chain() == 500
    entries = await journal.entries("decision", A_LONG_TIME_AGO)
    assert [entry.facts["number"] for entry in entries] == [str(number) for number in range(500)]


async def test_many_writers_at_once_do_not_break_each_others_chains(
    database_url: str, sealer: Sealer, clock: SettableClock
) -> None:
    databases = [Database(database_url) for _ in range(4)]
    journals = [Journal(database, sealer, clock, f"worker {number}") for number, database in enumerate(databases)]
    await asyncio.gather(*(journal.record("decision") for _ in range(25) for journal in journals))
    assert await journals[0].verify_chain() == 100
    for journal, database in zip(journals, databases, strict=True):
        await journal.close()
        await database.close()


@pytest.mark.clause("M11")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET facts = '{}' WHERE sequence = 2",
        "UPDATE journal_entry SET sealed = NULL WHERE sequence = 2",
        "UPDATE journal_entry SET at = '2001-01-01 00:00:00+00' WHERE sequence = 2",
        "DELETE FROM journal_entry WHERE sequence = 2",
        "DELETE FROM journal_entry WHERE sequence = 1",
        "UPDATE journal_entry SET sequence = 9 WHERE sequence = 3",
    ],
)
async def test_what_the_owner_of_the_database_changed_is_found_out(
    journal: Journal, database: Database, database_url: str, sql: str
) -> None:
    for number in range(3):
        await journal.record("decision", facts={"number": str(number)}, sealed=PERSON)
    await without_triggers(database, database_url, sql.replace("+00", "") if "sqlite" in database_url else sql)
    with pytest.raises(JournalBroken):
        await journal.verify_chain()


@pytest.mark.clause("M11")
async def test_a_whole_chain_that_vanished_is_missed_by_the_next(
    database: Database, database_url: str, sealer: Sealer, clock: SettableClock
) -> None:
    first, second = (Journal(database, sealer, clock, "bvd") for _ in range(2))
    await first.record("decision", facts={"which": "first"})
    clock.advance(seconds=1)
    await second.record("decision", facts={"which": "second"})
    assert await second.verify_chain() == 2
    await without_triggers(database, database_url, "DELETE FROM journal_entry WHERE facts LIKE '%first%'")
    with pytest.raises(JournalBroken, match="gone"):
        await second.verify_chain()


@pytest.mark.clause("M11")
async def test_a_chain_that_was_cut_short_is_found_out_by_what_the_log_heard(
    journal: Journal, database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "namens.journal"):
        for _ in range(3):
            await journal.record("decision")
        await journal.close()
    heard = vars(caplog.records[-1])
    head = Head(heard["chain"], heard["sequence"], bytes.fromhex(heard["mark"]))
    assert await journal.verify_chain([head]) == 3
    await without_triggers(database, database_url, "DELETE FROM journal_entry WHERE sequence = 3")
    assert await journal.verify_chain() == 2
    with pytest.raises(JournalBroken, match="gone"):
        await journal.verify_chain([head])


@pytest.mark.clause("M11")
async def test_without_the_key_nobody_can_add_an_entry_that_passes(
    journal: Journal, database: Database, clock: SettableClock
) -> None:
    await journal.record("decision")
    forger = Journal(database, Sealer(secrets.token_bytes(32)), clock, "bvd")
    await forger.record("decision")
    with pytest.raises(JournalBroken, match="changed"):
        await journal.verify_chain()


async def test_entries_of_an_older_key_still_open_and_verify(database: Database, clock: SettableClock) -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    await Journal(database, Sealer(old), clock, "bvd").record("decision", sealed=PERSON)
    later = Journal(database, Sealer(new, old), clock, "bvd")
    await later.record("decision", sealed=PERSON)
    assert await later.verify_chain() == 2
    entries = await later.entries("decision", A_LONG_TIME_AGO)
    assert [later.open_sealed(entry) for entry in entries] == [PERSON, PERSON]


async def test_without_a_database_there_is_no_entry_and_no_code(
    sealer: Sealer, clock: SettableClock, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/away/journal.db")
    with pytest.raises(DatabaseUnavailable):
        await Journal(database, sealer, clock, "bvd").record("decision")
    await database.close()


async def test_after_the_database_came_back_a_new_chain_begins_and_all_verifies(
    own_postgres: PostgresServer, sealer: Sealer, clock: SettableClock
) -> None:
    url = own_postgres.url("postgres")
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    journal = Journal(database, sealer, clock, "bvd")
    await journal.record("decision")
    await asyncio.to_thread(own_postgres.stop)
    with pytest.raises(DatabaseUnavailable):
        await journal.record("decision")
    await asyncio.to_thread(own_postgres.start)
    clock.advance(seconds=1)
    await journal.record("decision")
    assert await journal.verify_chain() == 2
    await database.close()


async def test_an_entry_is_written_although_nobody_waits_for_it_any_more(journal: Journal) -> None:
    waiting = asyncio.create_task(journal.record("decision"))
    await asyncio.sleep(0)
    waiting.cancel()
    await journal.close()
    assert len(await journal.entries("decision", A_LONG_TIME_AGO)) == 1
