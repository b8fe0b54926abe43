"""What one browser may do to another's login: mix-up, swapped answers, login CSRF, fixation, RelayState (S21-S23)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from pilot.browser import Browser, Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY
from tests.attacks.doors import outcome
from tests.attacks.parties import DV, Attacked, Visitor, speaking_for, succeeded
from tests.flows.pilots import walk_on


def page_of(answer: httpx.Response) -> str:
    """The name of the page that an answer is; empty for a redirect."""
    return "" if answer.is_redirect else Page(str(answer.url), answer.status_code, answer.content).name


@pytest.mark.clause("S21", "S23")
async def test_an_answer_in_another_browser_is_refused_and_its_own_still_takes_it(attacked: Attacked) -> None:
    async with (
        speaking_for(attacked.pilot, DIGID) as ad,
        Visitor(attacked) as victim,
        Visitor(attacked) as thief,
        Visitor(attacked) as empty,
    ):
        sent, _ = await victim.to_ad(), await thief.to_ad()
        artifact = ad.declares(sent.request)
        assert page_of(await empty.come_back(ad.consumer, artifact, sent.relay_state)) == "E4"
        assert page_of(await thief.come_back(ad.consumer, artifact, sent.relay_state)) == "E3"
        assert ad.asked == []
        assert (await outcome(victim, await victim.come_back(ad.consumer, artifact, sent.relay_state))).taken


@pytest.mark.clause("S21")
async def test_the_attackers_answer_in_the_victims_login_is_refused(attacked: Attacked) -> None:
    """Login CSRF: the victim would go on as the attacker. InResponseTo tells, whatever RelayState says."""
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as victim, Visitor(attacked) as attacker:
        hers, his = await victim.to_ad(), await attacker.to_ad()
        stolen = ad.declares(his.request)
        answer = await victim.come_back(ad.consumer, stolen, hers.relay_state)
        assert not (await outcome(victim, answer)).taken
        assert page_of(await victim.come_back(ad.consumer, stolen, his.relay_state)) == "E3"


@pytest.mark.clause("S21")
async def test_answers_that_are_swapped_between_two_tabs_are_refused(attacked: Attacked) -> None:
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as browser:
        first, second = await browser.to_ad(), await browser.to_ad()
        answer = await browser.come_back(ad.consumer, ad.declares(first.request), second.relay_state)
        assert not (await outcome(browser, answer)).taken
        for tab in (second, first):  # and each with its own is taken
            answer = await browser.come_back(ad.consumer, ad.declares(tab.request), tab.relay_state)
            assert (await outcome(browser, answer)).taken


@pytest.mark.clause("S21", "S23")
async def test_an_answer_at_the_consumer_of_another_party_is_refused(attacked: Attacked) -> None:
    """IdP mix-up and flow confusion: there is a consumer for ADs and one for the BVD."""
    async with (
        speaking_for(attacked.pilot, DIGID) as ad,
        speaking_for(attacked.pilot, BVD) as bvd,
        Visitor(attacked) as browser,
    ):
        sent = await browser.to_ad("other")
        for consumer, artifact in ((bvd.consumer, ad.artifact()), (bvd.consumer, bvd.artifact())):
            assert page_of(await browser.come_back(consumer, artifact, sent.relay_state)) == "E3"
        assert page_of(await browser.come_back(ad.consumer, bvd.declares(sent.request), sent.relay_state)) == "E1"
        assert (ad.asked, bvd.asked) == ([], [])
        identified = await browser.come_back(ad.consumer, ad.declares(sent.request), sent.relay_state)
        asked = browser.sent_on(identified)
        assert page_of(await browser.come_back(ad.consumer, ad.declares(asked.request), asked.relay_state)) == "E3"
        assert page_of(await browser.come_back(bvd.consumer, ad.artifact(), asked.relay_state)) == "E1"
        answer = await browser.come_back(bvd.consumer, bvd.declares(asked.request), asked.relay_state)
        assert (await outcome(browser, answer)).taken


FORGED_STATES: Final[dict[str, Callable[[str], str]]] = {
    "none": lambda _: "",
    "cut": lambda state: state[:-1],
    "longer": lambda state: state + "A",
    "one-letter": lambda state: state[:8] + ("A" if state[8] != "A" else "B") + state[9:],
    "last-letter": lambda state: state[:-1] + ("A" if state[-1] != "A" else "B"),
    "other-spelling": lambda state: state + "=",
    "nonsense": lambda _: "x" * 72,
    "an-address": lambda _: "https://evil.test/",
    "markup": lambda _: '"><script>alert(1)</script>',
    "no-ascii": lambda _: "é" * 20,
    "very-long": lambda _: "A" * 8_000,
}


@pytest.mark.clause("S22", "S23", "M1")
@pytest.mark.parametrize("how", FORGED_STATES)
async def test_a_forged_relay_state_names_no_login(attacked: Attacked, how: str) -> None:
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as browser:
        sent = await browser.to_ad()
        state = FORGED_STATES[how](sent.relay_state)
        artifact = ad.declares(sent.request)
        answer = await browser.come_back(ad.consumer, artifact, state)
        assert page_of(answer) == "E6"
        assert b"<script>alert" not in answer.content
        assert b"evil.test" not in answer.content
        assert ad.asked == []
        assert (await outcome(browser, await browser.come_back(ad.consumer, artifact, sent.relay_state))).taken


STATES: Final = {
    "script": '"><script>alert(1)</script>',
    "address": "https://evil.test/?next=//evil.test",
    "script-address": "javascript:alert(document.domain)",
    "header": "here\r\nSet-Cookie: evil=1\r\n\r\n<html>",
    "more-fields": "here&SAMLart=evil#x",
    "quotes": "'\"`<!--",
    "unicode": "één \u202e\u200b",
}


@pytest.mark.clause("S22", "DV-ART-02", "DV-REQ-25")
@pytest.mark.parametrize("name", STATES)
async def test_relay_state_of_a_dv_is_opaque_and_comes_back_as_it_was(attacked: Attacked, name: str) -> None:
    state = STATES[name]
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as browser:
        begun = await browser.begin(relay_state=state)
        page = await browser.open(begun.headers["location"])
        assert state not in page.content.decode()
        sent = await browser.asked(begun.headers["location"])
        answer = await browser.come_back(ad.consumer, ad.declares(sent.request), sent.relay_state)
        assert "evil" not in answer.headers.get("set-cookie", "")
        location = urlsplit(answer.headers["location"])
        assert f"{location.scheme}://{location.netloc}" == attacked.pilot.known.dv(DV).origin
        fields = parse_qs(location.query, keep_blank_values=True, strict_parsing=True)
        assert fields["RelayState"] == [state]
        assert (len(fields["SAMLart"]), location.fragment) == (1, "")
        assert succeeded(await browser.told(answer))


@pytest.mark.clause("S23")
async def test_a_login_that_the_attacker_began_is_not_gone_on_with_by_the_victim(attacked: Attacked) -> None:
    """Fixation: the attacker sends his own page to the victim; and the other way round he finds nothing there."""
    async with Visitor(attacked) as attacker, Visitor(attacked) as victim:
        his = (await attacker.begin()).headers["location"]
        assert (await attacker.open(his)).status == 200
        assert (await victim.open(his)).name == "E4"
        await victim.to_ad()  # now with a cookie of her own
        assert (await victim.open(his)).name == "E3"

        unopened = (await attacker.begin()).headers["location"]
        assert (await victim.open(unopened)).status == 200  # the first that opens it has it
        assert (await attacker.open(unopened)).name == "E3"


def plant(cookies: httpx.Cookies, browser: Visitor) -> None:
    """What a neighbour of our host, or whoever answers for plain http, can do: the victim now has these cookies."""
    for each in cookies.jar:
        browser.http.cookies.jar.set_cookie(each)


@pytest.mark.clause("S23", "S21")
async def test_a_planted_cookie_of_the_attackers_own_opens_no_login_of_the_victim(attacked: Attacked) -> None:
    """Fixation: the cookie for a login is new when its page is first shown, whatever the browser had before."""
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as attacker, Visitor(attacked) as victim:
        await attacker.to_ad()
        plant(attacker.http.cookies, victim)
        location = (await victim.begin()).headers["location"]
        assert (await victim.open(location)).status == 200
        assert (await attacker.open(location)).name == "E3"
        sent = await victim.asked(location)
        artifact = ad.declares(sent.request)
        assert page_of(await attacker.come_back(ad.consumer, artifact, sent.relay_state)) == "E3"
        assert (await outcome(victim, await victim.come_back(ad.consumer, artifact, sent.relay_state))).taken


@pytest.mark.clause("S23", "SSO-01")
async def test_a_planted_session_of_the_attackers_leads_nowhere_after_the_victims_login(attacked: Attacked) -> None:
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as attacker, Visitor(attacked) as victim:
        for browser in (attacker, victim):
            plant(attacker.http.cookies, browser)
            sent = await browser.to_ad()
            answer = await browser.come_back(ad.consumer, ad.declares(sent.request), sent.relay_state)
            assert (await outcome(browser, answer)).taken
        assert not (await victim.to_ad()).request.force_authn
        assert (await attacker.to_ad()).request.force_authn


@pytest.mark.clause("S23")
async def test_of_two_cookies_for_one_login_neither_is_believed(attacked: Attacked) -> None:
    """Cookie tossing: a neighbour sets one more of the same name for a longer path, which the browser sends first."""
    async with Visitor(attacked) as browser:
        location = (await browser.begin()).headers["location"]
        page = await browser.open(location)
        url = attacked.pilot.places.front(GATEWAY) + location
        ours = f"gateway={browser.http.cookies['gateway']}"
        async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as bare:
            tossed = await bare.get(url, headers={"Cookie": f"gateway={'A' * 27}; {ours}"})
            assert page_of(tossed) == "E4"
            assert (await bare.get(url, headers={"Cookie": ours})).status_code == page.status == 200


@pytest.mark.clause("S23")
async def test_a_cookie_that_we_cannot_have_set_is_not_taken_over(attacked: Attacked) -> None:
    async with Visitor(attacked) as browser:
        for planted in ("x", "A" * 26, "A" * 28, "A" * 26 + "!", "A" * 5_000):
            location = (await browser.begin()).headers["location"]
            url = attacked.pilot.places.front(GATEWAY) + location
            browser.http.cookies.clear()
            answer = await browser.http.get(url, headers={"Cookie": f"gateway={quote(planted)}"})
            assert answer.status_code == 200
            fresh = answer.cookies["gateway"]
            assert fresh != planted
            assert [len(part) for part in fresh.split(".")] == [27, 27]


@pytest.mark.clause("S23", "M1")
@pytest.mark.parametrize("how", ["no-token", "token-of-another-login", "token-of-another-browser", "token-of-before"])
async def test_a_form_that_another_page_made_is_refused(attacked: Attacked, how: str) -> None:
    async with Visitor(attacked) as browser, Visitor(attacked) as attacker:
        page = await browser.open((await browser.begin()).headers["location"])
        other = await browser.open((await browser.begin()).headers["location"])
        foreign = await attacker.open((await attacker.begin()).headers["location"])
        form = next(form for form in page.forms if any(button.value == "self" for button in form.buttons))
        token = {
            "no-token": "",
            "token-of-another-login": other.forms[-1].fields.get("csrf", ""),
            "token-of-another-browser": foreign.forms[-1].fields.get("csrf", ""),
            "token-of-before": form.fields["csrf"],
        }[how]
        if how == "token-of-before":
            assert (await browser.press(page, "self")).is_redirect
        else:
            assert token != form.fields["csrf"]
        answer = await browser.http.post(form.action, data={**form.fields, "csrf": token, "choice": "self"})
        assert page_of(answer) == "E3"


@pytest.mark.clause("S23", "S21", "M1")
async def test_a_visit_to_the_bvd_is_gone_on_with_by_its_own_browser_and_its_own_forms(attacked: Attacked) -> None:
    pilot = attacked.pilot
    wish = pilot.wish("F1", "S1", "C2", level="substantieel")
    async with Browser() as browser, Browser() as attacker:
        page = await pilot.walk(browser, wish, until="B3")
        foreign = await pilot.walk(attacker, wish, until="B3")
        form, theirs = page.form_with("csrf"), foreign.form_with("csrf")
        assert form is not None
        assert theirs is not None
        token = theirs.fields["csrf"]
        for forged in (
            replace(form, fields={**form.fields, "csrf": token}),
            replace(form, fields={"csrf": ""}),
            theirs,
        ):
            answer = await browser.submit(forged, forged.buttons[0])
            assert answer.name in ("E3", "E4"), answer.name
            assert answer.status == 400
        await walk_on(attacker, foreign, wish)
        result = await attacker.json("GET", f"{pilot.known.dv('gemeente').origin}/result?format=json")
        assert result["outcome"] == "success", "the visit was the attacker's own, and goes on for him"


@pytest.mark.clause("P8")
@pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "evil.test:80", "localhost:1@evil.test"])
async def test_addresses_are_made_of_settings_and_never_of_the_host_that_was_asked(
    attacked: Attacked, host: str
) -> None:
    pilot = attacked.pilot
    asgi = httpx.ASGITransport(app=pilot.network.services[GATEWAY].front)
    async with (
        Visitor(attacked) as browser,
        httpx.AsyncClient(transport=asgi, base_url="http://gateway.test", headers={"Host": host}) as client,
    ):
        location = (await browser.begin()).headers["location"]
        more = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https", "Forwarded": f"host={host}"}
        for path in (location, "/metadata", "/metadata/sp", "/hulp", "/nothing", "/saml/acs/ad"):
            answer = await client.get(path, headers=more)
            assert b"evil.test" not in answer.content
            assert "evil.test" not in str(answer.headers)
