"""The epoch of a store: from its birth until it loses what it knew. Nothing of one epoch is valid in the next."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from runtime.sealing import Sealer
from runtime.settings import StoreLimits
from stelsel.failures import StoreUnavailable

# How far a party's clock may run ahead when a store is lost: what it dated in the future could otherwise be used again.
# Clocks keep NTP (ST-SAML GEN-23); each second of it is a second without logins.
SKEW: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Its name, 12 characters, and the moment of its birth.

    Birth counts in whole seconds, as the IssueInstant of most messages does: what was made in that second is after it.
    """

    name: str
    born_at: datetime

    @classmethod
    def begin(cls, now: datetime, after: "Epoch | None") -> "Epoch":
        """A new epoch, later by the skew when it follows one that we knew: no message of that time passes twice."""
        born_at = now.replace(microsecond=0)
        return cls(secrets.token_urlsafe(9), born_at + SKEW if after else born_at)

    def write(self) -> bytes:
        """The record that the store keeps of itself."""
        return f"{self.name} {self.born_at.isoformat()}".encode()

    @classmethod
    def read(cls, record: bytes) -> "Epoch":
        """What `write` wrote. Raises `StoreUnavailable` when it is something else."""
        try:
            name, born_at = record.decode().split(" ")
            return cls(name, datetime.fromisoformat(born_at))
        except ValueError as error:
            raise StoreUnavailable("the birth record of the store is not ours") from error

    def precedes(self, issued_at: datetime | None) -> bool:
        """Whether this store was already there at `issued_at` (None: that does not matter)."""
        return issued_at is None or self.born_at <= issued_at

    def handle(self) -> str:
        """A new handle: this epoch and 160 random bits."""
        return self.name + secrets.token_urlsafe(20)

    def name_of(self, family: str, key: str, sealer: Sealer) -> str:
        """Under which name the store keeps `key`: of this epoch, and telling nothing of the key (spec/security M10)."""
        return f"{self.name}:{sealer.digest(f'{family}:{key}'.encode()).hex()}"


def check_fits(value: bytes, seconds: int, limits: StoreLimits) -> None:
    """Raises `ValueError` for a lifetime that is none, `StoreUnavailable` for a value over the bound."""
    if seconds <= 0:
        raise ValueError("a lifetime is at least a second")
    if len(value) > limits.max_value_bytes:
        raise StoreUnavailable(f"a value of {len(value)} bytes is too large for the store")
