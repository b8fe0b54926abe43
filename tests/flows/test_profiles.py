"""DVs outside ST-SAML in a whole network: what arrives at each, opened with its own keys by outside judges."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from catalog.repository import Catalog
from gateway.listing import write_for_authorities
from metadata.certificates import Anchors
from metadata.descriptors import read_metadata
from metadata.held import HeldKeys, folder_of
from metadata.keys import KeyRing
from pilot.browser import Browser
from pilot.clients import OIDC
from pilot.loopback import LoopbackTransport
from pilot.places import GATEWAY
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import EncryptedId, decrypt_id
from stelsel.saml.xml import parse, self_contained
from tests.flows.outsiders import (
    BROKER,
    CLEAR,
    LEGACY,
    NS,
    ROWS,
    SEALED,
    AtTheDv,
    Outsider,
    Values,
    elements,
    status,
)
from tests.flows.pilots import Pilot, start
from tests.flows.speakers import SOAP
from tests.stelsel.saml.judges import check_schema, xmlsec1_decrypts, xmlsec1_verifies


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios with a DV for each profile. Leave its clock alone."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("profiles"), pilot_keys, ROWS)


async def resolved(dv: Outsider, location: str = "", for_whom: str | None = None, **wish: Any) -> bytes:
    """The ArtifactResponse that a DV is given, by its signature at the front or over its own connection."""
    async with dv.browser() as browser:
        with pytest.raises(AtTheDv) as arrived:
            await dv.leads_to(browser, for_whom, **wish)
    location = location or dv.speaker.location
    question = dv.speaker.resolve_message(arrived.value.artifact, destination=location)
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
        if location == dv.front_door:
            answer = await client.post(location, content=question, headers=SOAP)
        else:
            answer = await dv.speaker.post(question, location)
    assert answer.status_code == 200
    message = etree.tostring(elements(answer.content, "soap:Body/samlp:ArtifactResponse")[0])
    check_schema(message)
    assert xmlsec1_verifies(message, dv.gateway())
    return message


def alone(dv: Outsider, assertion: etree._Element) -> Values:
    """An assertion taken out of its message, judged by itself: nobody else's word is inside."""
    written = self_contained(assertion)
    check_schema(written)
    assert xmlsec1_verifies(written, dv.gateway())
    values = Values(parse(written))
    assert values.audiences == [dv.speaker.entity.value]
    assert values.assertion.find("saml:Advice", NS) is None
    return values


@pytest.mark.clause("TYP-09", "GEN-20")
async def test_a_dv_of_digids_own_saml_resolves_by_its_signature_and_reads_the_bsn(network: Pilot) -> None:
    dv = Outsider(network, LEGACY)
    message = await resolved(dv, dv.front_door)
    (assertion,) = elements(message, "samlp:Response/saml:Assertion")
    told = alone(dv, assertion)
    assert told.text("saml:Subject/saml:NameID") == f"s00000000:{network.bsn('F1')}"
    assert told.level == LevelOfAssurance.SUBSTANTIEEL.digid_class
    assert told.named() == {}


@pytest.mark.clause("TYP-07", "TYP-09", "DV-ATT-13")
@pytest.mark.parametrize("client", [None, "C2"])
async def test_an_etoegang_dv_opens_identities_that_the_gateway_sealed_for_it(
    network: Pilot, client: str | None
) -> None:
    dv = Outsider(network, BROKER)
    (assertion,) = elements(await resolved(dv, for_whom=client), "samlp:Response/saml:Assertion")
    told = alone(dv, assertion)
    assert told.level == LevelOfAssurance.SUBSTANTIEEL.etoegang
    assert identity(dv, told, urns.ETOEGANG_ACTING) == (urns.ETOEGANG_BSN, network.bsn("F1"))
    if client:
        assert identity(dv, told, urns.ETOEGANG_LEGAL) == (urns.ETOEGANG_BSN, network.bsn(client))
    else:
        assert urns.ETOEGANG_LEGAL not in told.named()


