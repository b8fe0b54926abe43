"""`python -m catalog load FILE`: fills the catalogue from a catalogue file or a world file, all or nothing."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.loader import read_file
from catalog.repository import Catalog
from catalog.services import Entries
from catalog.settings import CatalogSettings
from runtime.database import Database, read_url, upgrade
from runtime.settings import read_settings, system_clock
from stelsel.failures import DatabaseUnavailable, Misconfigured

DONE, REFUSED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's, for a command that cannot be read


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything stands in the catalogue, 1 when the file is refused, 3 when the database does not answer."""
    asked = _parser().parse_args(arguments)
    file: Path = asked.file
    try:
        entries = read_file(file, system_clock())
        url = asked.database or read_settings(CatalogSettings, "NAMENS").database
        _make_room(url)
        upgrade(url)
        asyncio.run(_store(url, entries))
    except Misconfigured as refused:
        print(f"{refused.why}\nNothing was loaded.", file=sys.stderr)
        return REFUSED
    except DatabaseUnavailable as error:
        print(f"The database does not answer: {error.why}\nNothing was loaded.", file=sys.stderr)
        return UNAVAILABLE
    print(f"{file}: {_count(entries.providers, 'provider')} and {_count(entries.services, 'service')} loaded.")
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog", description="The dienstencatalogus.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    load = commands.add_parser("load", help="fill the catalogue from a TOML file, all or nothing")
    load.add_argument("file", type=Path, metavar="FILE", help="its tables dv and service; others are left alone")
    load.add_argument("--database", metavar="URL", help="sqlite:///... or postgresql://...; else NAMENS_DATABASE")
    return parser


async def _store(url: str, entries: Entries) -> None:
    database = Database(url)
    try:
        await Catalog(database).store(entries)
    finally:
        await database.close()


def _make_room(url: str) -> None:
    """SQLite makes its file, not the folder for it."""
    read = read_url(url)
    if read.get_backend_name() == "sqlite":
        Path(str(read.database)).parent.mkdir(parents=True, exist_ok=True)


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
