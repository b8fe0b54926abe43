"""Machtigingscodes: what one person hands to the other on paper. Stored as a keyed hash, typed by people."""

import hmac
import secrets
from typing import Final

from runtime.journal import CODE_ALPHABET
from runtime.sealing import Sealer

LENGTH: Final = 10  # 48 bits: with five tries and a keyed hash far more than can be guessed
_SPACES: Final = str.maketrans("", "", " -\u00a0\t")


def new_code() -> str:
    """A code, as it is shown: two groups of five."""
    text = "".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH))
    return f"{text[:5]}-{text[5:]}"


def hash_code(sealer: Sealer, mandate: str, code: str) -> bytes:
    """What is stored of a code: useless without the key, and for another mandate."""
    return sealer.digest(f"machtigingscode\0{mandate}\0{_plain(code)}".encode())


def is_code(sealer: Sealer, mandate: str, typed: str, stored: bytes | None) -> bool:
    """Whether `typed` is the code of that mandate, however people space it or write its letters."""
    return stored is not None and hmac.compare_digest(hash_code(sealer, mandate, typed), stored)


def _plain(code: str) -> str:
    return code.translate(_SPACES).upper()[:64]
