"""The catalogue in SQL, on both databases."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.identities import BsnkKeys, Holder, IdentityType, PersonalFact
from catalog.repository import Catalog
from catalog.services import Entries, JointPolicy, Raise, UnderInvestigation
from catalog.settings import Freshness
from runtime.database import Database
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import DatabaseUnavailable, Misconfigured, ServiceInactive, ServiceUnknown
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Ground, Interest, Period
from tests.catalog.factories import BIJSTAND, GEMEENTE, ZIEKENHUIS, a_provider, a_service

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
HOSPITAL = a_provider(entity_id=ZIEKENHUIS, oin=Oin("00000099000000020000"), name="ziekenhuis")


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_is_stored_comes_back_as_it_was(database: Database) -> None:
    full = a_service(
        raised=Raise(to=LevelOfAssurance.HOOG, at=NOON, message={"nl": "Straks", "en": "Soon"}),
        grounds=frozenset({Ground.OUDERLIJK_GEZAG, Ground.KETEN}),
        interests=frozenset({Interest.ZORG, Interest.PERSOONLIJK}),
        max_age={Ground.OUDERLIJK_GEZAG: 14},
        under_investigation=UnderInvestigation.ALLOW,
        joint=JointPolicy.BOTH,
        chain=1,
        vestiging=True,
        means=frozenset({"digid", "eherkenning", "eidas"}),
        eidas=(IdentityType.PSEUDONYM, IdentityType.BSN),
        attributes={PersonalFact.FAMILY_NAME: {"nl": "Aanhef", "en": "Salutation"}},
        window=Period(date(2026, 1, 1), date(2027, 1, 1)),
    )
    bare = a_service(
        uuid=ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d"),
        name="a",
        upl=None,
        action=None,
        eherkenning_minimum=None,
        grounds=frozenset(),
        active=False,
        raised=Raise(to=LevelOfAssurance.HOOG, at=NOON),
    )
    catalog = Catalog(database)
    await catalog.store(Entries((a_provider(),), (full, bare)))
    assert await catalog.provider(GEMEENTE) == a_provider()
    assert await catalog.service(BIJSTAND, GEMEENTE, NOON) == full
    assert await catalog.services_of(GEMEENTE) == (bare, full)
    assert await catalog.services_of(ZIEKENHUIS) == ()


async def test_the_dvs_for_which_the_gateway_decrypts_are_found(database: Database) -> None:
    here = a_provider(bsnk=BsnkKeys(key_set=20260101, holder=Holder.GATEWAY))
    there = a_provider(
        entity_id=ZIEKENHUIS, oin=Oin("00000099000000020000"), name="ziekenhuis", bsnk=BsnkKeys(key_set=20260101)
    )
    catalog = Catalog(database)
    await catalog.store(Entries((here, there), ()))
    assert await catalog.decrypted_here() == (here,)
    assert await catalog.provider(ZIEKENHUIS) == there


@pytest.mark.clause("DV-PRC-01", "R-SVC")
async def test_a_service_that_is_not_in_the_catalogue_is_unknown(database: Database) -> None:
    with pytest.raises(ServiceUnknown):
        await Catalog(database).service(BIJSTAND, GEMEENTE, NOON)


@pytest.mark.clause("DV-PRC-01", "R-SVC")
async def test_a_service_of_another_dv_is_unknown_too_before_and_after_it_was_looked_up(database: Database) -> None:
    catalog = Catalog(database)
    await catalog.store(Entries((a_provider(), HOSPITAL), (a_service(),)))
    for _ in range(2):
        with pytest.raises(ServiceUnknown):
            await catalog.service(BIJSTAND, ZIEKENHUIS, NOON)
        assert (await catalog.service(BIJSTAND, GEMEENTE, NOON)).name == "bijstand"


@pytest.mark.clause("DV-PRC-01", "R-SVC")
async def test_a_service_is_judged_at_the_moment_of_the_question(database: Database) -> None:
    catalog = Catalog(database)
    service = a_service(window=Period(date(2026, 3, 10), date(2026, 3, 11)))
    await catalog.store(Entries((a_provider(),), (service,)))
    assert await catalog.service(BIJSTAND, GEMEENTE, NOON) == service
    for at in (NOON - timedelta(days=1), NOON + timedelta(days=1)):
        with pytest.raises(ServiceInactive):
            await catalog.service(BIJSTAND, GEMEENTE, at)


async def test_an_unknown_dv_is_told_as_the_service_would_be(database: Database) -> None:
    with pytest.raises(ServiceUnknown):
        await Catalog(database).provider(EntityId("https://sp.example/metadata"))


async def test_storing_again_replaces_what_is_named_and_leaves_the_rest(database: Database) -> None:
    catalog = Catalog(database)
    other = a_service(uuid=ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d"), name="other")
    await catalog.store(Entries((a_provider(),), (a_service(), other)))
    changed = a_service(minimum=LevelOfAssurance.HOOG, raised=None, window=Period(until=date(2027, 1, 1)))
    await catalog.store(Entries((a_provider(url="https://gemeente.example/"),), (changed,)))
    assert await catalog.service(BIJSTAND, GEMEENTE, NOON) == changed
    assert (await catalog.provider(GEMEENTE)).url == "https://gemeente.example/"
    assert await catalog.service(other.uuid, GEMEENTE, NOON) == other


async def test_a_service_does_not_move_to_another_dv_and_nothing_else_is_stored_then(database: Database) -> None:
    catalog = Catalog(database)
    await catalog.store(Entries((a_provider(),), (a_service(),)))
    fresh = a_service(uuid=ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d"), provider=ZIEKENHUIS)
    with pytest.raises(Misconfigured, match=rf"services\[1\]\.uuid: is registered for {GEMEENTE.value}"):
        await catalog.store(Entries((HOSPITAL,), (fresh, a_service(provider=ZIEKENHUIS))))
    assert await catalog.services_of(ZIEKENHUIS) == ()
    with pytest.raises(ServiceUnknown):
        await catalog.provider(ZIEKENHUIS)


async def test_a_catalogue_larger_than_one_statement_is_stored_whole(database: Database) -> None:
    catalog = Catalog(database)
    services = tuple(a_service(uuid=ServiceUuid(f"894af375-0000-4d5a-a92d-{i:012d}"), name=f"{i}") for i in range(1201))
    await catalog.store(Entries((a_provider(),), services))
    assert len(await catalog.services_of(GEMEENTE)) == 1201
    with pytest.raises(Misconfigured, match=r"^services\[1200\]\.uuid"):
        await catalog.store(
            Entries(
                (HOSPITAL,),
                (
                    *(a_service(uuid=ServiceUuid(f"ffffffff-{i}"), provider=ZIEKENHUIS) for i in range(1200)),
                    a_service(uuid=services[0].uuid, provider=ZIEKENHUIS),
                ),
            )
        )


async def test_what_another_process_stored_is_seen_within_seconds(database: Database) -> None:
    elapsed = Stopwatch()
    ours, theirs = Catalog(database, elapsed=elapsed), Catalog(database)
    await theirs.store(Entries((a_provider(),), (a_service(),)))
    assert await ours.service(BIJSTAND, GEMEENTE, NOON) == a_service()
    await ours.provider(GEMEENTE)
    await theirs.store(Entries((a_provider(name="stad"),), (a_service(active=False),)))
    elapsed.seconds = 4.9
    assert await ours.service(BIJSTAND, GEMEENTE, NOON) == a_service()
    elapsed.seconds = 5.0
    with pytest.raises(ServiceInactive):
        await ours.service(BIJSTAND, GEMEENTE, NOON)
    assert (await ours.provider(GEMEENTE)).name == "stad"


async def test_of_all_who_miss_an_answer_at_once_one_asks_the_database(database: Database) -> None:
    catalog = Catalog(database)
    await catalog.store(Entries((a_provider(),), (a_service(),)))
    services = await asyncio.gather(*(catalog.service(BIJSTAND, GEMEENTE, NOON) for _ in range(8)))
    providers = await asyncio.gather(*(catalog.provider(GEMEENTE) for _ in range(8)))
    # Each answer of the database is read into a value of its own.
    assert len({id(service) for service in services}) == len({id(provider) for provider in providers}) == 1


async def test_who_asks_for_what_is_unknown_hears_so_each(database: Database) -> None:
    catalog = Catalog(database)
    asked = (catalog.service(BIJSTAND, GEMEENTE, NOON) for _ in range(3))
    heard = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in heard] == [ServiceUnknown] * 3
    assert len({id(each) for each in heard}) == 3  # a failure tells of one message, and is nobody else's


async def test_a_service_that_was_unknown_is_found_as_soon_as_it_is_there(database: Database) -> None:
    ours, theirs = Catalog(database), Catalog(database)
    with pytest.raises(ServiceUnknown):
        await ours.service(BIJSTAND, GEMEENTE, NOON)
    await theirs.store(Entries((a_provider(),), (a_service(),)))
    assert await ours.service(BIJSTAND, GEMEENTE, NOON) == a_service()


async def test_no_more_is_remembered_than_was_said(database: Database) -> None:
    catalog = Catalog(database, Freshness(entries=1), elapsed=Stopwatch())
    other = a_service(uuid=ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d"))
    await catalog.store(Entries((a_provider(),), (a_service(), other)))
    await catalog.service(BIJSTAND, GEMEENTE, NOON)
    await catalog.service(other.uuid, GEMEENTE, NOON)
    await Catalog(database).store(
        Entries((a_provider(),), (a_service(active=False), a_service(uuid=other.uuid, active=False)))
    )
    assert (await catalog.service(other.uuid, GEMEENTE, NOON)).active
    with pytest.raises(ServiceInactive):
        await catalog.service(BIJSTAND, GEMEENTE, NOON)


async def test_a_database_that_is_away_is_no_unknown_service() -> None:
    away = Database("postgresql://namens@127.0.0.1:1/nothing")
    try:
        with pytest.raises(DatabaseUnavailable):
            await Catalog(away).service(BIJSTAND, GEMEENTE, NOON)
    finally:
        await away.close()
