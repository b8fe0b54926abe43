"""What is kept of a document beside its bytes: all that it said, and the bytes tell where nothing of that is kept."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import timedelta

import pytest
from sqlmodel import update

from metadata.certificates import Anchors
from metadata.entities import Endpoint, Entity, OfferedService
from metadata.parties import Parties
from metadata.recalled import keep, recall
from metadata.tables import DocumentRow
from runtime.database import Database
from runtime.offload import Offload
from stelsel import urns
from tests.metadata.factories import NOW, Network, a_consumer, a_logout, a_resolution, a_sign_on
from tests.stelsel.saml.factories import SERVICE


def a_full_entity(network: Network) -> Entity:
    """One in which nothing is left out, whether or not there is such a party."""
    return replace(
        network.provider(),
        single_sign_on=(a_sign_on("gemeente"),),
        artifact_resolution=(a_resolution("gemeente", 3),),
        single_logout=(a_logout("gemeente"), Endpoint(urns.HTTP_POST, "https://a.test", None, False, "https://b.test")),
        assertion_consumers=(a_consumer("gemeente", 4), a_consumer("gemeente", 5, is_default=False)),
        services=(OfferedService(7, SERVICE, is_default=True, names={"nl": "Bijstand\nen \u20ac"}),),
        providers=(network.provider("ziekenhuis"),),
        valid_until=NOW + timedelta(days=3, microseconds=1),
        names={"nl": "Gemeente", "en": "Municipality"},
        url="https://gemeente.test",
    )


def test_all_that_is_known_of_a_party_is_kept(network: Network) -> None:
    entity = a_full_entity(network)
    for field in fields(Entity):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert getattr(entity, field.name) != default, f"{field.name} is not tried here"
    others = (network.authority(), network.bvd(), network.router(), network.cluster())
    assert recall(keep((entity, *others))) == (entity, *others)


@pytest.mark.parametrize("kept", [None, b"", b"0\n{}", b"2", b'1\n{"entity_id":', b"1\n{}", b"1\n[]"])
def test_what_another_release_kept_or_nobody_did_is_not_guessed_at(kept: bytes | None) -> None:
    assert recall(kept) is None


@pytest.fixture
def parties(database: Database) -> Iterator[Parties]:
    """None yet."""
    offload = Offload()
    yield Parties(database, offload)
    offload.close()


@pytest.mark.parametrize("kept", [None, b"0\n{}"])
async def test_a_document_of_which_nothing_is_kept_is_read_from_its_bytes(
    parties: Parties, database: Database, network: Network, anchors: Anchors, kept: bytes | None
) -> None:
    for party in (network.provider(), network.authority()):
        await parties.accept(network.written(party), anchors, NOW)
    before = await parties.load(NOW)
    async with database.session(writes=True) as session:
        await session.exec(update(DocumentRow).values(recalled=kept))
        await session.commit()
    assert len(before) == 2
    assert await parties.load(NOW) == before
    await parties.accept(network.written(network.bvd()), anchors, NOW)
    assert {each.entity_id for each in await parties.load(NOW)} == {each.entity_id for each in (*before, network.bvd())}
