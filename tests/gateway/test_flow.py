"""Logins from the DV's request to the DV's answer, and every way in which they end otherwise."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from exchange.statuses import INTERNAL_ERROR
from gateway.flow import Ask, GoOn
from gateway.login import ChooseMeans, ChooseWhom
from gateway.logins import ASKING_SECONDS
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AnswerRefused,
    ArtifactUnknown,
    LoginExpired,
    LoginOvertaken,
    MeansUnavailable,
    RegisterUnavailable,
)
from stelsel.saml.artifact import make_artifact
from stelsel.saml.encryption import decrypt_id
from stelsel.saml.response import Status
from tests.conftest import SettableClock
from tests.gateway.factories import CANCELLED, OF_AD, OF_BVD, UNSUPPORTED, House
from tests.stelsel.saml.factories import AD, BVD, DV, LC, RD, SERVICE, decryption_key

SOURCE_AWAY = Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED, "Representation source not available")

NO_LEVEL = Status(urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT, "Level of assurance not met")
NO_IDP = Status(urns.STATUS_REQUESTER, urns.STATUS_NO_SUPPORTED_IDP, "No supported IDP")


def unsupported(message: str) -> Status:
    return Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED, message)


@pytest.mark.clause("UC-01", "DV-ART-01", "RD-REQ-01", "RD-REQ-03", "RD-REQ-04", "RD-REQ-06", "DV-ATT-14")
async def test_a_login_for_oneself_ends_with_what_the_ad_declared(house: House) -> None:
    url, asked = await house.identified(represent=False)
    assert (asked.intended_audience, asked.service, asked.requester_ids) == (DV, SERVICE, ())
    assert (asked.idp_assertion, asked.idp_list, asked.attribute_index) == (None, (), None)
    told = await house.told(url)
    assert told.assertion is not None
    assert (told.assertion.in_response_to, told.assertion.legal) == ("_dv", ())
    assert decrypt_id(told.assertion.acting[0], DV, [decryption_key(DV.value)]).value == "999990019"


@pytest.mark.clause("RD-REQ-05", "RD-REQ-07", "RD-REQ-08", "RD-REQ-09", "DV-REQ-22", "DV-ATT-14")
async def test_a_login_for_another_ends_with_what_ad_and_bvd_declared(house: House) -> None:
    url, of_ad = await house.identified(represent=True)
    assert of_ad.requester_ids == (BVD,)
    request = await house.passed_on(url)
    assert (request.requester_ids, request.idp_list, request.attribute_index) == ((), (), None)
    assert request.idp_assertion is not None
    house.bvd_says(request)
    back = await house.represent(await house.login(url), OF_BVD)
    assert house.bvd.received == []  # the BVD's artifact waits for the DV
    told = await house.told(back)
    assert len(house.bvd.received) == 1
    assert told.assertion is not None
    assert told.assertion.authorities == (AD, BVD)
    assert decrypt_id(told.assertion.legal[0], DV, [decryption_key(DV.value)]).value == "999990020"


@pytest.mark.clause("UC-03", "DV-REQ-20")
async def test_whom_to_act_for_is_asked_first_where_nothing_decides_it(house: House) -> None:
    shown = await house.flow.show(await house.login(await house.begin()))
    assert isinstance(shown, Ask)
    assert shown.step == ChooseWhom()


@pytest.mark.clause("ERR-03", "DV-ART-02", "DV-RSP-05", "DV-RSP-06")
async def test_a_user_who_stops_at_the_choice_is_told_as_cancelled(house: House) -> None:
    login = await house.login(await house.begin())
    ours = await house.flow.choose(login, "cancel")
    assert ours == house.flow.path(login)
    left = await house.flow.show(await house.login(ours))
    assert isinstance(left, GoOn)
    assert await house.status(left.url) == CANCELLED
    assert await house.flow.choose(await house.login(ours), "cancel") == ours


async def test_a_choice_that_is_not_on_the_page_is_refused(house: House) -> None:
    login = await house.login(await house.begin())
    for choice in ("means:digid", "", "nobody", "means:eidas"):
        with pytest.raises(LoginOvertaken):
            await house.flow.choose(login, choice)


@pytest.mark.clause("ERR-04")
async def test_a_cancel_at_the_ad_is_forwarded(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url), CANCELLED)
    assert await house.status(await house.arrive(await house.login(url), OF_AD)) == CANCELLED


@pytest.mark.clause("UC-02", "DV-RSP-04")
async def test_a_level_below_the_services_ends_the_login_and_the_dv_is_told(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url), context_class=LevelOfAssurance.MIDDEN.uri)
    assert await house.status(await house.arrive(await house.login(url), OF_AD)) == NO_LEVEL


@pytest.mark.clause("ERR-08", "C-13")
async def test_after_a_refusal_of_the_ad_the_user_chooses_again(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url), UNSUPPORTED)
    again = await house.arrive(await house.login(url), OF_AD)
    shown = await house.flow.show(await house.login(again))
    assert isinstance(shown, Ask)
    assert shown.step == ChooseMeans(represent=True)
    assert shown.login.refused_means == ("digid",)
    await house.flow.choose(shown.login, "means:digid")
    assert (await house.passed_on(again)).requester_ids == (BVD,)


@pytest.mark.clause("ERR-08")
async def test_a_refusal_of_a_preselected_ad_is_forwarded(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,), idp_list=(AD, BVD))
    house.ad_says(await house.passed_on(url), UNSUPPORTED)
    status = await house.status(await house.arrive(await house.login(url), OF_AD))
    assert (status.code, status.sub) == (urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED)


@pytest.mark.clause("S21", "RD-ASR-12")
async def test_a_forged_artifact_is_refused_and_the_real_one_still_counts(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url))
    for artifact, failure in (("nonsense", ArtifactUnknown), (make_artifact(BVD, 0, b"x" * 20), AnswerRefused)):
        with pytest.raises(failure):
            await house.arrive(await house.login(url), artifact)
    assert await house.arrive(await house.login(url), OF_AD) == url


@pytest.mark.clause("S19", "DV-RSP-07")
async def test_an_artifact_that_is_not_the_bvds_is_not_taken_as_its_answer(house: House) -> None:
    url, _ = await house.identified(represent=True)
    house.bvd_says(await house.passed_on(url))
    for artifact, failure in (("nonsense", ArtifactUnknown), (OF_AD, AnswerRefused)):
        with pytest.raises(failure):
            await house.represent(await house.login(url), artifact)
    told = await house.told(await house.represent(await house.login(url), OF_BVD))
    assert told.assertion is not None


async def test_an_answer_that_is_not_due_is_refused(house: House) -> None:
    login = await house.login(await house.begin())
    with pytest.raises(LoginOvertaken):
        await house.arrive(login, OF_AD)
    with pytest.raises(LoginOvertaken):
        await house.represent(login, OF_BVD)


@pytest.mark.clause("M9", "S18")
async def test_two_at_once_with_the_ads_artifact_ask_the_ad_once(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url))
    login = await house.login(url)
    results = await asyncio.gather(*(house.arrive(login, OF_AD) for _ in range(3)), return_exceptions=True)
    assert [each for each in results if isinstance(each, str)] == [url]
    assert len(house.ad.received) == 1


@pytest.mark.clause("M9")
async def test_an_answer_is_given_once(house: House) -> None:
    url, _ = await house.identified(represent=True)
    house.bvd_says(await house.passed_on(url))
    login = await house.login(url)
    results = await asyncio.gather(*(house.represent(login, OF_BVD) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in results) == 1
    with pytest.raises(LoginOvertaken):
        await house.flow.find(login.id)


async def test_a_page_that_passed_the_browser_on_does_not_do_so_again(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    await house.passed_on(url)
    with pytest.raises(LoginOvertaken):
        await house.flow.show(await house.login(url))


async def test_a_login_older_than_15_minutes_is_gone(house: House, clock: SettableClock) -> None:
    url = await house.begin()
    clock.advance(minutes=15)
    with pytest.raises(LoginExpired):
        await house.login(url)


@pytest.mark.clause("DV-PRC-01", "DV-ART-02")
async def test_a_service_that_is_closed_or_unknown_is_told(house: House) -> None:
    await house.offers(active=False)
    assert await house.status(await house.begin()) == unsupported("SERVICE_INACTIVE")
    assert await house.status(
        await house.begin(id="_2", service=None, intended_audience=None, attribute_index=4)
    ) == unsupported("SERVICE_UNKNOWN")


@pytest.mark.clause("DV-REQ-19", "DV-REQ-22", "DV-REQ-23")
async def test_a_preselection_of_nobody_usable_is_told(house: House) -> None:
    for number, changes in enumerate(
        (
            {"idp_list": (LC,)},
            {"idp_list": (BVD,)},
            {"requester_ids": (LC,)},
            {"requester_ids": (BVD,), "idp_list": (AD,)},
        )
    ):
        assert await house.status(await house.begin(id=f"_{number}", **changes)) == NO_IDP


@pytest.mark.clause("R-SVC", "DV-PRC-03")
async def test_representing_where_nobody_may_be_represented_is_told(house: House) -> None:
    await house.offers(grounds=frozenset())
    assert await house.status(await house.begin(requester_ids=(BVD,))) == unsupported("SERVICE_NOT_REPRESENTABLE")


@pytest.mark.clause("ERR-04", "C-08")
async def test_what_the_bvd_tells_at_issue_the_dv_is_told(house: House) -> None:
    for status in (
        CANCELLED,
        Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "No valid representation"),
        SOURCE_AWAY,
    ):
        url = await house.begin(id=f"_{status.message}".replace(" ", ""), requester_ids=(BVD,))
        request = await house.passed_on(url)
        house.ad_says(request)
        url = await house.arrive(await house.login(url), OF_AD)
        house.bvd_says(await house.passed_on(url), status)
        assert await house.status(await house.represent(await house.login(url), OF_BVD)) == status


@pytest.mark.clause("DV-RSP-07", "RD-ASR-12")
async def test_a_declaration_that_does_not_fit_is_told_as_our_own_fault_and_names_nobody(house: House) -> None:
    url, _ = await house.identified(represent=True)
    house.bvd_says(await house.passed_on(url), audiences=(DV,))
    told = await house.told(await house.represent(await house.login(url), OF_BVD))
    assert told.response is not None
    assert (told.response.status, told.assertion) == (INTERNAL_ERROR, None)
    assert [type(each) for each in house.reported.failures] == [AnswerRefused]


async def without_its_answer(house: House, **changes: Any) -> str:
    """Where the browser goes when the AD that it comes back from does not answer."""
    url = await house.begin(requester_ids=(BVD,), **changes)
    await house.passed_on(url)
    house.ad.answer, house.ad.status = (lambda _: b""), 503
    return await house.arrive(await house.login(url), OF_AD)


@pytest.mark.clause("P1", "ERR-08")
async def test_after_an_ad_did_not_answer_the_user_chooses_again(house: House) -> None:
    shown = await house.flow.show(await house.login(await without_its_answer(house)))
    assert isinstance(shown, Ask)
    assert (shown.step, shown.login.refused_means) == (ChooseMeans(represent=True), ("digid",))
    assert [type(each) for each in house.reported.failures] == [MeansUnavailable]
    left = await house.flow.choose(shown.login, "cancel")
    assert await house.status(await house.left(left)) == INTERNAL_ERROR


@pytest.mark.clause("P4", "S18", "M9")
@pytest.mark.parametrize("used_up", [False, True], ids=["which never reached the AD", "which is used up"])
async def test_what_a_killed_worker_asked_an_ad_for_is_asked_once_more_and_else_the_user_chooses_again(
    house: House, clock: SettableClock, used_up: bool
) -> None:
    """First it is taken for what goes on elsewhere (E3); ten seconds later nobody can be at it any more."""
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url))
    login = await house.login(url)
    await house.logins.lend(login)  # and killed
    clock.advance(seconds=ASKING_SECONDS - 1)
    with pytest.raises(LoginOvertaken):
        await house.arrive(login, OF_AD)
    assert house.ad.received == []
    clock.advance(seconds=1)
    if used_up:
        house.ad_knows_no_artifact()
    assert await house.arrive(login, OF_AD) == url
    known = await house.login(url)
    assert (known.identity is None, known.unanswered) == (used_up, used_up)
    with pytest.raises(LoginOvertaken):
        await house.arrive(login, OF_AD)


@pytest.mark.clause("P1", "ERR-08")
async def test_a_dv_that_preselected_an_ad_is_told_that_it_did_not_answer(house: House) -> None:
    assert await house.status(await without_its_answer(house, idp_list=(AD, BVD))) == INTERNAL_ERROR


@pytest.mark.clause("P1", "MD-GEN-03")
async def test_an_ad_whose_metadata_ended_meanwhile_is_as_one_that_does_not_answer(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.forgets(AD)
    again = await house.left(url)
    shown = await house.flow.show(await house.login(again))
    assert isinstance(shown, Ask)
    assert shown.step == ChooseMeans(represent=True)
    assert [each.broken_clause for each in house.reported.failures] == ["MD-GEN-03"]


@pytest.mark.clause("P1", "MD-GEN-03")
async def test_a_bvd_whose_metadata_ended_meanwhile_is_told_as_a_source_that_is_away(house: House) -> None:
    url = await house.begin(requester_ids=(BVD,))
    house.ad_says(await house.passed_on(url))
    house.forgets(BVD)
    assert await house.status(await house.arrive(await house.login(url), OF_AD)) == SOURCE_AWAY


def ended(house: House) -> None:
    house.forgets(BVD)


def answers_503(house: House) -> None:
    house.bvd.status = 503


def answers_a_web_page(house: House) -> None:
    house.bvd.answer = lambda _: b"<html></html>"


@pytest.mark.clause("R-REISSUE", "P1", "ERR-07")
@pytest.mark.parametrize("trouble", [ended, answers_503, answers_a_web_page])
async def test_a_bvd_that_is_away_when_the_dv_asks_is_told_as_a_source_that_is_away(
    house: House, trouble: Callable[[House], None]
) -> None:
    url, _ = await house.identified(represent=True)
    house.bvd_says(await house.passed_on(url))
    back = await house.represent(await house.login(url), OF_BVD)
    trouble(house)
    assert await house.status(back) == SOURCE_AWAY
    (reported,) = house.reported.failures
    assert (type(reported), bool(reported.broken_clause)) == (RegisterUnavailable, True)


@pytest.mark.clause("P1", "MD-GEN-03")
async def test_a_bvd_whose_metadata_ends_while_the_user_is_there_is_told_so_too(house: House) -> None:
    url, _ = await house.identified(represent=True)
    await house.passed_on(url)
    house.forgets(BVD)
    assert await house.status(await house.represent(await house.login(url), OF_BVD)) == SOURCE_AWAY


@pytest.mark.clause("DV-PRC-01")
async def test_the_answer_is_of_the_router_that_was_asked(house: House) -> None:
    told = await house.told((await house.identified(represent=False))[0])
    assert told.answer.issuer == RD
