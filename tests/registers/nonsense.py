"""What a source may send instead of what was agreed, put into a good answer one field at a time."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final

Step = str | int

NONSENSE: Final[tuple[object, ...]] = (
    None,
    7,
    True,
    "",
    "onzin\n",
    "x" * 5000,
    "2026-02-30",
    "9999-12-31",
    "123456789",
    "999990391",  # somebody else's BSN
    "90006623",  # another's KvK number
    [],
    {},
    [[]],
)


def each_field_with(answer: object, values: Sequence[object]) -> Iterator[object]:
    """The answer once for every field and value, with that value in that field."""
    for path in _paths(answer):
        for value in values:
            changed: Any = copy.deepcopy(answer)
            into = changed
            for step in path[:-1]:
                into = into[step]
            into[path[-1]] = value
            yield changed


def lists_twice(answer: object) -> Iterator[object]:
    """The answer once for every top-level list that holds something, with its members in it twice."""
    assert isinstance(answer, dict)
    for key, value in answer.items():
        if isinstance(value, list) and value:
            yield {**copy.deepcopy(answer), key: copy.deepcopy(value) * 2}


def _paths(value: object, before: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if before:
        yield before
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _paths(member, (*before, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _paths(member, (*before, index))
