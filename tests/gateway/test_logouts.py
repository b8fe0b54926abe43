"""A DV logs its user out: which session ends, who is told, and what whoever has no right to it gets done."""

import base64
import logging
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from exchange.ask import Posted
from exchange.logout import Incoming, LogoutDoor, from_form, from_query
from gateway.logouts import DONE, PARTIAL, RULES, Logouts, SentOn, Unanswered
from gateway.outages import Outages
from gateway.sessions import AtAuthority, Begun, Session
from metadata.entities import Endpoint
from stelsel import urns
from stelsel.failures import AnswerRefused, LoginOvertaken, SignatureRefused, WrongParty
from stelsel.identifiers import EntityId, Oin
from stelsel.saml import logout, redirect
from stelsel.saml.bindings import decode_post, encode_post
from stelsel.saml.response import Status
from tests.exchange.factories import an_authority
from tests.gateway.factories import House
from tests.gateway.test_sessions import COOKIE, STAD, a_session
from tests.stelsel.saml.factories import AD, BVD, DV, LC, key_of, keys_of_all
from tests.stelsel.saml.test_logout import SLO, a_logout, an_answer

AD_SLO = "https://ad.test/slo"
DV_SLO = "https://dv.test/slo"
OTHER_AD = EntityId.of("AD", Oin("00000009999999999055"), 9000)


class Leaving:
    """A gateway at which the DV's user has a session, and parties that listen for logout."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.outages = Outages(house.party.store)
        door = LogoutDoor(house.party, SLO, RULES)
        self.logouts = Logouts(house.party, door, house.sessions, self._shows_certificate, self.outages)

    async def _shows_certificate(self, requester: EntityId) -> bool:
        return False

    async def begin(self, **changes: Any) -> "Leaving":
        """Opens the session that `_subject` of the DV stands for."""
        self.hears(DV, Endpoint(urns.HTTP_POST, DV_SLO), Endpoint(urns.HTTP_REDIRECT, DV_SLO))
        self.hears(LC, Endpoint(urns.HTTP_POST, "https://lc.test/slo"))
        self.hears(AD, Endpoint(urns.HTTP_POST, AD_SLO))
        key = await self.house.sessions.keep(COOKIE, a_session(**changes))
        await self.house.sessions.remember(("_subject",), Begun(DV, key))
        return self

    def hears(self, party: EntityId, *endpoints: Endpoint) -> None:
        """A party's SingleLogoutServices."""
        trust = self.house.party.trust
        known = {each.entity_id: each for each in trust.entities(self.house.party.clock())}
        known[party] = replace(known[party], single_logout=endpoints)
        trust.replace(known.values())

    async def session(self) -> Session | None:
        """What is left of it."""
        return await self.house.sessions.find(COOKIE, STAD)

    async def asked(self, incoming: Incoming) -> tuple[Posted, logout.LogoutRequest]:
        """The form for the AD, and the request in it."""
        form = await self.logouts.receive(incoming)
        assert isinstance(form, Posted)
        assert form.party == AD, form
        return form, logout.read_request(decode_post(form.fields["SAMLRequest"]), keys_of_all())

    async def told(self, incoming: Incoming) -> logout.LogoutResponse:
        """What the requester is told in the end, by a form."""
        form = await self.logouts.receive(incoming)
        assert isinstance(form, Posted)
        return logout.read_response(base64.b64decode(form.fields["SAMLResponse"]), keys_of_all())


@pytest.fixture
async def leaving(house: House) -> Leaving:
    """With a session of the DV's user."""
    return await Leaving(house).begin()


def wish(signer: EntityId = DV, **changes: Any) -> Incoming:
    """A LogoutRequest by HTTP-POST."""
    message = logout.write_request(a_logout(issuer=signer, **changes), key_of(signer))
    return from_form({"SAMLRequest": encode_post(message), "RelayState": "home"})


def answer(form: Posted, signer: EntityId = AD, **changes: Any) -> Incoming:
    """The AD's LogoutResponse to what it was sent."""
    values = {"issuer": signer, "destination": SLO, "in_response_to": form.request_id} | changes
    message = logout.write_response(an_answer(**values), key_of(signer))
    return from_form({"SAMLResponse": encode_post(message), "RelayState": form.fields["RelayState"]})


