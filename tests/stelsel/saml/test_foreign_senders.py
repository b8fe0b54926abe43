"""What real software sends is read into values (clients 2), for the rules of each profile to refuse or allow."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from saml2 import saml
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.samlp import Extensions

from stelsel import urns
from stelsel.saml import artifact, authn_request
from stelsel.saml.bindings import soap_wrap
from tests.stelsel.saml.factories import DV, NOON, RD, SERVICE, a_resolve, key_of, keys_of_all
from tests.stelsel.saml.foreign_signer import Signature
from tests.stelsel.saml.judges import pem

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


@pytest.fixture
def pysaml2(tmp_path: Path) -> Saml2Client:
    """A pysaml2 service provider with the DV's key."""
    key = key_of(DV)
    (tmp_path / "key.pem").write_bytes(
        key.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    (tmp_path / "cert.pem").write_bytes(pem(key))
    return Saml2Client(
        SPConfig().load(
            {
                "entityid": DV.value,
                "key_file": str(tmp_path / "key.pem"),
                "cert_file": str(tmp_path / "cert.pem"),
                "service": {
                    "sp": {
                        "endpoints": {
                            "assertion_consumer_service": [("https://dv.test/acs", urns.HTTP_ARTIFACT)],
                        }
                    }
                },
            }
        )
    )


def attribute(name: str, value: str) -> saml.Attribute:
    """An attribute as pysaml2 makes it, with `xsi:type`."""
    return saml.Attribute(name=name, name_format=None, attribute_value=[saml.AttributeValue(text=value)])


@pytest.mark.clause("DV-REQ-09", "DV-REQ-10", "DV-REQ-14")
def test_a_request_of_pysaml2_is_read(pysaml2: Saml2Client) -> None:
    extensions = Extensions()
    extensions.add_extension_elements(
        [attribute(urns.SERVICE_UUID, SERVICE.value), attribute(urns.INTENDED_AUDIENCE, DV.value)]
    )
    _, request = pysaml2.create_authn_request(
        "https://rd.test/sso",
        binding=None,
        assertion_consumer_service_index="0",
        extensions=extensions,
        sign=False,
    )
    request.issuer.format = None
    signed = str(pysaml2.sign(request, sign_alg=RSA_SHA256, digest_alg=SHA256)).encode()
    assert b"ns0:" in signed

    read = authn_request.read(signed, keys_of_all())
    assert (read.issuer, read.service, read.intended_audience, read.acs_index) == (DV, SERVICE, DV, 0)


@pytest.mark.clause("DV-RSV-01", "DV-RSV-03")
def test_an_artifact_resolve_of_pysaml2_is_read(pysaml2: Saml2Client) -> None:
    asked = a_resolve().artifact
    _, resolve = pysaml2.create_artifact_resolve(
        asked,
        "https://rd.test/resolve",
        "_abc",
        sign=True,
        sign_alg=RSA_SHA256,
        digest_alg=SHA256,
    )
    soap = pysaml2.use_soap(str(resolve), "https://rd.test/resolve", sign=False)["data"]

    assert artifact.read_resolve(soap.encode(), keys_of_all()).artifact == asked


GENERIC = f"""<?xml version="1.0" encoding="UTF-8"?>
<samlp:AuthnRequest xmlns:samlp="{urns.SAMLP}" xmlns:saml="{urns.SAML}" ID="ONELOGIN_1" Version="2.0"
    ProviderName="Gemeente" IssueInstant="2026-03-10T11:00:00Z" Destination="https://rd.test/sso" ForceAuthn="true"
    IsPassive="false" Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified" ProtocolBinding="{urns.HTTP_ARTIFACT}"
    AssertionConsumerServiceURL="https://dv.test/acs" AttributeConsumingServiceIndex="9052">
    <saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">
        {DV.value}
    </saml:Issuer>
    <samlp:Extensions><eidas:SPType xmlns:eidas="http://eidas.europa.eu/saml-extensions">public</eidas:SPType></samlp:Extensions>
    <samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified" AllowCreate="true"/>
    <samlp:RequestedAuthnContext Comparison="minimum">
        <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract</saml:AuthnContextClassRef>
    </samlp:RequestedAuthnContext>
</samlp:AuthnRequest>"""


@pytest.mark.clause("GEN-26")
def test_all_that_a_generic_sender_adds_is_visible() -> None:
    signed = Signature(wrap=76).sign(GENERIC.encode(), key_of(DV))
    read = authn_request.read(signed, keys_of_all())

    assert read == authn_request.AuthnRequest(
        id="ONELOGIN_1",
        issue_instant=NOON,
        destination="https://rd.test/sso",
        issuer=DV,
        force_authn=True,
        acs_url="https://dv.test/acs",
        protocol_binding=urns.HTTP_ARTIFACT,
        attribute_index=9052,
        provider_name="Gemeente",
        consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified",
        name_id_format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        context_classes=("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",),
        context_comparison="minimum",
    )


def test_a_subject_and_conditions_in_a_request_are_seen() -> None:
    with_subject = GENERIC.replace("<samlp:NameIDPolicy", "<saml:Subject/><samlp:NameIDPolicy").replace(
        "<samlp:RequestedAuthnContext", "<saml:Conditions/><samlp:RequestedAuthnContext"
    )
    read = authn_request.read(Signature().sign(with_subject.encode(), key_of(DV)), keys_of_all())

    assert (read.has_subject, read.has_conditions) == (True, True)


@pytest.mark.clause("DV-REQ-16", "C-05")
def test_scoping_with_a_requester_id_alone_is_read() -> None:
    scoping = f"<samlp:Scoping><samlp:RequesterID>{RD.value}</samlp:RequesterID></samlp:Scoping></samlp:AuthnRequest>"
    signed = Signature().sign(GENERIC.replace("</samlp:AuthnRequest>", scoping).encode(), key_of(DV))
    read = authn_request.read(signed, keys_of_all())

    assert (read.has_scoping, read.idp_list, read.requester_ids) == (True, (), (RD,))


def test_soap_1_2_is_read_as_soap_1_1() -> None:
    soap = soap_wrap(artifact.write_resolve(a_resolve(), key_of(DV))).replace(
        urns.SOAP11.encode(), urns.SOAP12.encode()
    )
    indented = soap.replace(b"<soap11:Body>", b"\n  <soap11:Header/>\n  <soap11:Body>\n    ")

    assert artifact.read_resolve(b'<?xml version="1.0"?>\n' + indented, keys_of_all()).issuer == DV
    assert etree.fromstring(indented).tag == f"{{{urns.SOAP12}}}Envelope"
