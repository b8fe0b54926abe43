"""The texts of pages: TOML files, per key one line of HTML in each language, with `{names}` to fill in.

A page never holds a sentence of its own. What is filled in is escaped; the text itself is ours and may hold a link or
a `lang` on a foreign word.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from runtime.web.language import LANGUAGES, Language
from stelsel.failures import Misconfigured

_FORMATTER: Final = string.Formatter()


class Texts:
    """All texts of one host. Raises `Misconfigured` for a key that lacks a language, or has unequal `{names}`."""

    def __init__(self, *files: Path) -> None:
        self._texts: dict[str, Mapping[str, str]] = {}
        for file in files:
            for key, text in _leaves(tomllib.loads(file.read_text("utf-8"))):
                if key in self._texts:
                    raise Misconfigured(f"text {key} stands twice, also in {file.name}")
                _check(key, text)
                self._texts[key] = text
        # Most texts have nothing to fill in: those are made once.
        self._plain = {
            (key, language): Markup(text[language].format())  # noqa: S704 (our own file)
            for key, text in self._texts.items()
            for language in LANGUAGES
            if not placeholders(text[language])
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def get(self, language: Language, key: str, **values: object) -> Markup:
        """The text under `key`, filled in. An unknown key or a missing value is our mistake: `KeyError`."""
        plain = self._plain.get((key, language))
        if plain is not None:
            return plain
        filled = self._texts[key][language].format(**{name: escape(value) for name, value in values.items()})
        return Markup(filled)  # noqa: S704 (our own file, and what was filled in is escaped)


def placeholders(text: str) -> frozenset[str]:
    """The `{names}` in a text."""
    return frozenset(name for _, name, _, _ in _FORMATTER.parse(text) if name is not None)


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Tables nest freely; a table with a language in it is a text."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if not isinstance(value, dict):
            raise Misconfigured(f"text {key} is no table of languages")
        if set(value) & set(LANGUAGES):
            yield key, value
        else:
            yield from _leaves(value, f"{key}.")


def _check(key: str, text: Mapping[str, str]) -> None:
    if set(text) != set(LANGUAGES) or not all(isinstance(line, str) and line.strip() for line in text.values()):
        raise Misconfigured(f"text {key} must have exactly {' and '.join(LANGUAGES)}")
    if len({placeholders(line) for line in text.values()}) > 1:
        raise Misconfigured(f"text {key} does not fill in the same in every language")
