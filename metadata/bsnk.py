"""The file with the keys that BSNk published for its scheme: JSON, the URN of each key to its PEM or base64."""

import json
from pathlib import Path

from stelsel.bsnk.scheme import SchemeKeys, read_scheme_keys
from stelsel.failures import Misconfigured


def read_scheme_file(path: Path) -> SchemeKeys:
    """The scheme's keys in a file. Raises `Misconfigured`, which names it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} is no JSON") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise Misconfigured(f"{path} has a text for each URN")
    return read_scheme_keys(found)
