"""What was verified when it came in is there after a restart, and nobody can slip a party in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from metadata.certificates import Anchors
from metadata.descriptors.findings import PINNED_FOR
from metadata.parties import Parties
from metadata.trust import TrustStore
from runtime.database import Database
from runtime.offload import Offload
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, SIGNATURE, Network

LATER = NOW + timedelta(days=1)


@pytest.fixture
def parties(database: Database) -> Iterator[Parties]:
    """None yet."""
    offload = Offload()
    yield Parties(database, offload)
    offload.close()


async def test_accepted_parties_are_loaded_again(parties: Parties, network: Network, anchors: Anchors) -> None:
    for party in (network.provider(), network.authority(), network.bvd()):
        assert await parties.accept(network.written(party), anchors, NOW) == (party,)
    loaded = await parties.load(LATER)
    assert {each.entity_id: each for each in loaded} == {
        each.entity_id: each for each in (network.provider(), network.authority(), network.bvd())
    }
    assert len(TrustStore(loaded)) == 3


async def test_a_group_is_loaded_whole(parties: Parties, network: Network, anchors: Anchors) -> None:
    data = network.group(network.router(), network.provider(), network.provider("ziekenhuis"))
    accepted = await parties.accept(data, anchors, NOW)
    assert await parties.load(LATER) == accepted


async def test_a_new_document_takes_the_place_of_the_publishers_last(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider(services=())), anchors, NOW)
    await parties.accept(network.written(network.provider()), anchors, LATER)
    assert await parties.load(LATER) == (network.provider(),)


@pytest.mark.clause("MD-GEN-03")
async def test_a_party_whose_metadata_has_ended_is_not_loaded(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider()), anchors, NOW)
    await parties.accept(network.written(network.bvd(valid_until=LATER)), anchors, NOW)
    assert [each.entity_id for each in await parties.load(LATER)] == [network.provider().entity_id]


@pytest.mark.clause("MD-GEN-01")
async def test_a_refused_document_leaves_the_last_good_one(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider()), anchors, NOW)
    bad = network.written(network.provider(services=())).replace(b"gemeente.example", b"x.example")
    with pytest.raises(MessageRefused):
        await parties.accept(bad, anchors, LATER)
    assert await parties.load(LATER) == (network.provider(),)


async def test_a_party_of_another_publisher_is_not_taken_over(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider()), anchors, NOW)
    with pytest.raises(MessageRefused, match="another publisher"):
        await parties.accept(network.group(network.router(), network.provider()), anchors, LATER)
    assert await parties.load(LATER) == (network.provider(),)


@pytest.mark.clause("MD-LC-04", "S24")
async def test_a_supplier_that_lists_a_dv_changes_nothing_of_what_the_dv_says_itself(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider()), anchors, NOW)
    await parties.accept(network.group(network.cluster(), network.provider()), anchors, NOW)
    trust = TrustStore(await parties.load(LATER))
    dv, lc = network.provider().entity_id, network.cluster().entity_id
    assert trust.find(dv, LATER) == network.provider()
    assert trust.provider(dv, dv, LATER) == network.provider()
    assert trust.provider(dv, lc, LATER).signing_keys == ()
    assert [each.entity_id for each in trust.providers(LATER)] == [dv]


@pytest.mark.clause("MD-LC-04", "S24")
async def test_a_file_on_somebodys_word_adds_no_key_to_a_dv_that_a_supplier_lists(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.group(network.cluster(), network.provider()), anchors, NOW)
    with pytest.raises(MessageRefused, match="a DV that a supplier lists"):
        await parties.accept(network.written(network.provider()), anchors, NOW, profile="generic")
    other = network.written(network.provider("ziekenhuis"))
    await parties.accept(other, anchors, NOW, profile="generic")
    assert await parties.pinned() == ((network.provider("ziekenhuis").entity_id.value, "generic"),)


async def test_signed_metadata_take_the_place_of_a_file_on_somebodys_word(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    await parties.accept(network.written(network.provider(services=())), anchors, NOW, profile="generic")
    await parties.accept(network.written(network.provider()), anchors, NOW)
    assert await parties.pinned() == ()
    assert await parties.load(NOW) == (network.provider(),)


async def test_a_file_that_is_handed_in_again_is_believed_for_longer(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    data = re.sub(' validUntil="[^"]+"', "", SIGNATURE.sub("", network.written(network.provider()).decode())).encode()
    await parties.accept(data, anchors, NOW, profile="generic")
    await parties.accept(data, anchors, LATER, profile="generic")
    assert len(await parties.load(NOW + PINNED_FOR)) == 1


async def test_a_group_that_loses_most_of_its_parties_is_refused(
    parties: Parties, network: Network, anchors: Anchors
) -> None:
    router, dv = network.router(), network.provider()
    dvs = [replace(dv, entity_id=EntityId.of("DV", OINS["gemeente"], index)) for index in range(4)]
    await parties.accept(network.group(router, *dvs), anchors, NOW)
    await parties.accept(network.group(router, *dvs[:2]), anchors, NOW)
    with pytest.raises(MessageRefused, match="fewer"):
        await parties.accept(network.group(router), anchors, LATER)
    assert len(await parties.load(LATER)) == 3


async def test_whatever_is_accepted_changes_the_revision(parties: Parties, network: Network, anchors: Anchors) -> None:
    before = await parties.revision()
    await parties.accept(network.written(network.provider()), anchors, NOW)
    assert await parties.revision() != before
    after = await parties.revision()
    with pytest.raises(MessageRefused):
        await parties.accept(b"<html/>", anchors, NOW)
    assert await parties.revision() == after
