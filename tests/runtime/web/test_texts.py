"""Texts stand in files, whole in every language, and what is filled in cannot become markup."""

from pathlib import Path

import pytest

from runtime.web.texts import Texts
from stelsel.failures import Misconfigured


def texts(folder: Path, toml: str) -> Texts:
    file = folder / "texts.toml"
    file.write_text(toml)
    return Texts(file)


def test_what_is_filled_in_is_escaped_and_the_text_itself_is_not(tmp_path: Path) -> None:
    found = texts(tmp_path, '[a]\nb = {nl = "<b>{naam}</b>", en = "{naam}"}')
    assert found.get("nl", "a.b", naam="<script>") == "<b>&lt;script&gt;</b>"


def test_a_name_with_braces_fills_in_nothing(tmp_path: Path) -> None:
    found = texts(tmp_path, 'a = {nl = "{naam}", en = "{naam}"}')
    assert found.get("nl", "a", naam="{code}") == "{code}"


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ('a = {nl = "x"}', "must have exactly nl and en"),
        ('a = {nl = "x", en = " "}', "must have exactly nl and en"),
        ('a = {nl = "x", en = "y", fr = "z"}', "must have exactly nl and en"),
        ('a = {nl = "{naam}", en = "{name}"}', "does not fill in the same"),
        ('a = "x"', "no table of languages"),
    ],
)
def test_a_text_that_is_not_whole_stops_the_start_and_is_named(tmp_path: Path, toml: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=f"text a .*{why}"):
        texts(tmp_path, toml)


def test_a_text_stands_in_one_file_only(tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text('a = {nl = "x", en = "y"}')
    with pytest.raises(Misconfigured, match="text a stands twice"):
        Texts(tmp_path / "one.toml", tmp_path / "two.toml")


def test_a_page_that_forgets_a_value_fails_instead_of_showing_a_gap(tmp_path: Path) -> None:
    found = texts(tmp_path, 'a = {nl = "{naam}", en = "{naam}"}')
    with pytest.raises(KeyError):
        found.get("nl", "a")
