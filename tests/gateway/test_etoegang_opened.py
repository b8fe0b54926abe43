"""What an HM or a connector declares to DVs of profiles that are told in other words: opened by the key held for it."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from exchange.respond import Reply
from gateway.interfaces.profiles.contract import Told
from gateway.interfaces.profiles.etoegang import statement as of_etoegang
from gateway.interfaces.profiles.generic import statement as of_generic
from gateway.login import SealedIdentity
from gateway.means.etoegang import sealed_identity
from metadata.entities import Entity
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, NoValidRepresentation
from stelsel.identifiers import KvkNummer, Vestigingsnummer
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import EncryptedId, NameId, decrypt_id, encrypt_id
from stelsel.saml.etoegang import attributes_of
from stelsel.saml.sealed_attributes import seal, unseal
from tests.gateway.test_etoegang import BRANCH, FIRST_NAME, LOGIN, of_hm, recognised
from tests.stelsel.saml.factories import AD, DV, NOON, RD, SERVICE, a_recipient, decryption_key, key_of, public
from tests.stelsel.saml.judges import check_schema

Statement = Callable[[Told], Assertion]
HOLDER: Final = "held for the DV"
HELD = a_recipient(DV, HOLDER)
IN_FULL = {"intermediaries": (KvkNummer("90001354"),), "vestiging": Vestigingsnummer("000037178598")}


def by_hm(*facts: tuple[str, str], **changes: Any) -> SealedIdentity:
    """An employee of one organisation, and these EncryptedAttributes about him, closed for the key that is held."""
    copied = tuple(seal(name, (value,), HELD).xml for name, value in facts)
    return sealed_identity(of_hm(*attributes_of(recognised(**changes), [HELD]), copied=copied), LOGIN)


def by_connector(type_: str, value: str, *facts: str) -> SealedIdentity:
    """Somebody by an identifier of this type, and what the connector tells of him."""
    copied = tuple(seal(name, ("Marta",), HELD).xml for name in facts)
    acting = (encrypt_id(NameId(type_, value), [HELD]).xml,)
    return SealedIdentity(acting, LevelOfAssurance.HOOG, AD, b"", copied=copied, facts=len(facts))


def as_told(statement: Statement, sealed: SealedIdentity, **takes: Any) -> Assertion:
    """What the DV receives, judged by the schema."""
    entity = Entity(entity_id=DV, encryption_keys=a_recipient(DV).keys, valid_until=NOON)
    reply = Reply(RD, "_dv", "https://dv.test/acs", NOON)
    about: dict[str, Any] = {"dv": DV, "requester": DV, "service": SERVICE, "identity": sealed, "mandate": None}
    told = Told(reply=reply, entity=entity, keys=(decryption_key(HOLDER),), **about, **takes)
    written = assertions.write(statement(told), key_of(RD))
    check_schema(written)
    return assertions.read(written, lambda _: (public(key_of(RD)),))


def said(assertion: Assertion) -> dict[str, tuple[Any, ...]]:
    return {each.name: each.values for each in assertion.attributes}


def opened(value: object) -> str:
    """What the DV reads with its own key."""
    assert isinstance(value, EncryptedId)
    return decrypt_id(value, DV, [decryption_key(DV.value)]).value


@pytest.mark.clause("DV-ATT-13", "TYP-09", "DV-ATT-05")
def test_software_made_for_an_hm_reads_an_hms_own_words_with_its_own_key() -> None:
    made = as_told(of_etoegang, by_hm((FIRST_NAME, "Evelien"), intermediaries=IN_FULL["intermediaries"]))
    found = said(made)
    assert made.context_class == LevelOfAssurance.SUBSTANTIEEL.etoegang
    assert [opened(each) for each in found[urns.ETOEGANG_LEGAL]] == ["69599068", "999990056"]
    assert [opened(each) for each in found[urns.ETOEGANG_ACTING]] == ["5039c43b@0ae3"]
    assert [opened(each) for each in found[urns.ETOEGANG_INTERMEDIARY]] == ["90001354"]
    assert found[urns.ETOEGANG_SERVICE_ID] == ("urn:etoegang:DV:00000009999999999001:services:7",)
    (sealed,) = made.encrypted_attributes
    fact = unseal(sealed, DV, [decryption_key(DV.value)])
    assert (fact.name, fact.values, sealed.recipients) == (FIRST_NAME, ("Evelien",), (DV,))


@pytest.mark.clause("DV-ATT-13", "TYP-07")
def test_software_of_any_kind_reads_an_employee_as_text_with_the_type_beside_it() -> None:
    made = as_told(of_generic, by_hm((FIRST_NAME, "Evelien"), **IN_FULL), restrictions=True)
    assert made.encrypted_attributes == ()
    assert said(made) == {
        urns.SERVICE_UUID: (SERVICE.value,),
        urns.ACTING_SUBJECT_ID: ("5039c43b@0ae3",),
        urns.ACTING_TYPE: (urns.ETOEGANG_PSEUDO,),
        urns.LEVEL_OF_ASSURANCE: (LevelOfAssurance.SUBSTANTIEEL.uri,),
        urns.LEGAL_SUBJECT_ID: ("69599068",),
        urns.LEGAL_TYPE: (urns.ETOEGANG_KVK,),
        urns.ETOEGANG_RSIN: ("999990056",),
        urns.ETOEGANG_SERVICE_ID: ("urn:etoegang:DV:00000009999999999001:services:7",),
        urns.ETOEGANG_REPRESENTATION: ("true",),
        urns.ETOEGANG_REGISTRY: ("urn:etoegang:MR:00000009999999999089:entities:9000",),
        urns.ETOEGANG_COMPANY_NAME: ("Bakkerij & Zonen",),
        urns.ETOEGANG_INTERMEDIARY: ("90001354",),
        urns.ETOEGANG_VESTIGING: ("000037178598",),
        FIRST_NAME: ("Evelien",),
    }


@pytest.mark.clause("TYP-03")
def test_a_bsn_stands_as_text_alone_and_what_bsnk_encrypted_is_told_to_nobody_in_clear() -> None:
    told = said(as_told(of_generic, by_connector(urns.LEGACY_BSN, "999990019")))
    assert set(told) == {urns.SERVICE_UUID, urns.ACTING_SUBJECT_ID, urns.LEVEL_OF_ASSURANCE}
    assert said(as_told(of_generic, by_connector(urns.OWN_PSEUDONYM, "p")))[urns.ACTING_TYPE] == (urns.OWN_PSEUDONYM,)
    with pytest.raises(AnswerRefused):
        as_told(of_generic, by_connector(urns.BSNK_PSEUDONYM, "MIIB"))


@pytest.mark.clause("DV-ATT-13")
def test_a_fact_of_a_connector_is_told_where_the_service_is_told_it_and_else_refused() -> None:
    marta = by_connector(urns.LEGACY_BSN, "999990019", FIRST_NAME)
    allowed = frozenset({FIRST_NAME})
    assert said(as_told(of_generic, marta, facts=allowed))[FIRST_NAME] == ("Marta",)
    assert len(as_told(of_etoegang, marta, facts=allowed).encrypted_attributes) == 1
    for statement in (of_generic, of_etoegang):
        with pytest.raises(AnswerRefused):
            as_told(statement, marta, facts=frozenset({"urn:etoegang:1.9:attribute:DateOfBirth"}))


@pytest.mark.clause("R-RESTR", "DV-ATT-13")
@pytest.mark.parametrize("statement", [of_etoegang, of_generic])
def test_what_is_encrypted_whole_is_no_way_around_what_is_refused_in_clear(statement: Statement) -> None:
    with pytest.raises(NoValidRepresentation):
        as_told(statement, by_hm((BRANCH, "000037178598")))
    as_told(statement, by_hm((BRANCH, "000037178598")), restrictions=True)
    for name in (urns.LEVEL_OF_ASSURANCE, urns.REPRESENTATION_TYPE, urns.ETOEGANG_LEGAL):
        with pytest.raises(AnswerRefused):
            as_told(statement, by_hm((name, "x")))
    with pytest.raises(AnswerRefused):
        as_told(statement, by_hm((FIRST_NAME, "Evelien"), (FIRST_NAME, "Annemarie")))
    with pytest.raises(AnswerRefused):
        as_told(statement, by_hm((urns.ETOEGANG_COMPANY_NAME, "Another")))


@pytest.mark.clause("R-RESTR")
@pytest.mark.parametrize("statement", [of_etoegang, of_generic])
def test_what_could_not_be_opened_is_refused_and_not_left_out(statement: Statement) -> None:
    elsewhere = seal(FIRST_NAME, ("Evelien",), a_recipient(DV)).xml
    said_by_hm = of_hm(*attributes_of(recognised(), [HELD]), copied=(elsewhere,))
    with pytest.raises(AnswerRefused):
        as_told(statement, sealed_identity(said_by_hm, LOGIN))
