"""Worlds written by a test, over those of the pilot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pilot.world import World, read_world
from stelsel.failures import Misconfigured

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
EXTENDED = 'extends = "scenarios"\n'
PERSON = '[[person]]\nname = "x"\nbsn = "999990329"\n'


def a_world(folder: Path, text: str, *settings: str) -> World:
    """The world in `text`, with settings laid over it."""
    file = folder / "world.toml"
    file.write_text(text)
    return read_world(file, now=NOW, settings=settings)


def refused(folder: Path, text: str, *settings: str) -> str:
    """Why the world in `text` cannot be."""
    with pytest.raises(Misconfigured) as caught:
        a_world(folder, text, *settings)
    return caught.value.why
