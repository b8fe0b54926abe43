"""What `check` does around the judgement: it gets the document, and the revocation lists its certificates name."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from metadata.certificates import Anchors
from metadata.check import Report, check
from metadata.descriptors import certificates_of
from metadata.fetching import Fetching
from metadata.revocation import RevocationList, Revocations, read_list
from metadata.settings import METADATA_SETTINGS
from runtime.http import HttpClient
from runtime.settings import system_clock
from runtime.tls import client_context, fetching_context
from stelsel.failures import Failure, MessageRefused, Misconfigured, PartyUnavailable

CLEAN, FOUND, UNUSABLE = 0, 1, 2
LISTS: Final = 20  # addresses of lists that one document can make us ask
Say = Callable[[str], None]


def inspect(asked: Namespace, say: Say) -> int:
    """Carries out `check`: 0 without findings, 1 with them, 2 where there is nothing to judge."""
    try:
        held = None if "://" in asked.place else _held(asked.place)
        report = asyncio.run(_inspect(asked, held))
    except (Misconfigured, MessageRefused, PartyUnavailable, OSError) as error:
        print(f"{asked.place}: {_told(error)}", file=sys.stderr)
        return UNUSABLE
    say(report.json() if asked.json else "\n".join(report.lines()))
    return CLEAN if report.is_clean else FOUND


async def _inspect(asked: Namespace, held: bytes | None) -> Report:
    anchors = Anchors.from_pem(asked.trust) if asked.trust else None
    at: datetime = asked.at or system_clock()
    tls = fetching_context(asked.trust) if asked.trust else client_context(None)
    http = HttpClient(tls, asked.loopback, plain=True)
    fetching = Fetching(http, METADATA_SETTINGS, loopback=asked.loopback)
    try:
        data = await fetching.document(asked.place) if held is None else held
        revocations, notes = await _revocations(data, at, anchors, fetching, wanted=not asked.without_revocation)
    finally:
        await http.close()
    return check(data, at, anchors, asked.profile, role=asked.role, revocations=revocations, notes=notes)


def _held(place: str) -> bytes:
    """At most one byte more than a document may have: that one is refused by the reader, with its clause."""
    most = METADATA_SETTINGS.document_bytes + 1
    if place == "-":
        data = sys.stdin.buffer.read(most)
    else:
        with Path(place).open("rb") as file:
            data = file.read(most)
    if not data.strip():
        raise Misconfigured("nothing in it")
    return data


async def _revocations(
    data: bytes, at: datetime, anchors: Anchors | None, fetching: Fetching, *, wanted: bool
) -> tuple[Revocations | None, tuple[str, ...]]:
    """What the authorities took back, and a note for each list that could not be had."""
    if anchors is None:
        return None, ()
    if not wanted:
        return None, ("GEN-12: whether certificates were revoked was not asked",)
    try:
        needed = Revocations(anchors).needed(certificates_of(data), at)
        urls = tuple(dict.fromkeys(needed))
    except MessageRefused:
        return None, ()  # it cannot be read, and is told so
    lists: list[RevocationList] = []
    notes: list[str] = []
    for url in urls[:LISTS]:
        try:
            read = read_list(await fetching.revocation_list(url), url, anchors)
            if not read.is_current(at):
                raise MessageRefused(
                    "a revocation list that has ended, or is of a later day",
                    clause="GEN-12",
                    expected=f"one that holds at {at.isoformat()}",
                    found=f"until {read.until.isoformat()}",
                )
            lists.append(read)
        except (MessageRefused, PartyUnavailable) as error:
            notes.append(_unknown(url, error))
    notes += (_unknown(url, None) for url in urls[LISTS:])
    return Revocations(anchors, lists, required=False), tuple(notes)


def _unknown(url: str, error: Failure | None) -> str:
    why = f"{url}: {error.why}" if error else f"{url}: not asked, {LISTS} is the most"
    return f"GEN-12: whether certificates were revoked could not be determined here ({why})"


def _told(error: Exception) -> str:
    if not isinstance(error, Failure):
        return str(error)
    facts: Iterable[str] = (f"{name} {value}" for name, value in error.facts().items() if name in ("expected", "found"))
    told = ", ".join(facts)
    return " ".join(each for each in (error.broken_clause, error.why, f"({told})" if told else "") if each)
