"""What may not lie about in the tree: secrets, places on somebody's machine, addresses of package indexes."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Written in pieces, so that this file does not find itself.
PLAYGROUND = r"(localhost|127\.|\[::1\]|[\w.-]+\.(localhost|example|invalid|test)\b)"
SECRETS = {
    "a private key": "-----BEGIN ([A-Z]+ )*PRIVATE " + "KEY-----",
    "a password in a URL": rf"\b[a-z][a-z0-9+.-]*://[^/\s:@\"'{{}}<>$]+:[^/\s@\"'{{}}<>$]+@(?!{PLAYGROUND})[\w.-]+",
    "a token of a known kind": r"\b(gh[pousr]_\w{30,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|npm_\w{30,})\b",
}
PLACES = {
    "somebody's home": r"(?<![\w.])/(home|Users)/\w+|(?<![\w.])/root/\w+",
    "a folder of one machine": r"(?<![\w./-])/(work|tmp|opt)/\w+",
}
HALF_MERGED = {"both sides of a conflict": "^(<" + "{7}|>" + "{7})( |$)"}
REGISTRIES = {
    "a package index": r"(?i)\b(pypi\.(org|python\.org)|files\.pythonhosted|registry\.(npmjs|yarnpkg)|deb\.debian)\b",
}


@cache
def tracked() -> dict[str, str]:
    """Every tracked file that is text, by path."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    texts = {}
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and b"\0" not in (data := path.read_bytes())[:8192]:
            texts[name] = data.decode()
    return texts


@pytest.mark.parametrize(
    ("what", "pattern"), [*SECRETS.items(), *PLACES.items(), *REGISTRIES.items(), *HALF_MERGED.items()]
)
def test_no_file_holds(what: str, pattern: str) -> None:
    search = re.compile(pattern)
    found = [
        f"{name}:{number}"
        for name, text in tracked().items()
        for number, line in enumerate(text.splitlines(), 1)
        if name != "tests/test_tree.py" and search.search(line)
    ]
    assert found == [], f"{what} in {found}"


def test_every_file_ends_its_lines_the_same_way() -> None:
    assert [name for name, text in tracked().items() if "\r\n" in text] == []


def test_the_licence_is_whole() -> None:
    licence = tracked()["LICENSE"]
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert all(re.search(rf"^{number}\. \w", licence, flags=re.MULTILINE) for number in range(1, 16))
    assert licence.rstrip().endswith("new\nEUPL version.")


def test_documents_point_at_documents_that_are_there() -> None:
    missing = [
        f"{name}: {target}"
        for name, text in tracked().items()
        if name.endswith(".md")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert missing == []
