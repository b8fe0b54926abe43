"""Runs the revisions over the same drivers as the services; several processes that start at once take turns."""

import asyncio
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from runtime.database import prepare_sqlite, read_url

UPGRADING = 0x6E616D656E73  # "namens"; the name of a lock in PostgreSQL


def database_url() -> URL:
    """From `runtime.database.upgrade`, or `-x url=...` on the command line."""
    given: URL | None = context.config.attributes.get("url")
    return given or read_url(context.get_x_argument(as_dictionary=True)["url"])


def migrate(connection: Connection) -> None:
    """Everything in one transaction: all revisions, or none."""
    if context.config.attributes.get("compares", True):
        for module in (context.config.get_main_option("tables") or "").split():
            import_module(module)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": UPGRADING})
        context.run_migrations()


def migrate_sqlite(url: URL) -> None:
    """Without an event loop: nothing else goes on, and the driver's threads would outlive it."""
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        migrate(connection)


async def migrate_postgresql(url: URL) -> None:
    """Without the limits of a service: a revision may take its time."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)


target = database_url()
if target.get_backend_name() == "sqlite":
    migrate_sqlite(target)
else:
    asyncio.run(migrate_postgresql(target))
