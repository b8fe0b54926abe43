"""What a DV of each profile receives, as the DV itself and outside judges read it."""

import base64
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from catalog.connections import BackChannel, ResponseBinding
from metadata.entities import Endpoint
from metadata.held import HeldKeys, folder_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AssuranceTooLow, LoginOvertaken, SignatureRefused
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import Resolved, read_artifact, read_artifact_response, write_resolve
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.encryption import EncryptedId, decrypt_id
from stelsel.saml.response import Status
from stelsel.saml.xml import parse, self_contained
from tests.attacks.test_encryption_oracle import malformed
from tests.exchange.factories import encryption_key_of
from tests.gateway.factories import FRONT_RESOLVE, OF_AD, OF_BVD, House, hold
from tests.gateway.generic_sender import a_message, contexts, posted
from tests.stelsel.saml.factories import (
    BVD,
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_resolve,
    an_encrypted_id,
    decryption_key,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_decrypts, xmlsec1_verifies

NS = {"samlp": urns.SAMLP, "saml": urns.SAML, "ds": urns.DS, "xenc": urns.XENC}
POSTED = "https://dv.test/post"
BSN, CLIENT = "999990019", "999990020"
POST: dict[str, Any] = {"response": ResponseBinding.POST}


async def begun(house: House, *, represent: bool = False) -> str:
    """Where the browser goes after a request of a DV outside the standard."""
    scoping = f"<samlp:Scoping><samlp:RequesterID>{BVD.value}</samlp:RequesterID></samlp:Scoping>" if represent else ""
    message = a_message(ID="_dv", inside=scoping, AssertionConsumerServiceURL=None)
    return await house.flow.begin(await house.saml.read(posted(message, relay_state="here")))


async def finished(house: House, *, represent: bool = False) -> str:
    """Where the browser goes after a login that succeeded."""
    url = await begun(house, represent=represent)
    login = await house.login(url)
    if not represent and len(login.whom) > 1:
        url = await house.flow.choose(login, "self")
    request = await house.passed_on(url)
    house.ad_says(request)
    url = await house.arrive(await house.login(url), OF_AD)
    if represent:
        house.bvd_says(await house.passed_on(url))
        url = await house.represent(await house.login(url), OF_BVD)
    return url


async def response(house: House, url: str) -> bytes:
    """The message in the form that the browser posts."""
    form = await house.posted(url)
    assert (form.action, form.fields["RelayState"]) == (POSTED, "here")
    return base64.b64decode(form.fields["SAMLResponse"])


def values(assertion: etree._Element) -> dict[str, list[str]]:
    """Attributes in clear."""
    return {
        str(each.get("Name")): [str(value.text) for value in each.findall("saml:AttributeValue", NS)]
        for each in assertion.findall("saml:AttributeStatement/saml:Attribute", NS)
    }


@pytest.fixture
async def poster(house: House) -> House:
    """A house whose DV is generic and gets its answers by POST."""
    house.knows(assertion_consumers=(Endpoint(urns.HTTP_POST, POSTED, 0, True),))
    await house.connects("generic", **POST)
    return house


@pytest.mark.clause("DV-RSP-08", "GEN-17", "GEN-18", "DV-ART-04")
async def test_a_posted_response_is_signed_and_holds_an_encrypted_assertion_that_is_signed_too(poster: House) -> None:
    message = await response(poster, await finished(poster, represent=True))
    check_schema(message)
    assert xmlsec1_verifies(message, key_of(RD))
    assert b"<ds:X509Certificate>" in message
    assert b"<ds:KeyName>" not in message.partition(b"<saml:EncryptedAssertion")[0]
    for secret in (BSN, CLIENT):
        assert secret.encode() not in message

    opened = parse(xmlsec1_decrypts(message, encryption_key_of(DV))).find("saml:EncryptedAssertion/saml:Assertion", NS)
    assert opened is not None
    written = etree.tostring(opened)
    check_schema(written)
    assert xmlsec1_verifies(written, key_of(RD))
    assert values(opened) == {
        urns.SERVICE_UUID: [SERVICE.value],
        urns.ACTING_SUBJECT_ID: [BSN],
        urns.LEVEL_OF_ASSURANCE: [urns.LOA_HIGH],
        urns.LEGAL_SUBJECT_ID: [CLIENT],
        urns.REPRESENTATION_TYPE: ["urn:namens:rt:BEWIND"],
    }
    assert opened.findtext("saml:Conditions/saml:AudienceRestriction/saml:Audience", "", NS) == DV.value
    assert opened.find("saml:Advice", NS) is None
    subject = opened.find("saml:Subject/saml:NameID", NS)
    assert subject is not None
    assert subject.get("Format") == urns.TRANSIENT


@pytest.mark.clause("DV-RSP-08")
async def test_a_dv_that_agreed_to_no_encryption_is_sent_a_signed_assertion_in_clear(poster: House) -> None:
    await poster.connects("generic", encrypt=False, **POST)
    message = await response(poster, await finished(poster))
    check_schema(message)
    assert xmlsec1_verifies(message, key_of(RD))
    inner = parse(message).find("saml:Assertion", NS)
    assert inner is not None
    assert values(inner)[urns.ACTING_SUBJECT_ID] == [BSN]
    assert len(re.findall(rb"<ds:Signature ", message)) == 2


async def test_a_posted_answer_is_given_once(poster: House) -> None:
    url = await finished(poster)
    await poster.posted(url)
    with pytest.raises(LoginOvertaken):
        await poster.posted(url)


@pytest.mark.clause("ERR-03", "DV-RSP-06", "DV-RSP-07")
async def test_a_cancel_is_posted_too(poster: House) -> None:
    url = await poster.flow.choose(await poster.login(await begun(poster)), "cancel")
    message = await response(poster, await poster.left(url))
    check_schema(message)
    assert xmlsec1_verifies(message, key_of(RD))
    assert parse(message).findtext("samlp:Status/samlp:StatusMessage", "", NS) == "Authentication cancelled"


@pytest.mark.clause("DV-PRC-01")
async def test_a_failure_before_anything_was_shown_is_posted_too(poster: House) -> None:
    poster.knows(services=())
    message = await response(poster, await begun(poster))
    assert parse(message).findtext("samlp:Status/samlp:StatusMessage", "", NS) == "SERVICE_UNKNOWN"


async def in_clear(house: House, profile: str, *, represent: bool = False) -> etree._Element:
    """The assertion that a DV of this profile is posted."""
    house.knows(assertion_consumers=(Endpoint(urns.HTTP_POST, POSTED, 0, True),))
    await house.connects(profile, encrypt=False, **POST)
    message = await response(house, await finished(house, represent=represent))
    check_schema(message)
    assert xmlsec1_verifies(message, key_of(RD))
    found = parse(message).findall("saml:Assertion", NS)
    assert len(found) == 1
    assert found[0].find("saml:Advice", NS) is None
    return found[0]


@pytest.mark.clause("TYP-09")
async def test_digid_legacy_names_the_bsn_with_its_sector_code_and_nothing_else(house: House) -> None:
    made = await in_clear(house, "digid-legacy")
    assert made.findtext("saml:Subject/saml:NameID", "", NS) == f"s00000000:{BSN}"
    found = made.findtext("saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef", "", NS)
    assert found == "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
    assert made.find("saml:AttributeStatement", NS) is None


async def test_digid_legacy_refuses_representation_and_never_offers_it(house: House) -> None:
    house.knows(assertion_consumers=(Endpoint(urns.HTTP_POST, POSTED, 0, True),))
    await house.connects("digid-legacy", **POST)
    message = await response(house, await begun(house, represent=True))
    assert parse(message).findtext("samlp:Status/samlp:StatusMessage", "", NS) == "SERVICE_NOT_REPRESENTABLE"
    assert (await house.login(await begun_anew(house))).whom == (False,)


async def begun_anew(house: House) -> str:
    """A second login."""
    return await house.flow.begin(await house.saml.read(posted(a_message(AssertionConsumerServiceURL=None))))


@pytest.mark.clause("DV-ATT-13", "TYP-07", "TYP-09")
@pytest.mark.parametrize("represent", [False, True])
async def test_etoegang_has_the_names_of_etd_and_identities_for_the_dvs_own_key(house: House, represent: bool) -> None:
    made = await in_clear(house, "etoegang", represent=represent)
    told = values(made)
    assert told[urns.ETOEGANG_SERVICE_UUID] == [SERVICE.value]
    assert (urns.ETOEGANG_LEGAL in told) is represented_in(made) is represent
    where = (
        f"saml:AttributeStatement/saml:Attribute[@Name='{urns.ETOEGANG_ACTING}']/saml:AttributeValue/saml:EncryptedID"
    )
    sealed = made.find(where, NS)
    assert sealed is not None
    opened = decrypt_id(EncryptedId(self_contained(sealed), (DV,)), DV, [decryption_key(DV.value)])
    assert (opened.qualifier, opened.value) == (urns.ETOEGANG_BSN, BSN)


def represented_in(made: etree._Element) -> bool:
    """Whether a ground is told."""
    return urns.REPRESENTATION_TYPE in values(made)


@pytest.mark.clause("GEN-20", "GEN-21")
async def test_a_dv_without_a_tls_certificate_resolves_by_its_signature_and_a_strict_one_does_not(house: House) -> None:
    await house.connects("generic", back_channel=BackChannel.SIGNATURE)
    artifact = parse_qs(urlsplit(await finished(house)).query)["SAMLart"][0]
    assert read_artifact(artifact).index == 1
    front = house.front_door()

    async def resolved(who: EntityId = DV) -> Resolved:
        asked = a_resolve(destination=FRONT_RESOLVE, artifact=artifact, issuer=who, issue_instant=house.party.clock())
        answer = await front.resolve(soap_wrap(write_resolve(asked, key_of(who))), None)
        return read_artifact_response(answer, keys_of_all())

    refused = await resolved(LC)
    assert refused.answer.status == Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
    assert house.reported.failures[-1].broken_clause == "GEN-20"
    answered = await resolved()
    assert answered.assertion is not None
    assert answered.assertion.audiences == (DV,)


async def test_an_unproven_message_gets_no_signed_answer_at_the_front(house: House) -> None:
    asked = a_resolve(destination=FRONT_RESOLVE)
    with pytest.raises(SignatureRefused):
        await house.front_door().resolve(soap_wrap(write_resolve(asked, key_of(LC))), None)


@pytest.mark.parametrize(
    ("comparison", "classes", "level"),
    [
        ("", ("PasswordProtectedTransport",), "BASIS"),
        ("exact", ("Smartcard", "SmartcardPKI"), "SUBSTANTIEEL"),
        ("minimum", ("SmartcardPKI",), "HOOG"),
        ("minimum", ("Unheard", "Smartcard"), "SUBSTANTIEEL"),
        ("better", ("MobileTwoFactorContract", "Smartcard"), "HOOG"),
        ("better", ("SmartcardPKI",), "cannot"),
        ("maximum", ("PasswordProtectedTransport",), None),
        ("minimum", ("unspecified",), None),
        ("minimum", ("Unheard",), "cannot"),
    ],
)
async def test_a_level_that_is_asked_raises_the_minimum_and_never_lowers_it(
    house: House, comparison: str, classes: tuple[str, ...], level: str | None
) -> None:
    await house.connects("generic")
    names = [f"urn:oasis:names:tc:SAML:2.0:ac:classes:{name}" for name in classes]
    url = await house.flow.begin(await house.saml.read(posted(a_message(inside=contexts(comparison, *names)))))
    if level == "cannot":
        assert "SAMLart" in url
        assert isinstance(house.reported.failures[-1], AssuranceTooLow)
        return
    login = await house.login(url)
    asked = None if level is None else LevelOfAssurance[level]
    assert login.minimum == asked
    service = await house.catalog.service(SERVICE, DV, house.party.clock())
    lowest = service.minimum_on(house.party.clock())
    assert house.flow.offer(login, service).means[0].minimum == max(lowest, asked or lowest)


async def test_the_key_that_is_held_is_for_one_dv_and_a_folder_that_comes_counts_at_once(tmp_path: Path) -> None:
    held = HeldKeys(tmp_path)
    assert held.decryption(DV, NOON) == ()
    hold(tmp_path, DV)
    assert [key.name for key in held.decryption(DV, NOON)] == [encryption_key_of(DV).name]
    assert held.decryption(LC, NOON) == ()
    assert folder_of(tmp_path, EntityId("..")).parent == tmp_path / "held"
    assert folder_of(tmp_path, EntityId("..")).name != ".."


async def test_without_a_held_key_the_dv_is_told_that_the_fault_is_ours(house: House) -> None:
    house.knows(assertion_consumers=(Endpoint(urns.HTTP_POST, POSTED, 0, True),))
    await house.connects("generic", **POST)
    for file in folder_of(house.held, DV).iterdir():
        file.unlink()
    folder_of(house.held, DV).rmdir()
    message = await response(house, await finished(house))
    assert parse(message).findtext("samlp:Status/samlp:StatusMessage", "", NS) == "Internal error"


@pytest.mark.clause("S17", "DV-ATT-06")
async def test_whatever_is_wrong_with_a_ciphertext_the_dv_is_told_the_same(poster: House) -> None:
    genuine = an_encrypted_id(DV, BVD)
    told = {name: await shape(poster, xml) for name, xml in malformed(genuine.xml)}
    assert len(told) > 50
    assert len({each for name, each in told.items() if not name.startswith("key")}) == 1
    assert told["1 bytes"] == told["key 1 empty"]
    assert told["1 bytes"] != await shape(poster, genuine.xml)


async def shape(house: House, xml: bytes) -> tuple[tuple[str, ...], ...]:
    """All that does not differ from answer to answer, when the AD signed this EncryptedID."""
    url = await begun_anew(house)
    login = await house.login(url)
    if len(login.whom) > 1:
        url = await house.flow.choose(login, "self")
    request = await house.passed_on(url)
    attributes = (
        Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (EncryptedId(xml, (DV, BVD)),)),
    )
    house.ad_says(request, attributes=attributes)
    form = await house.posted(await house.arrive(await house.login(url), OF_AD))
    root = parse(base64.b64decode(form.fields["SAMLResponse"]))
    return tuple((str(each.tag), str(each.get("Value"))) for each in root.iter())
