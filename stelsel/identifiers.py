"""Numbers and names by which parties, people and services are known; checked once, here."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

from stelsel.failures import BadIdentifier

Role = Literal["AD", "DV", "BVD", "LC", "RD"]  # ST-SAML TYP-01
ROLES: Final[tuple[Role, ...]] = get_args(Role)


def passes_elfproef(digits: str) -> bool:
    """Whether nine digits pass the BSN and RSIN check: 9a+8b+7c+6d+5e+4f+3g+2h-1i divisible by 11, not all zero."""
    weighed = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return weighed % 11 == 0 and digits != "000000000"


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """One checked identifier; `value` is its only spelling. Raises `BadIdentifier`, which never holds the value."""

    value: str
    shape: ClassVar[re.Pattern[str]]

    def __post_init__(self) -> None:
        if not self.shape.fullmatch(self.value):
            raise BadIdentifier(f"{type(self).__name__} is malformed")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value})"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class Bsn(Identifier):
    """Burgerservicenummer: nine digits that pass the 11-test. Has no readable `repr`; ask `last_digits` for a page."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{9}")

    def __post_init__(self) -> None:
        Identifier.__post_init__(self)
        if not passes_elfproef(self.value):
            raise BadIdentifier("Bsn fails the 11-test")

    @property
    def last_digits(self) -> str:
        """The three digits a page may show (DESIGN 5)."""
        return self.value[-3:]

    def __repr__(self) -> str:
        return "Bsn(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class KvkNummer(Identifier):
    """Number of a registration in the Handelsregister: eight digits, no check digit."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True, repr=False)
class Rsin(Identifier):
    """Number of a legal person: nine digits that pass the 11-test."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{9}")

    def __post_init__(self) -> None:
        Identifier.__post_init__(self)
        if not passes_elfproef(self.value):
            raise BadIdentifier("Rsin fails the 11-test")


@dataclass(frozen=True, slots=True, repr=False)
class Vestigingsnummer(Identifier):
    """Number of a branch in the Handelsregister: twelve digits."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, repr=False)
class Oin(Identifier):
    """Organisatie-identificatienummer: twenty digits, no check digit."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonym(Identifier):
    """A name that means somebody to one party only: printable ASCII, at most 1024. Has no readable `repr`."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]{1,1024}")

    def __repr__(self) -> str:
        return "Pseudonym(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, repr=False)
class ServiceUuid(Identifier):
    """Names one service definition in the catalogue (ST-SAML TYP-10).

    Not held to RFC 4122: the standard's own examples break its grouping (mandates 9).
    """

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[0-9A-Za-z-]{8,64}")


@dataclass(frozen=True, slots=True, repr=False)
class EntityId(Identifier):
    """Name of a party: printable ASCII, at most 1024 (SAML core 8.3.6), compared as an opaque string (C-03)."""

    shape: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]{1,1024}")
    gdi: ClassVar[re.Pattern[str]] = re.compile(
        r"urn:nl-eid-gdi:1\.0:(AD|DV|BVD|LC|RD|TD):([0-9]{20}):entities:([0-9]{4})"
    )
    etoegang: ClassVar[re.Pattern[str]] = re.compile(r"urn:etoegang:([A-Z]{2}):([0-9]{20}):entities:([0-9]{4})")

    @classmethod
    def of(cls, role: Role, oin: Oin, index: int) -> "EntityId":
        """The EntityID of `role` with index 0-9999; 9000 and up are test systems (ST-SAML TYP-01, TYP-02).

        Raises `BadIdentifier` for another index.
        """
        if not 0 <= index <= 9999:
            raise BadIdentifier("the index of an EntityID has four digits", clause="TYP-02", found=index)
        return cls(f"urn:nl-eid-gdi:1.0:{role}:{oin.value}:entities:{index:04d}")

    @property
    def oin(self) -> Oin | None:
        """The OIN inside, or None when the name is neither of the GDI form nor of eTD's."""
        match = self.gdi.fullmatch(self.value) or self.etoegang.fullmatch(self.value)
        return Oin(match[2]) if match else None

    @property
    def role(self) -> str | None:
        """AD, DV, BVD, LC, RD or TD (TYP-01), or None when the name is not of the GDI form."""
        match = self.gdi.fullmatch(self.value)
        return match[1] if match else None

    @property
    def is_supplier(self) -> bool:
        """Whether it is the name of an LC (TYP-01)."""
        return self.role == "LC"


Subject = Bsn | KvkNummer | Rsin | Pseudonym
"""Whoever acts or is represented."""
