"""Who logged in, and for whom, in clear: opened with the key held for this one DV, at the token call and not before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, Misconfigured
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Attribute, read_attributes
from stelsel.saml.encryption import DecryptionKey, EncryptedId, NameId, decrypt_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One declaration. `chain` leads from whoever stands next to `acting` to the represented party, who is last.

    Empty: nobody is represented. `restrictions` narrow what may be done for that party (R-RESTR).
    """

    dv: EntityId
    service: ServiceUuid
    means: str
    loa: LevelOfAssurance
    at: datetime | None
    acting: NameId
    chain: tuple[NameId, ...] = ()
    representation_types: tuple[str, ...] = ()
    authorities: tuple[EntityId, ...] = ()
    restrictions: Mapping[str, str] = field(default_factory=dict)
    session_until: datetime | None = None

    @property
    def represented(self) -> NameId | None:
        """For whom; None where the user acts for nobody else."""
        return self.chain[-1] if self.chain else None

    def names(self) -> tuple[NameId, ...]:
        """Everybody in it."""
        return (self.acting, *self.chain)


def opened(
    dv: EntityId,
    service: ServiceUuid,
    means: str,
    identity: SealedIdentity,
    mandate: SealedMandate | None,
    keys: Sequence[DecryptionKey],
) -> Opened:
    """The declaration in clear; in `offload`.

    Raises `Misconfigured` without a held key, `AnswerRefused` where none opens it or something of it has no place in a
    token: nothing that narrows or lengthens a mandate is ever left out (R-RESTR, R-CHAIN).
    """
    if not keys:
        raise Misconfigured("this DV's clients need a key that is held for it", found=dv.value)

    def one(values: Sequence[bytes]) -> NameId:
        return decrypt_id(EncryptedId(values[0], (dv,)), dv, keys)

    between, restrictions = _copied(identity, dv, keys)
    if mandate is not None:
        between = _between(mandate, between, dv, keys)
        restrictions = _narrowed(mandate, restrictions)
    legal = mandate.legal if mandate else identity.legal
    if between and not legal:
        raise AnswerRefused(
            "an intermediary, and nobody who is represented",
            clause="OIDC-44",
            expected="a represented party behind the last of them",
            found=f"{len(between)} between",
        )
    return Opened(
        dv=dv,
        service=service,
        means=means,
        loa=identity.loa,
        at=identity.at,
        acting=one(identity.acting),
        chain=(*between, one(legal)) if legal else (),
        representation_types=mandate.representation_types if mandate else (),
        authorities=(identity.authority, *((mandate.authority,) if mandate else ())),
        restrictions=restrictions,
        session_until=mandate.session_until if mandate else None,
    )


def _between(
    mandate: SealedMandate, of_hm: Sequence[NameId], dv: EntityId, keys: Sequence[DecryptionKey]
) -> tuple[NameId, ...]:
    """Who stands between by the BVD's word, such as an office. An HM's chain besides has no place in it (R-CHAIN)."""
    if of_hm:
        raise AnswerRefused(
            "an HM's intermediary beside a BVD's mandate", clause="R-CHAIN", expected="none", found=f"{len(of_hm)}"
        )
    return tuple(decrypt_id(EncryptedId(each, (dv,)), dv, keys) for each in mandate.between)


def _narrowed(mandate: SealedMandate, of_hm: Mapping[str, str]) -> Mapping[str, str]:
    """The one part of the organisation that HM and BVD limit this to: never a choice of several (R-RESTR)."""
    parts = {*of_hm.values(), *mandate.restrictions}
    if len(parts) > 1:
        raise AnswerRefused(
            "limited to several parts of an organisation",
            clause="R-RESTR",
            expected="one, or none",
            found=f"{len(parts)}",
        )
    return {urns.ETOEGANG_VESTIGING: parts.pop()} if parts else {}


def _copied(
    identity: SealedIdentity, dv: EntityId, keys: Sequence[DecryptionKey]
) -> tuple[tuple[NameId, ...], Mapping[str, str]]:
    """What else an HM said: who stands between, and what narrows the mandate."""
    attributes, closed = read_attributes(identity.copied)
    if len(closed) > identity.facts:  # what eIDAS tells of a person narrows nothing, and has no claim yet
        raise AnswerRefused(
            "an attribute is encrypted whole, and might be a restriction",
            clause="DV-ATT-13",
            expected="attributes in clear, identifiers as EncryptedID",
            found="EncryptedAttribute",
        )
    between = tuple(
        decrypt_id(EncryptedId(value.xml, (dv,)), dv, keys)
        for each in attributes
        if each.name == urns.ETOEGANG_INTERMEDIARY
        for value in each.values
        if isinstance(value, EncryptedId)
    )
    if len(between) != identity.links:
        raise AnswerRefused(
            "not every intermediary can be read", clause="R-CHAIN", expected=identity.links, found=len(between)
        )
    restrictions = dict(_restrictions(attributes))
    if identity.restricted != bool(restrictions):
        raise AnswerRefused(
            "a restriction that has no place in a token", clause="R-RESTR", expected="a vestiging", found="another"
        )
    return between, restrictions


def _restrictions(attributes: Sequence[Attribute]) -> Iterator[tuple[str, str]]:
    for each in attributes:
        if "ServiceRestriction" not in each.name:
            continue
        if each.name != urns.ETOEGANG_VESTIGING or len(each.values) != 1 or not isinstance(each.values[0], str):
            raise AnswerRefused(
                "a restriction that has no place in a token",
                clause="R-RESTR",
                expected=urns.ETOEGANG_VESTIGING,
                found=each.name[:100],
            )
        yield each.name, each.values[0]
