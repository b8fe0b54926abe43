"""Preselection and scoping: what a request leaves to choose, for every combination of Scoping and service."""

from collections.abc import Collection
from typing import Any

import pytest

from gateway.flow import Ask
from gateway.login import ChooseMeans, ChooseWhom
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from tests.gateway.factories import House
from tests.stelsel.saml.factories import AD, BVD, DV

OTHER_AD = EntityId.of("AD", Oin("00000009999999999055"), 9000)
OTHER_BVD = EntityId.of("BVD", Oin("00000009999999999056"), 9000)
NO_IDP = Status(urns.STATUS_REQUESTER, urns.STATUS_NO_SUPPORTED_IDP, "No supported IDP")
NOT_REPRESENTABLE = Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED, "SERVICE_NOT_REPRESENTABLE")


def _told(value: object) -> str:
    """A readable name for a case: roles instead of whole EntityIDs."""
    names = {AD: "AD", BVD: "BVD", OTHER_AD: "unknown AD", OTHER_BVD: "unknown BVD"}
    if isinstance(value, tuple):
        return "+".join(names[each] for each in value) or "none"
    return str(value.message if isinstance(value, Status) else value)


async def left_to(house: House, idp_list: Collection[EntityId], requester_ids: Collection[EntityId]) -> str | Status:
    """What the request leaves: a question, a login for oneself or for another, or the status that the DV is told."""
    url = await house.begin(id=new_id(), idp_list=tuple(idp_list), requester_ids=tuple(requester_ids))
    if not url.startswith("/login/"):
        return await house.status(url)
    shown = await house.flow.show(await house.login(url))
    if isinstance(shown, Ask):
        return {ChooseWhom: "asks for whom", ChooseMeans: "asks how"}[type(shown.step)]
    login = await house.login(url)
    return "for another" if login.whom == (True,) else "for oneself"


@pytest.mark.clause("DV-REQ-15", "DV-REQ-17", "DV-REQ-18", "DV-REQ-20", "DV-REQ-22", "DV-PRC-04", "C-05", "C-14")
@pytest.mark.parametrize(
    ("idp_list", "requester_ids", "left"),
    [
        ((), (), "asks for whom"),
        ((AD,), (), "for oneself"),
        ((AD, BVD), (), "asks for whom"),
        ((BVD, AD), (), "asks for whom"),
        ((AD, AD, BVD, BVD), (), "asks for whom"),
        ((AD, OTHER_AD), (), "for oneself"),
        ((AD, OTHER_BVD), (), "for oneself"),
        ((), (BVD,), "for another"),
        ((AD, BVD), (BVD,), "for another"),
        ((), (BVD, OTHER_BVD), "for another"),
        ((), (BVD, BVD), "for another"),
        ((AD, BVD, OTHER_BVD), (BVD, OTHER_BVD), "for another"),
        ((OTHER_AD,), (), NO_IDP),
        ((BVD,), (), NO_IDP),
        ((OTHER_AD, BVD), (), NO_IDP),
        ((), (OTHER_BVD,), NO_IDP),
        ((AD, OTHER_BVD), (OTHER_BVD,), NO_IDP),
        ((AD,), (BVD,), NO_IDP),
        ((AD, BVD), (BVD, OTHER_BVD), NO_IDP),
        ((OTHER_AD, BVD), (BVD,), NO_IDP),
        ((BVD,), (BVD,), NO_IDP),
        ((), (AD,), NO_IDP),
    ],
    ids=_told,
)
async def test_a_request_leaves_what_its_scoping_says(
    house: House, idp_list: tuple[EntityId, ...], requester_ids: tuple[EntityId, ...], left: str | Status
) -> None:
    assert await left_to(house, idp_list, requester_ids) == left


@pytest.mark.clause("DV-REQ-20", "DV-REQ-22", "R-SVC")
@pytest.mark.parametrize(
    ("idp_list", "requester_ids", "left"),
    [
        ((), (), "for oneself"),
        ((AD,), (), "for oneself"),
        ((AD, BVD), (), "for oneself"),
        ((), (BVD,), NOT_REPRESENTABLE),
        ((AD, BVD), (BVD,), NOT_REPRESENTABLE),
    ],
    ids=_told,
)
async def test_a_service_that_allows_no_ground_is_for_oneself_whatever_the_scoping(
    house: House, idp_list: tuple[EntityId, ...], requester_ids: tuple[EntityId, ...], left: str | Status
) -> None:
    await house.offers(grounds=frozenset())
    assert await left_to(house, idp_list, requester_ids) == left


@pytest.mark.clause("DV-REQ-19", "DV-REQ-21", "DV-PRC-03")
async def test_a_means_that_the_service_does_not_take_is_not_offered_though_it_is_preselected(house: House) -> None:
    await house.offers(means=frozenset({"eherkenning"}), eherkenning_minimum=LevelOfAssurance.SUBSTANTIEEL)
    assert await left_to(house, (), ()) == NO_IDP
    assert await left_to(house, (AD,), ()) == NO_IDP


@pytest.mark.clause("DV-REQ-21", "DV-REQ-22", "RD-REQ-07")
@pytest.mark.parametrize("represent", [False, True])
async def test_the_ad_hears_of_the_bvd_exactly_when_somebody_is_represented(house: House, represent: bool) -> None:
    url = await house.begin(idp_list=(AD, BVD))
    await house.flow.choose(await house.login(url), "other" if represent else "self")
    request = await house.passed_on(url)
    assert request.requester_ids == ((BVD,) if represent else ())
    assert request.idp_list == ()


@pytest.mark.clause("DV-REQ-24", "DV-REQ-22")
async def test_requester_id_is_taken_though_a_tooltip_of_the_standard_says_it_is_not(house: House) -> None:
    assert await left_to(house, (), (BVD,)) == "for another"


@pytest.mark.clause("DV-REQ-12")
async def test_provider_name_changes_nothing(house: House) -> None:
    url = await house.begin(provider_name="Een andere naam")
    assert isinstance(await house.flow.show(await house.login(url)), Ask)


@pytest.mark.clause("DV-REQ-18")
async def test_a_dv_cannot_preselect_itself(house: House) -> None:
    changes: dict[str, Any] = {"idp_list": (DV,), "requester_ids": ()}
    assert await left_to(house, **changes) == NO_IDP
