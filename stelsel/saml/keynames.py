"""Keys as people compare them: by name and by the thumbprint of the certificate."""

import hashlib
from collections.abc import Iterable
from typing import Protocol


class Known(Protocol):
    """A key of somebody's metadata."""

    @property
    def name(self) -> str:
        """KeyName."""

    @property
    def certificate(self) -> bytes:
        """DER."""


def thumbprint(certificate: bytes) -> str:
    """The beginning of its SHA-256, as certificate tools show it: enough to compare by eye."""
    return hashlib.sha256(certificate).hexdigest()[:16]


def told(keys: Iterable[Known]) -> str:
    """The keys as KeyInfo may name them."""
    known = (f"KeyName {key.name} (certificate {thumbprint(key.certificate)})" for key in keys)
    return ", ".join(known) or "a key in the sender's metadata: it has none that holds now"
