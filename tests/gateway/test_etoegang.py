"""What an HM declares in the words of eTD reaches the DV in those of ST-SAML, and the rest of it unaltered."""

from typing import Any

import pytest
from lxml import etree

from exchange.respond import Reply
from gateway.interfaces.summary import summary
from gateway.login import Login, SealedIdentity
from gateway.means.etoegang import sealed_identity
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId, KvkNummer, Oin, Pseudonym, Rsin, Vestigingsnummer
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import EncryptedAttribute, EncryptedId, NameId, decrypt_id, encrypt_id
from stelsel.saml.etoegang import Recognised, attributes_of, service_id
from stelsel.saml.rules.declarations import Login as Asked
from stelsel.saml.rules.etoegang import HM_RULES
from stelsel.saml.sealed_attributes import seal, unseal
from tests.stelsel.saml.factories import (
    DV,
    NOON,
    RD,
    SERVICE,
    a_key,
    a_recipient,
    an_assertion,
    an_encrypted_id,
    decryption_key,
    key_of,
    public,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

HM = EntityId("urn:etoegang:HM:00000009999999999088:entities:9000")
KVK = "urn:etoegang:1.9:EntityConcernedID:KvKnr"
FIRST_NAME = "urn:etoegang:1.9:attribute:FirstName"
BRANCH = "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"
LOGIN = Login(
    id="1",
    handle="h",
    started_at=NOON,
    interface="saml",
    dv=DV,
    requester=DV,
    request_id="_dv",
    reply="https://dv.test/acs",
    relay_state=None,
    service=SERVICE,
    whom=(False,),
)


def closed_attribute() -> bytes:
    """An attribute that is encrypted whole, for the DV."""
    return seal(FIRST_NAME, ("Evelien",), a_recipient(DV)).xml


def of_hm(*attributes: Attribute, **changes: Any) -> Assertion:
    """An HM's assertion as it was read: an employee for an organisation, at EH3."""
    organisation = encrypt_id(NameId(KVK, "69599068"), [a_recipient(DV)])
    said = attributes or (
        Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(DV),)),
        Attribute(urns.ETOEGANG_LEGAL, (organisation,)),
        Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,)),
        Attribute(urns.ETOEGANG_SERVICE_ID, ("urn:etoegang:DV:00000009999999999001:services:9052",)),
        Attribute(BRANCH, ("000037178598",)),
    )
    values: dict[str, Any] = {
        "issuer": HM,
        "context_class": LevelOfAssurance.SUBSTANTIEEL.etoegang,
        "attributes": said,
        "copied": (closed_attribute(),),
        "advice": (),
        "authorities": (),
    }
    written = assertions.write(an_assertion(**values | changes), a_key("hm"))
    check_schema(written)
    return assertions.read(written, lambda _: (public(a_key("hm")),))


def told(identity: SealedIdentity) -> Assertion:
    """The summary that the DV receives, judged from outside."""
    made = summary(Reply(RD, "_dv", "https://dv.test/acs", NOON), DV, DV, SERVICE, identity, None)
    written = assertions.write(made, key_of(RD))
    check_schema(written)
    assert xmlsec1_verifies(written, key_of(RD), "/*/*[local-name()='Signature']")
    inside = etree.fromstring(written).find("{*}Advice/{*}Assertion")
    assert inside is not None
    assert xmlsec1_verifies(etree.tostring(inside), a_key("hm"))
    ids = [value for each in etree.fromstring(written).iter() for name, value in each.items() if name in ("ID", "Id")]
    assert len(ids) == len(set(ids))
    return assertions.read(written, lambda _: (public(key_of(RD)),))


def opened(value: object) -> str:
    """The identifier in a value that is for the DV."""
    assert isinstance(value, EncryptedId)
    return decrypt_id(value, DV, [decryption_key(DV.value)]).value


