"""Logins that nobody finishes: what each leaves behind, for how long, and that the next one is found as fast (P6)."""

import pytest

from gateway.login import LOGIN, LOGIN_LIFE
from runtime.store_memory import MemoryStore
from stelsel.failures import LoginExpired
from tests.conftest import SettableClock
from tests.gateway.factories import House
from tests.stelsel.saml.factories import BVD

MOST_BYTES = 2 * 1024
MOST_BYTES_ONCE_LOGGED_IN = 8 * 1024


@pytest.mark.clause("P6")
async def test_a_login_that_anybody_can_begin_and_leave_costs_little(house: House) -> None:
    """Up to its AD. After that somebody has logged in, and it holds what the AD declared too."""
    url = await house.begin(requester_ids=(BVD,))
    await house.bound(url)
    await house.passed_on(url)
    login = await house.login(url)
    assert login.outstanding is not None
    assert len(LOGIN.dump(login)) <= MOST_BYTES


@pytest.mark.clause("P6")
async def test_a_login_in_which_somebody_has_logged_in_holds_what_the_ad_declared_once(house: House) -> None:
    url, _ = await house.identified(represent=True)
    login = await house.login(url)
    assert login.identity is not None
    assert len(LOGIN.dump(login)) <= MOST_BYTES_ONCE_LOGGED_IN


@pytest.mark.clause("P6")
async def test_ten_thousand_that_stopped_are_gone_a_quarter_of_an_hour_later(
    house: House, clock: SettableClock
) -> None:
    store = house.party.store
    assert isinstance(store, MemoryStore)
    began = await house.begin()
    held = len(store)
    waiting = LOGIN.dump(await house.login(began))
    for number in range(10_000):
        await store.put(f"login:{number:032x}", waiting, int(LOGIN_LIFE.total_seconds()))
    assert len(store) == held + 10_000
    assert (await house.login(began)).request_id == "_dv"
    clock.advance(minutes=16)
    later = await house.begin(id="_later")
    assert (await house.login(later)).request_id == "_later"
    assert len(store) < held + 10
    with pytest.raises(LoginExpired):
        await house.login(began)
