"""Log lines as JSON with the trace they belong to; and a last guard against a citizen service number in them."""

import json
import logging
import re
import secrets
import sys
import time
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Versions after 00 may say more behind the flags; ff is none.
_TRACEPARENT: Final = re.compile(
    r"(?!ff)(?:00(?!.{54})|(?!00)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
# Nine digits, no more; or a long hexadecimal name (of a message, trace or service), in which nine digits mean nothing.
_NAME: Final = r"_?[0-9a-f]{32,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_NINE_DIGITS: Final = re.compile(rf"(?P<name>(?<![0-9A-Za-z])(?:{_NAME})(?![0-9A-Za-z]))|(?<![0-9])[0-9]{{9}}(?![0-9])")
_MAY_BE_BSN: Final = re.compile("[0-9]{9}")
_LOG: Final = logging.getLogger("namens.http")
_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=str)
_OF_LOGGING: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}

_trace: ContextVar[str] = ContextVar("trace", default="")


# --- trace


def trace_id() -> str:
    """The trace of what is being done now, 32 hexadecimal digits; made on the spot where none was begun."""
    current = _trace.get()
    if not current:
        current = secrets.token_hex(16)
        _trace.set(current)
    return current


def begin_trace(received: str | None = None) -> str:
    """Begins the trace that the W3C `traceparent` header names, or a new one when it names none that is valid."""
    match = _TRACEPARENT.fullmatch(received or "")
    trace = match[1] if match else secrets.token_hex(16)
    _trace.set(trace)
    return trace


def traceparent() -> str:
    """The header with which another party can go on in our trace (W3C Trace Context 3.2)."""
    return f"00-{trace_id()}-{secrets.token_hex(8)}-01"


# --- log lines


def masked(text: str) -> str:
    """`text` without any nine digits that stand on their own: those may be a BSN (spec/security M10)."""
    return _NINE_DIGITS.sub(lambda match: match["name"] or "*********", text)


def _without_bsn(value: object) -> object:
    """`value` as JSON has it, every text and number in it masked."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {masked(str(name)): _without_bsn(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_without_bsn(inner) for inner in value]
    text = masked(str(value))
    return value if isinstance(value, (int, float)) and text == str(value) else text


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, service, trace, message, what `extra` holds, and any traceback."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`, in which nothing may stand that looks like a BSN."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "logger": record.name,
            "service": self._service,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OF_LOGGING}
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        text = _JSON.encode(line)
        # Most lines hold no nine digits in a row, and looking into each value costs more than all the rest.
        if _MAY_BE_BSN.search(text):
            text = _JSON.encode(_without_bsn(line))
        # Moment and trace are digits of ours: there is nothing to look for in them, nor to escape.
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = f'"{trace}"' if (trace := _trace.get()) else "null"
        return f'{{"at": "{at}", "trace": {told}, {text[1:]}'


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sends every log line of this process, those of libraries included, to `stream` (standard error) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # No line tells them, and each record would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(True)
    # Their lines hold URLs, and those may hold handles.
    for talkative in ("httpcore", "httpx", "uvicorn.access", "sqlalchemy.engine", "aiosqlite"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


# --- requests


class Tracing:
    """ASGI: each request has a trace, and one log line when it is answered: method, path, status, milliseconds.

    Of the path, what a route takes as a parameter is not told, and of the query nothing: they hold handles.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begins the trace, passes the request on, and tells how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin_trace_of(scope)
        began = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            log_answered(scope, status, began)


def begin_trace_of(scope: Scope) -> None:
    """Begins the trace of a request."""
    received = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
    begin_trace(received.decode("latin-1"))


def log_answered(scope: Scope, status: int, began: float) -> None:
    """The log line of a request that `began` then, by `time.perf_counter`."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    extra = {
        "method": scope["method"],
        "path": _path_of(scope),
        "status": status,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
    }
    # `Logger.info` would look through the stack for where it was called from, which no line of ours tells.
    _LOG.handle(_LOG.makeRecord(_LOG.name, logging.INFO, __file__, 0, "answered", (), None, extra=extra))


def _path_of(scope: Scope) -> str:
    """The path with `{name}` in place of each parameter of the route that took it."""
    path: str = scope["path"]
    parameters = scope.get("path_params")
    if not parameters:
        return path[:200]
    named = {str(value): f"{{{name}}}" for name, value in parameters.items()}
    return "/".join(named.get(part, part) for part in path.split("/"))[:200]
