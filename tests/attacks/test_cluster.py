"""Suppliers (LC) that reach for what is another's: answers, DVs, metadata, and names."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from metadata.certificates import Anchors
from metadata.descriptors import write_entities, write_entity
from metadata.entities import Entity
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.failures import AnswerRefused, Failure, SignatureRefused
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import decrypt_id, read_encrypted_id
from stelsel.saml.signatures import sign
from tests.flows.clusters import CLUSTER, brought, dv_of, encrypted_in, keys_of_party, lc_of, sent
from tests.flows.outcomes import NO_RESPONSE, UNSUPPORTED, who
from tests.flows.pilots import Pilot, start
from tests.flows.sent import NAMES, all_in
from tests.flows.speakers import Speaker

SECOND = """
[[lc]]
name = "ander"
oin = "00000099000000073000"
entity = "9001"
[[dv]]
name = "schieland"
oin = "00000099000000074000"
entity = "9001"
[[cluster]]
name = "schieland"
lc = "ander"
dv = "schieland"
[[service]]
name = "H1"
dv = "schieland"
uuid = "0d1f7d3c-5b0e-4f3e-9a55-0c5b6f3a7104"
minimum = "midden"
"""
WATER_BOARDS = ("rijnland", "delfland")
SIGNATURE = re.compile(r"<ds:Signature .*?</ds:Signature>", re.DOTALL)
# How a resolve ends whose artifact is somebody else's.
NOTHING = (NO_RESPONSE[0], None)


@pytest.fixture(scope="module")
async def suppliers(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """Two suppliers beside the DVs of the scenarios; whatever is tried changes nothing."""
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("suppliers"), pilot_keys, CLUSTER + SECOND)


async def refused_login(pilot: Pilot, speaker: Speaker, service: str, dv: EntityId) -> str:
    """An artifact of `speaker` for an answer that says no."""
    uuid = next(each.uuid for each in pilot.world.services if each.name == service)
    status, location = await sent(pilot, speaker, intended_audience=dv, service=uuid)
    assert status == 303
    (artifact,) = parse_qs(urlsplit(location).query)["SAMLart"]
    return artifact


async def status_of(speaker: Speaker, artifact: str) -> list[str | None]:
    """What its owner is told."""
    response = (await speaker.resolve(artifact)).response
    assert response is not None
    assert response.assertion is None
    return [response.status.code, response.status.sub]


@pytest.mark.clause("S19", "DV-ARR-04")
@pytest.mark.parametrize("owner", ["leverancier", "gemeente"])
async def test_a_supplier_cannot_fetch_the_answer_of_another_supplier_or_of_a_dv(suppliers: Pilot, owner: str) -> None:
    mine = Speaker(suppliers, owner)
    dv = dv_of(suppliers, "gemeente" if owner == "gemeente" else "rijnland")
    artifact = await refused_login(suppliers, mine, "D1", dv)
    stolen = await Speaker(suppliers, "ander").resolve(artifact)
    assert ([stolen.answer.status.code, stolen.answer.status.sub], stolen.response) == NOTHING
    assert await status_of(mine, artifact) == UNSUPPORTED


@pytest.mark.clause("M3", "DV-PRC-02", "UC-04")
@pytest.mark.parametrize(
    ("dv", "service"), [("rijnland", "R1"), ("delfland", "D1"), ("gemeente", "S1")], ids=["all", "some", "direct"]
)
async def test_a_supplier_cannot_ask_for_a_dv_of_another_nor_for_one_that_connects_itself(
    suppliers: Pilot, dv: str, service: str
) -> None:
    ander = Speaker(suppliers, "ander")
    assert await status_of(ander, await refused_login(suppliers, ander, service, dv_of(suppliers, dv))) == UNSUPPORTED


@pytest.mark.clause("M3", "DV-PRC-01", "DV-PRC-02")
@pytest.mark.parametrize(("dv", "service"), [("delfland", "R1"), ("rijnland", "D1"), ("delfland", "H1")])
async def test_a_supplier_cannot_name_one_dv_with_a_service_of_another(suppliers: Pilot, dv: str, service: str) -> None:
    lc = Speaker(suppliers, "leverancier")
    assert await status_of(lc, await refused_login(suppliers, lc, service, dv_of(suppliers, dv))) == UNSUPPORTED


@pytest.mark.clause("S20", "GEN-09", "M3")
@pytest.mark.parametrize("forger", ["ander", "rijnland", "gemeente", "bvd", "digid"])
async def test_nobody_else_signs_for_a_supplier(suppliers: Pilot, forger: str) -> None:
    status, _ = await sent(suppliers, Speaker(suppliers, forger), issuer=lc_of(suppliers))
    assert status == 400


@pytest.mark.clause("S20", "GEN-09", "M3")
async def test_a_request_of_a_supplier_in_which_the_dv_was_changed_is_refused(suppliers: Pilot) -> None:
    lc = Speaker(suppliers, "leverancier")
    message = lc.signed(replace(lc.request("R1"), intended_audience=dv_of(suppliers, "delfland")))
    changed = message.replace(dv_of(suppliers, "delfland").value.encode(), dv_of(suppliers, "rijnland").value.encode())
    assert changed != message
    status, _ = await brought(suppliers, changed)
    assert status == 400


@pytest.mark.clause("S12", "M3", "DV-ASR-10", "DV-ATT-05")
async def test_what_a_supplier_fetches_for_one_dv_is_nothing_to_its_other_dv(suppliers: Pilot) -> None:
    before = len(suppliers.wire)
    outcome = await suppliers.log_in("F1", "R1", dv="rijnland")
    assert who(outcome) == (suppliers.bsn("F1"), None)
    answer = etree.fromstring(all_in(suppliers.wire[before:])[-1].xml)
    rijnland, delfland = dv_of(suppliers, "rijnland"), dv_of(suppliers, "delfland")
    audiences = {each.text for each in answer.iter(f"{{{urns.SAML}}}Audience")}
    assert rijnland.value in audiences
    assert delfland.value not in audiences
    names = {str(each.text) for each in answer.iter(f"{{{NAMES['ds']}}}KeyName")}
    found = [read_encrypted_id(each) for each in encrypted_in(etree.tostring(answer))]
    for each in found:
        for name in (rijnland, delfland):
            with pytest.raises(AnswerRefused):
                decrypt_id(each, name, keys_of_party(suppliers, "delfland", names))
    assert len(found) == 2


# --- metadata: what a supplier's own signed document may not bring


def known_to_gateway(pilot: Pilot, entity_id: EntityId) -> Entity:
    """A party as the gateway has it."""
    return pilot.network.services[GATEWAY].assembly.party.trust.find(entity_id, pilot.clock())


async def refusal_of(pilot: Pilot, document: bytes) -> Failure:
    """Why the gateway does not take a supplier's document; afterwards it knows what it knew."""
    assembly = pilot.network.services[GATEWAY].assembly
    before, revision = await assembly.parties.load(pilot.clock()), await assembly.parties.revision()
    anchors = Anchors.from_pem(pilot.network.prepared.pki.anchors)
    with pytest.raises(Failure) as refused:
        await assembly.parties.accept(document, anchors, pilot.clock(), loopback=True)
    assert (await assembly.parties.load(pilot.clock()), await assembly.parties.revision()) == (before, revision)
    return refused.value


