"""Keys of a recipient: what each is for, the port behind which secrets stay, and a holder that has them in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from stelsel.bsnk import curve, pem
from stelsel.bsnk.curve import Point
from stelsel.failures import BadIdentifier, EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Oin

SCHEME_VERSION: Final = 1
Diversifier = tuple[tuple[str, str], ...]


class Purpose(StrEnum):
    """What a key of a recipient is for, as its file names it: ID, PD, PC and DRKi of BSNk."""

    IDENTITY = "EI Decryption"
    PSEUDONYM = "EP Decryption"
    CLOSING = "EP Closing"
    DIRECT = "DRKi"


@dataclass(frozen=True, slots=True)
class KeyName:
    """Which key: of whom, for what, in which sets. Nothing secret.

    `key_set` is the recipient's, by custom the day YYYYMMDD from which its certificate holds; `scheme_key_set` BSNk's.
    """

    purpose: Purpose
    recipient: Oin
    scheme_key_set: int
    key_set: int
    diversifier: Diversifier = ()


class SecretKeys(Protocol):
    """Who holds a recipient's secrets. An HSM may stand here: no secret crosses, only points and products.

    Synchronous, so called through `offload`. Raises `EncryptedIdRefused` for a key it does not have, and `Unavailable`
    when it does not answer.
    """

    def public(self, key: KeyName) -> Point:
        """The point that belongs to `key`."""
        ...

    def multiply(self, key: KeyName, point: Point) -> Point:
        """`key` times `point`. Only for points of a structure whose signature held."""
        ...


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """A key out of a file, with its secret."""

    name: KeyName
    public: Point
    secret: int = field(repr=False)


class KeysInMemory:
    """`SecretKeys` of this process, several sets side by side. Not constant time: docs/bsnk.md says what that means."""

    def __init__(self, keys: Iterable[RecipientKey]) -> None:
        self._keys: dict[KeyName, RecipientKey] = {}
        for key in keys:
            if self._keys.setdefault(key.name, key) != key:
                raise Misconfigured("two BSNk keys bear one name", found=key.name)

    def public(self, key: KeyName) -> Point:
        """See `SecretKeys`."""
        return self._find(key).public

    def multiply(self, key: KeyName, point: Point) -> Point:
        """See `SecretKeys`."""
        return curve.multiply(self._find(key).secret, point)

    def first_closing(self, recipient: Oin) -> int | None:
        """The oldest key set of which the closing key is here: whoever keeps to it knows people again (docs/bsnk.md).

        None where there is none.
        """
        held = [key.key_set for key in self._keys if key.purpose is Purpose.CLOSING and key.recipient == recipient]
        return min(held, default=None)

    def _find(self, name: KeyName) -> RecipientKey:
        key = self._keys.get(name)
        if key is None:
            held = sorted({held.key_set for held in self._keys if held.purpose is name.purpose})
            raise EncryptedIdRefused("no key of this name is held", expected=f"key sets {held}", found=name)
        return key


def read_key(text: str) -> RecipientKey:
    """The key in a file that BSNk gave to a recipient. Raises `Misconfigured`, which never holds the key.

    Headers that are not known are passed over. Older files have the scheme's key set as `SchemeKeyVersion`.
    """
    headers, secret, public = pem.read_private(text)
    if (version := _number(headers, "SchemeVersion")) != SCHEME_VERSION:
        raise Misconfigured("a BSNk key of an unknown scheme version", expected=SCHEME_VERSION, found=version)
    try:
        name = KeyName(
            purpose=Purpose(_text(headers, "Type")),
            recipient=Oin(_text(headers, "Recipient")),
            scheme_key_set=_number(
                headers, "SchemeKeySetVersion" if "SchemeKeySetVersion" in headers else "SchemeKeyVersion"
            ),
            key_set=_number(headers, "RecipientKeySetVersion"),
            diversifier=_diversifier(headers.get("Diversifier", "")),
        )
    except (ValueError, BadIdentifier) as error:
        raise Misconfigured("a BSNk key file whose headers cannot be", found=error) from error
    return RecipientKey(name, public, secret)


def write_key(key: RecipientKey) -> str:
    """The file that `read_key` reads; it holds the secret."""
    name = key.name
    diversifier = ",".join(f"{left}={right}" for left, right in name.diversifier)
    headers = {
        "SchemeVersion": str(SCHEME_VERSION),
        "SchemeKeySetVersion": str(name.scheme_key_set),
        "Type": name.purpose.value,
        "Recipient": name.recipient.value,
        "RecipientKeySetVersion": str(name.key_set),
        **({"Diversifier": diversifier} if diversifier else {}),
    }
    return pem.write_private(headers, key.secret, key.public)


def _text(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise Misconfigured("a BSNk key file lacks a header", expected=name)
    return value


def _number(headers: Mapping[str, str], name: str) -> int:
    value = _text(headers, name)
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise Misconfigured("a BSNk key file has a version that is not a number", expected=name, found=value)
    return int(value)


def _diversifier(text: str) -> Diversifier:
    """`Function=Controller,Group=Finance` as pairs, in order of their keys."""
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    if any(not key or not value for key, _, value in pairs):
        raise ValueError("a diversifier is KEY=VALUE, with commas between")
    return tuple(sorted((key.strip(), value.strip()) for key, _, value in pairs))
