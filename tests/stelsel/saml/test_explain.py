"""`python -m stelsel.saml explain`: what a developer reads about a message that he has at hand, in whatever form."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from stelsel.identifiers import EntityId
from stelsel.saml import authn_request
from stelsel.saml.__main__ import main
from stelsel.saml.artifact import make_artifact, write_resolve
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import encode_post, soap_wrap
from stelsel.saml.ids import new_id
from stelsel.saml.redirect import write_url
from tests.stelsel.saml.explaining import metadata_of
from tests.stelsel.saml.factories import DV, LC, NOON, SERVICE, a_resolve, key_of
from tests.stelsel.saml.test_redirect import unsigned

SSO = "https://gateway.test/saml/sso"
IN_ORDER = AuthnRequest(
    id=new_id(),
    issue_instant=NOON,
    destination=SSO,
    issuer=DV,
    acs_index=0,
    intended_audience=DV,
    service=SERVICE,
)


def signed(request: AuthnRequest = IN_ORDER) -> bytes:
    return authn_request.write(request, key_of(request.issuer))


Told = tuple[int, str]


@pytest.fixture
def explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(data: bytes, metadata: EntityId | None = DV) -> Told:
        message = tmp_path / "message"
        message.write_bytes(data)
        arguments = ["explain", str(message), "--at", NOON.isoformat(), "--destination", SSO]
        if metadata is not None:
            (tmp_path / "metadata.xml").write_bytes(metadata_of(metadata))
            arguments += ["--metadata", str(tmp_path / "metadata.xml")]
        code = main(arguments)
        written = capsys.readouterr()
        return code, written.out + written.err

    return run


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "XML": lambda message: message,
    "a form field": lambda message: encode_post(message).encode(),
    "a form field in lines of 76": lambda message: base64.encodebytes(message),
    "a whole form": lambda message: urlencode({"SAMLRequest": encode_post(message), "RelayState": "abc"}).encode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_message_in_order_has_no_findings_in_whatever_form_it_comes(
    explained: Callable[..., Told], form: Callable[[bytes], bytes]
) -> None:
    code, text = explained(form(signed()))
    assert code == 0, text
    assert text.endswith("no findings\n")
    for said in ("AuthnRequest", DV.value, IN_ORDER.id, SERVICE.value, "of a key in the metadata"):
        assert said in text


def test_a_redirect_is_read_with_the_signature_over_its_query(explained: Callable[..., Told]) -> None:
    url = write_url(SSO, "SAMLRequest", unsigned(IN_ORDER), "state", key_of(DV))
    code, text = explained(url.encode())
    assert (code, "HTTP-Redirect" in text) == (0, True), text
    code, text = explained(url.replace("state", "other").encode())
    assert (code, "GEN-10" in text) == (1, True)


def test_every_clause_is_told_and_not_the_first_alone(explained: Callable[..., Told]) -> None:
    wrong = replace(
        IN_ORDER,
        destination="https://elders.test/",
        issue_instant=NOON - timedelta(minutes=10),
        acs_index=7,
        attribute_index=3,
        is_passive=True,
    )
    code, text = explained(signed(wrong))
    assert code == 1
    for clause in ("DV-REQ-02", "GEN-22", "GEN-26", "DV-REQ-06", "DV-REQ-04"):
        assert f"\n{clause}  " in text
    assert "expected: https://gateway.test/saml/sso" in text
    assert "10 min 00 s before 2026-03-10T11:00:00Z" in text
    assert "one of the metadata's: 0" in text
    assert text.endswith("5 finding(s)\n")


def test_a_changed_message_and_another_key_are_told_apart(explained: Callable[..., Told]) -> None:
    changed = signed().replace(b'AssertionConsumerServiceIndex="0"', b'AssertionConsumerServiceIndex="1"')
    assert "GEN-10  the content was changed after signing" in explained(changed)[1]
    # Also where nobody gave the keys: that much the digest tells.
    assert "GEN-10  the content was changed after signing" in explained(changed, metadata=None)[1]
    other_key = authn_request.write(IN_ORDER, key_of(LC))
    code, text = explained(other_key)
    assert (code, "GEN-16  KeyInfo names no key of this sender" in text) == (1, True)
    assert key_of(DV).name in text
    assert key_of(LC).name in text
    assert "only the key is another" in text
    assert "GEN-08  not signed" in explained(unsigned(IN_ORDER))[1]


def test_without_metadata_it_says_that_the_key_was_not_judged(explained: Callable[..., Told]) -> None:
    code, text = explained(signed(), metadata=None)
    assert (code, "note: the key was not judged" in text) == (0, True)


def test_an_artifact_is_taken_apart_but_for_its_secret(explained: Callable[..., Told]) -> None:
    artifact = make_artifact(DV, 3, b"k" * 20)
    for copied in (artifact, "https://dv.test/acs?" + urlencode({"SAMLart": artifact, "RelayState": "x"})):
        code, text = explained(copied.encode())
        assert code == 0
        assert f"made by:           {DV.value}" in text
        assert "endpoint index:    3" in text
        assert artifact not in text


def test_a_soap_envelope_is_opened(explained: Callable[..., Told]) -> None:
    body = soap_wrap(write_resolve(a_resolve(issue_instant=NOON, destination=SSO), key_of(DV)))
    code, text = explained(body)
    assert (code, "ArtifactResolve" in text) == (0, True), text


def test_what_may_be_a_citizens_number_is_not_shown(explained: Callable[..., Told]) -> None:
    text = explained(signed(replace(IN_ORDER, destination="https://gateway.test/999990019")))[1]
    assert "999990019" not in text
    assert "https://gateway.test/*********" in text


@pytest.mark.parametrize("junk", [b"", b"hallo wereld", b"\xff\xfe\x00", b"SAMLRequest=%%%"])
def test_what_is_no_message_is_said_to_be_none(explained: Callable[..., Told], junk: bytes) -> None:
    assert explained(junk)[0] == 2


def test_broken_xml_is_a_finding(explained: Callable[..., Told]) -> None:
    assert explained(b"<samlp:AuthnRequest>")[0] == 1
    assert explained(b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')[1].count("ERR-09") == 1


def test_a_shape_that_is_not_the_standards_names_what_may_stand_there(explained: Callable[..., Told]) -> None:
    message = unsigned(IN_ORDER).replace(b"</samlp:AuthnRequest>", b"<saml:Issuer/></samlp:AuthnRequest>")
    code, text = explained(message)
    assert code == 1
    assert "an element out of place" in text
    assert "in AuthnRequest, in this order: Issuer, Extensions" in text
