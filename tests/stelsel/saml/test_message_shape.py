"""Messages that are well signed and not what the standard describes; each breaks exactly one rule."""

import re

import pytest

from stelsel import urns
from stelsel.failures import ArtifactUnknown, MessageMalformed, MessageTooLarge
from stelsel.identifiers import EntityId
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.bindings import artifact_url, decode_post, encode_post, soap_wrap
from stelsel.saml.signatures import sign
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    RD,
    a_request,
    a_resolve,
    a_response,
    an_artifact_response,
    an_assertion,
    key_of,
    keys_of_all,
)

KEYS = keys_of_all()


def changed(message: bytes, old: str, new: str, signer: EntityId) -> bytes:
    """A signed message with one thing changed, signed again by the same party."""
    text = re.sub(r"<ds:Signature .*?</ds:Signature>", "", message.decode(), count=1)
    assert old in text, old
    return sign(text.replace(old, new, 1).encode(), key_of(signer))


REQUEST = authn_request.write(a_request(idp_list=(AD,), requester_ids=(BVD,)), key_of(DV))
ISSUER = f"<saml:Issuer>{DV.value}</saml:Issuer>"
SECOND_SERVICE = (
    f'<saml:Attribute Name="{urns.SERVICE_UUID}">'
    "<saml:AttributeValue>second-service</saml:AttributeValue></saml:Attribute>"
)


@pytest.mark.clause("DV-REQ-01", "GEN-25", "DV-REQ-13")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('Version="2.0"', 'Version="1.1"', id="version"),
        pytest.param('Version="2.0"', "", id="no-version"),
        pytest.param('IssueInstant="2026-03-10T11:00:00.000Z"', "", id="no-instant"),
        pytest.param("2026-03-10T11:00:00.000Z", "2026-02-30T11:00:00Z", id="impossible-day"),
        pytest.param("2026-03-10T11:00:00.000Z", "2026-03-10T11:00:00", id="instant-without-zone"),
        pytest.param("2026-03-10T11:00:00.000Z", "\u0662026-03-10T11:00:00Z", id="other-digits"),
        pytest.param('ServiceIndex="0"', 'ServiceIndex="-1"', id="negative-index"),
        pytest.param('ServiceIndex="0"', 'ServiceIndex="65536"', id="great-index"),
        pytest.param('ServiceIndex="0"', 'ServiceIndex="0" ForceAuthn="maybe"', id="boolean"),
        pytest.param('ServiceIndex="0"', 'ServiceIndex="0" Evil="1"', id="unknown-attribute"),
        pytest.param("<saml:Issuer>", '<saml:Issuer NameQualifier="x">', id="issuer-qualifier"),
        pytest.param("<saml:Issuer>", '<saml:Issuer Format="urn:x">', id="issuer-format"),
        pytest.param("<samlp:Extensions>", "<samlp:Extensions><saml:NameID/>", id="saml-in-extensions"),
        pytest.param("</samlp:Extensions>", SECOND_SERVICE + "</samlp:Extensions>", id="two-services"),
        pytest.param("</saml:AttributeValue>", "</saml:AttributeValue><saml:AttributeValue/>", id="two-values"),
        pytest.param("<saml:AttributeValue>", "<saml:AttributeValue><b/>", id="service-with-child"),
        pytest.param("0a1b2c3d-0000", "0a1b2c3d\u20100000", id="service-not-ascii"),
        pytest.param(f"<saml:AttributeValue>{DV.value}", "<saml:AttributeValue>a b", id="audience-no-entity"),
        pytest.param("<samlp:Scoping>", "<samlp:Scoping>text", id="text-between"),
        pytest.param("<samlp:Scoping>", "<samlp:Scoping/><samlp:Scoping>", id="two-scopings"),
        pytest.param("<samlp:IDPEntry ProviderID", "<samlp:IDPEntry Name", id="entry-without-id"),
        pytest.param(re.search(r"<samlp:IDPEntry [^>]*>", REQUEST.decode())[0], "", id="empty-list"),  # type: ignore[index]
        pytest.param("</samlp:AuthnRequest>", "<saml:Subject/></samlp:AuthnRequest>", id="out-of-order"),
    ],
)
def test_a_request_of_another_shape_is_refused(old: str, new: str) -> None:
    with pytest.raises(MessageMalformed):
        authn_request.read(changed(REQUEST, old, new, DV), KEYS)


def test_a_request_without_an_issuer_in_front_is_refused() -> None:
    with pytest.raises(MessageMalformed):
        authn_request.read(REQUEST.replace(ISSUER.encode(), b""), KEYS)


def test_the_request_that_is_spoiled_above_is_good_when_signed_again() -> None:
    assert authn_request.read(changed(REQUEST, "<saml:Issuer>", "<saml:Issuer>\n  ", DV), KEYS).issuer == DV


ASSERTION = assertion.write(an_assertion(authorities=(BVD,)), key_of(AD))
CONFIRMATION = "<saml:SubjectConfirmationData "


