"""What a DV profile is: on which terms its requests are taken, and how its answer is put into words."""

from collections.abc import Callable
from dataclasses import dataclass, field

from catalog.connections import Connection
from exchange.respond import Reply, statement
from exchange.sso import Terms
from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate
from metadata.entities import Entity
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import DecryptionKey, EncryptedId, NameId, decrypt_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a login ended. `entity` is the DV's metadata; `keys` are what we hold for it, empty for a strict DV.

    `second_audience`: the LC that connects it is named beside it. `facts` are the names of what the service is told of
    the person beside who it is, `restrictions` whether it takes a mandate for a part of an organisation (catalogue).
    """

    reply: Reply
    dv: EntityId
    requester: EntityId
    service: ServiceUuid
    identity: SealedIdentity
    mandate: SealedMandate | None
    entity: Entity
    oin: Oin | None = None
    second_audience: bool = True
    facts: frozenset[str] = frozenset()
    restrictions: bool = False
    keys: tuple[DecryptionKey, ...] = field(default=(), repr=False)

    @property
    def legal(self) -> tuple[bytes, ...]:
        """Who is represented, by the BVD's word or else by an HM's; empty where nobody is."""
        return self.mandate.legal if self.mandate else self.identity.legal

    def acting(self) -> NameId:
        """Who logged in, in clear. Raises `Misconfigured` without a held key, `AnswerRefused` where none opens it."""
        return self.opened(*self.identity.acting)[0]

    def represented(self) -> NameId | None:
        """For whom, in clear; None where the user acts for nobody else. Raises as `acting`."""
        return self.opened(*self.legal)[0] if self.legal else None

    def stated(self, context_class: str, *attributes: Attribute) -> Assertion:
        """In the gateway's word alone: one Audience, these attributes, and of a mandate its ground and its end."""
        mandate = self.mandate
        ground = [Attribute(urns.REPRESENTATION_TYPE, mandate.representation_types)] if mandate else []
        return statement(
            self.reply,
            audiences=(self.dv,),
            context_class=context_class,
            attributes=(*attributes, *ground),
            authorities=(self.identity.authority, *((mandate.authority,) if mandate else ())),
            session_until=mandate.session_until if mandate else None,
        )

    def opened(self, *values: bytes) -> tuple[NameId, ...]:
        """EncryptedIDs in clear, which all stood inside a signature that was checked. Raises as `acting`."""
        if not self.keys:
            raise Misconfigured("this DV's profile needs a key that is held for it", found=self.dv.value)
        return tuple(decrypt_id(EncryptedId(each, (self.dv,)), self.dv, self.keys) for each in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One way in which DVs are connected over SAML.

    `opens`: its answers hold values that we decrypt on the DV's behalf. `represents`: it has a place for somebody who
    is represented, be it an organisation. `x509`: our signatures show the certificate.
    """

    name: str
    terms: Callable[[Connection], Terms]
    statement: Callable[[Told], Assertion]
    opens: bool = True
    represents: bool = True
    x509: bool = True
