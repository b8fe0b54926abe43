"""Flow handles for URLs and RelayState: which flow, at which service it began; signed, and without personal data.

A handle tells an end page the way back when the flow itself is gone (PAGES 2, rule c). It proves nothing about the
browser that shows it. It is at most 80 bytes for a service that is named by a UUID (DV-REQ-25).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

FLOW_BYTES: Final = 16
KEPT: Final = 1_000  # texts of which is known what they say
KEPT_CHARS: Final = 200
_MAC_BYTES: Final = 12
_AS_UUID: Final = b"\x01"
_AS_TEXT: Final = b"\x02"


@dataclass(frozen=True, slots=True)
class Handle:
    """`flow` is the store's key of the flow, 32 hexadecimal digits; `service` is where it began."""

    flow: str
    service: str


class Handles:
    """Makes and reads the handles of one party; `key` is at least 32 bytes that all its workers share."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known = lru_cache(KEPT)(self._read)  # a login shows its handle with each of its requests

    def new(self, service: str) -> Handle:
        """The handle of a flow that begins now: 128 random bits."""
        return Handle(secrets.token_hex(FLOW_BYTES), service)

    def write(self, handle: Handle) -> str:
        """The text that goes into a URL."""
        body = _packed(handle.service, bytes.fromhex(handle.flow))
        return _text(body + self._mac(body))

    def read(self, text: str) -> Handle | None:
        """The handle, or None when we did not make it."""
        return self._known(text) if len(text) <= KEPT_CHARS else self._read(text)

    def _read(self, text: str) -> Handle | None:
        try:
            data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        body, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
        # Spelled otherwise, the same bytes are not ours either: one handle has one spelling.
        if (
            not hmac.compare_digest(mac, self._mac(body))
            or base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text
        ):
            return None
        kind, flow, service = body[:1], body[1 : 1 + FLOW_BYTES], body[1 + FLOW_BYTES :]
        return Handle(flow.hex(), str(UUID(bytes=service)) if kind == _AS_UUID else service.decode())

    def _mac(self, body: bytes) -> bytes:
        return hashlib.blake2b(b"flow handle\0" + body, key=self._key, digest_size=_MAC_BYTES).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _packed(service: str, flow: bytes) -> bytes:
    """A UUID as its 16 bytes; a ServiceUUID of another grouping as it is written (mandates 9)."""
    try:
        uuid = UUID(service)
    except ValueError:
        return _AS_TEXT + flow + service.encode()
    return _AS_UUID + flow + uuid.bytes if str(uuid) == service else _AS_TEXT + flow + service.encode()
