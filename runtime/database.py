"""SQL for what lasts: SQLite embedded, PostgreSQL in production, asked in one way. Tables stand with their owners."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import DateTime, Dialect, Select, event
from sqlalchemy.engine import URL, RowMapping, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel.ext.asyncio.session import AsyncSession

from runtime.settings import DATABASE_LIMITS, DatabaseLimits
from stelsel.failures import DatabaseUnavailable, Misconfigured

MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "migrations"
NO_VALUES: Final[Mapping[str, Any]] = {}
DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Instant(TypeDecorator[datetime]):
    """A column type for moments: aware and UTC on our side, on either database (SQLite itself forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database. Raises `ValueError` for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment has a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database, with the connections of this process to it. Nothing is connected before the first session."""

    def __init__(self, url: str, limits: DatabaseLimits = DATABASE_LIMITS) -> None:
        self._engine = _engine(read_url(url), limits)
        self._writing = self._engine.execution_options(begins="BEGIN IMMEDIATE")
        self._looking = self._engine.execution_options(begins="")

    @asynccontextmanager
    async def session(self, *, writes: bool = False) -> AsyncIterator[AsyncSession]:
        """A session for one piece of work; what it did not commit is rolled back.

        Who reads and then writes says `writes`: on SQLite the transaction then waits for others that write before it
        reads, where it would otherwise be refused at its first write. Raises `DatabaseUnavailable`, also from within
        the block, when the database does not answer in time; a broken constraint stays an `IntegrityError`.
        """
        with _told():
            async with AsyncSession(self._writing if writes else self._engine, expire_on_commit=False) as session:
                yield session

    async def look(self, statement: Select[Any], values: Mapping[str, Any] = NO_VALUES) -> Sequence[RowMapping]:
        """The rows of one statement that only reads. It is a transaction of its own: on SQLite nothing begins one, and
        each step that is left out is a hop to the thread of its connection. Raises as `session`.
        """
        with _told():
            async with self._looking.connect() as connection:
                rows: Sequence[RowMapping] = (await connection.execute(statement, values)).mappings().all()
                return rows

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    """What a database says that does not answer, as `DatabaseUnavailable`."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionFree, OSError) as error:
        raise DatabaseUnavailable(_reason(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_cancelled(error) or type(error) is DatabaseError:
            raise DatabaseUnavailable(_reason(error)) from error
        raise


def upgrade(url: str) -> None:
    """Brings the tables of the database at `url` to what this code needs, or leaves it as it was.

    For the start of a service, before its event loop. Processes that start at once wait for each other; Alembic itself
    stands one upgrade at a time in a process. Raises `DatabaseUnavailable`.
    """
    config = Config(MIGRATIONS / "alembic.ini")
    config.attributes |= {"url": read_url(url), "compares": False}
    try:
        command.upgrade(config, "heads")
    except (OperationalError, InterfaceError, OSError) as error:
        raise DatabaseUnavailable(_reason(error)) from error


def read_url(url: str) -> URL:
    """`url` with the driver that we use. Raises `Misconfigured`."""
    try:
        read = make_url(url)
    except ArgumentError as error:
        raise Misconfigured("the URL of the database is not one") from error
    driver = DRIVERS.get(read.get_backend_name())
    if driver is None:
        raise Misconfigured("the database must be sqlite or postgresql")
    if driver.startswith("sqlite") and read.database in (None, "", ":memory:"):
        raise Misconfigured("SQLite needs a file: in memory each connection has a database of its own")
    return read.set(drivername=driver)


def connect_arguments(url: URL, limits: DatabaseLimits) -> dict[str, Any]:
    """How the driver of `url` is told what our limits are."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": limits.statement_seconds}
    milliseconds = str(round(limits.statement_seconds * 1000))
    return {
        "timeout": limits.connect_seconds,
        "command_timeout": limits.statement_seconds + 1,  # when the server itself no longer answers
        "server_settings": {
            "application_name": "namens",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": "30000",
            "timezone": "UTC",
        },
    }


def _engine(url: URL, limits: DatabaseLimits) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.connect_seconds,
        pool_pre_ping=url.get_backend_name() == "postgresql",
        connect_args=connect_arguments(url, limits),
        hide_parameters=True,  # values of a statement may be personal data; they are in no message
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Tells SQLite to keep references, to let readers go on while one writes, and to survive a power cut."""
    connection.isolation_level = None  # transactions begin where we say, not at the first write
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    begins = connection.get_execution_options().get("begins", "BEGIN")
    if begins:
        connection.exec_driver_sql(begins)


def _is_cancelled(error: DBAPIError) -> bool:
    """Whether the statement or a lock took too long (PostgreSQL 57014, 55P03), or the server goes down (57P0x)."""
    return str(getattr(error.orig, "sqlstate", "")) in {"57014", "55P03", "57P01", "57P02", "57P03", "25P03"}


def _reason(error: BaseException) -> str:
    """The kind of trouble, without statement or values."""
    cause = getattr(error, "orig", None) or error
    text = f": {cause}" if isinstance(cause, (sqlite3.Error, OSError)) else ""
    return f"{type(cause).__name__}{text}"[:200]
