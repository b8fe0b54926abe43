"""KeyRing: a party's own keys for signing, encryption and TLS, each with the dates between which it is used.

A folder holds one PEM file per key, `<use>-<n>.pem` with use `signing`, `encryption` or `tls`: the private key, its
certificate, and the certificates between that and the authority. A `keys.toml` beside them may give dates:

    [signing-2]
    active_from = 2027-01-04T02:00:00Z      # until then published, not used: state "next"
    retired_from = 2029-01-04T02:00:00Z     # no longer published; an encryption key still decrypts

Files named `bsnk-<anything>.pem` are keys that BSNk issued to whoever the folder is of, of any number of key sets.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, Self, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from metadata.certificates import Certificate, read_pem
from runtime.tls import TlsIdentity
from stelsel.bsnk.keys import KeysInMemory, RecipientKey, read_key
from stelsel.failures import Misconfigured
from stelsel.saml.encryption import DecryptionKey
from stelsel.saml.signatures import SigningKey, VerificationKey

KeyUse = Literal["signing", "encryption", "tls"]
USES: Final[tuple[KeyUse, ...]] = get_args(KeyUse)
BSNK: Final = re.compile(r"bsnk-[0-9A-Za-z-]+\.pem")
FILE: Final = re.compile(rf"({'|'.join(USES)})-([1-9][0-9]*)\.pem")


class KeyState(StrEnum):
    """Where a key stands in its life: published, used, or over."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """One key of ours. In use from `active_from` to `retired_from`; without dates as long as its certificate holds."""

    use: KeyUse
    number: int
    path: Path
    private: RSAPrivateKey = field(repr=False)
    certificate: Certificate = field(repr=False)
    active_from: datetime
    retired_from: datetime

    @property
    def name(self) -> str:
        """Its KeyName: SHA-256 of the certificate, in hexadecimal (MD-GEN-05)."""
        return self.certificate.name

    def has_come(self, at: datetime) -> bool:
        """Whether it may be used yet."""
        return self.active_from <= at

    def is_over(self, at: datetime) -> bool:
        """Whether its time has passed."""
        return at >= self.retired_from


class KeyRing:
    """The keys of one party. Rolling over is adding a file, with or without dates: nothing else changes.

    One set at a time: `replace` swaps it whole, so that whoever asks sees the old or the new and never a mixture.
    """

    def __init__(self, keys: Iterable[OwnKey], bsnk: Iterable[RecipientKey] = ()) -> None:
        self._keys = tuple(sorted(keys, key=lambda key: (key.active_from, key.number)))
        self._bsnk = KeysInMemory(bsnk)

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """The keys in a folder. Raises `Misconfigured`, which names the file."""
        dates = _read_dates(folder / "keys.toml")
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix == ".pem")
        except OSError as error:
            raise Misconfigured(f"{folder} is no folder of keys") from error
        unknown = dates.keys() - {path.stem for path in files}
        if unknown:
            raise Misconfigured(f"{folder / 'keys.toml'} names a key that is not there: {', '.join(sorted(unknown))}")
        of_bsnk = [path for path in files if BSNK.fullmatch(path.name)]
        own = [path for path in files if path not in of_bsnk]
        return cls((_read_key(path, dates.get(path.stem, {})) for path in own), map(_read_bsnk, of_bsnk))

    def replace(self, other: "KeyRing") -> None:
        """Takes the keys of `other` instead of the present ones."""
        self._keys, self._bsnk = other._keys, other._bsnk

    @property
    def bsnk(self) -> KeysInMemory:
        """What BSNk issued, of every key set whose files are there; of a set whose files are gone nothing opens."""
        return self._bsnk

    def signing(self, at: datetime) -> SigningKey:
        """The key to sign with: of those in use, the one that came last. Raises `Misconfigured` when there is none."""
        key = self._current("signing", at)
        return SigningKey(name=key.name, private=key.private, certificate=key.certificate.der)

    def tls(self, at: datetime) -> TlsIdentity:
        """The files of the certificate to show, as server and as client. Raises `Misconfigured` when there is none."""
        key = self._current("tls", at)
        return TlsIdentity(certificate=key.path, key=key.path, name=key.name)

    def decryption(self, at: datetime) -> tuple[DecryptionKey, ...]:
        """Every key that something may have been encrypted for, newest first: those that are over as well."""
        keys = [key for key in reversed(self._keys) if key.use == "encryption"]
        current = [key for key in keys if not key.is_over(at)]
        late = [key for key in keys if key.is_over(at)]
        return tuple(DecryptionKey(name=key.name, private=key.private) for key in (*current, *late))

    def published(self, at: datetime) -> "Published":
        """What our metadata lists: every key that is next or in use; TLS certificates as signing keys (GEN-21)."""
        shown = [key for key in self._keys if not key.is_over(at)]
        return Published(
            signing=tuple(
                key.certificate.verification_key() for use in ("signing", "tls") for key in shown if key.use == use
            ),
            encryption=tuple(key.certificate.verification_key() for key in shown if key.use == "encryption"),
        )

    def for_tokens(self, at: datetime) -> tuple[VerificationKey, ...]:
        """What a JWK Set of ours lists: every key for signing that is next or in use, and no TLS certificate."""
        shown = (key for key in self._keys if key.use == "signing" and not key.is_over(at))
        return tuple(key.certificate.verification_key() for key in shown)

    def states(self, at: datetime) -> Mapping[str, KeyState]:
        """Where each key stands, by name of its file without suffix; for whoever manages them."""
        return {key.path.stem: self._state(key, at) for key in self._keys}

    def standing(self, at: datetime) -> tuple[tuple[str, KeyState], ...]:
        """Something else as soon as a key came, went, was renewed, or entered another part of its life."""
        return tuple((key.name, self._state(key, at)) for key in self._keys)

    def in_use(self, at: datetime) -> frozenset[KeyUse]:
        """The uses for which there is a key now."""
        return frozenset(key.use for key in self._keys if self._state(key, at) is KeyState.ACTIVE)

    def _state(self, key: OwnKey, at: datetime) -> KeyState:
        if key.is_over(at):
            return KeyState.RETIRED
        return KeyState.ACTIVE if key.has_come(at) else KeyState.NEXT

    def _current(self, use: KeyUse, at: datetime) -> OwnKey:
        for key in reversed(self._keys):
            if key.use == use and key.has_come(at) and not key.is_over(at):
                return key
        raise Misconfigured(f"no {use} key is in use at {at.isoformat()}")


@dataclass(frozen=True, slots=True)
class Published:
    """The public half of a key ring, as metadata shows it."""

    signing: tuple[VerificationKey, ...]
    encryption: tuple[VerificationKey, ...]


def _read_key(path: Path, dates: Mapping[str, datetime]) -> OwnKey:
    match = FILE.fullmatch(path.name)
    if match is None:
        raise Misconfigured(f"{path} is not named <use>-<number>.pem, with use {', '.join(USES)}")
    use = next(each for each in USES if each == match[1])
    try:
        data = path.read_bytes()
        # The library would try its primes again, which takes more than a login does; `_works` shows what counts.
        private = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        certificate = read_pem(data)[0]
    except (OSError, ValueError, TypeError) as error:
        raise Misconfigured(f"{path} holds no private key without password and its certificate") from error
    if not isinstance(private, RSAPrivateKey) or not _works(private, certificate.public):
        raise Misconfigured(f"the first certificate in {path} is not of its RSA key, or the key is broken")
    weak = next(certificate.weaknesses("encryption" if use == "encryption" else "signing"), None)
    if weak is not None:
        _, clause, why = weak
        raise Misconfigured(f"{path}: {why}", clause=clause)
    validity = certificate.validity
    return OwnKey(
        use=use,
        number=int(match[2]),
        path=path,
        private=private,
        certificate=certificate,
        active_from=max(validity.first, dates.get("active_from", validity.first)),
        retired_from=min(validity.last, dates.get("retired_from", validity.last)),
    )


def _works(private: RSAPrivateKey, public: RSAPublicKey | None) -> bool:
    """Whether what it signs is taken with the key of the certificate, as everybody else will find."""
    if public is None:
        return False
    message = b"whose key is this?"
    try:
        public.verify(private.sign(message, PKCS1v15(), SHA256()), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _read_bsnk(path: Path) -> RecipientKey:
    try:
        return read_key(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} holds no key of BSNk") from error
    except Misconfigured as error:
        raise Misconfigured(f"{path}: {error.why}", found=error.found, expected=error.expected) from error


def _read_dates(path: Path) -> dict[str, dict[str, datetime]]:
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} is no TOML") from error
    for name, row in table.items():
        if not isinstance(row, dict) or not row.keys() <= {"active_from", "retired_from"}:
            raise Misconfigured(f"{path}: {name} has only active_from and retired_from")
        if not all(isinstance(moment, datetime) and moment.tzinfo for moment in row.values()):
            raise Misconfigured(f"{path}: dates of {name} need a time and an offset")
    return table
