"""What a file changes in the catalogue, in lines that a second person can judge, and the name of exactly that change.

As `metadata/changes.py` does for keys and addresses (spec/security M11); what is there now the repository reads.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One line for each entry that comes, and for each of its values that comes (`+`) or goes (`-`).

    `name` stands for these lines against what is there now: who approves it has seen them, and no others. Empty where
    nothing changes.
    """

    lines: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Changed":
        """With the name of these lines."""
        found = tuple(lines)
        return cls(found, hashlib.sha256("\n".join(found).encode()).hexdigest()[:16] if found else "")


def changes(called: str, key: Sequence[str], before: Mapping[Key, Values], after: Iterable[Values]) -> Iterator[str]:
    """The lines of one kind of entries: `before` by the values of `key`, both as they are stored."""
    for row in after:
        name = tuple(row[each] for each in key)
        had = before.get(name)
        said = list(_between(had or {}, row))
        if said:
            yield f"{'' if had else '+ '}{called} {' '.join(map(str, name))}"
            yield from said


def _between(before: Values, after: Values) -> Iterator[str]:
    for name, value in after.items():
        old, new = _written(before.get(name)), _written(value)
        if old != new:
            yield from (f"  - {name} {old}",) if name in before else ()
            yield f"  + {name} {new}"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
