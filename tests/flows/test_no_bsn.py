"""No BSN where none may be: URLs, headers, cookies, pages of gateway and BVD, log lines, databases (R-CHOICE, M10)."""

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from pilot.places import BVD, GATEWAY
from runtime.telemetry import JsonLines
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn
from tests.flows.pilots import Pilot, Start
from tests.flows.rows import BEWIND_BESIDE, CHILDREN_BESIDE
from tests.flows.wire import Exchange

OF_LOGGING = frozenset(vars(logging.makeLogRecord({})))
NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z+/=_-])[0-9]{8,9}(?![0-9A-Za-z+/=_-])")


def numbers_in(text: str) -> set[str]:
    """Every number that could be somebody's BSN, also one written in percent signs, entities, dots or dashes."""
    plain = unescape(unquote(text))
    joined = re.sub(r"(?<=[0-9])[ .](?=[0-9])", "", plain)
    found = set()
    for candidate in (*NINE_DIGITS.findall(plain), *NINE_DIGITS.findall(joined)):
        try:
            found.add(Bsn(candidate).value)
        except BadIdentifier:
            continue
    return found


def everyones(pilot: Pilot) -> set[str]:
    """The canaries: the numbers of everybody in this world."""
    return {person.bsn.value for person in pilot.world.persons}


def seen_by_users(pilot: Pilot) -> list[Exchange]:
    """What gateway and BVD exchanged with browsers."""
    return [each for each in pilot.wire if each.host in (pilot.places.host(GATEWAY), pilot.places.host(BVD))]


def without_messages(exchange: Exchange) -> str:
    """Everything but the SAML messages in forms, which are encrypted where they name somebody."""
    text = exchange.everything
    return re.sub(r"(SAMLRequest|SAMLResponse)(=|\" value=\")[A-Za-z0-9+/=%]+", r"\1", text)


@contextmanager
def log_of_everything() -> Iterator[io.StringIO]:
    """What the services log, as lines of JSON, before the last guard of telemetry could hide anything."""

    class Unmasked(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            extra = {name: value for name, value in vars(record).items() if name not in OF_LOGGING}
            return f"{record.getMessage()} {extra}"

    stream, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(stream), logging.StreamHandler(stream)]
    handlers[0].setFormatter(JsonLines("test"))
    handlers[1].setFormatter(Unmasked())
    level = root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    try:
        yield stream
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)


@pytest.mark.clause("R-CHOICE", "M10", "DV-ART-04")
async def test_no_number_of_anybody_shows_or_is_kept_in_clear(start_pilot: Start) -> None:
    pilot = await start_pilot(BEWIND_BESIDE + CHILDREN_BESIDE)
    with log_of_everything() as log:
        assert (await pilot.log_in("F1", "S1", "C2"))["outcome"] == "success"
        assert (await pilot.log_in("Josephien", "S4", "Janneke"))["outcome"] == "success"
        assert (await pilot.log_in("F3", "S1", "Samen"))["outcome"] == "status"
        assert (await pilot.log_in("M1", "S7"))["outcome"] == "success"
        pilot.take_away("rechtspraak")
        assert (await pilot.log_in("F1", "S1", "C2"))["outcome"] == "status"
    canaries = everyones(pilot)
    seen = seen_by_users(pilot)
    assert {each.host for each in seen} == {"localhost", "bvd.localhost"}
    assert len(seen) > 40
    for exchange in seen:
        assert numbers_in(without_messages(exchange)) == set(), f"{exchange.method} {exchange.host}{exchange.path}"
    # No URL of anybody, the DVs' and the stubs' included.
    for exchange in pilot.wire:
        assert numbers_in(exchange.path) == set(), exchange.path
    lines = log.getvalue()
    assert "answered" in lines
    assert [each for each in canaries if each in lines] == []
    assert numbers_in(lines) == set()
    kept = await asyncio.to_thread(databases, pilot)
    assert set(kept) == {"gateway.sqlite", "bvd.sqlite"}
    for name, data in kept.items():
        assert [each for each in canaries if each.encode() in data] == [], name


def databases(pilot: Pilot) -> dict[str, bytes]:
    """The files of gateway and BVD, with what has not been folded in yet."""
    folder = pilot.network.prepared.folder
    names = ("gateway.sqlite", "bvd.sqlite")
    return {name: b"".join(Path(each).read_bytes() for each in sorted(folder.glob(f"{name}*"))) for name in names}


@pytest.mark.clause("R-CHOICE")
async def test_a_page_shows_the_last_three_digits_at_most(scenarios: Pilot) -> None:
    before = len(scenarios.wire)
    await scenarios.choices("Josephien", "S4")
    pages = [each for each in scenarios.wire[before:] if each.host == "bvd.localhost" and "/choose/" in each.path]
    text = "".join(each.answer.decode() for each in pages)
    for child in ("Johanna", "Janneke"):
        number = scenarios.bsn(child)
        assert number[-3:] in text
        assert number[-4:] not in text
