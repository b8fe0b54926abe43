"""What a catalogue entry says to its kind alone, under `terms`: what the kind does not read is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stelsel.failures import Misconfigured


class Terms:
    """The `terms` of one means. Every reader raises `Misconfigured`, which names the place."""

    def __init__(self, means: str, values: Mapping[str, Any] | None = None) -> None:
        self.means = means
        self._values = dict(values or {})
        self._read: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, "is missing or no text")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, each once; never empty."""
        value = self._take(key, list(default) if default else None)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise self.refuse(key, "is missing or no list of texts")
        if len(set(value)) < len(value):
            raise self.refuse(key, "has a text twice")
        return tuple(value)

    def table(self, key: str) -> Mapping[str, str]:
        """Texts by text; never empty."""
        value = self._take(key, None)
        if not isinstance(value, dict) or not value or not all(isinstance(each, str) for each in value.values()):
            raise self.refuse(key, "is missing or no table of texts")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false where it is left out."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.refuse(key, "is neither true nor false")
        return value

    def has(self, key: str) -> bool:
        """Whether the entry says anything of it."""
        return key in self._values

    def path(self, key: str) -> Path:
        """A file or folder: secrets stand there, and not in the entry."""
        return Path(self.text(key))

    def close(self) -> None:
        """Raises `Misconfigured` for a key that nobody read: it would mean nothing."""
        unread = sorted(self._values.keys() - self._read)
        if unread:
            raise self.refuse(unread[0], "means nothing to a means of this kind")

    def refuse(self, key: str, why: str) -> Misconfigured:
        """What is raised about one key."""
        return Misconfigured(f"{self.means}.terms.{key} {why}")

    def _take(self, key: str, default: object) -> object:
        self._read.add(key)
        return self._values.get(key, default)
