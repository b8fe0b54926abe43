"""Preselection and scoping: what a request leaves to choose, for every combination of Scoping and service."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from gateway.flow import Ask
from gateway.login import ChooseMeans, ChooseWhom, next_step
from gateway.means.etoegang import Etoegang
from gateway.means.st_saml import StSaml
from gateway.offer import offer_of
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import MessageMalformed, NoSupportedIdp
from stelsel.identifiers import EntityId, Oin
from stelsel.saml import authn_request
from stelsel.saml.bindings import encode_post
from stelsel.saml.ids import new_id
from stelsel.saml.response import Status
from stelsel.saml.signatures import sign
from stelsel.subjects import Ground
from tests.catalog.factories import a_service
from tests.exchange.factories import SSO
from tests.gateway.factories import House
from tests.gateway.test_login import LOGIN
from tests.metadata.factories import SIGNATURE
from tests.stelsel.saml.factories import AD, BVD, DV, NOON, a_request, key_of

OTHER_AD = EntityId.of("AD", Oin("00000009999999999055"), 9000)
HM = EntityId("urn:etoegang:HM:00000009999999999088:entities:9000")
OWN_HM = EntityId("urn:etoegang:HM:00000009999999999089:entities:9000")
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


@pytest.mark.clause("DV-REQ-19", "DV-PRC-03", "MD-GEN-03")
@pytest.mark.parametrize(
    ("idp_list", "requester_ids"),
    [((AD,), ()), ((AD, BVD), ()), ((AD, BVD), (BVD,)), ((), ()), ((), (BVD,))],
    ids=_told,
)
async def test_an_ad_whose_metadata_ended_before_the_request_is_nobody(
    house: House, idp_list: tuple[EntityId, ...], requester_ids: tuple[EntityId, ...]
) -> None:
    house.forgets(AD)
    assert await left_to(house, idp_list, requester_ids) == NO_IDP
    (failure,) = house.reported.failures
    assert (failure.broken_clause, bool(failure.expected), bool(failure.found)) == (
        "DV-REQ-19" if idp_list else "DV-PRC-03",
        True,
        True,
    )


@pytest.mark.clause("DV-REQ-19", "DV-REQ-21")
async def test_of_two_preselected_ads_the_one_that_is_known_is_left(house: House) -> None:
    url = await house.begin(idp_list=(OTHER_AD, AD))
    assert (await house.login(url)).authorities == (AD,)


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


def scoped(house: House, scoping: str) -> dict[str, str]:
    """A request in a form, signed, whose Scoping is this text."""
    request = a_request(id=new_id(), destination=SSO, issue_instant=house.party.clock(), has_scoping=True)
    unsigned = SIGNATURE.sub("", authn_request.write(request, key_of(DV)).decode())
    changed = unsigned.replace("<samlp:Scoping></samlp:Scoping>", scoping)
    assert changed != unsigned
    return {"SAMLRequest": encode_post(sign(changed.encode(), key_of(DV)))}


def scoping(attributes: str = "", entry: str = "", last: str = "") -> str:
    """Scoping that preselects the AD."""
    listed = f'<samlp:IDPEntry ProviderID="{AD.value}"{entry}/>{last}'
    return f"<samlp:Scoping{attributes}><samlp:IDPList>{listed}</samlp:IDPList></samlp:Scoping>"


@pytest.mark.clause("DV-REQ-15", "GEN-26")
@pytest.mark.parametrize(
    "more",
    [
        {"attributes": ' ProxyCount="0"'},
        {"attributes": ' ProxyCount="9"'},
        {"entry": ' Name="DigiD" Loc="https://elsewhere.test/"'},
        {"last": "<samlp:GetComplete>https://elsewhere.test/all</samlp:GetComplete>"},
    ],
    ids=["no proxies", "many proxies", "a name and a place", "a longer list elsewhere"],
)
async def test_what_the_standard_does_not_say_of_scoping_is_taken_and_without_effect(
    house: House, more: dict[str, str]
) -> None:
    plain, other = [await house.saml.read(scoped(house, scoping(**each))) for each in ({}, more)]
    assert plain.idp_list == (AD,)
    assert replace(other, request_id=plain.request_id) == plain


@pytest.mark.clause("DV-REQ-16", "DV-REQ-17")
@pytest.mark.parametrize(
    "empty",
    [
        "<samlp:Scoping/>",
        '<samlp:Scoping ProxyCount="1"/>',
        "<samlp:Scoping><samlp:IDPList/></samlp:Scoping>",
        "<samlp:Scoping><samlp:IDPList><samlp:GetComplete>https://x.test/</samlp:GetComplete></samlp:IDPList></samlp:Scoping>",
        "<samlp:Scoping><samlp:RequesterID/></samlp:Scoping>",
    ],
)
async def test_scoping_that_names_nobody_is_refused(house: House, empty: str) -> None:
    with pytest.raises(MessageMalformed):
        await house.saml.read(scoped(house, empty))


@pytest.mark.clause("DV-PRC-05", "DV-PRC-04")
@pytest.mark.parametrize(
    "authorities",
    [None, (AD, OTHER_AD), (OTHER_AD, AD), (OTHER_AD, OTHER_AD, AD)],
    ids=["all", "one", "other", "twice"],
)
def test_means_stand_in_one_order_for_every_dv_whatever_the_order_of_its_request(
    house: House, authorities: tuple[EntityId, ...] | None
) -> None:
    means = {"digid": house.means_at(AD), "eherkenning": house.means_at(OTHER_AD)}
    offered = offer_of(replace(LOGIN, authorities=authorities), a_service(), means, NOON)
    assert [each.name for each in offered.means] == ["digid", "eherkenning"]


class ForOneself(StSaml):
    """A means whose ADs declare nothing that a BVD could judge."""

    @property
    def grounds(self) -> frozenset[Ground]:
        return frozenset()


@pytest.mark.clause("RD-ASR-06", "DV-PRC-03")
@pytest.mark.parametrize(
    ("whom", "chosen", "names", "asked"),
    [
        ((False, True), None, ["digid", "eherkenning"], (False, True)),
        ((False, True), False, ["digid", "eherkenning"], (False, True)),
        ((False, True), True, ["digid"], (False, True)),
        ((True,), None, ["digid"], (True,)),
        ((False,), None, ["digid", "eherkenning"], (False,)),
    ],
)
def test_a_means_that_no_bvd_can_judge_is_not_offered_to_who_acts_for_another(
    house: House, whom: tuple[bool, ...], chosen: bool | None, names: list[str], asked: tuple[bool, ...]
) -> None:
    means = {"digid": house.means_at(AD), "eherkenning": ForOneself(house.means_tools(OTHER_AD))}
    offered = offer_of(replace(LOGIN, whom=whom, represent=chosen), a_service(), means, NOON)
    assert ([each.name for each in offered.means], offered.whom) == (names, asked)


@pytest.mark.clause("RD-ASR-06", "UC-03", "DV-REQ-22")
def test_where_no_means_can_be_judged_nobody_is_asked_for_whom(house: House) -> None:
    means = {"digid": ForOneself(house.means_tools(AD))}
    open_to_both = offer_of(replace(LOGIN, whom=(False, True)), a_service(), means, NOON)
    assert (open_to_both.whom, [each.name for each in open_to_both.means]) == ((False,), ["digid"])
    with pytest.raises(NoSupportedIdp):
        next_step(LOGIN, offer_of(replace(LOGIN, whom=(True,)), a_service(), means, NOON))


def makelaars(house: House) -> Etoegang:
    """eHerkenning at two makelaars."""
    return Etoegang(house.means_tools(HM, OWN_HM))


def test_a_makelaar_that_a_dv_contracted_for_itself_is_offered_to_nobody_else(house: House) -> None:
    def left_to(dv: EntityId, named: tuple[EntityId, ...] | None = None) -> tuple[EntityId, ...]:
        login = replace(LOGIN, dv=dv, represent=False, authorities=named)
        service = a_service(means=frozenset({"eherkenning"}))
        offered = offer_of(login, service, {"eherkenning": makelaars(house)}, NOON, reserved={OWN_HM: {DV}})
        return offered.means[0].authorities if offered.means else ()

    another = EntityId("urn:example:another")
    assert left_to(DV) == (HM, OWN_HM)
    assert left_to(another) == (HM,)
    assert left_to(another, (OWN_HM,)) == ()
