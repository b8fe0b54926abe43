"""TrustStore: the verified metadata of all parties, looked up by name, by artifact and by TLS certificate."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from metadata.certificates import Certificate, Validity
from metadata.entities import Entity
from metadata.revocation import Revocations
from stelsel.failures import MessageRefused, UnknownIssuer, WrongParty
from stelsel.identifiers import EntityId
from stelsel.saml.signatures import KeysOf, VerificationKey

# A new set that is smaller than this part of the old one is a mistake or an attack until somebody says otherwise.
SHRINKS_TO: Final = 0.5
MOST_KEYS: Final = 2  # that a router lists for a DV (MD-RS-04)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entity and when each of its keys holds. `always` is the time in which all of them do."""

    entity: Entity
    validities: Mapping[bytes, Validity]
    always: Validity | None

    @classmethod
    def of(cls, entity: Entity, revocations: Revocations | None) -> Self:
        keys = (*entity.signing_keys, *entity.encryption_keys)
        validities = {key.certificate: _usable(Certificate.recall(key.certificate), revocations) for key in keys}
        if not validities:
            return cls(entity, validities, None)
        first = max(validity.first for validity in validities.values())
        last = min(validity.last for validity in validities.values())
        return cls(entity, validities, Validity(first, last))

    def entity_at(self, at: datetime) -> Entity:
        """The entity with those keys only whose certificates hold (GEN-12)."""
        if self.always is None or self.always.holds(at):
            return self.entity
        return replace(
            self.entity,
            signing_keys=self._holding(self.entity.signing_keys, at),
            encryption_keys=self._holding(self.entity.encryption_keys, at),
        )

    def _holding(self, keys: Sequence[VerificationKey], at: datetime) -> tuple[VerificationKey, ...]:
        return tuple(key for key in keys if self.validities[key.certificate].holds(at))


def _usable(certificate: Certificate, revocations: Revocations | None) -> Validity:
    """When it holds: not when it was revoked, and no longer than is known that it was not (GEN-12)."""
    validity = certificate.validity
    end = revocations.end_of(certificate) if revocations else None
    return validity if end is None else Validity(validity.first, min(validity.last, end))


@dataclass(frozen=True, slots=True)
class _Index:
    """One whole set of parties; never changed, only replaced."""

    by_name: Mapping[EntityId, _Entry]
    by_source: Mapping[bytes, _Entry]
    by_certificate: Mapping[bytes, tuple[_Entry, ...]]
    revocations: Revocations | None