@pytest.mark.clause("SSO-03", "SSO-04", "SSO-05", "LGO-01", "LGO-02")
async def test_the_dv_is_answered_after_the_ad_has_answered(leaving: Leaving) -> None:
    form, request = await leaving.asked(wish())
    assert (request.name_id, request.session_index, request.destination) == ("_theirs", "_theirs", AD_SLO)
    assert await leaving.session() is None
    told = await leaving.told(answer(form))
    assert (told.status, told.in_response_to, told.destination) == (DONE, "_logout", DV_SLO)


@pytest.mark.clause("SSO-04")
async def test_an_ad_that_does_not_confirm_is_told_as_a_partial_logout(leaving: Leaving) -> None:
    form, _ = await leaving.asked(wish())
    failed = Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_DENIED)
    assert (await leaving.told(answer(form, status=failed))).status == PARTIAL


@pytest.mark.clause("SSO-04", "MD-AD-04")
async def test_an_ad_that_keeps_no_sessions_is_not_asked(leaving: Leaving) -> None:
    leaving.hears(AD)
    assert (await leaving.told(wish())).status == DONE
    assert await leaving.session() is None


@pytest.mark.clause("SSO-04", "SSO-05", "MD-GEN-03")
async def test_an_ad_that_is_known_no_more_is_told_as_a_partial_logout(leaving: Leaving) -> None:
    trust, now = leaving.house.party.trust, leaving.house.party.clock()
    trust.replace(each for each in trust.entities(now) if each.entity_id != AD)
    assert (await leaving.told(wish())).status == PARTIAL
    assert await leaving.session() is None


@pytest.mark.clause("SSO-04")
@pytest.mark.parametrize("first", [DONE, Status(urns.STATUS_RESPONDER)], ids=["confirms", "fails"])
async def test_each_ad_at_which_the_user_logged_in_is_told_in_turn_and_the_dv_after_the_last(
    house: House, first: Status
) -> None:
    leaving = await Leaving(house).begin(before=(AtAuthority(OTHER_AD, "_before", None),))
    trust = house.party.trust
    trust.replace([*trust.entities(house.party.clock()), an_authority(OTHER_AD)])
    leaving.hears(OTHER_AD, Endpoint(urns.HTTP_POST, "https://other.test/slo"))
    form, _ = await leaving.asked(wish())
    second = await leaving.logouts.receive(answer(form, status=first))
    assert isinstance(second, Posted)
    request = logout.read_request(decode_post(second.fields["SAMLRequest"]), keys_of_all())
    assert (second.party, request.name_id) == (OTHER_AD, "_before")
    told = await leaving.told(answer(second, signer=OTHER_AD, id="_second"))
    assert told.status == (DONE if first == DONE else PARTIAL)


@pytest.mark.clause("SSO-04")
async def test_who_comes_back_from_an_ad_that_does_not_answer_goes_on_to_a_dv_that_is_told_so(leaving: Leaving) -> None:
    form, _ = await leaving.asked(wish())
    handle = form.fields["RelayState"]
    assert await leaving.logouts.leave(handle) == form
    for _ in range(2):
        assert await leaving.logouts.leave(handle) == Unanswered(AD, DV)
    onward = await leaving.logouts.give_up(handle)
    assert isinstance(onward, Posted)
    told = logout.read_response(base64.b64decode(onward.fields["SAMLResponse"]), keys_of_all())
    assert (told.status, told.destination, onward.fields["RelayState"]) == (PARTIAL, DV_SLO, "home")
    for late in (leaving.logouts.receive(answer(form)), leaving.logouts.give_up(handle)):
        with pytest.raises(LoginOvertaken):
            await late


@pytest.mark.clause("SSO-04")
async def test_an_answer_counts_also_after_its_page_was_shown_again(leaving: Leaving) -> None:
    form, _ = await leaving.asked(wish())
    for _ in range(2):
        await leaving.logouts.leave(form.fields["RelayState"])
    assert (await leaving.told(answer(form))).status == DONE
    with pytest.raises(LoginOvertaken):
        await leaving.logouts.leave(form.fields["RelayState"])