def document_of(pilot: Pilot, providers: tuple[Entity, ...], *others: Entity) -> bytes:
    """A document signed by the supplier: its DVs, and after them whomever it likes."""
    key = Speaker(pilot, "leverancier").key
    group = write_entities(known_to_gateway(pilot, lc_of(pilot)), providers, key).decode()
    inside = "".join(SIGNATURE.sub("", write_entity(each, key).decode()) for each in others)
    closing = "</md:EntitiesDescriptor>"
    return sign(SIGNATURE.sub("", group).replace(closing, inside + closing).encode(), key)


@pytest.mark.clause("S24", "MD-LC-04", "GEN-13", "DV-ATT-05")
@pytest.mark.parametrize("reader", ["ander", "leverancier", "gemeente", "delfland"])
async def test_a_supplier_cannot_list_a_dv_with_a_key_that_is_not_the_dvs(suppliers: Pilot, reader: str) -> None:
    lc = known_to_gateway(suppliers, lc_of(suppliers))
    rijnland, delfland = (next(e for e in lc.providers if e.entity_id == dv_of(suppliers, n)) for n in WATER_BOARDS)
    keys = {
        "ander": known_to_gateway(suppliers, lc_of(suppliers, "ander")).signing_keys[:1],
        "leverancier": lc.signing_keys[:1],
        "gemeente": known_to_gateway(suppliers, dv_of(suppliers, "gemeente")).encryption_keys,
        "delfland": delfland.encryption_keys,
    }
    for encryption_keys in (keys[reader], (*rijnland.encryption_keys, *keys[reader])):
        listed = replace(rijnland, encryption_keys=encryption_keys)
        failure = await refusal_of(suppliers, document_of(suppliers, (listed, delfland)))
        assert failure.broken_clause in ("GEN-13", "GEN-01"), failure.facts()


@pytest.mark.clause("S24", "MD-LC-01", "MD-LC-04")
@pytest.mark.parametrize("brought_in", [DIGID, BVD, GATEWAY, "ander", "leverancier", "gemeente"])
async def test_a_supplier_cannot_bring_in_anybody_but_dvs_without_a_voice(suppliers: Pilot, brought_in: str) -> None:
    named = {each.name: each.entity_id for each in suppliers.world.dvs}
    named |= {each.name: each.entity_id for each in suppliers.world.lcs}
    named |= {name: entity_of(name) for name in (DIGID, BVD, GATEWAY)}
    whose = DIGID if brought_in == GATEWAY else GATEWAY
    trust = suppliers.network.services[whose].assembly.party.trust
    another = trust.find(named[brought_in], suppliers.clock())
    lc = known_to_gateway(suppliers, lc_of(suppliers))
    failure = await refusal_of(suppliers, document_of(suppliers, lc.providers, another))
    assert failure.broken_clause == ("MD-LC-04" if brought_in == "gemeente" else "MD-GEN-01")


@pytest.mark.clause("S24", "MD-GEN-02", "MD-LC-01")
@pytest.mark.parametrize("signer", ["ander", "rijnland", "gemeente", "digid"])
async def test_nobody_else_signs_the_document_of_a_supplier(suppliers: Pilot, signer: str) -> None:
    lc = known_to_gateway(suppliers, lc_of(suppliers))
    key = Speaker(suppliers, signer).key
    for each in (key, replace(key, name=lc.signing_keys[0].name)):
        forged = write_entities(lc, lc.providers, each)
        assert isinstance(await refusal_of(suppliers, forged), SignatureRefused)


async def test_what_the_supplier_may_publish_is_taken(suppliers: Pilot) -> None:
    assembly = suppliers.network.services[GATEWAY].assembly
    lc = known_to_gateway(suppliers, lc_of(suppliers))
    anchors = Anchors.from_pem(suppliers.network.prepared.pki.anchors)
    document = document_of(suppliers, lc.providers)
    (taken,) = await assembly.parties.accept(document, anchors, suppliers.clock(), loopback=True)
    assert {each.entity_id for each in taken.providers} == {dv_of(suppliers, name) for name in WATER_BOARDS}