@pytest.mark.clause(
    "DV-ASR-04", "DV-ASR-06", "DV-ASR-07", "DV-ASR-08", "DV-ASR-09", "DV-ASR-10", "DV-ASR-15", "DV-ATT-02"
)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(urns.BEARER, urns.BEARER.replace("bearer", "holder-of-key"), id="method"),
        pytest.param(CONFIRMATION, CONFIRMATION + 'NotBefore="2026-03-10T11:00:00Z" ', id="confirmation-not-before"),
        pytest.param('Recipient="https://rd.test/acs"', "", id="no-recipient"),
        pytest.param('InResponseTo="_request"', "", id="no-in-response-to"),
        pytest.param('<saml:Conditions NotBefore="2026-03-10T10:58:00.000Z"', "<saml:Conditions", id="no-not-before"),
        pytest.param("<saml:Audience", "<saml:AudienceRestriction/><saml:Audience", id="two-restrictions"),
        pytest.param(f"<saml:Audience>{RD.value}</saml:Audience>", "", id="no-audience"),
        pytest.param("<saml:Subject>", "<saml:Subject/><saml:Subject>", id="two-subjects"),
        pytest.param("</saml:NameID>", "</saml:NameID><saml:NameID>x</saml:NameID>", id="two-names"),
        pytest.param("_transient</saml:NameID>", "_tr<b/>ansient</saml:NameID>", id="name-with-child"),
        pytest.param("<saml:AuthnContext>", "<saml:AuthnContext/><saml:AuthnContext>", id="two-contexts"),
        pytest.param("<saml:AttributeS", "<saml:AttributeStatement/><saml:AttributeS", id="two-statements"),
        pytest.param(urns.ACTING_SUBJECT_ID, urns.SERVICE_UUID, id="attribute-twice"),
        pytest.param("<saml:AttributeValue>", '<saml:AttributeValue Type="x">', id="value-attribute"),
        pytest.param("<saml:EncryptedID", "<saml:EncryptedID/><saml:EncryptedID", id="two-encrypted-ids"),
        pytest.param("<saml:AuthnStatement", "<saml:Advice/><saml:AuthnStatement", id="empty-advice"),
        pytest.param(
            "<saml:AuthnS", "<saml:Advice><saml:AssertionIDRef/></saml:Advice><saml:AuthnS", id="reference-in-advice"
        ),
    ],
)
def test_an_assertion_of_another_shape_is_refused(old: str, new: str) -> None:
    with pytest.raises(MessageMalformed):
        assertion.read(changed(ASSERTION, old, new, AD), KEYS)


def test_the_two_statements_may_stand_in_either_order() -> None:
    text = ASSERTION.decode()
    first = text[text.index("<saml:AuthnStatement") : text.index("<saml:AttributeStatement")]
    moved = changed(
        text.replace(first, "").encode(), "</saml:AttributeStatement>", "</saml:AttributeStatement>" + first, AD
    )

    assert assertion.read(moved, KEYS).context_class == urns.LOA_HIGH


@pytest.mark.clause("DV-RSP-08", "DV-ARR-03")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("</samlp:Response>", "<saml:EncryptedAssertion/></samlp:Response>", id="encrypted-assertion"),
        pytest.param("</samlp:Response>", "</samlp:Response><samlp:Response/>", id="two-responses"),
        pytest.param("<samlp:Status>", "<samlp:Status/><samlp:Status>", id="two-statuses"),
        pytest.param("<samlp:StatusCode", "<samlp:StatusCode Value='x'/><samlp:StatusCode", id="two-codes"),
        pytest.param('<samlp:StatusCode Value="', '<samlp:StatusCode Code="', id="code-without-value"),
    ],
)
def test_an_answer_of_another_shape_is_refused(old: str, new: str) -> None:
    inside = response.write(a_response(assertion.write(an_assertion(issuer=RD), key_of(RD))))
    answer = artifact.write_response(an_artifact_response(inside), key_of(RD))

    with pytest.raises(MessageMalformed):
        artifact.read_artifact_response(soap_wrap(changed(answer, old, new, RD)), KEYS)


def test_two_assertions_in_one_response_are_refused() -> None:
    two = b"".join(assertion.write(an_assertion(issuer=RD), key_of(RD)) for _ in range(2))
    answer = artifact.write_response(an_artifact_response(response.write(a_response(two))), key_of(RD))

    with pytest.raises(MessageMalformed):
        artifact.read_artifact_response(soap_wrap(answer), KEYS)


@pytest.mark.clause("DV-ART-05")
@pytest.mark.parametrize(
    "text",
    ["", "AAQ=", "not base64!", "AAEAAA" + "A" * 54, a_resolve().artifact + "AAAA", a_resolve().artifact[:-4] + " "],
)
def test_something_else_than_an_artifact_of_type_4_is_unknown(text: str) -> None:
    with pytest.raises(ArtifactUnknown):
        artifact.read_artifact(text)


@pytest.mark.parametrize("value", ["*", "PGEvPg", "PGEvPg==\u00a0", "é"])
def test_a_form_field_that_is_no_base64_is_refused(value: str) -> None:
    with pytest.raises(MessageMalformed):
        decode_post(value)


def test_a_form_field_beyond_the_bounds_is_refused_unread() -> None:
    with pytest.raises(MessageTooLarge):
        decode_post("A" * 600_000)


def test_a_form_field_with_line_breaks_is_read() -> None:
    text = encode_post(b"<a/>" * 40)

    assert decode_post(f" {text[:76]}\r\n{text[76:]}\n") == b"<a/>" * 40


def test_a_deflated_message_is_no_message() -> None:
    with pytest.raises(MessageMalformed):
        authn_request.read(decode_post("s0nUtwMA"), KEYS)


@pytest.mark.clause("DV-ART-01")
@pytest.mark.parametrize(
    ("location", "relay_state", "url"),
    [
        ("https://dv.test/acs", None, "https://dv.test/acs?SAMLart=A%2B%2F%3D"),
        ("https://dv.test/acs?a=1", "x&y=é", "https://dv.test/acs?a=1&SAMLart=A%2B%2F%3D&RelayState=x%26y%3D%C3%A9"),
        ("https://dv.test/acs", "", "https://dv.test/acs?SAMLart=A%2B%2F%3D&RelayState="),
    ],
)
def test_the_browser_goes_to_the_consumer_with_the_artifact(location: str, relay_state: str | None, url: str) -> None:
    assert artifact_url(location, "A+/=", relay_state) == url