@pytest.mark.clause("SSO-04")
async def test_an_ad_that_is_down_is_passed_by(leaving: Leaving) -> None:
    for _ in range(2):
        await leaving.outages.failed(AD)
    assert (await leaving.told(wish())).status == PARTIAL
    assert await leaving.session() is None


def test_the_gateways_own_rules_are_broken_by_the_next_test() -> None:
    assert [rule.__name__ for rule in RULES] == ["asked_for_the_login"]


@pytest.mark.clause("SSO-06", "GEN-24")
@pytest.mark.parametrize("party", [AD, BVD], ids=["AD", "BVD"])
async def test_who_answers_logins_begins_no_logout_and_hears_the_same_when_it_asks_again(
    leaving: Leaving, party: EntityId
) -> None:
    """The refused message did not use up its ID: sent again it is no replay."""
    incoming = wish(party, name_id="_theirs")
    for _ in range(2):
        with pytest.raises(WrongParty) as refused:
            await leaving.logouts.receive(incoming)
        assert refused.value.broken_clause == "SSO-06"
    assert await leaving.session() is not None


@pytest.mark.clause("S23", "LGO-01")
@pytest.mark.parametrize(
    "stranger",
    [
        {"name_id": "_somebody", "session_index": None},
        {"name_id": "_theirs", "session_index": None},
        {"signer": LC, "name_id": "_subject", "session_index": "_subject"},
    ],
    ids=["a name that nobody has", "the AD's own name", "the name that another DV received"],
)
async def test_a_name_that_is_not_the_requesters_ends_nothing_and_is_answered_alike(
    leaving: Leaving, caplog: pytest.LogCaptureFixture, stranger: dict[str, Any]
) -> None:
    caplog.set_level(logging.INFO)
    assert (await leaving.told(wish(**stranger))).status == DONE
    assert await leaving.session() is not None


@pytest.mark.clause("LGO-01")
async def test_a_second_logout_of_the_same_login_finds_it_over(leaving: Leaving) -> None:
    await leaving.asked(wish())
    assert (await leaving.told(wish(id="_again"))).status == DONE


@pytest.mark.clause("S12", "S23")
async def test_a_forged_logout_ends_nothing(leaving: Leaving) -> None:
    forged = from_form({"SAMLRequest": encode_post(logout.write_request(a_logout(), key_of(BVD)))})
    with pytest.raises(SignatureRefused):
        await leaving.logouts.receive(forged)
    assert await leaving.session() is not None


@pytest.mark.clause("S21", "S23", "SSO-06")
async def test_an_answer_that_nobody_waits_for_leads_nowhere(leaving: Leaving) -> None:
    form = Posted("_never", AD, AD_SLO, {"RelayState": "nothing"})
    with pytest.raises(LoginOvertaken):
        await leaving.logouts.receive(answer(form))


@pytest.mark.clause("S21", "S23")
async def test_an_answer_that_does_not_fit_leaves_the_logout_waiting_for_the_one_that_does(leaving: Leaving) -> None:
    form, _ = await leaving.asked(wish())
    for wrong in (answer(form, signer=BVD), answer(form, id="_other", in_response_to="_other")):
        with pytest.raises(AnswerRefused):
            await leaving.logouts.receive(wrong)
    assert (await leaving.told(answer(form, id="_right"))).status == DONE
    with pytest.raises(LoginOvertaken):
        await leaving.logouts.receive(answer(form, id="_late"))


@pytest.mark.clause("LGO-02")
async def test_a_redirected_logout_goes_back_by_redirect_after_the_ad(leaving: Leaving) -> None:
    message = logout.write_request(a_logout(), None)
    url = redirect.write_url(SLO, "SAMLRequest", message, "home", key_of(DV))
    form, _ = await leaving.asked(from_query(urlsplit(url).query.encode()))
    back = await leaving.logouts.receive(answer(form))
    assert isinstance(back, SentOn)
    assert back.party == DV
    incoming = redirect.read_query(urlsplit(back.url).query.encode())
    assert incoming.relay_state == "home"
    assert logout.read_response(incoming, keys_of_all()).status == DONE
