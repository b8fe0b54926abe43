"""Single sign-on: when somebody must log in again, what a session knows, and what it never does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.party import Self
from gateway.flow import Ask, PassOn
from gateway.login import ChooseMeans, Offer
from gateway.sessions import Begun, Federation, Session, SessionLimits, Sessions, may_serve
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.authn_request import AuthnRequest
from tests.conftest import SettableClock
from tests.gateway.factories import OF_AD, OF_BVD, UNSUPPORTED, House
from tests.stelsel.saml.factories import AD, BVD, DV, LC, NOON

STAD = Federation(dv=DV, name="stad")
OTHER_DV = EntityId.of("DV", Oin("00000009999999999077"), 9000)
COOKIE = "c" * 27


def a_session(**changes: Any) -> Session:
    """DigiD at level substantieel, at noon."""
    values: dict[str, Any] = {
        "id": "one",
        "federation": STAD,
        "means": "digid",
        "authority": AD,
        "loa": LevelOfAssurance.SUBSTANTIEEL,
        "subject": "_theirs",
        "index": "_theirs",
        "authenticated_at": NOON,
        "used_at": NOON,
    }
    return Session(**values | changes)


def serves(session: Session, *, minutes: float = 1, force_authn: bool = False, **changes: Any) -> bool:
    """Whether it may serve a login for substantieel in the same federation, a minute later."""
    values: dict[str, Any] = {"federation": STAD, "minimum": LevelOfAssurance.SUBSTANTIEEL} | changes
    return may_serve(session, at=NOON + timedelta(minutes=minutes), force_authn=force_authn, **values)


@pytest.mark.clause("SSO-01", "SSO-02")
def test_a_session_serves_the_next_login_of_its_federation() -> None:
    assert serves(a_session())


@pytest.mark.clause("SSO-02")
def test_a_level_above_the_sessions_asks_for_a_login() -> None:
    assert not serves(a_session(), minimum=LevelOfAssurance.HOOG)
    assert serves(a_session(loa=LevelOfAssurance.HOOG), minimum=LevelOfAssurance.HOOG)


@pytest.mark.clause("SSO-01", "SSO-02")
@pytest.mark.parametrize("other", [replace(STAD, name="zorg"), replace(STAD, dv=OTHER_DV)], ids=["name", "dv"])
def test_another_federation_asks_for_a_login_even_under_the_same_name(other: Federation) -> None:
    assert not serves(a_session(), federation=other)


@pytest.mark.clause("SSO-02", "DV-REQ-03")
def test_force_authn_asks_for_a_login() -> None:
    assert not serves(a_session(), force_authn=True)


@pytest.mark.clause("SSO-02")
def test_a_session_ends_after_fifteen_idle_minutes_and_after_a_working_day() -> None:
    assert serves(a_session(), minutes=14.9)
    assert not serves(a_session(), minutes=15)
    late = NOON + timedelta(hours=8)
    assert serves(a_session(used_at=late - timedelta(minutes=2)), minutes=8 * 60 - 0.1)
    assert not serves(a_session(used_at=late), minutes=8 * 60)


@pytest.mark.clause("SSO-02", "P10")
def test_a_session_from_what_is_the_future_by_now_serves_nobody() -> None:
    assert serves(a_session(), minutes=-1)
    assert not serves(a_session(), minutes=-60)


@pytest.mark.clause("SSO-02")
def test_the_bounds_are_a_setting() -> None:
    short = SessionLimits(idle_seconds=60, longest_seconds=90)
    assert serves(a_session(), minutes=0.9, limits=short)
    assert not serves(a_session(), minutes=1, limits=short)
    assert not serves(a_session(used_at=NOON + timedelta(seconds=80)), minutes=1.5, limits=short)


@pytest.mark.clause("SSO-01", "S23")
async def test_a_session_is_found_by_its_own_browser_in_its_own_federation_only(router: Self) -> None:
    sessions = Sessions(router.store)
    await sessions.keep(COOKIE, a_session())
    assert await sessions.find(COOKIE, STAD) == a_session()
    assert await sessions.find("d" * 27, STAD) is None
    assert await sessions.find(None, STAD) is None
    assert await sessions.find(COOKIE, replace(STAD, dv=OTHER_DV)) is None


@pytest.mark.clause("S23", "LGO-01")
async def test_a_name_is_of_the_requester_that_received_it_alone(router: Self) -> None:
    sessions = Sessions(router.store)
    await sessions.remember(("_ours", "_index"), Begun(DV, "session:1"))
    assert await sessions.begun_with(DV, None, "_ours") == Begun(DV, "session:1")
    assert await sessions.begun_with(DV, "_index", "_unknown") == Begun(DV, "session:1")
    assert await sessions.begun_with(LC, "_index", "_ours") is None


@pytest.mark.clause("SSO-05")
async def test_a_session_is_ended_once(router: Self) -> None:
    sessions = Sessions(router.store)
    key = await sessions.keep(COOKIE, a_session())
    assert await sessions.end(key) == a_session()
    assert await sessions.end(key) is None


def test_no_repr_shows_the_names_of_a_session() -> None:
    assert "_theirs" not in repr(a_session())


# --- in the flow


async def logged_in(house: House, **asked: Any) -> str:
    """The cookie that the browser has after a login for oneself."""
    url = await house.begin(**asked)
    url = await house.flow.choose(await house.bound(url), "self")
    request = await house.passed_on(url)
    assert request.force_authn
    house.ad_says(request)
    back, cookie = await house.identify(await house.login(url), OF_AD)
    assert (await house.told(back)).assertion is not None
    assert cookie is not None
    return cookie


@pytest.mark.clause("SSO-01", "SSO-02")
async def test_within_a_federation_the_second_login_asks_the_ad_silently(house: House) -> None:
    await house.federates("stad")
    cookie = await logged_in(house)
    url = await house.begin(id="_again", requester_ids=(BVD,))
    await house.bound(url, cookie)
    request = await house.passed_on(url)
    assert not request.force_authn
    assert request.requester_ids == (BVD,)
    house.ad_says(request)
    arrived = await house.flow.identified(await house.login(url), OF_AD, cookie)
    assert arrived.cookie not in (None, cookie)
    # The next client is a new choice: the BVD is asked, with an assertion made just now.
    assert isinstance(arrived.shown, PassOn)


@pytest.mark.clause("SSO-02", "DV-REQ-03")
@pytest.mark.parametrize("reason", ["no federation", "another browser", "ForceAuthn", "idle", "higher level"])
async def test_whatever_ends_a_session_makes_the_ad_ask(house: House, clock: SettableClock, reason: str) -> None:
    await house.federates("stad")
    cookie = await logged_in(house)
    changes: dict[str, Any] = {"id": "_again", "force_authn": reason == "ForceAuthn"}
    if reason == "no federation":
        await house.federates(None)
    if reason == "idle":
        clock.advance(minutes=15)
    if reason == "higher level":
        await house.offers(minimum=LevelOfAssurance.HOOG, federation="stad")
        session = await house.sessions.find(cookie, STAD)
        assert session is not None
        await house.sessions.keep(cookie, replace(session, loa=LevelOfAssurance.SUBSTANTIEEL))
    url = await house.begin(**changes)
    await house.flow.choose(await house.bound(url, "x" * 27 if reason == "another browser" else cookie), "self")
    assert (await house.passed_on(url)).force_authn


@pytest.mark.clause("S23")
async def test_a_login_gives_a_new_cookie_and_the_one_of_before_leads_nowhere(house: House) -> None:
    await house.federates("stad")
    planted = await logged_in(house)
    url = await house.begin(id="_again", force_authn=True)
    await house.flow.choose(await house.bound(url, planted), "self")
    request = await house.passed_on(url)
    house.ad_says(request)
    arrived = await house.flow.identified(await house.login(url), OF_AD, planted)
    assert arrived.cookie not in (None, planted)
    assert await house.sessions.find(planted, STAD) is None
    assert await house.sessions.find(arrived.cookie, STAD) is not None


@pytest.mark.clause("S23", "SSO-02", "SSO-03")
async def test_a_silent_login_gives_a_new_cookie_for_the_session_that_goes_on(house: House) -> None:
    """Whoever planted the cookie of before, or knows it, is left with one that leads nowhere."""
    await house.federates("stad")
    planted = await logged_in(house)
    first = await house.sessions.find(planted, STAD)
    cookie = await silently(house, planted, "_again")
    assert await house.sessions.find(planted, STAD) is None
    second = await house.sessions.find(cookie, STAD)
    assert first is not None
    assert second is not None
    assert (second.id, second.authenticated_at) == (first.id, first.authenticated_at)


@pytest.mark.clause("S23", "SSO-02", "SSO-03")
async def test_two_tabs_that_log_in_silently_at_once_rest_on_one_session(house: House) -> None:
    await house.federates("stad")
    cookie = await logged_in(house)
    tabs = [await house.begin(id=f"_tab{number}", requester_ids=(BVD,)) for number in range(2)]
    requests = [(url, await _silent_request(house, url, cookie)) for url in tabs]
    cookies = []
    for url, request in requests:  # the second comes with the cookie of before as well
        house.ad_says(request)
        cookies.append((await house.flow.identified(await house.login(url), OF_AD, cookie)).cookie)
    found = [await house.sessions.find(each, STAD) for each in cookies]
    assert len(set(cookies)) == 2
    assert len({each.id for each in found if each is not None}) == 1
    assert None not in found


@pytest.mark.clause("SSO-03", "SSO-05")
async def test_a_session_that_ended_while_the_ad_was_asked_silently_does_not_come_back(house: House) -> None:
    await house.federates("stad")
    cookie = await logged_in(house)
    url = await house.begin(id="_again", requester_ids=(BVD,))
    request = await _silent_request(house, url, cookie)
    session = await house.sessions.find(cookie, STAD)
    assert session is not None
    await house.sessions.end(f"session:{session.id}")
    house.ad_says(request)
    arrived = await house.flow.identified(await house.login(url), OF_AD, cookie)
    begun = await house.sessions.find(arrived.cookie, STAD)
    assert begun is not None
    assert begun.id != session.id


async def _silent_request(house: House, url: str, cookie: str) -> AuthnRequest:
    await house.bound(url, cookie)
    request = await house.passed_on(url)
    assert not request.force_authn
    return request


async def silently(house: House, cookie: str, request_id: str) -> str:
    """The cookie that the browser has after a login that rests on its session."""
    url = await house.begin(id=request_id, requester_ids=(BVD,))
    house.ad_says(await _silent_request(house, url, cookie))
    arrived = await house.flow.identified(await house.login(url), OF_AD, cookie)
    assert arrived.cookie is not None
    return arrived.cookie


async def test_without_a_federation_there_is_no_session_and_no_cookie(house: House) -> None:
    url = await house.begin()
    await house.flow.choose(await house.bound(url), "self")
    house.ad_says(await house.passed_on(url))
    assert (await house.flow.identified(await house.login(url), OF_AD)).cookie is None


@pytest.mark.clause("ERR-08", "SSO-02")
async def test_a_silent_ad_that_refuses_leaves_the_choice_to_the_user(house: House) -> None:
    await house.federates("stad")
    cookie = await logged_in(house)
    url = await house.begin(id="_again", requester_ids=(BVD,))
    await house.bound(url, cookie)
    house.ad_says(await house.passed_on(url), UNSUPPORTED)
    again = await house.arrive(await house.login(url), OF_AD, cookie)
    shown = await house.flow.show(await house.login(again))
    assert isinstance(shown, Ask)
    assert shown.step == ChooseMeans(represent=True)
    await house.flow.choose(shown.login, "means:digid")
    assert (await house.passed_on(again)).force_authn


@pytest.mark.clause("SSO-01")
async def test_a_session_knows_nobody(house: House) -> None:
    await house.federates("stad")
    url = await house.begin(requester_ids=(BVD,))
    await house.bound(url)
    request = await house.passed_on(url)
    house.ad_says(request)
    url, cookie = await house.identify(await house.login(url), OF_AD)
    house.bvd_says(await house.passed_on(url))
    told = await house.told(await house.represent(await house.login(url), OF_BVD))
    assert told.assertion is not None
    session = await house.sessions.find(cookie, STAD)
    assert session is not None
    assert set(Session.__dataclass_fields__) == {
        "id",
        "federation",
        "means",
        "authority",
        "loa",
        "subject",
        "index",
        "authenticated_at",
        "used_at",
        "before",
    }
    assert (session.means, session.authority, session.loa) == ("digid", AD, LevelOfAssurance.HOOG)


def test_an_offer_remembers_nothing_by_itself() -> None:
    assert Offer((False,), ()).remembered is None
