"""Who logged in, from the AD's assertion that a router brings: in ST-SAML's words, or in eTD's from a makelaar (HM)."""

from dataclasses import dataclass
from datetime import datetime

from exchange.party import Self
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.bsnk.decryption import decrypt_identity
from stelsel.bsnk.encrypted import read_text
from stelsel.bsnk.scheme import SchemeKeys
from stelsel.failures import AnswerRefused, BadIdentifier, UnknownIssuer
from stelsel.identifiers import Bsn, EntityId, KvkNummer, Pseudonym
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import NameId, decrypt_id
from stelsel.saml.rules.declarations import (
    DELIVERY_RULES,
    EVIDENCE_RULES,
    Brought,
    Login,
    acting_for_the_bvd,
    level_of,
)
from stelsel.saml.rules.etoegang import HM_RULES, etd_level_of, readable, restricted, values_of
from stelsel.subjects import Identity


@dataclass(frozen=True, slots=True, repr=False)
class Recognised:
    """Who logged in. `restricted` and `chained` are what an HM says of its own mandate (R-RESTR, R-CHAIN)."""

    identity: Identity
    restricted: bool = False
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Authorities:
    """The ADs whose assertions a BVD takes: those that speak ST-SAML, and the `makelaars`, who speak eTD.

    `scheme` is what BSNk published of its keys; None: no identity of BSNk is genuine here.
    """

    speaking_st_saml: frozenset[EntityId]
    makelaars: frozenset[EntityId] = frozenset()
    scheme: SchemeKeys | None = None

    def recognised(self, assertion: Assertion, brought: Brought, dv: EntityId, party: Self) -> Recognised:
        """Who it is about, once it keeps every rule. Raises a `MessageRefused` of some kind (BVD-04).

        Nothing is decrypted before the assertion around it was verified (spec/security 1.6).
        """
        if assertion.issuer in self.makelaars:
            return _by_a_makelaar(assertion, brought, dv, party)
        if assertion.issuer not in self.speaking_st_saml:
            known = sorted(each.value for each in self.speaking_st_saml | self.makelaars)
            raise UnknownIssuer(
                "not an authentication service of ours",
                clause="BVD-04",
                expected=" or ".join(known) or "one that is set: none is",
                found=assertion.issuer,
            )
        for rule in EVIDENCE_RULES:
            rule(assertion, brought)
        return Recognised(self._person(assertion, brought.now, party))

    def _person(self, assertion: Assertion, now: datetime, party: Self) -> Identity:
        """Whose BSN is text, or encrypted by BSNk for us, whose signature and keys are checked (TYP-03)."""
        level = level_of(assertion)
        name = decrypt_id(acting_for_the_bvd(assertion, party.entity_id), party.entity_id, party.keys.decryption(now))
        if name.qualifier == urns.BSNK_IDENTITY and self.scheme is not None:
            bsn = decrypt_identity(read_text(name.value, self.scheme), party.keys.bsnk)
            return Identity(bsn, level, assertion.issuer, now)
        if name.qualifier != urns.LEGACY_BSN:
            raise _of_another_kind(name, f"{urns.LEGACY_BSN} or {urns.BSNK_IDENTITY}")
        try:
            return Identity(Bsn(name.value), level, assertion.issuer, now)
        except BadIdentifier as bad:
            raise AnswerRefused(
                "the AD names a BSN that cannot exist",
                clause="R-REQ",
                expected="9 digits that pass the eleven test",
                found="others",
            ) from bad


def _by_a_makelaar(assertion: Assertion, brought: Brought, dv: EntityId, party: Self) -> Recognised:
    """An employee, by the pseudonym that the DV reads too, and the office by its KvK number (mandates 2.5)."""
    for rule in DELIVERY_RULES:
        rule(assertion, brought)
    for declared in HM_RULES:
        declared(assertion, Login(dv, brought.service))
    level: LevelOfAssurance = etd_level_of(assertion)
    acting = _named(assertion, urns.ETOEGANG_ACTING, urns.ETOEGANG_PSEUDO, party, brought.now)
    office = _named(assertion, urns.ETOEGANG_LEGAL, urns.ETOEGANG_KVK, party, brought.now)
    try:
        identity = Identity(Pseudonym(acting), level, assertion.issuer, brought.now, KvkNummer(office))
    except BadIdentifier as bad:
        raise AnswerRefused(
            "the HM names somebody by a number that cannot exist",
            clause="R-REQ",
            expected="a pseudonym and a KvK number",
            found="others",
        ) from bad
    return Recognised(
        identity,
        restricted=restricted(assertion),
        chained=values_of(assertion, urns.ETOEGANG_INTERMEDIARY) is not None,
    )


def _named(assertion: Assertion, attribute: str, qualifier: str, party: Self, now: datetime) -> str:
    """The one value of this kind in what is encrypted for us: an organisation may have its RSIN beside it."""
    closed = readable(values_of(assertion, attribute) or (), party.entity_id)
    names = [decrypt_id(each, party.entity_id, party.keys.decryption(now)) for each in closed]
    found = [name.value for name in names if name.qualifier == qualifier]
    if len(found) != 1:
        raise AnswerRefused(
            "the HM does not name who acts, and for which organisation, for the BVD",
            clause="RD-ASR-06",
            expected=f"one {qualifier} in {attribute}",
            found=", ".join(name.qualifier[:100] for name in names) or "nothing that the BVD can read",
        )
    return found[0]


def _of_another_kind(name: NameId, expected: str) -> AnswerRefused:
    return AnswerRefused(
        "a kind of identifier by which no register knows anybody",
        clause="TYP-03",
        expected=expected,
        found=name.qualifier,
    )
