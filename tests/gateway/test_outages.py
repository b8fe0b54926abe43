"""An AD that did not answer just now: who learns of it, for how long, and that nobody is kept from it."""

from collections.abc import Callable

import pytest

from gateway.flow import Ask
from gateway.outages import SECONDS, Outages
from stelsel.failures import StoreUnavailable
from tests.conftest import SettableClock
from tests.exchange.factories import an_authority
from tests.gateway.factories import OF_AD, House
from tests.gateway.test_login import OTHER_AD
from tests.stelsel.saml.factories import AD, BVD

BOTH = (AD, OTHER_AD)


@pytest.fixture
def elsewhere(house: House) -> Outages:
    """What another worker knows."""
    return Outages(house.party.store)


@pytest.mark.clause("P1")
async def test_after_two_failures_every_worker_knows_that_this_ad_is_down(house: House, elsewhere: Outages) -> None:
    await house.outages.failed(AD)
    assert await elsewhere.among(BOTH) == frozenset()
    await elsewhere.failed(AD)
    assert await house.outages.among(BOTH) == await elsewhere.among(BOTH) == {AD}
    assert await elsewhere.among((OTHER_AD,)) == frozenset()


@pytest.mark.clause("P1")
async def test_two_ads_that_failed_once_each_are_not_down(house: House) -> None:
    await house.outages.failed(AD)
    await house.outages.failed(OTHER_AD)
    assert await house.outages.among(BOTH) == frozenset()


@pytest.mark.clause("P1")
async def test_a_minute_after_the_last_failure_it_is_offered_again(house: House, clock: SettableClock) -> None:
    await house.outages.failed(AD)
    clock.advance(seconds=SECONDS)
    await house.outages.failed(AD)
    assert await house.outages.among(BOTH) == frozenset()
    clock.advance(seconds=SECONDS - 1)
    await house.outages.failed(AD)
    clock.advance(seconds=SECONDS - 1)
    assert await house.outages.among(BOTH) == {AD}
    clock.advance(seconds=1)
    assert await house.outages.among(BOTH) == frozenset()


@pytest.mark.clause("P1")
async def test_an_answer_ends_it_at_a_worker_that_only_read_of_it(house: House, elsewhere: Outages) -> None:
    await house.outages.failed(AD)
    await house.outages.failed(AD)
    assert await elsewhere.among(BOTH) == {AD}
    await elsewhere.answered(AD)
    assert await house.outages.among(BOTH) == frozenset()
    await house.outages.failed(AD)  # what failed before the answer counts no more
    assert await house.outages.among(BOTH) == frozenset()


async def test_an_answer_of_an_ad_that_is_well_asks_the_store_nothing(house: House) -> None:
    class Away:
        def __getattr__(self, name: str) -> object:
            raise StoreUnavailable(name)

    await Outages(Away()).answered(AD)  # type: ignore[arg-type]


def hangs_up(house: House) -> None:
    entities = {each.entity_id: each for each in house.party.trust.entities(house.party.clock())}
    entities[AD] = an_authority(AD, "http://127.0.0.1:9/resolve")  # nobody listens on the port "discard"
    house.party.trust.replace(entities.values())


def is_away(house: House) -> None:
    house.ad.answer, house.ad.status = (lambda _: b""), 503


def makes_an_error(house: House) -> None:
    house.ad.answer, house.ad.status = (lambda _: b""), 500


def talks_nonsense(house: House) -> None:
    house.ad.answer = lambda _: b"<html></html>"


async def comes_back(house: House, number: int, trouble: Callable[[House], None], **changes: object) -> str:
    """Where a browser goes that comes back from an AD in trouble."""
    url = await house.begin(id=f"_{number}", requester_ids=(BVD,), **changes)
    await house.passed_on(url)
    trouble(house)
    return await house.arrive(await house.login(url), OF_AD)


@pytest.mark.clause("P1", "ERR-08")
@pytest.mark.parametrize("trouble", [hangs_up, is_away])
async def test_who_chooses_after_two_logins_failed_at_an_ad_is_told_that_it_is_down(
    house: House, trouble: Callable[[House], None]
) -> None:
    for number in range(2):
        shown = await house.flow.show(await house.login(await comes_back(house, number, trouble)))
        assert isinstance(shown, Ask)
        assert shown.down == ({AD} if number else frozenset())


@pytest.mark.clause("P1")
@pytest.mark.parametrize("trouble", [makes_an_error, talks_nonsense])
async def test_what_one_browser_can_bring_about_takes_an_ad_from_nobody(
    house: House, trouble: Callable[[House], None]
) -> None:
    for number in range(3):
        await comes_back(house, number, trouble)
    assert await house.outages.among((AD,)) == frozenset()


@pytest.mark.clause("P1", "ERR-08")
async def test_a_preselected_ad_that_is_down_is_asked_all_the_same_and_its_answer_ends_it(house: House) -> None:
    for number in range(2):
        await comes_back(house, number, is_away, idp_list=(AD, BVD))
    assert await house.outages.among((AD,)) == {AD}
    url = await house.begin(id="_again", requester_ids=(BVD,), idp_list=(AD, BVD))
    request = await house.passed_on(url)
    house.ad.status = 200
    house.ad_says(request)
    assert await house.arrive(await house.login(url), OF_AD) == url
    assert await house.outages.among((AD,)) == frozenset()
