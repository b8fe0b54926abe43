"""Who is logged in at a portal: for a quarter of an hour without a page, two hours at most, and never again."""

from datetime import timedelta
from typing import Any

import pytest

from portals.sessions import LONGEST, Session, Sessions
from runtime.sealing import Sealer
from runtime.store_memory import MemoryStore
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn
from tests.conftest import SettableClock
from tests.stelsel.saml.factories import NOON

PERSON = Bsn("999990019")


class House:
    """The sessions of a portal at noon."""

    def __init__(self) -> None:
        self.clock = SettableClock(NOON)
        self.store = MemoryStore(self.clock, Sealer(b"k" * 32))
        self.sessions = Sessions(self.store)

    async def is_inside(self, cookie: str | None) -> bool:
        return await self.sessions.find(cookie) is not None


def a_session(**changes: Any) -> Session:
    values: dict[str, Any] = {
        "person": PERSON,
        "name": "Anna",
        "level": LevelOfAssurance.HOOG,
        "subject": "_s",
        "index": "_s",
        "began_at": NOON,
        "ends_at": NOON + timedelta(hours=8),
    }
    return Session(**values | changes)


@pytest.mark.clause("DV-SES-01")
async def test_a_session_that_is_left_for_a_quarter_of_an_hour_is_over() -> None:
    house = House()
    cookie = await house.sessions.begin(a_session())
    house.clock.advance(minutes=14)
    assert await house.is_inside(cookie)
    house.clock.advance(minutes=14)
    assert await house.is_inside(cookie)
    house.clock.advance(minutes=15, seconds=1)
    assert not await house.is_inside(cookie)


async def test_a_session_in_use_ends_after_two_hours() -> None:
    house = House()
    cookie = await house.sessions.begin(a_session())
    for _ in range(11):
        house.clock.advance(minutes=10)
        assert await house.is_inside(cookie)
    house.clock.advance(minutes=10, seconds=1)
    assert house.clock() > NOON + LONGEST
    assert not await house.is_inside(cookie)


@pytest.mark.clause("R-OUT")
async def test_a_session_ends_when_the_gateway_says() -> None:
    house = House()
    cookie = await house.sessions.begin(a_session(ends_at=NOON + timedelta(minutes=5)))
    house.clock.advance(minutes=5, seconds=1)
    assert not await house.is_inside(cookie)
    assert not await house.is_inside(await house.sessions.begin(a_session(ends_at=NOON)))


async def test_of_two_who_end_a_session_one_is_told_and_no_page_brings_it_back() -> None:
    house = House()
    cookie = await house.sessions.begin(a_session())
    assert (await house.sessions.end(cookie)) == a_session()
    assert await house.sessions.end(cookie) is None
    assert not await house.is_inside(cookie)


async def test_the_language_that_was_chosen_stays() -> None:
    house = House()
    cookie = await house.sessions.begin(a_session())
    assert [
        visit.language
        for visit in (
            await house.sessions.find(cookie),
            await house.sessions.find(cookie, "en"),
            await house.sessions.find(cookie),
        )
        if visit
    ] == [None, "en", "en"]


async def test_the_repr_of_a_session_names_nobody() -> None:
    house = House()
    visit = await house.sessions.find(await house.sessions.begin(a_session()))
    assert PERSON.value not in repr(visit)
    assert "Anna" not in repr(visit)


async def test_a_browser_without_a_cookie_is_nobody() -> None:
    assert not await House().is_inside(None)
    assert not await House().is_inside("x" * 27)