def identity(dv: Outsider, told: Values, name: str) -> tuple[str, str]:
    """Type and value of an EncryptedID, opened with the DV's key."""
    path = f"saml:AttributeStatement/saml:Attribute[@Name='{name}']/saml:AttributeValue/saml:EncryptedID"
    sealed = told.assertion.find(path, NS)
    assert sealed is not None
    opened = decrypt_id(EncryptedId(self_contained(sealed), (dv.speaker.entity,)), dv.speaker.entity, dv.opens())
    return opened.qualifier, opened.value


@pytest.mark.clause("ERR-03", "UC-02", "DV-RSP-06")
@pytest.mark.parametrize(
    ("wish", "told"),
    [({"cancel": "ad"}, "Authentication cancelled"), ({"level": "midden"}, "Level of assurance not met")],
    ids=["cancel", "too low"],
)
async def test_every_profile_is_told_how_a_login_failed(network: Pilot, wish: dict[str, str], told: str) -> None:
    for name in (SEALED, CLEAR):
        message = await posted(Outsider(network, name), **wish)
        assert status(message) == told
        assert not elements(message, "saml:Assertion")
    legacy = Outsider(network, LEGACY)
    assert status(await resolved(legacy, legacy.front_door, **wish)) == told
    assert status(await resolved(Outsider(network, BROKER), **wish)) == told


