"""`python -m catalog`: `load FILE` fills it, all or nothing; `show` prints what DVs outside ST-SAML give up."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from catalog.loader import read_file
from catalog.profiles import given_up
from catalog.repository import Catalog
from catalog.services import Entries, Provider
from catalog.settings import CatalogSettings
from runtime.database import Database, read_url, upgrade
from runtime.settings import read_settings, system_clock
from stelsel.failures import DatabaseUnavailable, Misconfigured

DONE, REFUSED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's, for a command that cannot be read


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything stands in the catalogue, 1 when the file is refused, 3 when the database does not answer."""
    asked = _parser().parse_args(arguments)
    if asked.command == "show":
        return _show(asked.database)
    file: Path = asked.file
    try:
        entries = read_file(file, system_clock())
        settings = read_settings(CatalogSettings, "NAMENS")
        url = asked.database or settings.database
        _make_room(url)
        upgrade(url)
        asyncio.run(_store(url, entries))
    except Misconfigured as refused:
        print(f"{refused.why}\nNothing was loaded.", file=sys.stderr)
        return REFUSED
    except DatabaseUnavailable as error:
        print(f"The database does not answer: {error.why}\nNothing was loaded.", file=sys.stderr)
        return UNAVAILABLE
    for service in entries.services:
        for name in sorted(service.means.difference(settings.means)):
            print(
                f"Warning: {service.name} names the means {name}, which no gateway has (NAMENS_MEANS).", file=sys.stderr
            )
    print(f"{file}: {_count(entries.providers, 'provider')} and {_count(entries.services, 'service')} loaded.")
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog", description="The dienstencatalogus.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    show = commands.add_parser("show", help="print the DVs outside the standard, and what each gives up")
    show.add_argument("--database", metavar="URL", help="as for load")
    load = commands.add_parser("load", help="fill the catalogue from a TOML file, all or nothing")
    load.add_argument("file", type=Path, metavar="FILE", help="its tables dv and service; others are left alone")
    load.add_argument("--database", metavar="URL", help="sqlite:///... or postgresql://...; else NAMENS_DATABASE")
    return parser


def _show(database: str | None) -> int:
    """Prints each DV with another profile than `st-saml`: its terms, and what it gives up (clients 5)."""
    try:
        url = database or read_settings(CatalogSettings, "NAMENS").database
        providers = asyncio.run(_outside(url))
    except Misconfigured as refused:
        print(refused.why, file=sys.stderr)
        return REFUSED
    except DatabaseUnavailable as error:
        print(f"The database does not answer: {error.why}", file=sys.stderr)
        return UNAVAILABLE
    for provider in providers:
        print(f"{provider.name}  {provider.entity_id.value}  {provider.profile}")
        for sentence in given_up(provider):
            print(f"  - {sentence}")
    if not providers:
        print("Every DV is connected as ST-SAML has it.")
    return DONE


async def _outside(url: str) -> tuple[Provider, ...]:
    database = Database(url)
    try:
        return await Catalog(database).outside_the_standard()
    finally:
        await database.close()


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
