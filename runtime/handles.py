"""Flow handles for URLs: which flow, at which DV and service it began; signed, and without personal data.

A handle tells an end page the way back when the flow itself is gone (PAGES 2, rule c). It proves nothing about the
browser that shows it.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final

_MAC_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Handle:
    """`flow` is the store's key of the flow, `dv` and `service` where it began."""

    flow: str
    dv: str
    service: str


class Handles:
    """Makes and reads the handles of one party; `key` is at least 32 bytes that all its workers share."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, handle: Handle) -> str:
        """The text that goes into a URL."""
        body = json.dumps([handle.flow, handle.dv, handle.service], separators=(",", ":")).encode()
        return f"{_text(body)}.{_text(self._mac(body))}"

    def read(self, text: str) -> Handle | None:
        """The handle, or None when we did not make it."""
        body_text, _, mac_text = text.partition(".")
        try:
            body, mac = _bytes(body_text), _bytes(mac_text)
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        flow, dv, service = json.loads(body)
        return Handle(flow, dv, service)

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"flow handle\0" + body, hashlib.sha256)[:_MAC_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
