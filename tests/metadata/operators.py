"""Somebody at a terminal who imports what others publish."""

from pathlib import Path

import pytest

from metadata.__main__ import main
from tests.metadata.factories import NOW, Network


class Operator:
    """Somebody at a terminal, with the database of a service."""

    def __init__(self, network: Network, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._options = ("--database", url, "--trust", str(network.pki.anchors), "--at", NOW.isoformat())
        self._file = folder / "metadata.xml"
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, list[str]]:
        """The exit code and what is printed."""
        code = main([*words, *self._options])
        return code, self._capsys.readouterr().out.splitlines()

    def imports(self, data: bytes, *words: str) -> tuple[int, list[str]]:
        """`import` of a file with `data`."""
        self._file.write_bytes(data)
        return self.types("import", str(self._file), *words)