@pytest.mark.clause("GEN-18")
async def test_an_artifact_response_shows_the_certificate_to_those_who_know_no_key_names(network: Pilot) -> None:
    own = Outsider(network, BROKER)
    (signature,) = elements(await resolved(own), "ds:Signature")
    assert signature.find("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS) is not None
    before = len(network.wire)
    await network.log_in("F1", "S1")
    gateway = f"{network.places.host(GATEWAY)}/back"
    (answer,) = [each.answer for each in network.wire[before:] if each.host == gateway]
    assert b"X509Certificate" not in answer.partition(b"<samlp:Status")[0]


@pytest.mark.clause("DV-ATT-06")
async def test_a_key_is_held_for_each_dv_outside_the_standard_or_with_clients_and_for_no_other(network: Pilot) -> None:
    ring = network.network.prepared.pki.ring(GATEWAY)
    held = {dv.name for dv in network.world.dvs if folder_of(ring, dv.entity_id).exists()}
    assert held == {SEALED, CLEAR, LEGACY, BROKER} | {dv.name for dv in network.world.dvs if OIDC in dv.interfaces}
    assert SEALED in held - {dv.name for dv in network.world.dvs if OIDC in dv.interfaces}


@pytest.mark.clause("MD-RS-04", "DV-ATT-05")
async def test_ad_and_bvd_are_told_the_held_key_of_a_dv_outside_the_standard_and_of_a_strict_one_its_own_too(
    network: Pilot, tmp_path: Path
) -> None:
    strict, opened = network.world.dv("gemeente").entity_id, Outsider(network, LEGACY).speaker.entity
    prepared, at = network.network.prepared, network.clock()
    listed = await listing(network, HeldKeys(prepared.gateway.keys))
    assert listed[opened] == [key.name for key in HeldKeys(prepared.gateway.keys).published(opened, at)]
    own = [key.name for key in KeyRing.from_folder(prepared.pki.ring("gemeente")).decryption(at)]
    assert listed[strict] == own + [key.name for key in HeldKeys(prepared.gateway.keys).published(strict, at)]
    holding_none = await listing(network, HeldKeys(tmp_path))
    assert opened not in holding_none
    assert holding_none[strict] == own


async def listing(network: Pilot, held: HeldKeys) -> dict[EntityId, list[str]]:
    """The names of the keys that others encrypt with, by DV, in the document for ADs and BVD."""
    gateway, at = replace(network.network.services[GATEWAY].assembly, held=held), network.clock()
    known, settings = gateway.party.trust.providers(at), network.network.prepared.gateway
    document = await write_for_authorities(settings, gateway, Catalog(gateway.database), known, at)
    read = read_metadata(document, Anchors.from_pem(network.network.prepared.pki.anchors), at, loopback=True)
    return {each.entity_id: [key.name for key in each.encryption_keys] for each in read}


async def posted(dv: Outsider, for_whom: str | None = None, **wish: Any) -> bytes:
    """The Response that the browser would post to a DV."""
    async with dv.browser() as browser:
        form = dv.form(await dv.leads_to(browser, for_whom, **wish))
    assert form is not None
    assert form.fields["RelayState"] == "hier"
    message = base64.b64decode(form.fields["SAMLResponse"])
    check_schema(message)
    assert xmlsec1_verifies(message, dv.gateway())
    return message


@pytest.mark.clause("DV-RSP-08", "GEN-17", "GEN-18")
async def test_a_generic_dv_opens_the_assertion_that_the_browser_brings_with_its_own_key(network: Pilot) -> None:
    dv = Outsider(network, SEALED)
    message = await posted(dv, "C2")
    for person in ("F1", "C2"):
        assert network.bsn(person).encode() not in message
    (opened,) = elements(xmlsec1_decrypts(message, dv.private()), "saml:EncryptedAssertion/saml:Assertion")
    told = alone(dv, opened)
    assert told.level == LevelOfAssurance.SUBSTANTIEEL.uri
    assert told.named() == {
        urns.SERVICE_UUID: [network.world.service(f"bij {SEALED}").uuid.value],
        urns.ACTING_SUBJECT_ID: [network.bsn("F1")],
        urns.LEVEL_OF_ASSURANCE: [LevelOfAssurance.SUBSTANTIEEL.uri],
        urns.LEGAL_SUBJECT_ID: [network.bsn("C2")],
        urns.REPRESENTATION_TYPE: told.named()[urns.REPRESENTATION_TYPE],
    }
    assert told.named()[urns.REPRESENTATION_TYPE][0].endswith("BEWIND")


@pytest.mark.clause("DV-RSP-08")
async def test_a_generic_dv_that_wants_no_encryption_reads_a_signed_assertion(network: Pilot) -> None:
    dv = Outsider(network, CLEAR)
    (assertion,) = elements(await posted(dv), "saml:Assertion")
    told = alone(dv, assertion)
    assert told.named()[urns.ACTING_SUBJECT_ID] == [network.bsn("F1")]
    assert urns.LEGAL_SUBJECT_ID not in told.named()


async def test_the_page_with_the_answer_posts_to_the_dv_only_needs_no_script_and_is_shown_once(network: Pilot) -> None:
    dv = Outsider(network, SEALED)
    async with dv.browser() as browser, Browser() as other:
        before = len(network.wire)
        page = await dv.leads_to(browser)
        (shown,) = [each for each in network.wire[before:] if each.path.startswith("/answer/")]
        policy = dict(each.strip().partition(" ")[::2] for each in shown.header("content-security-policy").split(";"))
        assert policy["form-action"].split() == ["'self'", network.places.front(SEALED)]
        form = dv.form(page)
        assert form is not None
        assert form.buttons
        assert network.bsn("F1") not in shown.everything
        for each in (browser, other):
            again = await each.open(page.url)
            assert (dv.form(again), again.status >= 400) == (None, True)


@pytest.mark.clause("GEN-18")
async def test_another_browser_gets_no_answer_and_uses_none_up(network: Pilot) -> None:
    dv = Outsider(network, SEALED)
    seen: list[str] = []

    async def look(method: str, url: str) -> None:
        if "/answer/" in url and not seen:
            seen.append(url)
            async with Browser() as thief:
                request = dv.speaker.request(f"bij {SEALED}", acs_index=None, acs_url=dv.consumer)
                assert (await dv.enter(thief, dv.speaker.signed(request))).status == 200
                page = await thief.open(url)
            assert (dv.form(page), page.status >= 400) == (None, True)

    async with Browser(look) as browser:
        assert dv.form(await dv.leads_to(browser)) is not None
    assert seen
