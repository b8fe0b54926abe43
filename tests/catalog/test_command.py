"""`python -m catalog load` as an operator runs it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.__main__ import main
from catalog.profiles import GIVES_UP
from catalog.repository import Catalog
from catalog.services import Service
from runtime.database import Database
from tests.catalog.factories import GEMEENTE, GEMEENTE_ROW, SERVICE_ROW, a_file

SCENARIOS = Path(__file__).parents[2] / "pilot" / "worlds" / "scenarios.toml"


def services_in(url: str) -> tuple[Service, ...]:
    async def ask() -> tuple[Service, ...]:
        database = Database(url)
        try:
            return await Catalog(database).services_of(GEMEENTE)
        finally:
            await database.close()

    return asyncio.run(ask())


def test_a_world_file_fills_the_catalogue(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(SCENARIOS), "--database", database_url]) == 0
    assert capsys.readouterr().out == f"{SCENARIOS}: 2 providers and 8 services loaded.\n"
    services = services_in(database_url)
    assert [service.name for service in services] == ["S1", "S2", "S3", "S5", "S6", "S7", "S8"]
    assert not services[-1].is_active(datetime(2026, 3, 10, tzinfo=UTC))


def test_a_file_with_one_mistake_loads_nothing(
    tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (
        SERVICE_ROW.replace('"bijstand"', '"tweede"').replace("894af375", "894af376").replace("substantieel", "veel")
    )
    file = a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW + wrong)
    assert main(["load", str(file), "--database", sqlite_url]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{file}: services[1].minimum: 'veel' is none of")
    assert told.err.endswith("Nothing was loaded.\n")
    assert services_in(sqlite_url) == ()


def test_a_file_that_is_no_toml_names_the_line(
    tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", str(a_file(tmp_path, "[[dv]\n")), "--database", sqlite_url]) == 1
    assert "line 1, column" in capsys.readouterr().err


def test_an_empty_database_gets_its_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite"
    assert main(["load", str(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW)), "--database", url]) == 0
    assert len(services_in(url)) == 1


def test_the_database_can_be_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/new.sqlite"
    monkeypatch.setenv("NAMENS_DATABASE", url)
    assert main(["load", str(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW))]) == 0
    assert len(services_in(url)) == 1


def test_without_a_database_named_it_is_a_file_under_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAMENS_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["load", str(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW))]) == 0
    assert len(services_in("sqlite:///run/namens.sqlite")) == 1


def test_a_database_that_is_away_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = a_file(tmp_path, GEMEENTE_ROW)
    assert main(["load", str(file), "--database", "postgresql://namens@127.0.0.1:1/nothing"]) == 3
    assert capsys.readouterr().err.startswith("The database does not answer: ")


def test_a_database_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", str(a_file(tmp_path, GEMEENTE_ROW)), "--database", "mysql://localhost/x"]) == 1
    assert "must be sqlite or postgresql" in capsys.readouterr().err


def test_the_dvs_outside_the_standard_are_shown_with_what_they_give_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
    assert main(["load", str(a_file(tmp_path, GEMEENTE_ROW, SERVICE_ROW)), "--database", url]) == 0
    capsys.readouterr()
    assert main(["show", "--database", url]) == 0
    assert capsys.readouterr().out == "Every DV is connected as ST-SAML has it.\n"
    outside = a_file(tmp_path, GEMEENTE_ROW + 'profile = "generic"\n', SERVICE_ROW)
    assert main(["load", str(outside), "--database", url]) == 0
    capsys.readouterr()
    assert main(["show", "--database", url]) == 0
    shown = capsys.readouterr().out
    assert [sentence for sentence in GIVES_UP["generic"] if f"  - {sentence}\n" not in shown] == []


def test_a_means_that_no_gateway_has_is_a_warning_and_not_a_mistake(
    tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW + 'means = ["digid", "werk"]\n')
    assert main(["load", str(file), "--database", sqlite_url]) == 0
    told = capsys.readouterr()
    assert told.out.endswith("1 provider and 1 service loaded.\n")
    assert told.err == "Warning: bijstand names the means werk, which no gateway has (NAMENS_MEANS).\n"
    assert services_in(sqlite_url)[0].means == {"digid", "werk"}
    monkeypatch.setenv("NAMENS_MEANS", "digid, werk")
    assert main(["load", str(file), "--database", sqlite_url]) == 0
    assert capsys.readouterr().err == ""
