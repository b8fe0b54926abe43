"""By which identifiers the eIDAS connector declares somebody: to the DV by the catalogue's entry, and to the BVD."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from catalog.identities import PLAIN, IdentityType, PersonalFact
from pilot.bsnk import Bsnk, Polymorphic
from pilot.cast import Person, Visitor
from stelsel import urns
from stelsel.failures import AuthenticationFailed
from stelsel.identifiers import Bsn, Oin
from stelsel.saml.encryption import EncryptedAttribute, EncryptedId, NameId, Recipient, encrypt_id
from stelsel.saml.sealed_attributes import seal

BVD_KEY_SET: Final = 20260101


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient of BSNk, and the keys with which the EncryptedID around a structure is closed for it."""

    recipient: Recipient
    oin: Oin
    key_set: int


@dataclass(frozen=True, slots=True)
class Declared:
    """What is to be declared of somebody: the type that the DV gets, and who it is. `bsn` None: there is none."""

    type: IdentityType
    bsn: Bsn | None = field(repr=False)
    identifier: str = field(repr=False)


def declared_as(who: Person | Visitor, taken: Sequence[IdentityType]) -> Declared:
    """The first type that the service takes and `who` has (TYP-03).

    Raises `AuthenticationFailed` where there is none.
    """
    bsn = who.bsn if isinstance(who, Person) else None
    if who.eidas is None:
        raise AuthenticationFailed("no means of another country")
    for each in taken:
        if bsn is not None or each is IdentityType.PSEUDONYM:
            return Declared(each, bsn, who.eidas.identifier)
    raise AuthenticationFailed("the service takes people with a BSN alone")


def acting(declared: Declared, bsnk: Bsnk, dv: Reader | Recipient, bvd: Reader | None, on: date) -> list[EncryptedId]:
    """The values of ActingSubjectID: a BSN once for all readers, what BSNk encrypts once for each (DV-ATT-10).

    Of somebody without a BSN the BVD is told nothing: no register knows for whom he may act.
    """
    if declared.type in PLAIN and declared.bsn is not None:
        readers = [_closed(dv), *([bvd.recipient] if bvd else [])]
        return [encrypt_id(NameId(urns.LEGACY_BSN, declared.bsn.value), readers)]
    if not isinstance(dv, Reader):
        raise AuthenticationFailed("the DV is no recipient of BSNk")
    person = bsnk.activate(declared.bsn) if declared.bsn else bsnk.activate_from_abroad(declared.identifier)
    if declared.type is IdentityType.BSN:
        values = [_identity(person, bsnk, dv, on)]
    else:
        structure = bsnk.transform_pseudonym(person, dv.oin, dv.key_set, on)
        values = [encrypt_id(NameId(urns.BSNK_PSEUDONYM, _text(structure)), [dv.recipient])]
    if bvd is not None and declared.bsn is not None:
        values.append(_identity(person, bsnk, bvd, on))
    return values


def facts_about(who: Person | Visitor, wanted: Iterable[PersonalFact]) -> Iterator[tuple[PersonalFact, str]]:
    """What a country knows of its citizen and a service is to be told, in the order of the catalogue.

    A day of birth that is not known whole is left out: eIDAS has no other (SAML attribute profile 2.2.3).
    """
    prefix = who.prefix if isinstance(who, Person) else ""
    known = {
        PersonalFact.FIRST_NAME: who.given,
        PersonalFact.FAMILY_NAME: " ".join(part for part in (prefix, who.family) if part),
        PersonalFact.DATE_OF_BIRTH: who.born if len(who.born) == len("2026-03-10") else "",
    }
    return ((fact, known[fact]) for fact in wanted if known[fact])


def sealed_facts(facts: Iterable[tuple[PersonalFact, str]], dv: Reader | Recipient) -> tuple[EncryptedAttribute, ...]:
    """Each on its own, for the DV alone (DV-ATT-13)."""
    return tuple(seal(fact.urn, (value,), _closed(dv)) for fact, value in facts)


def _identity(person: Polymorphic, bsnk: Bsnk, reader: Reader, on: date) -> EncryptedId:
    structure = bsnk.transform_identity(person, reader.oin, reader.key_set, on)
    return encrypt_id(NameId(urns.BSNK_IDENTITY, _text(structure)), [reader.recipient])


def _closed(reader: Reader | Recipient) -> Recipient:
    return reader.recipient if isinstance(reader, Reader) else reader


def _text(structure: bytes) -> str:
    return base64.b64encode(structure).decode()
