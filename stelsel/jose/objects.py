"""JSON of other parties, read in one way only: no member twice, no number that is none, no half character, no depth."""

import json
import math
from typing import Any, Final, Never

from stelsel.failures import MessageMalformed, MessageTooLarge

MAX_BYTES: Final = 64 * 1024
_LONGEST_NUMBER: Final = 18  # digits: what an int64 holds, and every instant there is


def read_object(content: bytes, what: str, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in `content`, whose name for the log is `what`.

    Raises `MessageMalformed` or `MessageTooLarge`; two readers of what it returns see the same (spec/security O4).
    """
    if len(content) > max_bytes:
        raise MessageTooLarge(f"{what} is too large", clause="O6", expected=f"{max_bytes} bytes", found=len(content))
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_once_each,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_finite,
        )
        if b"\\u" in content:  # an escape may be half a character: text that nobody can write again
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise MessageMalformed(
            f"{what} is no JSON of one meaning", clause="O4", expected="a JSON object", found=type(error).__name__
        ) from error
    if not isinstance(value, dict):
        raise MessageMalformed(
            f"{what} is no object", clause="O4", expected="a JSON object", found=type(value).__name__
        )
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member twice")
    return found


def _refuse(_: str) -> Never:
    raise ValueError("NaN or Infinity")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without end")
    return number


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number without end")
    return int(text)
