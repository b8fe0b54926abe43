"""Turns the environment into frozen settings, once, at start; nobody else reads the environment.

A setting stands in a dataclass of the service, with its default if it has one. `read_settings` names what is missing.
"""

import base64
import binascii
import os
import time
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import (
    Any,
    Final,
    Protocol,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from stelsel.failures import Misconfigured
from stelsel.identifiers import Identifier

Clock = Callable[[], datetime]
"""Tells the moment, aware and in UTC. Always an argument (DESIGN 3.10)."""

S = TypeVar("S")


def system_clock() -> datetime:
    """The moment by the clock of this machine."""
    return datetime.now(UTC)


@runtime_checkable
class Timed(Protocol):
    """A clock that counts its own seconds: one that somebody sets."""

    def elapsed(self) -> float:
        """Seconds that passed, from wherever; they go forward only."""


def elapsed_by(clock: Clock) -> Callable[[], float]:
    """What counts how long something took beside `clock`: it never steps, though the clock may (spec/security P10)."""
    return clock.elapsed if isinstance(clock, Timed) else time.monotonic


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A key or password; it has no readable `repr`. In the environment it is written in base64."""

    value: bytes

    def __repr__(self) -> str:
        return "Secret(...)"


@runtime_checkable
class FromText(Protocol):
    """A setting of several lines, which reads itself; in the environment it is most often a `NAME_FILE`."""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The value. Raises `ValueError`, which names the place that is wrong."""


# --- settings of the parts of this folder; a service nests them in its own


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLimits:
    """Bounds on the short-lived store. Memory refuses when full; Redis answers in time or is unavailable."""

    max_entries: int = 500_000
    max_value_bytes: int = 256 * 1024
    connections: int = 64
    deadline_seconds: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the short-lived store is: `memory:`, `redis://`, `rediss://` or `unix://`. `key` seals its values."""

    url: str = "memory:"
    key: Secret
    older_keys: tuple[Secret, ...] = ()
    limits: StoreLimits = StoreLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits:
    """How long the database may take before it counts as unavailable, and how many connections one process holds."""

    connections: int = 10
    connect_seconds: float = 3.0
    statement_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """The key that seals the journal, and those it was sealed with before."""

    key: Secret
    older_keys: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadLimits:
    """How much cryptography runs at once, and how much may wait for it."""

    threads: int = 4
    waiting: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Connections to other parties. They close on our side before a server would: no request meets a closing one."""

    connections: int = 200
    connections_per_host: int = 32
    keep_alive_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one connection may ask of us (spec/security P7). Bounds on a body's size stand with the routes."""

    header_seconds: float = 10.0
    header_bytes: int = 32 * 1024
    body_seconds: float = 30.0
    keep_alive_seconds: int = 75
    concurrent: int = 2_000
    stop_seconds: int = 10


STORE_LIMITS: Final = StoreLimits()
DATABASE_LIMITS: Final = DatabaseLimits()
OFFLOAD_LIMITS: Final = OffloadLimits()
HTTP_LIMITS: Final = HttpLimits()
SERVER_LIMITS: Final = ServerLimits()


# --- reading


def read_settings(kind: type[S], prefix: str, environ: Mapping[str, str] | None = None) -> S:
    """The settings of `kind`, a dataclass, from variables named `PREFIX_FIELD`, nested ones `PREFIX_FIELD_FIELD`.

    `NAME_FILE` may name a file that holds the value. Raises `Misconfigured`, which names everything that is missing or
    wrong, never its value.
    """
    wrong: list[str] = []
    found = _read(kind, prefix.upper(), os.environ if environ is None else environ, wrong)
    if wrong:
        raise Misconfigured("; ".join(wrong))
    return cast(S, found)


def _read(kind: type[Any], prefix: str, environ: Mapping[str, str], wrong: list[str]) -> object:
    hints = get_type_hints(kind)
    before = len(wrong)
    values: dict[str, object] = {}
    for field in fields(kind):
        name = f"{prefix}_{field.name.upper()}" if prefix else field.name.upper()
        wanted = hints[field.name]
        if _is_nested(wanted):
            values[field.name] = _read(wanted, name, environ, wrong)
            continue
        text = _text_of(name, environ, wrong)
        if text is not None:
            values[field.name] = _parsed(name, wanted, text, wrong)
        elif _has_no_default(field):
            wrong.append(f"{name} is missing")
    if len(wrong) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        wrong.append(f"{prefix}: {error}")
        return None


def _is_nested(wanted: Any) -> bool:
    return isinstance(wanted, type) and is_dataclass(wanted) and not issubclass(wanted, (Identifier, Secret, FromText))


def _has_no_default(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _text_of(name: str, environ: Mapping[str, str], wrong: list[str]) -> str | None:
    if name in environ:
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        wrong.append(f"{name}_FILE names no readable file")
        return ""


def _parsed(name: str, wanted: Any, text: str, wrong: list[str]) -> object:
    try:
        return _parse(wanted, text)
    except ValueError as error:
        wrong.append(f"{name} {error}")
    except Misconfigured:
        raise
    except Exception as error:
        wrong.append(f"{name} is no {getattr(wanted, '__name__', wanted)} ({type(error).__name__})")
    return None


def _parse(wanted: Any, text: str) -> object:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        (inner,) = (option for option in get_args(wanted) if option is not types.NoneType)
        return _parse(inner, text) if text else None
    if origin in (tuple, frozenset):
        return origin(_parse(get_args(wanted)[0], part.strip()) for part in text.split(",") if part.strip())
    parse = PARSERS.get(wanted)
    if parse is not None:
        return parse(text)
    if isinstance(wanted, type) and issubclass(wanted, FromText):
        return wanted.from_text(text)
    if isinstance(wanted, type) and issubclass(wanted, (Identifier, Enum)):
        return wanted(text)
    raise Misconfigured(f"a setting cannot be of type {wanted}")


def _flag(text: str) -> bool:
    try:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def _secret(text: str) -> Secret:
    try:
        return Secret(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ValueError("must be base64") from None


PARSERS: Final[Mapping[object, Callable[[str], object]]] = {
    str: str,
    bool: _flag,
    int: _whole,
    float: _number,
    Path: Path,
    Secret: _secret,
}
