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
from runtime.operating import record
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
        code = asyncio.run(_load(url, entries, asked))
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
    counted = f"{_count(entries.providers, 'provider')} and {_count(entries.services, 'service')}"
    print(f"{file}: {counted} {'would be ' if asked.dry_run else ''}loaded.")
    if code:
        print(code)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog", description="The dienstencatalogus.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    show = commands.add_parser("show", help="print the DVs outside the standard, and what each gives up")
    show.add_argument("--database", metavar="URL", help="as for load")
    load = commands.add_parser("load", help="fill the catalogue from a TOML file, all or nothing")
    load.add_argument("file", type=Path, metavar="FILE", help="its tables dv and service; others are left alone")
    load.add_argument("--database", metavar="URL", help="sqlite:///... or postgresql://...; else NAMENS_DATABASE")
    load.add_argument("--dry-run", action="store_true", help="load nothing; print what would change, and its name")
    load.add_argument("--approve", metavar="CHANGE", help="make this change, as --dry-run named it, and no other")
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


async def _load(url: str, entries: Entries, asked: argparse.Namespace) -> str:
    """Where in the journal it stands, since before the catalogue is another (spec/security M11)."""
    database = Database(url)
    try:
        catalog = Catalog(database)
        changed = await catalog.look(entries)
        if asked.dry_run:
            print(*changed.lines, sep="\n")
            if changed.name:
                print(f"To load exactly this: --approve {changed.name}")
            return ""
        if not changed.name and asked.approve is None:
            return ""
        if asked.approve not in (None, changed.name):
            raise Misconfigured(f"not the change that was approved: it is {changed.name or 'none'} now")
        code = await record(database, system_clock, "catalogue", changed.name, changed.lines)
        await catalog.store(entries, approved=changed.name)
        return code
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
