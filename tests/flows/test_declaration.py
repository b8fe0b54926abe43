"""What stands in the answers of a login, clause by clause, as a DV finds it on the wire."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from pilot.places import BVD, DIGID, GATEWAY, entity_of
from tests.flows.pilots import Pilot
from tests.flows.sent import NAMES, Sent, all_in

GDI = "urn:nl-eid-gdi:1.0:"
SAML = NAMES["saml"]


async def answers(pilot: Pilot, person: str, service: str, client: str, **more: Any) -> dict[str, etree._Element]:
    """The ArtifactResponses of one login, by who gave them."""
    before = len(pilot.wire)
    await pilot.log_in(person, service, client, **more)
    sent = all_in(pilot.wire[before:])
    return {each.issuer: parsed(each) for each in sent if each.name == "ArtifactResponse"}


def parsed(sent: Sent) -> etree._Element:
    """Its root."""
    return etree.fromstring(sent.xml)


def found(element: etree._Element, path: str) -> list[str]:
    """Texts or attribute values at an XPath."""
    values = element.xpath(path, namespaces={**NAMES, "xenc": "http://www.w3.org/2001/04/xmlenc#"})
    return [str(value) for value in values] if isinstance(values, list) else []


def instant(text: str) -> datetime:
    """An instant of the wire."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def own(element: etree._Element) -> etree._Element:
    """The responder's own assertion, whatever stands in its Advice."""
    assertion = element.find("samlp:Response/saml:Assertion", NAMES)
    assert assertion is not None
    return assertion


@pytest.mark.clause(
    "TYP-04", "TYP-08", "DV-ASR-05", "DV-ASR-09", "DV-ASR-11", "DV-ATT-04", "DV-ARR-05", "DV-RSP-06", "C-07"
)
async def test_a_declaration_for_somebody_else_says_what_the_standard_asks(scenarios: Pilot) -> None:
    answer = (await answers(scenarios, "F1", "S1", "C2"))[entity_of(GATEWAY).value]
    assertion = own(answer)
    issued = instant(str(assertion.get("IssueInstant")))
    (until,) = found(assertion, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData/@NotOnOrAfter")
    assert instant(until) == issued + timedelta(minutes=2)
    assert found(assertion, "saml:Conditions/@NotBefore") == [(issued - timedelta(minutes=2)).strftime("%FT%T.000Z")]
    assert found(assertion, "saml:Conditions/@NotOnOrAfter") == [until]
    assert found(assertion, "saml:AuthnStatement/@AuthnInstant") == [assertion.get("IssueInstant")]
    assert found(assertion, "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef/text()") == [
        "http://eidas.europa.eu/LoA/substantial"
    ]
    assert found(assertion, "saml:AttributeStatement/saml:Attribute/@Name") == [
        f"{GDI}ServiceUUID",
        f"{GDI}ActingSubjectID",
        f"{GDI}LegalSubjectID",
        "urn:nl-eid-gdi:1.1:RepresentationType",
    ]
    for name in ("ActingSubjectID", "LegalSubjectID"):
        values = assertion.findall(
            f"saml:AttributeStatement/saml:Attribute[@Name='{GDI}{name}']/saml:AttributeValue", NAMES
        )
        assert [[etree.QName(inside).localname for inside in value] for value in values] == [["EncryptedID"]]
    for status in ("samlp:Status", "samlp:Response/samlp:Status"):
        assert found(answer, f"{status}/samlp:StatusCode/@Value") == ["urn:oasis:names:tc:SAML:2.0:status:Success"]
        assert found(answer, f"{status}/samlp:StatusCode/samlp:StatusCode/@Value") == []
        assert found(answer, f"{status}/samlp:StatusMessage/text()") == []


@pytest.mark.clause("DV-ARR-05", "DV-RSP-04", "DV-RSP-06", "DV-RSP-07", "DV-ASR-15")
async def test_a_cancelled_login_says_so_in_the_inner_status_and_nothing_in_the_outer(scenarios: Pilot) -> None:
    answer = (await answers(scenarios, "F1", "S1", "C2", cancel="bvd"))[entity_of(GATEWAY).value]
    assert found(answer, "samlp:Status/samlp:StatusCode/@Value") == ["urn:oasis:names:tc:SAML:2.0:status:Success"]
    assert found(answer, "samlp:Status/samlp:StatusMessage/text()") == []
    inner = "samlp:Response/samlp:Status"
    assert found(answer, f"{inner}/samlp:StatusCode/@Value") == ["urn:oasis:names:tc:SAML:2.0:status:Responder"]
    assert found(answer, f"{inner}//samlp:StatusCode/samlp:StatusCode/@Value") == [
        "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
    ]
    assert found(answer, f"{inner}/samlp:StatusMessage/text()") == ["Authentication cancelled"]
    assert found(answer, f"//*[namespace-uri()='{SAML}' and local-name()='Assertion']/@ID") == []


@pytest.mark.clause("C-04", "RD-ASR-01", "RD-ASR-02", "RD-ASR-03", "RD-ASR-04", "RD-ASR-09", "RD-ASR-11")
async def test_ad_and_bvd_keep_to_the_tables_where_the_examples_do_not(scenarios: Pilot) -> None:
    told = await answers(scenarios, "F1", "S1", "C2")
    digid, bvd, gateway = (entity_of(name).value for name in (DIGID, BVD, GATEWAY))
    identity, mandate = own(told[digid]), own(told[bvd])
    audience = "saml:Conditions/saml:AudienceRestriction/saml:Audience/text()"
    assert found(identity, audience) == [gateway, bvd]
    assert found(mandate, audience) == [gateway]
    names = "saml:AttributeStatement/saml:Attribute/@Name"
    assert found(identity, names) == [f"{GDI}ServiceUUID", f"{GDI}ActingSubjectID"]
    context = "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef/text()"
    assert found(identity, context) == ["http://eidas.europa.eu/LoA/substantial"]
    assert found(mandate, context) == ["urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"]
    assert identity.find("saml:Advice", NAMES) is None
    assert mandate.find("saml:Advice", NAMES) is None
