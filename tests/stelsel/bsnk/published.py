"""The published test vectors (vectors/README.md): structures, the keys that go with them, and what is inside."""

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from stelsel.bsnk.keys import KeysInMemory, read_key
from stelsel.bsnk.scheme import SchemeKeys, read_scheme_keys

FOLDER = Path(__file__).parent / "vectors"
FILES = ("pep-crypto", "polymorphic-pseudonymisation")


@dataclass(frozen=True, slots=True)
class Vector:
    """One structure; each answer is the publisher's, None where it gave none."""

    name: str
    der: bytes = field(repr=False)
    bsn: str | None = None
    pseudonym: str | None = None
    pseudonym_with_key_set: str | None = None
    pseudonym_der: bytes | None = field(default=None, repr=False)
    closed_with: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """All of one publisher."""

    scheme: SchemeKeys
    key_files: dict[str, str]
    keys: KeysInMemory
    structures: tuple[Vector, ...]
    refused: tuple[Vector, ...]
    refused_key_files: dict[str, str]

    def vector(self, name: str) -> Vector:
        """The structure in order of this name."""
        return next(vector for vector in self.structures if vector.name == name)


@cache
def published(name: str) -> Published:
    """The vectors of one file, by its name without suffix."""
    read = json.loads((FOLDER / f"{name}.json").read_text())
    key_files = {key: as_pem("EC PRIVATE KEY", **content) for key, content in read["keys"].items()}
    return Published(
        scheme=read_scheme_keys(
            {
                urn: content if isinstance(content, str) else as_pem("EC PUBLIC KEY", **content)
                for urn, content in read["scheme_keys"].items()
            }
        ),
        key_files=key_files,
        keys=KeysInMemory(read_key(text) for text in key_files.values()),
        structures=tuple(_vector(row) for row in read["structures"]),
        refused=tuple(_vector(row) for row in read["refused"]),
        refused_key_files={
            key: as_pem("EC PRIVATE KEY", **content) for key, content in read.get("refused_keys", {}).items()
        },
    )


def as_pem(label: str, headers: dict[str, str], key: str) -> str:
    """The file that the publisher has, put together again."""
    lines = [key[at : at + 64] for at in range(0, len(key), 64)]
    head = [f"{name}: {value}" for name, value in headers.items()]
    return "\n".join([f"-----BEGIN {label}-----", *head, "", *lines, f"-----END {label}-----", ""])


def _vector(row: dict[str, Any]) -> Vector:
    answer = row.get("pseudonym_der")
    return Vector(
        name=row["name"],
        der=base64.b64decode(row["der"]),
        bsn=row.get("bsn"),
        pseudonym=row.get("pseudonym"),
        pseudonym_with_key_set=row.get("pseudonym_with_key_set"),
        pseudonym_der=None if answer is None else base64.b64decode(answer),
        closed_with=tuple((int(key_set), value) for key_set, value in row.get("closed_with", {}).items()),
    )
