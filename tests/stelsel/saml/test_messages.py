"""Every message that is written reads back as the same values, and passes the schemas and `xmlsec1`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stelsel import urns
from stelsel.failures import MessageMalformed, SignatureRefused, UnknownIssuer
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.artifact import make_artifact
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.response import Status
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_request,
    a_resolve,
    a_resolved_login,
    a_response,
    an_artifact_response,
    an_assertion,
    an_encrypted_id,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies


@pytest.mark.clause("DV-REQ-01", "DV-REQ-09", "DV-REQ-10", "DV-REQ-14")
def test_a_request_by_extensions_reads_as_it_was_written() -> None:
    request = a_request()
    written = authn_request.write(request, key_of(DV))

    check_schema(written)
    assert xmlsec1_verifies(written, key_of(DV))
    assert authn_request.read(written, keys_of_all()) == request


@pytest.mark.clause("DV-REQ-07", "DV-REQ-15", "DV-REQ-17", "DV-REQ-18", "DV-REQ-22")
def test_a_request_by_index_with_a_preselection_reads_as_it_was_written() -> None:
    request = a_request(
        intended_audience=None,
        service=None,
        attribute_index=65535,
        force_authn=True,
        idp_list=(AD, BVD),
        requester_ids=(BVD,),
        has_scoping=True,
        provider_name='Gemeente "A" & <B>',
    )
    written = authn_request.write(request, key_of(DV))

    check_schema(written)
    assert authn_request.read(written, keys_of_all()) == request


@pytest.mark.clause("RD-REQ-05")
def test_the_assertion_inside_a_request_to_the_bvd_still_verifies_in_place_and_on_its_own() -> None:
    evidence = assertion.read(assertion.write(an_assertion(), key_of(AD)), keys_of_all()).evidence
    written = authn_request.write(a_request(issuer=RD, idp_assertion=evidence), key_of(RD))

    check_schema(written)
    in_place = (
        "/*[local-name()='AuthnRequest']/*[local-name()='Extensions']/*/*/*[local-name()='Assertion']"
        "/*[local-name()='Signature']"
    )
    assert xmlsec1_verifies(written, key_of(RD), "/*/*[local-name()='Signature']")
    assert xmlsec1_verifies(written, key_of(AD), in_place)
    extracted = authn_request.read(written, keys_of_all()).idp_assertion
    assert extracted is not None
    assert xmlsec1_verifies(extracted, key_of(AD))
    assert assertion.read(extracted, keys_of_all()).issuer == AD


@pytest.mark.clause("DV-ASR-01", "DV-ASR-03", "DV-ASR-04", "DV-ASR-06", "DV-ASR-07", "DV-ASR-12", "DV-ASR-14")
def test_an_assertion_reads_as_it_was_written() -> None:
    written = an_assertion(
        issuer=RD,
        audiences=(LC, DV),
        authorities=(AD, BVD),
        session_until=NOON + timedelta(hours=1),
        attributes=(
            Attribute(urns.SERVICE_UUID, (SERVICE.value,)),
            Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),)),
            Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV, BVD),)),
            Attribute(urns.REPRESENTATION_TYPE, (urns.RT_FULL_CARE_AUTHORITY_CHILD, "urn:namens:rt:BEWIND")),
        ),
    )
    signed = assertion.write(written, key_of(RD))

    check_schema(signed)
    assert xmlsec1_verifies(signed, key_of(RD))
    read = assertion.read(signed, keys_of_all())
    assert _without_ids(read) == _without_ids(written)
    assert xmlsec1_verifies(read.evidence, key_of(RD))
    assert read.service == SERVICE
    assert [each.recipients for each in read.acting] == [(DV,)]
    assert [each.recipients for each in read.legal] == [(DV, BVD)]
    assert read.representation_types == (urns.RT_FULL_CARE_AUTHORITY_CHILD, "urn:namens:rt:BEWIND")


def _without_ids(read: assertion.Assertion) -> assertion.Assertion:
    """Encrypted ids read back as canonical XML: the same element in other bytes."""
    return replace(
        read,
        attributes=tuple(
            Attribute(each.name, tuple(value if isinstance(value, str) else "..." for value in each.values))
            for each in read.attributes
        ),
    )


@pytest.mark.clause("DV-RSV-01", "DV-RSV-03", "DV-RSV-04")
def test_an_artifact_resolve_reads_as_it_was_written() -> None:
    resolve = a_resolve()
    written = artifact.write_resolve(resolve, key_of(DV))

    check_schema(written)
    assert xmlsec1_verifies(written, key_of(DV))
    assert artifact.read_resolve(soap_wrap(written), keys_of_all()) == resolve


@pytest.mark.clause("DV-ARR-04")
def test_an_empty_artifact_response_reads_as_it_was_written() -> None:
    answer = an_artifact_response(None)
    written = artifact.write_response(answer, key_of(RD))

    check_schema(written)
    resolved = artifact.read_artifact_response(soap_wrap(written), keys_of_all())
    assert (resolved.answer, resolved.response, resolved.assertion) == (answer, None, None)


@pytest.mark.clause("DV-ASR-16", "DV-ARR-02", "DV-ASR-02")
def test_all_four_signatures_of_a_login_on_behalf_verify_where_they_stand() -> None:
    login = a_resolved_login()
    message = login[login.index(b"<samlp:ArtifactResponse") : login.index(b"</soap11:Body>")]
    summary = "/*[local-name()='Envelope']/*/*/*[local-name()='Response']/*[local-name()='Assertion']"
    advice = f"{summary}/*[local-name()='Advice']/*[local-name()='Assertion']"

    check_schema(message)
    assert xmlsec1_verifies(login, key_of(RD), "/*/*/*/*[local-name()='Signature']")
    assert xmlsec1_verifies(login, key_of(RD), f"{summary}/*[local-name()='Signature']")
    assert xmlsec1_verifies(login, key_of(AD), f"{advice}[1]/*[local-name()='Signature']")
    assert xmlsec1_verifies(login, key_of(BVD), f"{advice}[2]/*[local-name()='Signature']")


@pytest.mark.clause("DV-ASR-16", "GEN-09")
def test_evidence_taken_out_of_advice_still_verifies() -> None:
    resolved = artifact.read_artifact_response(a_resolved_login(), keys_of_all())

    assert resolved.assertion is not None
    for evidence, issuer in zip(resolved.assertion.advice, (AD, BVD), strict=True):
        assert xmlsec1_verifies(evidence, key_of(issuer))
        assert assertion.read(evidence, keys_of_all()).issuer == issuer


@pytest.mark.clause("GEN-09")
def test_advice_is_not_checked_by_its_recipient() -> None:
    spoiled = assertion.write(an_assertion(), key_of(BVD))  # says AD, signed by the BVD
    summary = assertion.write(an_assertion(issuer=RD, advice=(spoiled,)), key_of(RD))

    (advice,) = assertion.read(summary, keys_of_all()).advice
    with pytest.raises(SignatureRefused):
        assertion.read(advice, keys_of_all())


@pytest.mark.clause("DV-RSP-04", "DV-RSP-06")
def test_a_cancelled_login_reads_as_it_was_written() -> None:
    status = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled")
    written = response.write(a_response(None, status=status))
    message = artifact.write_response(an_artifact_response(written), key_of(RD))

    check_schema(message)
    resolved = artifact.read_artifact_response(soap_wrap(message), keys_of_all())
    assert resolved.response is not None
    assert resolved.response.status == status
    assert resolved.assertion is None


def test_a_response_over_post_is_signed_itself() -> None:
    inside = assertion.write(an_assertion(issuer=RD), key_of(RD))
    written = response.write(a_response(inside), key_of(RD), x509=True)

    check_schema(written)
    assert xmlsec1_verifies(written, key_of(RD), "/*/*[local-name()='Signature']")
    read = response.read(written, keys_of_all())
    assert read.assertion is not None
    assert assertion.read(read.assertion, keys_of_all()).issuer == RD


def test_a_response_without_a_signature_of_its_own_is_refused_over_post() -> None:
    with pytest.raises(SignatureRefused):
        response.read(response.write(a_response(None)), keys_of_all())


@pytest.mark.clause("DV-RSP-03")
def test_a_response_that_is_signed_inside_an_artifact_response_is_checked_as_well() -> None:
    inside = assertion.write(an_assertion(issuer=RD), key_of(RD))
    good = response.write(a_response(inside), key_of(RD))
    bad = response.write(a_response(inside), key_of(BVD))

    soap = soap_wrap(artifact.write_response(an_artifact_response(good), key_of(RD)))
    assert artifact.read_artifact_response(soap, keys_of_all()).assertion is not None
    soap = soap_wrap(artifact.write_response(an_artifact_response(bad), key_of(RD)))
    with pytest.raises(SignatureRefused):
        artifact.read_artifact_response(soap, keys_of_all())


@pytest.mark.clause("DV-ASR-02")
def test_an_assertion_without_a_signature_of_its_own_is_refused_inside_a_signed_answer() -> None:
    signed = assertion.write(an_assertion(issuer=RD), key_of(RD)).decode()
    start, end = signed.index("<ds:Signature"), signed.index("</ds:Signature>") + len("</ds:Signature>")
    unsigned = (signed[:start] + signed[end:]).encode()
    answer = artifact.write_response(an_artifact_response(response.write(a_response(unsigned))), key_of(RD))

    with pytest.raises(SignatureRefused):
        artifact.read_artifact_response(soap_wrap(answer), keys_of_all())


def test_a_sender_without_metadata_is_refused() -> None:
    with pytest.raises(UnknownIssuer):
        authn_request.read(authn_request.write(a_request(), key_of(DV)), keys_of_all(RD))


def test_another_message_than_is_due_is_refused() -> None:
    with pytest.raises(MessageMalformed):
        artifact.read_artifact_response(soap_wrap(artifact.write_resolve(a_resolve(), key_of(DV))), keys_of_all())


@pytest.mark.clause("DV-ART-05")
def test_an_artifact_is_44_bytes_with_a_binary_index() -> None:
    text = make_artifact(RD, 258, b"h" * 20)

    assert artifact.read_artifact(text) == artifact.Artifact(artifact.source_id(RD), 258, b"h" * 20)
    assert len(text) == 60
