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
from stelsel.identifiers import EntityId, Oin
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import EncryptedAttribute, EncryptedId, NameId, decrypt_id, encrypt_id
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

HM = EntityId.of("AD", Oin("00000009999999999088"), 9000)
KVK = "urn:etoegang:1.9:EntityConcernedID:KvKnr"
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
    return an_encrypted_id(DV, value="999990032").xml.replace(b"saml:EncryptedID", b"saml:EncryptedAttribute")


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
    assert summarised.context_class == LevelOfAssurance.SUBSTANTIEEL.uri
    assert summarised.authorities == (HM,)


@pytest.mark.clause("TYP-09", "DV-ATT-13")
@pytest.mark.parametrize("level", LevelOfAssurance)
def test_each_level_of_etoegang_becomes_ours(level: LevelOfAssurance) -> None:
    assert sealed_identity(of_hm(context_class=level.etoegang), LOGIN).loa is level


@pytest.mark.clause("DV-ATT-13", "RD-ASR-12")
@pytest.mark.parametrize(
    "changes",
    [
        {"context_class": "urn:etoegang:core:assurance-class:loa1"},
        {"attributes": (Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(DV),)),)},
        {
            "attributes": (
                Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(RD),)),
                Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,)),
            )
        },
        {
            "attributes": (
                Attribute(urns.ETOEGANG_ACTING, ("999990019",)),
                Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,)),
            )
        },
        {
            "attributes": (
                Attribute(urns.ETOEGANG_ACTING, (an_encrypted_id(DV),)),
                Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),)),
                Attribute(urns.ETOEGANG_SERVICE_UUID, (SERVICE.value,)),
            )
        },
    ],
    ids=["a level that was withdrawn", "no service", "not for the DV", "in clear", "under two names"],
)
def test_what_an_hm_may_not_say_is_refused(changes: dict[str, Any]) -> None:
    said = of_hm(*changes.pop("attributes", ()), **changes)
    with pytest.raises(AnswerRefused):
        sealed_identity(said, LOGIN)
