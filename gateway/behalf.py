"""What BSNk encrypted for a DV, decrypted here on that DV's behalf, where the catalogue says so (spec st-saml 8.1).

The AD then encrypts for a key that we hold for this one DV and publish to the ADs of eIDAS alone. Within one step in
`offload` the value is opened, the structure verified and decrypted with the DV's own keys of BSNk, and what comes out
encrypted for the DV's own certificate: nothing is kept in clear. ST-SAML 1.0 has moved away from this, so a DV that
holds its own keys is the default (docs/divergences.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from catalog.identities import IdentityType
from catalog.repository import Catalog
from catalog.services import Provider, Service
from exchange.ask import Posted
from exchange.party import Self
from gateway.login import Login, SealedIdentity
from gateway.means.contract import Means
from gateway.means.recipients import OIDC, held_recipient
from metadata.held import HeldKeys
from stelsel import urns
from stelsel.bsnk.decryption import decrypt_identity, decrypt_pseudonym
from stelsel.bsnk.encrypted import Encrypted, read_text
from stelsel.bsnk.keys import KeysInMemory
from stelsel.bsnk.scheme import SchemeKeys
from stelsel.failures import AnswerRefused, BadIdentifier, EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Bsn, EntityId
from stelsel.saml.assertion import read_attributes
from stelsel.saml.encryption import (
    DecryptionKey,
    EncryptedAttribute,
    EncryptedId,
    NameId,
    Recipient,
    decrypt_id,
    encrypt_id,
)
from stelsel.saml.sealed_attributes import seal, unseal
from stelsel.subjects import Ground

# How each type stands in the catalogue.
TYPES: Final[Mapping[str, IdentityType]] = {
    urns.LEGACY_BSN: IdentityType.LEGACY_BSN,
    urns.BSNK_IDENTITY: IdentityType.BSN,
    urns.BSNK_PSEUDONYM: IdentityType.PSEUDONYM,
}


class OnBehalf:
    """Keeps the contract `Means`, around the means whose ADs give what BSNk makes.

    `scheme` None: no key of BSNk's scheme is known here, and nothing is genuine.
    """

    def __init__(
        self, means: Means, party: Self, catalog: Catalog, held: HeldKeys, scheme: SchemeKeys | None = None
    ) -> None:
        self._means = means
        self._party = party
        self._catalog = catalog
        self._held = held
        self._scheme = scheme

    @property
    def authorities(self) -> Sequence[EntityId]:
        """See `Means.authorities`."""
        return self._means.authorities

    @property
    def grounds(self) -> frozenset[Ground]:
        """See `Means.grounds`."""
        return self._means.grounds

    @property
    def represents_always(self) -> bool:
        """See `Means.represents_always`."""
        return self._means.represents_always

    def is_known(self, authority: EntityId, at: datetime) -> bool:
        """See `Means.is_known`."""
        return self._means.is_known(authority, at)

    async def ask(self, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
        """See `Means.ask`."""
        return await self._means.ask(login, authority, bvd, silent=silent)

    async def read(self, login: Login, brought: str) -> SealedIdentity:
        """See `Means.read`; for a DV that lets us, as the DV itself can open it.

        Raises `EncryptedIdRefused` too for a structure that is not genuine or not for this DV's keys, `AnswerRefused`
        for a type that the service does not take, and `Misconfigured` where we lack a key.
        """
        identity = await self._means.read(login, brought)
        provider = await self._catalog.provider(login.dv)
        if not provider.decrypted_here:
            return identity
        at = self._party.clock()
        service = await self._catalog.asked(login.service, login.dv, login.requester, at)
        if login.interface == OIDC:
            reader = await self._party.offload(held_recipient, self._held, login.dv, at)
        else:
            reader = self._party.trust.provider(login.dv, login.requester, at).recipient()
        return await self._party.offload(self._resealed, identity, provider, reader, service, at)

    def _resealed(
        self, identity: SealedIdentity, provider: Provider, reader: Recipient, service: Service, at: datetime
    ) -> SealedIdentity:
        dv = provider.entity_id
        keys, bsnk = self._held.decryption(dv, at), self._held.bsnk(dv)
        if not keys or self._scheme is None:
            raise Misconfigured("nothing to decrypt with on this DV's behalf", found=dv.value)
        if not reader.keys:
            raise Misconfigured("a DV without an encryption key of its own", found=dv.value)
        names = [decrypt_id(EncryptedId(xml, (dv,)), dv, keys) for xml in identity.acting]
        read = [_read(name, service, provider, bsnk, self._scheme) for name in names]
        _, sealed = read_attributes(identity.copied)
        facts = tuple(_resealed_fact(each, service, dv, keys, reader) for each in sealed)
        return replace(identity, acting=tuple(encrypt_id(name, [reader]).xml for name in read), copied=facts)


def _resealed_fact(
    sealed: EncryptedAttribute, service: Service, dv: EntityId, keys: Sequence[DecryptionKey], reader: Recipient
) -> bytes:
    """Something about the person, for the DV's own key. Never what its service is not to be told."""
    fact = unseal(sealed, dv, keys)
    allowed = [each.urn for each in service.attributes]
    if fact.name not in allowed:
        raise AnswerRefused(
            "something of the person that this service is not told",
            clause="DV-ATT-13",
            expected=", ".join(allowed) or "nothing",
            found=fact.name[:100],
        )
    return seal(fact.name, [str(value) for value in fact.values], reader).xml


def _read(name: NameId, service: Service, provider: Provider, keys: KeysInMemory, scheme: SchemeKeys) -> NameId:
    """Who this is to the DV, in clear. Never a type that its service does not take, whatever was sent."""
    if TYPES.get(name.qualifier) not in service.eidas:
        raise AnswerRefused(
            "a type of identifier that this service does not take",
            clause="TYP-03",
            expected=", ".join(service.eidas),
            found=name.qualifier[:100],
        )
    if name.qualifier == urns.LEGACY_BSN:
        return NameId(urns.LEGACY_BSN, _bsn(name.value).value)
    found = read_text(name.value, scheme)
    _check_recipient(found, provider)
    if name.qualifier == urns.BSNK_IDENTITY:
        return NameId(urns.LEGACY_BSN, decrypt_identity(found, keys).value)
    pseudonym = decrypt_pseudonym(found, keys, closing=keys.first_closing(provider.oin))
    return NameId(urns.ETOEGANG_PSEUDO, pseudonym.value.value)


def _check_recipient(found: Encrypted, provider: Provider) -> None:
    """Made for this very DV: a key of another DV is held elsewhere, and would not be found either."""
    if found.recipient != provider.oin:
        raise EncryptedIdRefused("for another recipient", expected=provider.oin, found=found.recipient)


def _bsn(text: str) -> Bsn:
    try:
        return Bsn(text)
    except BadIdentifier as bad:
        raise AnswerRefused(
            "the AD names a BSN that cannot exist",
            clause="TYP-03",
            expected="9 digits that pass the eleven test",
            found="others",
        ) from bad
