"""Hostile versions of a party's signed metadata bring nobody in and push nobody out (S1 to S8, S11 to S15, S24)."""

from collections.abc import AsyncIterator

import pytest

from metadata.parties import Parties
from pilot.pki import make_pki
from runtime.database import Database
from runtime.offload import Offload
from stelsel.failures import Failure
from tests.attacks.canary import Canary
from tests.attacks.confusions import HIDDEN_IN_TEXTS, inside
from tests.attacks.doors import Change, changed, signed_by
from tests.attacks.mutations import same
from tests.attacks.test_every_door import CORPORA
from tests.metadata.factories import HOLDERS, NOW, Network
from tests.stelsel.saml.foreign_signer import Signature

HIDDEN = {name: changed(inside(b"md:ServiceName", what)) for name, what in HIDDEN_IN_TEXTS.items()}
# A document has no Issuer: what hides in a text hides in the name of a service.
TRIED = {**CORPORA, "hidden-in-the-issuer": (("S5",), lambda _: HIDDEN)}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Parties with keys of their own."""
    pki = make_pki(tmp_path_factory.mktemp("pki"), NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    return Network(pki)


@pytest.fixture
async def parties(sqlite_url: str) -> AsyncIterator[Parties]:
    """None yet."""
    database, offload = Database(sqlite_url), Offload()
    yield Parties(database, offload)
    offload.close()
    await database.close()


@pytest.mark.parametrize(
    "change", [changed(same), signed_by(Signature().sign)], ids=["written anew", "signed anew by another engine"]
)
async def test_the_same_document_written_anew_is_taken(parties: Parties, network: Network, change: Change) -> None:
    again = change(network.key("gemeente"))(network.written(network.provider()))
    await parties.accept(again, network.anchors, NOW)
    assert [each.entity_id for each in await parties.load(NOW)] == [network.provider().entity_id]


@pytest.mark.parametrize(
    "corpus", [pytest.param(name, marks=pytest.mark.clause(*threats)) for name, (threats, _) in TRIED.items()]
)
@pytest.mark.clause("MD-GEN-02", "GEN-10", "S24")
async def test_no_hostile_version_of_a_document_is_taken(
    parties: Parties, network: Network, canary: Canary, corpus: str
) -> None:
    await parties.accept(network.written(network.authority()), network.anchors, NOW)
    before, genuine, taken = await parties.load(NOW), network.written(network.provider()), []
    key = network.key("gemeente")
    for name, change in TRIED[corpus][1](canary.url).items():
        hostile = change(key)(genuine)
        assert hostile != genuine, name
        try:
            await parties.accept(hostile, network.anchors, NOW)
        except Failure:
            continue
        taken.append(name)
    assert taken == []
    assert await parties.load(NOW) == before