@pytest.mark.clause("DV-ATT-13", "DV-ATT-11", "DV-ATT-05", "TYP-09", "DV-ASR-16", "TYP-07")
def test_an_hms_subjects_are_renamed_and_all_else_is_copied_unaltered() -> None:
    summarised = told(sealed_identity(of_hm(), LOGIN))
    assert [each.name for each in summarised.attributes] == [
        urns.SERVICE_UUID,
        urns.ACTING_SUBJECT_ID,
        urns.LEGAL_SUBJECT_ID,
        urns.ETOEGANG_SERVICE_ID,
        BRANCH,
    ]
    assert (opened(summarised.acting[0]), opened(summarised.legal[0])) == ("999990019", "69599068")
    assert summarised.attributes[-1].values == ("000037178598",)
    assert summarised.attributes[-2].values == ("urn:etoegang:DV:00000009999999999001:services:9052",)
    (closed,) = summarised.encrypted_attributes
    assert (type(closed), closed.recipients) == (EncryptedAttribute, (DV,))
    fact = unseal(closed, DV, [decryption_key(DV.value)])
    assert (fact.name, fact.values) == (FIRST_NAME, ("Evelien",))
    assert summarised.context_class == LevelOfAssurance.SUBSTANTIEEL.uri
    assert summarised.authorities == (HM,)


@pytest.mark.clause("TYP-09", "DV-ATT-13")
@pytest.mark.parametrize("level", LevelOfAssurance)
def test_each_level_of_etoegang_becomes_ours(level: LevelOfAssurance) -> None:
    assert sealed_identity(of_hm(context_class=level.etoegang), LOGIN).loa is level


ORGANISATION = Attribute(urns.ETOEGANG_LEGAL, (encrypt_id(NameId(KVK, "69599068"), [a_recipient(DV)]),))
ACTING = Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(DV),))
ABOUT = Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,))
SAID = (ACTING, ORGANISATION, ABOUT)


def also(name: str, *values: str | EncryptedId, instead: Attribute | None = None) -> dict[str, Any]:
    """What an HM says, and one attribute more, or another one instead."""
    kept = [each for each in SAID if each is not instead]
    return {"attributes": (*kept, Attribute(name, values))}


# One for each rule, in their order; and what each finds wrong.
BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "in the router's own words": (
        "speaks_for_etd_alone",
        also(urns.REPRESENTATION_TYPE, "urn:namens:rt:BEWIND"),
    ),
    "in words of ours": ("speaks_for_etd_alone", also("urn:namens:attribute:IntermediarySubjectID", "90001354")),
    "under two names": ("speaks_for_etd_alone", also(urns.ACTING_SUBJECT_ID, an_encrypted_id(DV))),
    "no service": ("about_the_service", {"attributes": (ACTING, ORGANISATION)}),
    "another service": ("about_the_service", also(urns.ETOEGANG_SERVICE_UUID, "another-service", instead=ABOUT)),
    "a login of another DV": (
        "of_a_service_of_the_dv",
        also(urns.ETOEGANG_SERVICE_ID, "urn:etoegang:DV:00000009999999999777:services:1"),
    ),
    "a level that was withdrawn": ("at_a_level_of_etd", {"context_class": "urn:etoegang:core:assurance-class:loa1"}),
    "a level of DigiD": ("at_a_level_of_etd", {"context_class": LevelOfAssurance.HOOG.digid_class}),
    "a level of ST-SAML": ("at_a_level_of_etd", {"context_class": LevelOfAssurance.HOOG.uri}),
    "acting in clear": ("subjects_are_encrypted", also(urns.ETOEGANG_ACTING, "999990019", instead=ACTING)),
    "an organisation in clear": (
        "subjects_are_encrypted",
        also(urns.ETOEGANG_LEGAL, "69599068", instead=ORGANISATION),
    ),
    "an intermediary in clear": ("subjects_are_encrypted", also(urns.ETOEGANG_INTERMEDIARY, "90001354")),
    "acting for another DV": (
        "acting_readable_for_the_dv",
        also(urns.ETOEGANG_ACTING, an_encrypted_id(RD), instead=ACTING),
    ),
    "nobody acting": ("acting_readable_for_the_dv", {"attributes": (ORGANISATION, ABOUT)}),
    "an organisation for another DV": (
        "others_readable_for_the_dv",
        also(urns.ETOEGANG_LEGAL, an_encrypted_id(RD), instead=ORGANISATION),
    ),
    "an intermediary for another DV": (
        "others_readable_for_the_dv",
        also(urns.ETOEGANG_INTERMEDIARY, an_encrypted_id(RD)),
    ),
    "nobody represented, it says": ("represents_as_it_says", also(urns.ETOEGANG_REPRESENTATION, "false")),
    "somebody represented, it says": (
        "represents_as_it_says",
        {"attributes": (ACTING, ABOUT, Attribute(urns.ETOEGANG_REPRESENTATION, ("true",)))},
    ),
    "a branch of nobody": (
        "nobody_stands_between_nobody",
        also(BRANCH, "000037178598", instead=ORGANISATION),
    ),
    "an intermediary of nobody": (
        "nobody_stands_between_nobody",
        also(urns.ETOEGANG_INTERMEDIARY, an_encrypted_id(DV), instead=ORGANISATION),
    ),
}


