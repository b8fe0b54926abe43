"""Every SAML message of one login with a mandate, judged by the OASIS schemas and by xmlsec1."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from lxml import etree

from metadata.keys import KeyRing
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel.saml.signatures import SigningKey
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot
from tests.flows.wire import Exchange
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

NAMES = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it crossed the wire: its name, whom its Issuer names, and its bytes."""

    name: str
    issuer: str
    xml: bytes


def messages_in(exchange: Exchange) -> Iterator[Sent]:
    """The SAML messages in one exchange, out of form fields and SOAP."""
    fields = parse_qs(exchange.question.decode("ascii", "replace")).get("SAMLRequest", [])
    bodies = [base64.b64decode(each) for each in fields]
    for soap in (exchange.question, exchange.answer):
        if exchange.host.endswith("/back") and b"Envelope" in soap:
            bodies += [etree.tostring(each) for each in etree.fromstring(soap).iterfind("soap:Body/*", NAMES)]
    for body in bodies:
        root = etree.fromstring(body)
        yield Sent(etree.QName(root).localname, root.findtext("saml:Issuer", "", NAMES), body)


def keys(pilot: Pilot) -> dict[str, SigningKey]:
    """Everybody's signing key, by EntityID."""
    pki = pilot.network.prepared.pki
    names = {entity_of(name): name for name in (GATEWAY, BVD, DIGID)} | {
        dv.entity_id: dv.name for dv in pilot.world.dvs
    }
    return {entity.value: KeyRing.from_folder(pki.ring(name)).signing(pilot.clock()) for entity, name in names.items()}


@pytest.mark.clause("GEN-01", "GEN-08", "GEN-09", "GEN-24", "DV-ASR-16", "RD-REQ-05", "RD-ASR-01", "BVD-02", "GEN-20")
async def test_every_message_of_a_login_is_valid_and_signed_for_others_too(scenarios: Pilot) -> None:
    before = len(scenarios.wire)
    assert who(await scenarios.log_in("F1", "S1", "C2"))[1] == scenarios.bsn("C2")
    sent = [message for exchange in scenarios.wire[before:] for message in messages_in(exchange)]
    gateway, bvd, digid = (entity_of(name).value for name in (GATEWAY, BVD, DIGID))
    dv = scenarios.world.dv("gemeente").entity_id.value
    assert sorted((each.name, each.issuer) for each in sent) == sorted(
        [
            ("AuthnRequest", dv),
            ("AuthnRequest", gateway),
            ("AuthnRequest", gateway),
            ("ArtifactResolve", gateway),
            ("ArtifactResponse", digid),
            ("ArtifactResolve", dv),
            ("ArtifactResolve", gateway),
            ("ArtifactResponse", bvd),
            ("ArtifactResponse", gateway),
        ]
    )
    known = keys(scenarios)
    assertions: list[tuple[str, int]] = []
    for message in sent:
        check_schema(message.xml)
        assert xmlsec1_verifies(message.xml, known[message.issuer], signature_of(message.xml)), message.name
        root = etree.fromstring(message.xml)
        for assertion in root.iter(f"{{{NAMES['saml']}}}Assertion"):
            issuer = assertion.findtext("saml:Issuer", "", NAMES)
            assertions.append((issuer, len(list(assertion.iterancestors(f"{{{NAMES['saml']}}}Assertion")))))
            alone = etree.tostring(assertion)
            check_schema(alone)
            # As a DV takes it out: the one message, by itself.
            assert xmlsec1_verifies(alone, known[issuer]), f"{issuer} in {message.name}"
    assert sorted(assertions) == sorted([(digid, 0), (digid, 0), (bvd, 0), (gateway, 0), (digid, 1), (bvd, 1)])
    identities = [etree.fromstring(each.xml).get("ID") for each in sent]
    assert len(set(identities)) == len(identities)


def signature_of(message: bytes) -> str:
    """An XPath to the signature of the root itself, whatever else is signed inside."""
    name = etree.QName(etree.fromstring(message)).localname
    return f"/*[local-name()='{name}']/*[local-name()='Signature']"
