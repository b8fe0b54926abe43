"""A TOML file of tables whose rows have names, and that may extend another: layers in, one set of rows out."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from catalog.rows import Row, hint
from stelsel.failures import Misconfigured

# Name in the file -> name in a path of an error message. `fault` is keyed by source and has no list.
TABLES: Final[Mapping[str, str]] = {
    "dv": "dvs",
    "service": "services",
    "lc": "lcs",
    "cluster": "clusters",
    "client": "clients",
    "person": "persons",
    "organisation": "organisations",
    "employee": "employees",
    "gezag": "gezag",
    "measure": "measures",
    "machtiging": "machtigingen",
    "functionaris": "functionarissen",
    "chain": "chains",
}
FAULT: Final = "fault"
_KEYS: Final = frozenset({"at", "extends", "remove", FAULT, *TABLES})
_POSITION: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@dataclass(slots=True)
class NamedRow:
    """A row before it is read: its values, and the place it came from."""

    values: dict[str, object]
    where: str
    file: Path


@dataclass(slots=True)
class Layers:
    """The rows of a file and of all that it extends: table -> name -> row, in the order of first appearance."""

    file: Path
    at: object = None
    tables: dict[str, dict[str, NamedRow]] = field(default_factory=lambda: {key: {} for key in (*TABLES, FAULT)})

    def rows(self, table: str, at: datetime) -> tuple[Row, ...]:
        """The rows of one table, ready to be read; relative days are counted from `at`."""
        made = []
        for name, row in self.tables[table].items():
            values = row.values if table != FAULT else {**row.values, "name": name}
            made.append(Row(values, row.where, at, row.file))
        return tuple(made)


def read_layers(file: Path, shelf: Sequence[Path] = ()) -> Layers:
    """The rows of `file`, over those of the file it extends, which is looked for beside it and then on `shelf`.

    A row replaces the whole row of the same name below it; `[[remove]]` takes rows of the layers below out.
    Raises `Misconfigured`, which names the line where TOML ends, or the path.
    """
    return _layer(file, shelf, ())


def _layer(file: Path, shelf: Sequence[Path], above: tuple[Path, ...]) -> Layers:
    document = _parse(file)
    for key in document:
        if key not in _KEYS:
            raise Misconfigured(f"{file}: {key}: is no table or key of this file{hint(key, _KEYS)}")
    layers = Layers(file)
    if "extends" in document:
        below = _find(file, document["extends"], shelf)
        if below.resolve() in {path.resolve() for path in (*above, file)}:
            raise Misconfigured(f"{file}: extends: {below.name} extends this file in its turn")
        layers = _layer(below, shelf, (*above, file))
        layers.file = file
    layers.at = document.get("at", layers.at)
    _remove(layers, document.get("remove", []), file)
    for table, plural in TABLES.items():
        _put(layers.tables[table], document.get(table, []), plural, file)
    _put_faults(layers.tables[FAULT], document.get(FAULT, {}), file)
    return layers


def _parse(file: Path) -> dict[str, object]:
    try:
        text = file.read_bytes().decode()
        return tomllib.loads(text)
    except OSError as error:
        raise Misconfigured(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Misconfigured(f"{file}: line {line}: is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        match = _POSITION.fullmatch(str(error))
        why = match[1] if match else str(error)
        place = f"line {match[2]}, column {match[3]}" if match and match[2] else f"line {text.count(chr(10)) + 1}"
        raise Misconfigured(f"{file}: {place}: {why}") from error


def _find(file: Path, extends: object, shelf: Sequence[Path]) -> Path:
    if not isinstance(extends, str) or not extends:
        raise Misconfigured(f"{file}: extends: is no name of a file")
    name = extends if extends.endswith(".toml") else f"{extends}.toml"
    for folder in (file.parent, *shelf):
        if (folder / name).is_file():
            return folder / name
    raise Misconfigured(f"{file}: extends: there is no {name} beside this file{' or on the shelf' if shelf else ''}")


def _remove(layers: Layers, rows: object, file: Path) -> None:
    for index, values in enumerate(_list(rows, "remove", file)):
        where = f"{file}: remove[{index}]"
        for key in values:
            if key not in {"table", "name"}:
                raise Misconfigured(f"{where}.{key}: is no key of this table")
        table, name = values.get("table"), values.get("name")
        if not isinstance(table, str) or table not in layers.tables:
            raise Misconfigured(f"{where}.table: is none of {', '.join(layers.tables)}")
        if not isinstance(name, str) or layers.tables[table].pop(name, None) is None:
            raise Misconfigured(f"{where}.name: no {table} of that name stands in what this file extends")


def _put(into: dict[str, NamedRow], rows: object, plural: str, file: Path) -> None:
    here: dict[str, str] = {}
    for index, values in enumerate(_list(rows, plural, file)):
        where = f"{plural}[{index}]"
        name = values.get("name")
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise Misconfigured(f"{file}: {where}.name: is missing; every row has one")
        if name in here:
            raise Misconfigured(f"{file}: {where}.name: {name!r} is the name of {here[name]} already")
        here[name] = where
        into[name] = NamedRow(values, where, file)


def _put_faults(into: dict[str, NamedRow], faults: object, file: Path) -> None:
    if not isinstance(faults, dict) or not all(isinstance(values, dict) for values in faults.values()):
        raise Misconfigured(f"{file}: {FAULT}: write [{FAULT}.SOURCE]")
    for source, values in faults.items():
        into[source] = NamedRow(values, f"{FAULT}.{source}", file)


def _list(rows: object, path: str, file: Path) -> list[dict[str, object]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Misconfigured(f"{file}: {path}: is no list of tables: write [[table]]")
    return rows
