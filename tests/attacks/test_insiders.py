"""Somebody inside changes the catalogue or who is who (M11): it takes two, and the journal keeps what was done.

What comes of a change in the tables themselves stands with them: tests/runtime/test_journal.py,
tests/registers/machtigingen.
"""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.__main__ import main
from runtime.database import Database
from runtime.journal import Entry, Journal
from runtime.operating import KIND
from runtime.sealing import Sealer
from runtime.settings import system_clock
from tests.catalog.factories import GEMEENTE_ROW, SERVICE_ROW, a_file
from tests.catalog.test_command import services_in
from tests.conftest import AN_HOUR_OF_TESTING
from tests.metadata.conftest import network
from tests.metadata.factories import Network
from tests.metadata.operators import Operator

__all__ = ["network"]

KEY = b"j" * 32
LOWER = SERVICE_ROW.replace('"substantieel"', '"midden"')


class Desk:
    """The operator's terminal for the catalogue."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._folder = folder
        self._capsys = capsys

    def loads(self, rows: str, *words: str) -> tuple[int, str]:
        """The exit code of `load`, and all that it says."""
        code = main(["load", str(a_file(self._folder, GEMEENTE_ROW + rows)), "--database", self.url, *words])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def minimum(self) -> str:
        """The level of the one service that is loaded."""
        (service,) = services_in(self.url)
        return service.minimum.name


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(sqlite_url, tmp_path, capsys)


@pytest.fixture
def journal_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands write to the service's journal."""
    monkeypatch.setenv("NAMENS_JOURNAL_KEY", base64.b64encode(KEY).decode())


def with_journal(url: str, work: Callable[[Journal], Awaitable[Any]]) -> Any:
    """What `work` gives, with the journal of that database."""

    async def opened() -> Any:
        database = Database(url)
        journal = Journal(database, Sealer(KEY), system_clock, "gateway")
        try:
            return await work(journal)
        finally:
            await journal.close()
            await database.close()

    return asyncio.run(opened())


def entries(url: str) -> list[tuple[Entry, dict[str, Any]]]:
    """What operators did, with what is sealed."""

    async def read(journal: Journal) -> list[tuple[Entry, dict[str, Any]]]:
        return [(each, journal.open_sealed(each)) for each in await journal.entries(KIND, AN_HOUR_OF_TESTING)]

    found: list[tuple[Entry, dict[str, Any]]] = with_journal(url, read)
    return found


@pytest.mark.clause("M11")
def test_a_change_of_the_catalogue_is_seen_before_it_is_made_and_made_only_as_it_was_seen(desk: Desk) -> None:
    assert desk.loads(SERVICE_ROW)[0] == 0
    code, told = desk.loads(LOWER, "--dry-run")
    assert code == 0
    assert "\n  - minimum 25\n  + minimum 20\n" in told
    approved = re.findall(r"--approve ([0-9a-f]{16})", told)[0]
    assert desk.minimum() == "SUBSTANTIEEL"
    code, told = desk.loads(LOWER.replace("midden", "basis"), "--approve", approved)
    assert (code, desk.minimum()) == (1, "SUBSTANTIEEL"), told
    assert "not the change that was approved" in told
    assert desk.loads(LOWER, "--approve", approved)[0] == 0
    assert desk.minimum() == "MIDDEN"
    assert desk.loads(LOWER, "--approve", approved)[0] == 1, "what was approved was made once"


@pytest.mark.clause("M11", "P3")
@pytest.mark.usefixtures("journal_key")
def test_who_lowers_a_level_stands_in_the_journal_of_the_service(desk: Desk) -> None:
    desk.loads(SERVICE_ROW)
    code, told = desk.loads(LOWER)
    assert code == 0
    first, (lowered, sealed) = entries(desk.url)
    assert first[0].facts["what"] == lowered.facts["what"] == "catalogue"
    assert f"In the journal under {lowered.code}." in told
    assert sealed["changed"][0].startswith("service 894af375")
    assert sealed["by"]

    assert with_journal(desk.url, lambda journal: journal.verify_chain()) == 2


@pytest.mark.clause("M11", "P3")
def test_a_change_that_the_journal_cannot_keep_is_not_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.loads(SERVICE_ROW)
    monkeypatch.setenv("NAMENS_JOURNAL_KEY", base64.b64encode(b"short").decode())
    code, told = desk.loads(LOWER)
    assert (code, desk.minimum()) == (1, "SUBSTANTIEEL")
    assert "Nothing was loaded." in told


@pytest.mark.clause("M11", "S24")
@pytest.mark.usefixtures("journal_key")
def test_who_brings_in_or_removes_a_party_stands_in_the_journal(
    network: Network, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator, dv = Operator(network, sqlite_url, tmp_path, capsys), network.provider()
    code, told = operator.imports(network.written(dv))
    assert (code, told[-1][:21]) == (0, "In the journal under ")
    operator.types("remove", dv.entity_id.value)
    written = {entry.facts["what"]: lines for entry, lines in entries(sqlite_url)}  # each by a process of its own
    assert written.keys() == {"metadata", "metadata removed"}
    assert any("signing key" in line for line in written["metadata"]["changed"])
