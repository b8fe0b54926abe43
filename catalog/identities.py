"""By what a service knows people who log in with eIDAS, and who holds a DV's keys of BSNk (TYP-03, spec st-saml 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stelsel import urns

LARGEST_KEY_SET: Final = 99_999_999  # by custom the day YYYYMMDD from which the recipient's certificate holds


class IdentityType(StrEnum):
    """An identifier that a service takes: a BSN as text, or what BSNk encrypts for one recipient (TYP-03)."""

    LEGACY_BSN = "legacy-bsn"
    BSN = "bsn"
    PSEUDONYM = "pseudonym"


class PersonalFact(StrEnum):
    """What a service may be told of somebody beside who he is: of eIDAS's minimum dataset, as eTD names it."""

    FIRST_NAME = "FirstName"
    FAMILY_NAME = "FamilyName"
    DATE_OF_BIRTH = "DateOfBirth"

    @property
    def urn(self) -> str:
        """The name of the attribute (st-saml 5)."""
        return f"{urns.ETOEGANG_PERSONAL}{self.value}"


class Holder(StrEnum):
    """Who decrypts what BSNk encrypted for a DV: the DV itself, or the gateway on its behalf."""

    DV = "dv"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class BsnkKeys:
    """A DV's keys of BSNk: for which set of them an AD encrypts, and who has them."""

    key_set: int
    holder: Holder = Holder.DV


PLAIN: Final = (IdentityType.LEGACY_BSN,)


def is_encrypted(taken: Sequence[IdentityType]) -> bool:
    """Whether something of BSNk is among what is taken."""
    return any(each is not IdentityType.LEGACY_BSN for each in taken)
