"""Every SAML message of one login with a mandate, judged by the OASIS schemas and by xmlsec1."""

from collections.abc import Sequence

import pytest
from lxml import etree

from metadata.keys import KeyRing
from pilot.places import BVD, DIGID, GATEWAY, MAKELAAR_EEN, authority_of, entity_of
from stelsel.saml.signatures import SigningKey
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot
from tests.flows.sent import NAMES, Sent, all_in
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies


def keys(pilot: Pilot) -> dict[str, SigningKey]:
    """Everybody's signing key, by EntityID."""
    pki = pilot.network.prepared.pki
    names = {entity_of(name): name for name in (GATEWAY, BVD, DIGID, MAKELAAR_EEN)} | {
        dv.entity_id: dv.name for dv in pilot.world.dvs
    }
    names[authority_of(MAKELAAR_EEN)] = MAKELAAR_EEN
    return {entity.value: KeyRing.from_folder(pki.ring(name)).signing(pilot.clock()) for entity, name in names.items()}


@pytest.mark.clause("GEN-01", "GEN-08", "GEN-09", "GEN-24", "DV-ASR-16", "RD-REQ-05", "RD-ASR-01", "BVD-02", "GEN-20")
async def test_every_message_of_a_login_is_valid_and_signed_for_others_too(scenarios: Pilot) -> None:
    before = len(scenarios.wire)
    assert who(await scenarios.log_in("F1", "S1", "C2"))[1] == scenarios.bsn("C2")
    sent = all_in(scenarios.wire[before:])
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
    assert judged(scenarios, sent) == sorted([(digid, 0), (digid, 0), (bvd, 0), (gateway, 0), (digid, 1), (bvd, 1)])


@pytest.mark.clause("GEN-01", "GEN-09", "DV-ASR-16", "DV-ATT-11", "DV-ATT-13")
async def test_every_message_of_a_login_at_a_makelaar_is_valid_and_signed_for_others_too(scenarios: Pilot) -> None:
    before = len(scenarios.wire)
    assert (await scenarios.log_in("a1", "S6"))["via"]
    gateway, makelaar = entity_of(GATEWAY).value, entity_of(MAKELAAR_EEN).value
    inside = authority_of(MAKELAAR_EEN).value
    assert judged(scenarios, all_in(scenarios.wire[before:])) == sorted(
        [(makelaar, 0), (inside, 1), (gateway, 0), (makelaar, 1), (inside, 2)]
    )


def judged(pilot: Pilot, sent: Sequence[Sent]) -> list[tuple[str, int]]:
    """Who made the assertions in these messages, and how deep each stands; all of it valid and signed for others."""
    known = keys(pilot)
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
    identities = [etree.fromstring(each.xml).get("ID") for each in sent]
    assert len(set(identities)) == len(identities)
    return sorted(assertions)


def signature_of(message: bytes) -> str:
    """An XPath to the signature of the root itself, whatever else is signed inside."""
    name = etree.QName(etree.fromstring(message)).localname
    return f"/*[local-name()='{name}']/*[local-name()='Signature']"
