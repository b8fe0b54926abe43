"""Sealing: values that leave our memory for a store or a journal can be read by us only, and only where we put them."""

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.settings import JournalSettings, StoreSettings
from stelsel.failures import Misconfigured

KEY_BYTES: Final = 32
# One value: version, id of the key, salt, nonce, ciphertext with its tag.
_VERSION: Final = b"\x01"
_ID: Final = slice(1, 5)
_NONCE: Final = slice(21, 33)
_ID_BYTES: Final = 4
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_CIPHERTEXT: Final = slice(33, None)
_WHICH: Final = slice(1, 21)  # id of the key and salt: what the key of a value depends on
_SEALED_WITH_ONE: Final = 1 << 20  # nonces are random: that two of so many are alike has a chance of 1 in 2^57
_KEPT_CIPHERS: Final = 64


class SealBroken(Exception):
    """The value was changed, moved, cut off, or sealed with a key that we do not hold."""


class Sealer:
    """AES-256-GCM with keys that are derived by salt, a new one for each million values of a process: so there is no
    bound on how many values one master key may seal.

    The first key seals, all of them open: a new key is put in front, an old one is left out once nothing needs it.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        for given in (key, *older):
            if len(given) != KEY_BYTES:
                raise Misconfigured(f"a sealing key has {KEY_BYTES} bytes")
        self._masters = {_id_of(given): _derived(given, b"seal") for given in (key, *older)}
        self._first = _id_of(key)
        # Names outlive the change of a key: they are made with the oldest key that is still held.
        self._naming = _derived((key, *older)[-1], b"name")
        self._marking = tuple(_derived(given, b"mark") for given in (key, *older))
        # Making the cipher of a key costs more than using it.
        self._ciphers = lru_cache(_KEPT_CIPHERS)(self._cipher)
        self._which, self._left = b"", 0

    def seal(self, value: bytes, about: bytes) -> bytes:
        """`value`, sealed. It opens only beside the same `about`: where it stands and what it is."""
        if not self._left:
            self._which, self._left = self._first + os.urandom(_SALT_BYTES), _SEALED_WITH_ONE
        self._left -= 1
        which, nonce = self._which, os.urandom(_NONCE_BYTES)
        return _VERSION + which + nonce + self._ciphers(which).encrypt(nonce, value, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """What was sealed. Raises `SealBroken`."""
        if not sealed.startswith(_VERSION) or sealed[_ID] not in self._masters or not sealed[_CIPHERTEXT]:
            raise SealBroken("not sealed with a key of ours")
        try:
            return self._ciphers(sealed[_WHICH]).decrypt(sealed[_NONCE], sealed[_CIPHERTEXT], about)
        except InvalidTag:
            raise SealBroken("changed, or moved from where it was put") from None

    def digest(self, text: bytes) -> bytes:
        """A keyed hash: equal for equal text, and without the key nobody can guess the text (spec/security M10)."""
        return _keyed(self._naming, text)

    def mark(self, text: bytes) -> bytes:
        """Proof that `text` was written by who holds the first key."""
        return _keyed(self._marking[0], text)

    def is_marked(self, text: bytes, mark: bytes) -> bool:
        """Whether `mark` was made over `text` with one of our keys."""
        return any(hmac.compare_digest(_keyed(key, text), mark) for key in self._marking)

    def __repr__(self) -> str:
        return "Sealer(...)"

    def _cipher(self, which: bytes) -> AESGCM:
        return AESGCM(_keyed(self._masters[which[:_ID_BYTES]], which[_ID_BYTES:]))


def sealer_of(settings: JournalSettings | StoreSettings) -> Sealer:
    """With the keys of a journal or of a store. Raises `Misconfigured`."""
    return Sealer(settings.key.value, *(key.value for key in settings.older_keys))


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"namens key id" + key).digest()[:_ID_BYTES]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return _keyed(key, b"namens " + purpose)


def _keyed(key: bytes, text: bytes) -> bytes:
    """BLAKE2b as MAC and key derivation (RFC 7693): a login takes some thirty, and `hmac` costs tenfold."""
    return hashlib.blake2b(text, key=key, digest_size=32).digest()
