"""The walls of the house, read from the source with `ast`: who may import whom, and what has one home."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOOR_0 = frozenset({"stelsel", "runtime"})
FLOOR_1 = frozenset({"metadata", "exchange", "catalog", "registers"})
SERVICES = frozenset({"bvd", "gateway", "portals"})
EVERYTHING = FLOOR_0 | FLOOR_1 | SERVICES | {"pilot"}

MAY_IMPORT: dict[str, frozenset[str]] = {
    "stelsel": frozenset(),
    "runtime": frozenset({"stelsel"}),
    "metadata": FLOOR_0,
    "exchange": FLOOR_0 | {"metadata"},
    "catalog": FLOOR_0,
    "registers": FLOOR_0,
    "bvd": FLOOR_0 | FLOOR_1,
    "gateway": (FLOOR_0 | FLOOR_1) - {"registers"},
    "portals": FLOOR_0 | FLOOR_1,
    "pilot": EVERYTHING,
    "migrations": FLOOR_0 | FLOOR_1 | SERVICES,
    "benchmarks": EVERYTHING | {"tests"},
    "tests": EVERYTHING | {"benchmarks", "migrations"},
}

# What runs in production. The pilot, whose sample parties are independent of ours, may choose its own libraries.
RUNS = sorted(FLOOR_0 | FLOOR_1 | SERVICES)

XML = r"stelsel/saml/.*|metadata/descriptors(/.*)?\.py"
SQL = r"runtime/(database|journal)\.py|.*/(tables|repository|parties)\.py"
# The stub provider of the pilot shares nothing with what it tests: it has a JOSE of its own.
OAUTH = r"gateway/(interfaces|means)/oidc/.*|pilot/openid(_front)?\.py"
JOSE = r"stelsel/jose/.*|pilot/openid\.py"
HOMES: dict[str, str] = {
    "lxml": XML,
    "saml2": XML,
    "redis": r"runtime/store(_redis)?\.py",
    "sqlmodel": SQL,
    "sqlalchemy": SQL,
    "alembic": r"runtime/database\.py",
    "authlib": OAUTH,
    "joserfc": JOSE,
    "aiohttp": r"runtime/http\.py",
    "httpx": r"runtime/http\.py",
    "uvicorn": r"runtime/.*",
}
# Nowhere in what runs: parsers that our bounds do not reach, other processes, and a second opinion on tokens.
NOWHERE = frozenset(
    {
        "xml.etree",
        "xml.dom",
        "xml.sax.expatreader",
        "xml.parsers",
        "pyexpat",
        "defusedxml",
        "subprocess",
        "multiprocessing",
    }
    | {"pickle", "marshal", "shelve", "jose", "signxml", "xmlsec", "requests"}
)
STARTS_PROCESSES = frozenset({"system", "popen", "create_subprocess_exec", "create_subprocess_shell", "fork"})
NAMELESS = frozenset({"utils", "util", "common", "base", "misc", "manager", "helpers"})
LINES = 400


@dataclass(frozen=True, slots=True)
class Module:
    path: str
    source: str

    @property
    def folder(self) -> str:
        return self.path.split("/")[0]

    @property
    def tree(self) -> ast.Module:
        return parsed(self.path, self.source)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, `from a import b` as `a.b`, wherever in the file it stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                here = self.path.split("/")[: -node.level] if node.level else []
                prefix = ".".join([*here, *([node.module] if node.module else [])])
                yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


@cache
def parsed(path: str, source: str) -> ast.Module:
    return ast.parse(source, path)


def modules(*folders: str) -> list[Module]:
    return [
        Module(str(path.relative_to(ROOT)), path.read_text())
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def walls_broken(module: Module) -> list[str]:
    may = MAY_IMPORT[module.folder] | {module.folder}
    return [
        f"{module.path}:{line} imports {name}"
        for line, name in module.imports()
        if (top := name.split(".")[0]) in MAY_IMPORT and top not in may
    ]


def strays(module: Module) -> list[str]:
    found = []
    for line, name in module.imports():
        for library, home in HOMES.items():
            if is_within(name, library) and not re.fullmatch(home, module.path):
                found.append(f"{module.path}:{line} imports {name}, whose home is {home}")
        found += [f"{module.path}:{line} imports {name}" for banned in NOWHERE if is_within(name, banned)]
    return found


def test_every_folder_of_code_is_in_the_table() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/*.py")} - {".venv", "build", "run"}
    assert folders <= MAY_IMPORT.keys()


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_go_down_the_floors_only(folder: str) -> None:
    assert [broken for module in modules(folder) for broken in walls_broken(module)] == []


@pytest.mark.parametrize("folder", RUNS)
def test_a_library_has_one_home(folder: str) -> None:
    assert [stray for module in modules(folder) for stray in strays(module)] == []


def test_the_environment_is_read_in_one_place() -> None:
    reads = [
        f"{module.path}:{node.lineno}"
        for module in modules(*RUNS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
        if module.path != "runtime/settings.py"
    ]
    assert reads == []


def test_no_service_starts_a_process() -> None:
    starts = [
        f"{module.path}:{node.lineno} {node.attr}"
        for module in modules(*RUNS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in STARTS_PROCESSES
    ]
    assert starts == []


def test_no_module_keeps_state_of_its_own() -> None:
    rebinds = [
        f"{module.path}:{node.lineno} global {', '.join(node.names)}"
        for module in modules(*RUNS, "pilot")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Global)
    ]
    assert rebinds == []


def test_a_module_says_what_it_is_for() -> None:
    silent = [
        module.path for module in modules(*MAY_IMPORT) if module.source.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == []


def test_a_module_of_more_than_400_lines_is_two_modules() -> None:
    long = {module.path: length for module in modules(*MAY_IMPORT) if (length := module.source.count("\n")) > LINES}
    assert long == {}


def test_no_module_is_named_for_nothing() -> None:
    paths = [path.relative_to(ROOT) for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*")]
    assert [str(path) for path in paths if path.stem in NAMELESS] == []


def test_no_test_is_put_aside() -> None:
    aside = [
        f"{module.path}:{node.lineno} {node.attr}"
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail", "importorskip"}
    ]
    assert aside == []


def test_a_wall_that_is_broken_inside_a_function_is_found() -> None:
    late = Module("stelsel/x.py", "def read() -> None:\n    from runtime import settings\n")
    assert walls_broken(late) == ["stelsel/x.py:2 imports runtime.settings"]


def test_a_relative_import_is_followed() -> None:
    assert list(Module("bvd/rules/age.py", "from ..records import Record\n").imports()) == [(1, "bvd.records.Record")]


def test_a_stray_library_is_found() -> None:
    (stray,) = strays(Module("gateway/flow.py", "from lxml import etree\n"))
    assert stray.startswith("gateway/flow.py:1 imports lxml.etree")