def test_each_rule_of_an_hms_word_is_broken_by_one_of_these() -> None:
    assert [rule.__name__ for rule in HM_RULES] == list(dict.fromkeys(rule for rule, _ in BROKEN.values()))


@pytest.mark.clause("DV-ATT-13", "RD-ASR-12", "RD-ASR-06", "DV-ATT-01", "DV-ATT-02", "DV-ATT-03", "TYP-09")
@pytest.mark.parametrize("what", BROKEN)
def test_what_an_hm_may_not_say_is_refused_by_the_rule_for_it(what: str) -> None:
    rule, changes = BROKEN[what]
    said = of_hm(*changes.get("attributes", SAID), **{key: changes[key] for key in changes if key != "attributes"})
    with pytest.raises(AnswerRefused):
        sealed_identity(said, LOGIN)
    failing = []
    for each in HM_RULES:
        try:
            each(said, Asked(DV, SERVICE))
        except AnswerRefused:
            failing.append(each.__name__)
    assert failing[0] == rule


def recognised(**changes: Any) -> Recognised:
    """What an HM knows of an employee of one organisation."""
    values: dict[str, Any] = {
        "service": SERVICE,
        "service_id": service_id(Oin("00000009999999999001"), 7),
        "acting": Pseudonym("5039c43b@0ae3"),
        "represented": (KvkNummer("69599068"), Rsin("999990056")),
        "name": "Bakkerij & Zonen",
        "registry": EntityId("urn:etoegang:MR:00000009999999999089:entities:9000"),
    }
    return Recognised(**values | changes)


@pytest.mark.clause("DV-ATT-13", "DV-ATT-04", "TYP-07")
def test_what_an_hm_writes_keeps_every_rule_and_names_organisation_branch_and_chain() -> None:
    chain = {"intermediaries": (KvkNummer("90001354"),), "vestiging": Vestigingsnummer("000037178598")}
    said = of_hm(*attributes_of(recognised(**chain), [a_recipient(DV)]))
    sealed = sealed_identity(said, LOGIN)
    assert (sealed.links, sealed.restricted) == (1, True)
    summarised = told(sealed)
    kvk, rsin = (decrypt_id(each, DV, [decryption_key(DV.value)]) for each in summarised.legal)
    assert (kvk.qualifier, kvk.value, rsin.qualifier, rsin.value) == (KVK, "69599068", urns.ETOEGANG_RSIN, "999990056")
    acting = decrypt_id(summarised.acting[0], DV, [decryption_key(DV.value)])
    assert (acting.qualifier, acting.value) == (urns.ETOEGANG_PSEUDO, "5039c43b@0ae3")
    copied = {each.name: each.values for each in summarised.attributes}
    assert copied[BRANCH] == ("000037178598",)
    assert copied[urns.ETOEGANG_COMPANY_NAME] == ("Bakkerij & Zonen",)
    assert opened(copied[urns.ETOEGANG_INTERMEDIARY][0]) == "90001354"


@pytest.mark.clause("DV-ASR-16", "GEN-09")
def test_the_declarations_that_an_hm_rests_on_go_along_unread_and_still_verify() -> None:
    inner = assertions.write(an_assertion(issuer=EntityId("urn:etoegang:AD:x"), id="_inner"), a_key("hm's ad"))
    summarised = told(sealed_identity(of_hm(advice=(inner,)), LOGIN))
    (evidence,) = summarised.advice
    within = etree.fromstring(evidence).find("{*}Advice/{*}Assertion")
    assert within is not None
    assert xmlsec1_verifies(etree.tostring(within), a_key("hm's ad"))
