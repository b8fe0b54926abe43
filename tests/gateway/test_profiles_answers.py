"""What a DV of each profile receives, as the DV itself and outside judges read it."""

import base64
import re
from typing import Any

import pytest
from lxml import etree

from catalog.connections import ResponseBinding
from metadata.entities import Endpoint
from stelsel import urns
from stelsel.failures import LoginOvertaken
from stelsel.saml.xml import parse
from tests.exchange.factories import encryption_key_of
from tests.gateway.factories import OF_AD, OF_BVD, House
from tests.gateway.generic_sender import a_message, posted
from tests.stelsel.saml.factories import BVD, DV, RD, SERVICE, key_of
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
        url = await house.flow.represented(await house.login(url), OF_BVD)
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
    assert opened.find("saml:Subject/saml:NameID", NS).get("Format") == urns.TRANSIENT  # type: ignore[union-attr]


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
