"""What each clause says, in our own words, for whoever reads that it was broken: the text of docs/conformance."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stelsel.failures import Misconfigured

FOLDER: Final = Path(__file__).parent.parent / "docs" / "conformance"


def read_wordings(folder: Path = FOLDER) -> Mapping[str, str]:
    """The wording of each clause by its id. Raises `Misconfigured` where they did not come along with the code."""
    pages = [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    found: dict[str, str] = {row["id"]: row["text"] for page in pages for row in page.get("clause", ())}
    if not found:
        raise Misconfigured("the clauses are not there", expected=folder)
    return found
