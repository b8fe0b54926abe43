"""Hostile versions of a party's signed metadata bring nobody in and push nobody out (spec/security S1, S2, S24)."""

from collections.abc import Iterator

import pytest

from metadata.parties import Parties
from pilot.pki import make_pki
from runtime.database import Database
from runtime.offload import Offload
from stelsel.failures import Failure
from tests.attacks.mutations import DOUBLED, POLLUTED_IDS, UNSIGNED, WRAPPING, same
from tests.metadata.factories import HOLDERS, NOW, Network

ATTACKS = {**WRAPPING, **POLLUTED_IDS, **DOUBLED, **UNSIGNED}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Parties with keys of their own."""
    pki = make_pki(tmp_path_factory.mktemp("pki"), NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    return Network(pki)


@pytest.fixture
def parties(database: Database) -> Iterator[Parties]:
    """None yet."""
    offload = Offload()
    yield Parties(database, offload)
    offload.close()


async def test_the_same_document_written_anew_is_taken(parties: Parties, network: Network) -> None:
    await parties.accept(same(network.written(network.provider())), network.anchors, NOW)
    assert [each.entity_id for each in await parties.load(NOW)] == [network.provider().entity_id]


@pytest.mark.clause("MD-GEN-02", "GEN-10")
async def test_no_hostile_version_of_a_document_is_taken(parties: Parties, network: Network) -> None:
    await parties.accept(network.written(network.authority()), network.anchors, NOW)
    before, genuine, taken = await parties.load(NOW), network.written(network.provider()), []
    for name, mutation in ATTACKS.items():
        try:
            await parties.accept(mutation(genuine), network.anchors, NOW)
        except Failure:
            continue
        taken.append(name)
    assert taken == []
    assert await parties.load(NOW) == before
