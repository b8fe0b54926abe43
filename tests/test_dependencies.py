"""What others wrote and we stand on: nothing older than its known holes, nothing unpinned, nothing unasked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.test_architecture import MAY_IMPORT, modules

ROOT = Path(__file__).resolve().parent.parent

# The lowest version that has none of the holes known to us, which stand in docs/decisions/0003-dependencies.md.
# A package that is not installed is held to its floor from the day it is.
FLOORS = {
    "authlib": "1.9.10",
    "cryptography": "50.0.0",
    "fastapi": "0.109.1",
    "h11": "0.16.0",
    "httptools": "0.5.0",
    "idna": "3.7",
    "jinja2": "3.1.6",
    "joserfc": "1.7.4",
    "lxml": "6.1.1",
    "pyasn1": "0.6.4",
    "pyjwt": "2.10.1",
    "pyopenssl": "26.4.0",
    "pysaml2": "7.5.5",
    "python-jose": "3.5.0",
    "python-multipart": "0.0.32",
    "redis": "8.0.0",
    "requests": "2.33.0",
    "signxml": "5.0.0",
    "sqlalchemy": "2.0.0",
    "sqlmodel": "0.0.50",
    "starlette": "1.3.1",
    "urllib3": "2.7.0",
    "uvicorn": "0.54.0",
    "xmlsec": "1.3.17",
}
# `ecdsa` has a hole that is never mended (CVE-2024-23342) and comes with python-jose; multipart forms we do not read.
NEVER_IN_A_SERVICE = {"python-jose", "ecdsa", "rsa", "python-multipart", "pyjwt", "signxml", "xmlsec"}
# They run on what tests/clients/requirements.lock pins, in a venv of its own.
GUESTS = ("tests/clients/django_dv/", "tests/clients/python3_sp.py")
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def locked(name: str) -> dict[str, Version]:
    """Version by canonical name."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    return {canonicalize_name(package): Version(pin) for package, pin in pins}


def asked(name: str) -> Iterator[Requirement]:
    for line in (ROOT / name).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            yield from asked(text.removeprefix("-r ").strip())
        elif text:
            yield Requirement(text)


@pytest.mark.parametrize("lock", [*LOCKS, "tests/clients/requirements.lock"])
def test_no_locked_version_is_below_its_floor(lock: str) -> None:
    pins = locked(lock)
    assert {
        name: str(pins[name]) for name, floor in FLOORS.items() if name in pins and pins[name] < Version(floor)
    } == {}


def test_what_is_installed_is_what_was_locked() -> None:
    differ = {
        name: version(name) for name, pin in locked("requirements-dev.lock").items() if Version(version(name)) != pin
    }
    assert differ == {}


@pytest.mark.parametrize("lock", [*LOCKS, "setup/node.lock", "tests/clients/requirements.lock"])
def test_every_pin_has_a_hash_and_every_line_is_a_pin(lock: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]


def test_tests_run_on_the_versions_the_services_run_on() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.mark.parametrize(
    ("asking", "lock"),
    [
        ("requirements.in", LOCKS[0]),
        ("requirements-dev.in", LOCKS[1]),
        ("tests/clients/requirements.in", "tests/clients/requirements.lock"),
    ],
)
def test_the_lock_holds_what_is_asked_for(asking: str, lock: str) -> None:
    pins = locked(lock)
    unmet = [str(need) for need in asked(asking) if not need.specifier.contains(pins[canonicalize_name(need.name)])]
    assert unmet == []


def test_what_is_known_to_be_weak_stays_out_of_the_services() -> None:
    assert locked("requirements.lock").keys() & NEVER_IN_A_SERVICE == set()


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_what_we_import_we_asked_for_ourselves(folder: str) -> None:
    listed = "requirements-dev.in" if folder in {"tests", "benchmarks"} else "requirements.in"
    wanted = {canonicalize_name(need.name) for need in asked(listed)}
    distributions = packages_distributions()
    strangers = {
        f"{module.path}:{line} imports {name}"
        for module in modules(folder)
        if not module.path.startswith(GUESTS)
        for line, name in module.imports()
        if (top := name.split(".")[0]) not in MAY_IMPORT and top not in sys.stdlib_module_names
        if wanted.isdisjoint(canonicalize_name(given) for given in distributions.get(top, [top]))
    }
    assert strangers == set()


def test_python_keeps_its_asserts() -> None:
    assert sys.flags.optimize == 0, "libraries that check with assert are open under -O (CVE-2017-1000433)"
