"""Values of the gateway as bytes and back, for the sealed store: small JSON, and beside it what others signed, packed.

Evidence is most of a login, and each identity in it stands there twice. Only such bytes are packed: nothing of ours
that is secret lies in one pack with what somebody else may choose.
"""

import zlib
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BeforeValidator, PlainSerializer, SerializationInfo, TypeAdapter, ValidationInfo

T = TypeVar("T")

_VERSION: Final = b"\x02"
_FORMER: Final = b"{"  # how the first form began: all of it JSON, with bytes in base64
_HEAD: Final = slice(1, 5)  # the length of the JSON
_JSON: Final = 5
_FASTEST: Final = 1
_MOST_BYTES: Final = 1024 * 1024


class Unreadable(ValueError):
    """What is stored was written by another release, in a form that this one does not know."""


def _put(value: bytes, info: SerializationInfo) -> list[int]:
    """Lays `value` into the pack: from and until where."""
    pack = info.context
    if not isinstance(pack, bytearray):
        raise TypeError("only `Stored.dump` has a pack to lay it into")
    start = len(pack)
    pack += value
    return [start, len(pack)]


def _take(value: Any, info: ValidationInfo) -> Any:
    """What stands at a place of the pack. Anything else, as the former release kept it, is left to pydantic."""
    if not isinstance(value, list):
        return value
    pack: bytes = info.context or b""
    start, end = value
    if not (type(start) is type(end) is int and 0 <= start <= end <= len(pack)):
        raise ValueError("a place that is not in the pack")
    return pack[start:end]


Beside = Annotated[bytes, PlainSerializer(_put), BeforeValidator(_take)]
"""Bytes that others signed: kept beside the JSON instead of in it."""


class Stored(Generic[T]):
    """How values of one dataclass are kept. What the release before this one kept is read too, for it is in use."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> bytes:
        """Version, length of the JSON, JSON, and the pack if there is anything in it."""
        pack = bytearray()
        head = self._adapter.dump_json(value, context=pack, exclude_defaults=True)
        return _VERSION + len(head).to_bytes(4) + head + (zlib.compress(pack, _FASTEST) if pack else b"")

    def load(self, stored: bytes) -> T:
        """The inverse of `dump`. Raises `Unreadable`."""
        try:
            if stored.startswith(_FORMER):
                return self._adapter.validate_json(stored)
            if not stored.startswith(_VERSION):
                raise Unreadable("another version")
            end = _JSON + int.from_bytes(stored[_HEAD])
            return self._adapter.validate_json(stored[_JSON:end], context=_unpacked(stored[end:]))
        except (ValueError, zlib.error) as error:
            raise Unreadable("no value of this kind") from error


def _unpacked(tail: bytes) -> bytes:
    if not tail:
        return b""
    unpacking = zlib.decompressobj()
    pack = unpacking.decompress(tail, _MOST_BYTES)
    if not unpacking.eof or unpacking.unused_data:
        raise Unreadable("a pack that is cut off, too large, or followed by something")
    return pack