class TrustStore:
    """Whom we know. Entities come in verified (`read_metadata`); their dates are judged at every look-up.

    One set at a time: `replace` swaps it whole, so that a look-up sees the old or the new and never a mixture.
    """

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self._index = _indexed(entities)
        self._revision: int | None = None

    @property
    def revision(self) -> int | None:
        """Of what was loaded last; None: nothing was."""
        return self._revision

    def __len__(self) -> int:
        return len(self._index.by_name)

    def find(self, entity_id: EntityId, at: datetime) -> Entity:
        """The party of that name, with the keys that hold at `at`.

        Raises `UnknownIssuer`, with clause MD-GEN-03 when its metadata has expired.
        """
        return _alive(self._index.by_name.get(entity_id), entity_id.value, at)

    def lists_encryption_key(self, entity_id: EntityId) -> bool:
        """Whether a party's metadata lists an encryption key, also where none of them holds any more."""
        entry = self._index.by_name.get(entity_id)
        return entry is not None and bool(entry.entity.encryption_keys)

    def by_source_id(self, source_id: bytes, at: datetime) -> Entity:
        """The party whose artifacts begin with that SHA-1 of its name (DV-ART-05). Raises `UnknownIssuer`."""
        return _alive(self._index.by_source.get(source_id), source_id.hex(), at)

    def by_certificate(self, der: bytes | None, at: datetime) -> tuple[Entity, ...]:
        """The parties, one or more, that a TLS client's certificate belongs to (GEN-21).

        Raises `WrongParty` when it belongs to nobody, or to nobody any more.
        """
        entries = self._index.by_certificate.get(der or b"", ())
        known = (entry.entity_at(at) for entry in entries if not _is_expired(entry.entity, at))
        callers = tuple(entity for entity in known if entity.accepts_tls(der or b""))
        if not callers:
            raise WrongParty(
                "the TLS client certificate is in nobody's metadata",
                expected="a certificate of an imported party that holds now",
                found="another" if der else "none",
            )
        return callers

    def entities(self, at: datetime) -> tuple[Entity, ...]:
        """Every party whose metadata holds at `at`, by name."""
        alive = (entry for entry in self._index.by_name.values() if not _is_expired(entry.entity, at))
        return tuple(sorted((entry.entity_at(at) for entry in alive), key=lambda entity: entity.entity_id.value))

    def providers(self, at: datetime) -> tuple[Entity, ...]:
        """Every DV there is to encrypt for, by name: those that connect themselves and those that LCs list (MD-RS-01).

        One that does both has all its keys, its own first: whoever lists it, they are its keys (MD-LC-04).
        """
        known = self.entities(at)
        found = {each.entity_id: each for each in known if each.assertion_consumers and not each.is_supplier}
        for listed in (self._listed(each, at) for supplier in known for each in supplier.providers):
            own = found.setdefault(listed.entity_id, listed)
            keys = {key.certificate: key for key in (*own.encryption_keys, *listed.encryption_keys)}
            found[listed.entity_id] = replace(own, encryption_keys=tuple(keys.values())[:MOST_KEYS])
        return tuple(sorted(found.values(), key=lambda entity: entity.entity_id.value))

    def provider(self, dv: EntityId, requester: EntityId, at: datetime) -> Entity:
        """The DV as `requester` connects it: itself, or as its LC lists it. Raises `UnknownIssuer`."""
        entity = self.find(requester, at)
        if dv == requester:
            return entity
        for listed in entity.providers:
            if listed.entity_id == dv:
                return self._listed(listed, at)
        raise UnknownIssuer(
            "the DV is not in the LC's metadata", clause="UC-04", found=dv.value, expected="a DV of the LC's metadata"
        )

    def _listed(self, provider: Entity, at: datetime) -> Entity:
        return _Entry.of(provider, self._index.revocations).entity_at(at)

    def keys_of(self, at: datetime) -> KeysOf:
        """What `verify` asks: a sender's signing keys at `at`. Raises `UnknownIssuer`, as `find` does."""

        def keys(sender: EntityId) -> Sequence[VerificationKey]:
            return self.find(sender, at).signing_keys

        return keys

    def replace(self, entities: Iterable[Entity], *, even_if_smaller: bool = False) -> None:
        """Takes this set instead of the present one.

        Raises `MessageRefused`, and keeps the present one, when the new set is empty, names a party twice, or is much
        smaller than the present one without `even_if_smaller` (spec/security S24).
        """
        index = _indexed(entities)
        found, needed = len(index.by_name), len(self) * SHRINKS_TO
        if not found:
            raise MessageRefused("an empty set of parties", clause="MD-GEN-01", expected="at least one", found="none")
        if found < needed and not even_if_smaller:
            raise MessageRefused("far fewer parties than before", clause="MD-GEN-01", expected=len(self), found=found)
        self._index = index

    def load(self, entities: Iterable[Entity], revision: int, revocations: Revocations | None = None) -> None:
        """Takes the set of our own database instead of the present one: what came in there was judged at import.

        A certificate that was revoked since is nobody's any more: for signatures, encryption and TLS.
        """
        self._index = _indexed(entities, revocations)
        self._revision = revision


def _indexed(entities: Iterable[Entity], revocations: Revocations | None = None) -> _Index:
    by_name: dict[EntityId, _Entry] = {}
    by_certificate: dict[bytes, tuple[_Entry, ...]] = {}
    for entity in entities:
        if entity.entity_id in by_name:
            raise MessageRefused(
                "a party stands there twice",
                clause="MD-GEN-01",
                expected="each party once",
                found=entity.entity_id.value,
            )
        entry = by_name[entity.entity_id] = _Entry.of(entity, revocations)
        for der in {key.certificate for key in entity.signing_keys}:
            by_certificate[der] = (*by_certificate.get(der, ()), entry)
    # SHA-1 because the artifact format has it; it names, it does not protect.
    by_source = {
        hashlib.sha1(name.value.encode(), usedforsecurity=False).digest(): entry for name, entry in by_name.items()
    }
    return _Index(by_name, by_source, by_certificate, revocations)


def _alive(entry: _Entry | None, sought: str, at: datetime) -> Entity:
    if entry is None:
        raise UnknownIssuer(
            "no verified metadata of this party", found=sought, expected="a party whose metadata was imported"
        )
    if _is_expired(entry.entity, at):
        raise UnknownIssuer(
            "the party's metadata has expired",
            clause="MD-GEN-03",
            found=sought,
            expected="metadata whose validUntil lies ahead",
        )
    return entry.entity_at(at)


def _is_expired(entity: Entity, at: datetime) -> bool:
    return entity.valid_until is not None and at >= entity.valid_until
