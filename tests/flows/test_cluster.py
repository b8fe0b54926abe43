"""Cluster connections through a whole network: an LC that asks for its DVs, gets their answers, and can read none."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from metadata.entities import Entity
from pilot.browser import Browser
from pilot.places import DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml.artifact import read_artifact_response
from stelsel.saml.encryption import decrypt_id, read_encrypted_id
from tests.flows.clusters import CLUSTER, brought, dv_of, encrypted_in, keys_of_party, lc_of, sent
from tests.flows.outcomes import NO_RESPONSE, UNSUPPORTED, told, who
from tests.flows.pilots import Pilot, Start, start, walk_on
from tests.flows.sent import NAMES, all_in
from tests.flows.speakers import Speaker


@pytest.fixture(scope="module")
async def cluster(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios with a supplier and its two DVs; nobody here changes its catalogue."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("cluster"), pilot_keys, CLUSTER)


@pytest.mark.clause("UC-04", "DV-REQ-08", "DV-PRC-02", "DV-ASR-10", "DV-ATT-05", "MD-LC-01", "MD-LC-02", "MD-LC-04")
@pytest.mark.parametrize(
    ("dv", "service", "audiences"), [("rijnland", "R1", ["leverancier", "rijnland"]), ("delfland", "D1", ["delfland"])]
)
async def test_a_dv_behind_a_supplier_learns_who_logged_in(
    cluster: Pilot, dv: str, service: str, audiences: list[str]
) -> None:
    before = len(cluster.wire)
    outcome = await cluster.log_in("F1", service, dv=dv)
    assert who(outcome) == (cluster.bsn("F1"), None)
    request, *_, answer = all_in(cluster.wire[before:])
    assert (request.name, request.issuer) == ("AuthnRequest", lc_of(cluster).value)
    extensions = etree.fromstring(request.xml).findall("samlp:Extensions/saml:Attribute/saml:AttributeValue", NAMES)
    assert dv_of(cluster, dv).value in {each.text for each in extensions}
    assertion = etree.fromstring(answer.xml).find("samlp:Response/saml:Assertion", NAMES)
    assert assertion is not None
    named = assertion.findall("saml:Conditions/saml:AudienceRestriction/saml:Audience", NAMES)
    parties = {"leverancier": lc_of(cluster), dv: dv_of(cluster, dv)}
    assert [each.text for each in named] == [parties[name].value for name in audiences]


@pytest.mark.clause("UC-04", "DV-ATT-05", "RD-ASR-06", "RD-ASR-08")
async def test_a_supplier_can_read_nobody_in_what_it_fetches_and_the_dv_can(cluster: Pilot) -> None:
    before = len(cluster.wire)
    outcome = await cluster.log_in("F1", "R1", "C2", dv="rijnland")
    assert who(outcome) == (cluster.bsn("F1"), cluster.bsn("C2"))
    answer = all_in(cluster.wire[before:])[-1]
    dv, lc = dv_of(cluster, "rijnland"), lc_of(cluster)
    found = [read_encrypted_id(each) for each in encrypted_in(answer.xml)]
    assert len(found) == 5  # summary: acting and represented; DigiD's: acting; the BVD's: acting and represented
    names = {str(each.text) for each in etree.fromstring(answer.xml).iter(f"{{{urns.DS}}}KeyName")}
    theirs, own = keys_of_party(cluster, "leverancier", names), keys_of_party(cluster, "rijnland", names)
    for each in found:
        assert lc not in each.recipients
        for name in (dv, lc):
            with pytest.raises(AnswerRefused):
                decrypt_id(each, name, theirs)
        assert decrypt_id(each, dv, own).value in (cluster.bsn("F1"), cluster.bsn("C2"))


@pytest.mark.clause("MD-RS-01", "MD-RS-04", "MD-LC-04")
async def test_ads_and_the_bvd_learn_the_keys_of_a_dv_behind_a_supplier_and_nothing_of_the_supplier(
    cluster: Pilot,
) -> None:
    now = cluster.clock()
    for party in (DIGID, "bvd"):
        trust = cluster.network.services[party].assembly.party.trust
        listed = trust.find(dv_of(cluster, "rijnland"), now)
        assert (len(listed.encryption_keys), listed.signing_keys) == (1, ())
        assert lc_of(cluster) not in {each.entity_id for each in trust.entities(now)}


@pytest.mark.clause("DV-PRC-02", "DV-PRC-01", "C-15")
@pytest.mark.parametrize(
    ("dv", "service", "why"),
    [
        ("delfland", "D2", "the service is not registered with this LC"),
        ("rijnland", "D1", "the service is of another DV"),
    ],
)
async def test_what_is_not_registered_with_the_supplier_is_refused_and_the_log_says_which(
    cluster: Pilot, dv: str, service: str, why: str
) -> None:
    outcome = await cluster.log_in("F1", service, dv=dv)
    assert told(outcome) == (UNSUPPORTED, "SERVICE_UNKNOWN")
    journal = cluster.network.services[GATEWAY].assembly.journal
    entries = await journal.entries("refusal", cluster.clock(), at_most=1000)
    assert entries[-1].facts["why"] == why


@pytest.mark.clause("DV-PRC-02", "UC-04")
@pytest.mark.parametrize("when", ["before the login at DigiD", "before the artifact is resolved"])
async def test_a_registration_that_ends_during_a_login_ends_the_login(start_pilot: Start, when: str) -> None:
    ending = CLUSTER.replace('dv = "rijnland"\n[[cluster]]', 'dv = "rijnland"\nactive_until = 2026-03-11\n[[cluster]]')
    pilot = await start_pilot(ending, at="2026-03-10T23:59:30+01:00")
    if when == "before the artifact is resolved":
        outcome = await pilot.log_in("F1", "R1", dv="rijnland", before_resolve=lambda: pilot.clock.advance(seconds=40))
    else:
        wish = replace(pilot.wish("F1", "R1", dv="rijnland"), level="substantieel")
        async with Browser() as browser:
            page = await pilot.walk(browser, wish, until="S1")
            pilot.clock.advance(seconds=40)
            await walk_on(browser, page, wish)
            outcome = await browser.json("GET", f"{pilot.known.dv('rijnland').origin}/result?format=json")
    assert told(outcome) == (UNSUPPORTED, "SERVICE_INACTIVE")


@pytest.mark.clause("UC-04", "DV-PRC-02")
async def test_a_dv_that_its_supplier_takes_out_during_a_login_gets_nothing_and_the_bvd_declares_nothing(
    start_pilot: Start,
) -> None:
    pilot = await start_pilot(CLUSTER)
    trust = pilot.network.services[GATEWAY].assembly.party.trust

    def without(entity: Entity) -> Entity:
        left = tuple(each for each in entity.providers if each.entity_id != dv_of(pilot, "rijnland"))
        return replace(entity, providers=left)

    def taken_out() -> None:
        trust.replace([without(each) for each in trust.entities(pilot.clock())])

    outcome = await pilot.log_in("F1", "R1", "C2", dv="rijnland", before_resolve=taken_out)
    assert told(outcome) == (UNSUPPORTED, "SERVICE_UNKNOWN")
    declared = [each for each in all_in(pilot.wire) if each.issuer == entity_of("bvd").value]
    assert declared == []
    (entry,) = await pilot.network.services[GATEWAY].assembly.journal.entries("refusal", pilot.clock(), at_most=10)
    assert (entry.facts["clause"], entry.facts["why"]) == ("UC-04", "the DV is not in the LC's metadata")


@pytest.mark.clause("RD-PRC-01", "C-15")
@pytest.mark.parametrize(("dv", "service"), [("gemeente", "R1"), ("delfland", "R1"), ("rijnland", "D1")])
async def test_the_ad_asks_nobody_to_log_in_for_a_service_that_is_not_the_dvs(
    cluster: Pilot, dv: str, service: str
) -> None:
    gateway, door = Speaker(cluster, GATEWAY), cluster.places.front(DIGID) + "/saml/sso"
    owner = "rijnland" if service == "R1" else "delfland"
    right = gateway.request(service, destination=door, intended_audience=dv_of(cluster, owner))
    _, asked = await brought(cluster, gateway.signed(right), DIGID)
    assert urlsplit(asked).path.startswith("/inloggen/")
    wrong = gateway.request(service, destination=door, intended_audience=dv_of(cluster, dv))
    _, back = await brought(cluster, gateway.signed(wrong), DIGID)
    (artifact,) = parse_qs(urlsplit(back).query)["SAMLart"]
    location = cluster.places.back(DIGID) + "/saml/artifact"
    answer = await gateway.post(gateway.resolve_message(artifact, destination=location), location)
    trust = cluster.network.services[GATEWAY].assembly.party.trust
    response = read_artifact_response(answer.content, trust.keys_of(cluster.clock())).response
    assert response is not None
    assert (response.status.sub, response.assertion) == (urns.STATUS_REQUEST_UNSUPPORTED, None)


# --- attacks


@pytest.mark.clause("DV-REQ-08")
async def test_a_supplier_that_names_a_service_by_index_is_refused(cluster: Pilot) -> None:
    lc = Speaker(cluster, "leverancier")
    status, _ = await sent(cluster, lc, intended_audience=None, service=None, attribute_index=0)
    assert status == 400


@pytest.mark.clause("UC-04", "M3", "DV-PRC-02")
async def test_a_supplier_gets_nothing_for_a_dv_that_is_not_in_its_metadata(cluster: Pilot) -> None:
    lc = Speaker(cluster, "leverancier")
    service = next(each.uuid for each in cluster.world.services if each.name == "S1")
    status, location = await sent(cluster, lc, intended_audience=dv_of(cluster, "gemeente"), service=service)
    assert status == 303
    (artifact,) = parse_qs(urlsplit(location).query)["SAMLart"]
    response = (await lc.resolve(artifact)).response
    assert response is not None
    assert [response.status.code, response.status.sub] == UNSUPPORTED


@pytest.mark.clause("M3", "DV-REQ-09", "S20")
async def test_a_dv_cannot_ask_in_the_name_of_another_nor_of_a_supplier(cluster: Pilot) -> None:
    gemeente = Speaker(cluster, "gemeente")
    for changes in ({"intended_audience": dv_of(cluster, "rijnland")}, {"issuer": lc_of(cluster)}):
        status, _ = await sent(cluster, gemeente, **changes)
        assert status == 400


@pytest.mark.clause("S20", "UC-04")
async def test_a_dv_that_goes_through_a_supplier_cannot_speak_for_itself(cluster: Pilot) -> None:
    status, _ = await sent(cluster, Speaker(cluster, "rijnland"))
    assert status == 400


@pytest.mark.clause("S19", "DV-ARR-04", "UC-04")
async def test_an_artifact_is_the_suppliers_and_no_dvs(cluster: Pilot) -> None:
    lc, gemeente = Speaker(cluster, "leverancier"), Speaker(cluster, "gemeente")
    service = next(each.uuid for each in cluster.world.services if each.name == "S1")
    _, location = await sent(cluster, lc, intended_audience=dv_of(cluster, "gemeente"), service=service)
    (artifact,) = parse_qs(urlsplit(location).query)["SAMLart"]
    stolen = await gemeente.resolve(artifact)
    assert ([stolen.answer.status.code, stolen.answer.status.sub], stolen.response) == (NO_RESPONSE[0], None)
    assert (await lc.resolve(artifact)).response is not None
