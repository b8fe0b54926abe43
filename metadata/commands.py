"""`import`, `remove`, `list` and `refresh`: what an operator does with others' metadata, in a service's database."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from metadata.certificates import Anchors
from metadata.descriptors.findings import STANDARD
from metadata.parties import Parties
from metadata.refresh import Refresh
from metadata.repository import Source, Sources
from metadata.settings import METADATA_SETTINGS
from runtime.database import Database, upgrade
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.operating import record
from runtime.settings import Clock, system_clock
from runtime.tls import fetching_context
from stelsel.failures import DatabaseUnavailable, MessageRefused, Misconfigured, PartyUnavailable

DONE, REFUSED, UNAVAILABLE = 0, 1, 3  # 2 is argparse's, for a command that cannot be read
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work with."""

    parties: Parties
    refresh: Refresh
    sources: Sources
    clock: Clock
    database: Database


def carry_out(asked: Namespace, say: Say) -> int:
    """Runs the command that was asked for; says what changed, or why nothing did."""
    work = {"import": _import, "remove": _remove, "list": _list, "refresh": _refresh}[asked.command]

    async def at_desk() -> int:
        async with _desk(asked) as desk:
            return await work(desk, asked, say)

    try:
        upgrade(asked.database)
        return asyncio.run(at_desk())
    except MessageRefused as refused:
        facts = "".join(
            f"\n  {name}: {value}" for name, value in refused.facts().items() if name in ("expected", "found")
        )
        say(f"{refused.broken_clause}  {refused.why}{facts}")
        if asked.command == "import":
            say("`python -m metadata check` lists all that is wrong with a document, each with its place.")
        say("Nothing was changed.")
        return REFUSED
    except (Misconfigured, OSError) as error:
        say(f"{error}\nNothing was changed.")
        return REFUSED
    except (DatabaseUnavailable, PartyUnavailable) as error:
        say(f"{error.why}\nNothing was changed.")
        return UNAVAILABLE


@asynccontextmanager
async def _desk(asked: Namespace) -> AsyncIterator[_Desk]:
    at: datetime | None = asked.at
    clock: Clock = (lambda: at) if at else system_clock
    anchors = Anchors.from_pem(asked.trust)
    database, offload = Database(asked.database), Offload()
    http = HttpClient(fetching_context(asked.trust), asked.loopback, plain=True)
    parties = Parties(database, offload, crl_required=not asked.without_revocation)
    sources = Sources(database)
    refresh = Refresh(parties, sources, http, anchors, clock, offload, METADATA_SETTINGS, loopback=asked.loopback)
    try:
        yield _Desk(parties, refresh, sources, clock, database)
    finally:
        await http.close()
        await database.close()
        offload.close()


async def _import(desk: _Desk, asked: Namespace, say: Say) -> int:
    place: str = asked.place
    is_address = "://" in place
    data = await desk.refresh.fetch(place) if is_address else await asyncio.to_thread(_read, Path(place))
    pinned = asked.profile != STANDARD
    only_looking = asked.dry_run or (pinned and asked.approve is None)
    take = partial(
        desk.refresh.take,
        data,
        url=place if is_address else "",
        publisher=asked.publisher,
        even_if_smaller=asked.even_if_smaller,
        even_if_older=asked.even_if_older or pinned,  # nothing in such a file tells which is newer
        profile=asked.profile,
    )
    taken = await take(only_looking=True, approved=asked.approve)
    recorded = ""
    if not only_looking:
        if taken.change:
            recorded = await record(desk.database, desk.clock, "metadata", taken.change, taken.changed)
        taken = await take(approved=taken.change or None)
    for line in taken.changed or ("nothing changed",):
        say(line)
    what = "would be kept" if only_looking else "kept"
    on_word = f", profile {asked.profile}, on your word alone" if pinned else ""
    say(f"{taken.publisher}: {len(taken.entities)} part{'y' if len(taken.entities) == 1 else 'ies'}, {what}{on_word}")
    if only_looking and taken.change:
        say(f"To keep exactly this: --approve {taken.change}")
    if recorded:
        say(recorded)
    return REFUSED if only_looking and not asked.dry_run and taken.change else DONE


def _read(path: Path) -> bytes:
    """At most one byte more than a document may have: that one is refused with its clause."""
    with path.open("rb") as file:
        return file.read(METADATA_SETTINGS.document_bytes + 1)


async def _remove(desk: _Desk, asked: Namespace, say: Say) -> int:
    recorded = await record(desk.database, desk.clock, "metadata removed", "", (asked.publisher,))
    removed = await desk.parties.remove(asked.publisher)
    for line in removed.changed:
        say(line)
    say(f"{asked.publisher}: removed")
    if recorded:
        say(recorded)
    return DONE


async def _list(desk: _Desk, asked: Namespace, say: Say) -> int:
    for source in (*await desk.sources.documents(), *await desk.sources.lists()):
        say(_line(source, desk.clock()))
    return DONE


async def _refresh(desk: _Desk, asked: Namespace, say: Say) -> int:
    await desk.sources.all_due(desk.clock())
    await desk.refresh.once()
    wrong = 0
    for source in (*await desk.sources.documents(), *await desk.sources.lists()):
        say(_line(source, desk.clock()))
        wrong += bool(source.error)
    return REFUSED if wrong else DONE


_NOTHING: Final = "nothing yet"


def _line(source: Source, at: datetime) -> str:
    """One source: whose, from where, until when it is good, and what went wrong."""
    until = source.until.isoformat() if source.until else _NOTHING
    over = " (over)" if source.until and source.until <= at else ""
    name = f"{source.publisher}  {source.url or 'from a file'}" if source.publisher else f"revoked  {source.url}"
    word = f"  profile {source.profile}, on an operator's word" if source.profile != STANDARD else ""
    return f"{name}  until {until}{over}{word}" + (f"  last error: {source.error}" if source.error else "")
