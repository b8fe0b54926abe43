"""A login in a federation in which the browser logged in before: what becomes of the session that it had."""

import pytest

from gateway.sessions import AtAuthority
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin
from tests.gateway.factories import OF_AD, House
from tests.gateway.test_sessions import STAD, a_session, logged_in
from tests.stelsel.saml.factories import AD, BVD, DV

HM = EntityId.of("AD", Oin("00000009999999999088"), 9000)


async def name_of_a_login(house: House, cookie: str | None, request_id: str) -> tuple[str, str]:
    """The name that the DV receives for a forced login for oneself, and the browser's cookie from then on."""
    url = await house.begin(id=request_id, force_authn=True)
    await house.flow.choose(await house.bound(url, cookie), "self")
    house.ad_says(await house.passed_on(url))
    back, fresh = await house.identify(await house.login(url), OF_AD, cookie)
    assertion = (await house.told(back)).assertion
    assert assertion is not None
    assert fresh is not None
    return assertion.name_id, fresh


@pytest.mark.clause("SSO-05", "LGO-01")
async def test_whoever_logged_in_anew_ends_it_all_by_the_name_of_the_first_login_too(house: House) -> None:
    await house.federates("stad")
    first, cookie = await name_of_a_login(house, None, "_first")
    second, cookie = await name_of_a_login(house, cookie, "_second")
    begun = [await house.sessions.begun_with(DV, name) for name in (first, second)]
    assert begun[0] is not None
    assert begun[0] == begun[1]
    assert await house.sessions.end(begun[0].session) is not None
    assert await house.sessions.find(cookie, STAD) is None


@pytest.mark.clause("SSO-04")
def test_a_session_of_another_ad_ends_with_the_one_that_follows_it_and_the_ads_own_is_the_newest() -> None:
    digid, eherkenning = a_session(), a_session(id="two", means="eherkenning", authority=HM, subject="_hm")
    both = eherkenning.follows(digid)
    assert both.id == digid.id
    assert both.at_authorities == (AtAuthority(HM, "_hm", "_theirs"), AtAuthority(AD, "_theirs", "_theirs"))
    again = a_session(id="three", subject="_newest").follows(both)
    assert again.at_authorities == (AtAuthority(AD, "_newest", "_theirs"), AtAuthority(HM, "_hm", "_theirs"))
    assert a_session().follows(None) == a_session()


@pytest.mark.clause("SSO-02", "UC-02")
async def test_an_ad_whose_own_session_is_below_what_is_asked_is_asked_once_more_with_a_login(house: House) -> None:
    """Meanwhile somebody logged in there for another party, less strongly than our session says."""
    await house.federates("stad")
    cookie = await logged_in(house)
    url = await house.begin(id="_again", requester_ids=(BVD,))
    await house.bound(url, cookie)
    request = await house.passed_on(url)
    assert not request.force_authn
    house.ad_says(request, context_class=LevelOfAssurance.BASIS.uri)
    again = await house.arrive(await house.login(url), OF_AD, cookie)
    assert again == house.flow.path(await house.login(url))
    request = await house.passed_on(again)
    assert request.force_authn
    assert request.requester_ids == (BVD,)
    house.ad_says(request)
    arrived = await house.flow.identified(await house.login(again), OF_AD, cookie)
    assert arrived.cookie is not None
    assert house.reported.failures == []
