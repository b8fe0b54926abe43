"""The tables of the catalogue and the revision that makes them."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

from catalog.tables import ProviderRow, ServiceRow
from runtime.database import Database

OURS = {str(ProviderRow.__tablename__), str(ServiceRow.__tablename__)}


def ours_only(thing: Any, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Whether Alembic is to compare this table, or this part of one."""
    table = thing if kind == "table" else thing.table
    return table.name in OURS


def differences(connection: Connection) -> list[Any]:
    """What Alembic would still have to change to make the database fit the code."""
    options: dict[str, Any] = {"include_object": ours_only, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))


async def test_the_revisions_make_the_tables_that_the_code_asks(database: Database) -> None:
    async with database.session() as session:
        assert await (await session.connection()).run_sync(differences) == []
