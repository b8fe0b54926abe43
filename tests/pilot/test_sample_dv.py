"""The sample DV against a pretend gateway that speaks with our own message code, over HTTP and mutual TLS."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pilot.browser import Browser
from pilot.loopback import LoopbackTransport
from pilot.pki import Pki, make_pki
from runtime.offload import Offload
from stelsel import urns
from stelsel.saml.response import Status
from tests.pilot.dv_site import BIJSTAND, INZIEN, Site, started
from tests.pilot.pretend_gateway import AD, ANNA, BRAM, BVD, DV, Declared, PretendGateway, issue_keys

CHARLES_THE_FIRST = "999991255"


@pytest.mark.clause("DV-VAL-01", "DV-ATT-06", "UC-01")
async def test_a_user_logs_in_for_herself_and_the_dv_reads_who_she_is(site: Site) -> None:
    async with Browser() as browser:
        page = await site.log_in(browser)
        told = await site.told(browser)
    assert (page.name, page.status) == ("D2", 200)
    assert told == {
        "outcome": "success",
        "acting": {"type": "legacy-BSN", "value": ANNA},
        "represented": None,
        "via": [],
        "ground": None,
        "role": None,
        "restrictions": [],
        "attributes": [],
        "loa": urns.LOA_SUBSTANTIAL,
        "service": BIJSTAND.uuid,
        "representation_types": [],
        "authorities": [AD.value],
        "session_until": None,
        "signatures": {
            "artifact_response": True,
            "assertion": True,
            "advice": [{"issuer": AD.value, "ok": True}],
        },
    }


@pytest.mark.clause("DV-ASR-16", "DV-ATT-14", "DV-VAL-08")
async def test_a_user_logs_in_for_somebody_else_and_every_page_says_for_whom(site: Site) -> None:
    site.gateway.says = Declared(represented=BRAM)
    async with Browser() as browser:
        page = await site.log_in(browser, for_other=True)
        told = await site.told(browser)
        start = await browser.open(site.url)
    assert b"Anna van den Berg is ingelogd namens Bram Visser, als bewindvoerder" in page.content
    for each in (page, start):
        assert b"U regelt dit namens Bram Visser." in each.content
    assert told["represented"] == {"type": "legacy-BSN", "value": BRAM}
    assert (told["representation_types"], told["role"]) == (["urn:namens:rt:BEWIND"], "bewindvoerder")
    assert told["signatures"]["advice"] == [{"issuer": AD.value, "ok": True}, {"issuer": BVD.value, "ok": True}]


@pytest.mark.clause("DV-REQ-06", "DV-REQ-07", "DV-REQ-22")
async def test_a_service_with_an_index_is_asked_for_by_it_and_the_bvd_only_for_somebody_else(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
        await site.log_in(browser, for_other=True)
    alone, for_other = site.gateway.requests
    assert (alone.attribute_index, alone.service, alone.intended_audience) == (0, None, None)
    assert (alone.acs_index, alone.acs_url, alone.destination) == (0, None, f"{site.gateway.front}/sso")
    assert alone.requester_ids == ()
    assert for_other.requester_ids == (BVD,)


@pytest.mark.clause("DV-REQ-09", "DV-REQ-10")
async def test_a_service_without_an_index_is_asked_for_by_extensions(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser, INZIEN)
    (asked,) = site.gateway.requests
    assert asked.attribute_index is None
    assert (str(asked.service and asked.service.value), asked.intended_audience) == (INZIEN.uuid, DV)


async def test_a_service_that_is_not_the_dvs_own_is_asked_for_all_the_same(site: Site) -> None:
    stray = replace(INZIEN, uuid="11111111-2222-4333-8444-555555555555", name="11111111-2222-4333-8444-555555555555")
    async with Browser() as browser:
        await site.log_in(browser, stray)
    assert site.gateway.requests[0].service is not None
    assert site.gateway.requests[0].service.value == stray.uuid


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        (Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled"), "cancelled"),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication failed"), "failed"),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT, "Level of assurance not met"), "level"),
        (Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "No valid representation"), "no_mandate"),
        (
            Status(urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED, "Representation source not available"),
            "source_away",
        ),
        (Status(urns.STATUS_RESPONDER, None, "Internal error"), "other"),
    ],
)
@pytest.mark.clause("ERR-05", "DV-VAL-10")
async def test_a_refusal_is_told_in_its_own_words_and_nobody_is_logged_in(
    site: Site, status: Status, notice: str
) -> None:
    site.gateway.says = Declared(status=status)
    async with Browser() as browser:
        page = await site.log_in(browser)
        told = await site.told(browser)
    assert page.name == f"D3.{notice}"
    assert b"/logout" not in page.content
    assert (told["outcome"], told["status"], told["message"]) == ("status", [status.code, status.sub], status.message)
    assert told["code"]


@pytest.mark.clause("DV-VAL-10")
async def test_a_refused_login_ends_the_session_that_was_open(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
        site.gateway.says = Declared(status=Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED))
        await site.log_in(browser)
        result = await browser.open(f"{site.url}/result")
    assert result.name == "D3.other"


@pytest.mark.clause("DV-ART-03", "DV-ARR-04")
async def test_the_second_resolve_of_an_artifact_gives_success_without_a_response(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
        again = await browser.json("POST", f"{site.url}/resolve-again")
        told = await site.told(browser)
    assert (again["outcome"], again["status"], again["message"]) == ("status", [urns.STATUS_SUCCESS, None], None)
    assert told["outcome"] == "success"


def moved(message: bytes) -> bytes:
    """One digit of the evidence changed after it was signed."""
    return message.replace(urns.LOA_SUBSTANTIAL.encode(), urns.LOA_HIGH.encode(), 1)


def unsigned(message: bytes) -> bytes:
    """The assertion without its own signature."""
    start, end = message.index(b"<ds:Signature"), message.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return message[:start] + message[end:]


@pytest.mark.parametrize(
    ("said", "check"),
    [
        (Declared(changes={"audiences": (BVD,)}), "Audience"),
        (Declared(changes={"recipient": "http://elsewhere.localhost/acs"}), "Recipient"),
        (Declared(changes={"in_response_to": "_another"}), "InResponseTo"),
        (Declared(changes={"authorities": (AD, BVD)}), "AuthenticatingAuthority"),
        (Declared(changes={"advice": ()}), "handtekeningen in Advice"),
        (Declared(changes={"issuer": BVD}), "handtekening Assertion"),
        (Declared(loa=urns.LOA_LOW), "betrouwbaarheidsniveau"),
        (Declared(loa=urns.UNSPECIFIED_CONTEXT), "betrouwbaarheidsniveau"),
        (Declared(represented=BRAM, said_by_bvd=CHARLES_THE_FIRST), "personen in Advice"),
        (Declared(in_advice=moved), "handtekeningen in Advice"),
        (Declared(in_advice=unsigned), "handtekeningen in Advice"),
        (Declared(in_summary=unsigned), "handtekening Assertion"),
        (Declared(in_summary=moved), "handtekening Assertion"),
        (Declared(on_the_wire=moved), "handtekening ArtifactResponse"),
        (Declared(signer="digid"), "handtekening ArtifactResponse"),
    ],
)
@pytest.mark.clause("DV-VAL-01", "DV-VAL-02", "DV-VAL-04", "DV-VAL-05", "DV-VAL-06", "DV-VAL-07")
async def test_an_answer_with_one_thing_wrong_logs_nobody_in(site: Site, said: Declared, check: str) -> None:
    site.gateway.says = said
    async with Browser() as browser:
        page = await site.log_in(browser)
        told = await site.told(browser)
    assert page.name == "D3.other"
    assert (told["outcome"], told["http"]) == ("page", 400)
    assert check in told["failed_checks"]


@pytest.mark.clause("DV-REQ-22", "C-08", "UC-06")
async def test_whoever_asked_to_act_for_another_is_not_logged_in_for_himself(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser, for_other=True)
        told = await site.told(browser)
    assert told["failed_checks"] == ["vertegenwoordiging"]


def with_a_comment(message: bytes) -> bytes:
    """A comment splits a value in two without breaking a signature."""
    return message.replace(b"</saml:Audience>", b"<!-- -->.evil</saml:Audience>", 1)


def with_a_dtd(message: bytes) -> bytes:
    """An entity could hold anything."""
    return b'<!DOCTYPE x [<!ENTITY e "x">]>' + message


def wrapped(message: bytes) -> bytes:
    """The signed assertion moved aside, and another one with the same ID where it stood."""
    start, end = message.index(b"<saml:Assertion"), message.rindex(b"</saml:Assertion>") + len(b"</saml:Assertion>")
    genuine = message[start:end]
    forged = genuine.replace(urns.LOA_SUBSTANTIAL.encode(), urns.LOA_HIGH.encode())
    return message[:start] + forged + message[end:].replace(b"</samlp:Response>", genuine + b"</samlp:Response>", 1)


@pytest.mark.parametrize("attack", [with_a_comment, with_a_dtd])
async def test_what_an_xml_trick_rides_on_is_not_read(site: Site, attack: Callable[[bytes], bytes]) -> None:
    site.gateway.says = Declared(on_the_wire=attack)
    async with Browser() as browser:
        await site.log_in(browser)
        told = await site.told(browser)
    assert told["failed_checks"] == ["vorm"]


async def test_two_assertions_of_one_id_are_not_read(site: Site) -> None:
    site.gateway.says = Declared(in_response=wrapped)
    async with Browser() as browser:
        await site.log_in(browser)
        told = await site.told(browser)
    assert told["failed_checks"] == ["vorm"]


@pytest.mark.clause("DV-SES-02")
async def test_an_assertion_is_used_once(site: Site) -> None:
    site.gateway.says = Declared(changes={"id": "_the-same-each-time"})
    async with Browser() as browser:
        first = await site.log_in(browser)
        await site.log_in(browser)
        told = await site.told(browser)
    assert first.name == "D2"
    assert told["failed_checks"] == ["Assertion/@ID"]


@pytest.mark.clause("DV-VAL-03", "GEN-22")
@pytest.mark.parametrize("late", [{"confirm_until": -90}, {"not_on_or_after": -90}, {"not_before": 90}])
async def test_an_assertion_outside_its_window_is_refused(site: Site, late: dict[str, int]) -> None:
    moments = {name: site.clock.now + timedelta(seconds=seconds) for name, seconds in late.items()}
    site.gateway.says = Declared(changes=moments)
    async with Browser() as browser:
        await site.log_in(browser)
        told = await site.told(browser)
    assert "tijden" in told["failed_checks"]


@pytest.mark.clause("DV-VAL-03")
async def test_a_network_that_runs_in_another_year_keeps_its_own_windows(dv_pki: Pki, offload: Offload) -> None:
    async with AsyncExitStack() as stack, Browser() as browser:
        site = await started(stack, dv_pki, offload, datetime(2026, 3, 10, 11, tzinfo=UTC))
        page = await site.log_in(browser)
        site.gateway.says = Declared(changes={"confirm_until": site.clock.now - timedelta(seconds=90)})
        await site.log_in(browser)
        told = await site.told(browser)
    assert page.name == "D2"
    assert told["failed_checks"] == ["tijden"]


@pytest.mark.clause("DV-SES-01", "C-12")
async def test_a_session_ends_after_fifteen_minutes_without_a_visit(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
        site.clock.now += timedelta(minutes=14)
        awake = await browser.open(f"{site.url}/result")
        site.clock.now += timedelta(minutes=15)
        asleep = await browser.open(f"{site.url}/result")
    assert (awake.name, asleep.name) == ("D2", "D1")


@pytest.mark.clause("R-OUT")
async def test_a_session_ends_when_the_mandate_does_whatever_the_user_does(site: Site) -> None:
    ends = site.clock.now.replace(microsecond=0) + timedelta(minutes=5)
    site.gateway.says = Declared(represented=BRAM, changes={"session_until": ends})
    async with Browser() as browser:
        await site.log_in(browser, for_other=True)
        told = await site.told(browser)
        site.clock.now = ends - timedelta(seconds=1)
        before = await browser.open(f"{site.url}/result")
        site.clock.now = ends
        after = await browser.open(f"{site.url}/result")
    assert told["session_until"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    assert (before.name, after.name) == ("D2", "D1")


async def test_logging_out_ends_the_session(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
        await browser.json("POST", f"{site.url}/resolve-again")
        left = await browser.post(f"{site.url}/logout")
        result = await browser.open(f"{site.url}/result")
    assert (left.name, result.name) == ("D1", "D1")


@pytest.mark.clause("DV-SES-03")
async def test_a_cookie_is_out_of_reach_of_scripts_and_over_https_of_plain_http(dv_pki: Pki, offload: Offload) -> None:
    async with AsyncExitStack() as stack:
        plain = await started(stack, dv_pki, offload, datetime.now(UTC))
        behind_https = await started(stack, dv_pki, offload, datetime.now(UTC), public_url="https://gemeente.example")
        client = await stack.enter_async_context(httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False))
        cookies = [
            {part.strip() for part in answer.headers["set-cookie"].lower().split(";")[1:]}
            for answer in [await client.get(f"{site.url}/login?service=S1") for site in (plain, behind_https)]
        ]
    assert cookies == [
        {"httponly", "path=/", "samesite=lax"},
        {"httponly", "path=/", "samesite=lax", "secure"},
    ]


async def test_an_artifact_in_another_browser_is_not_even_resolved(site: Site) -> None:
    caught: list[str] = []

    async def stop_before_the_dv(method: str, url: str) -> None:
        if "/acs?" in url:
            caught.append(url)
            raise InterruptedError

    async with Browser(pause=stop_before_the_dv) as victim, Browser() as thief:
        with pytest.raises(InterruptedError):
            await site.log_in(victim)
        page = await thief.open(caught[0])
        nothing = await thief.open(f"{site.url}/result?format=json")
    assert (page.status, page.name, nothing.content) == (400, "D3.other", b"null")
    assert site.gateway.resolved == 0


async def test_an_answer_is_taken_once_also_in_its_own_browser(site: Site) -> None:
    caught: list[str] = []

    async def note(method: str, url: str) -> None:
        if "/acs?" in url:
            caught.append(url)

    async with Browser(pause=note) as browser:
        await site.log_in(browser)
        again = await browser.open(caught[0])
        still = await browser.open(f"{site.url}/result")
    assert again.status == 400
    assert still.name == "D2"
    assert site.gateway.resolved == 1


async def test_an_artifact_that_is_none_is_not_resolved(site: Site) -> None:
    async with Browser() as browser:
        site.gateway.service = BIJSTAND.uuid
        page = await browser.open(f"{site.url}/login?service=S1")
        handle = page.forms[0].fields["RelayState"]
        await browser.open(f"{site.url}/acs?SAMLart=nonsense&RelayState={handle}")
        told = await site.told(browser)
    assert told["failed_checks"] == ["SAMLart"]
    assert site.gateway.resolved == 0


async def test_the_walk_of_a_browser_can_be_followed_into_the_back_channel(site: Site) -> None:
    async with Browser() as browser:
        await site.log_in(browser)
    assert [trace.split("-")[1] for trace in site.gateway.traces] == [browser.trace_id]


@pytest.mark.clause("MD-GEN-01", "MD-GEN-02", "MD-GEN-03")
@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(lambda gateway, name: gateway.metadata(name, valid=timedelta(seconds=-1)), id="expired"),
        pytest.param(lambda gateway, name: gateway.metadata(name, signer="bvd"), id="signed by another party"),
        pytest.param(lambda gateway, name: gateway.metadata(name).replace(b"/sso", b"/oss"), id="changed"),
        pytest.param(lambda gateway, name: unsigned(gateway.metadata(name)), id="unsigned"),
    ],
)
async def test_without_metadata_that_can_be_trusted_no_login_begins(
    dv_pki: Pki, offload: Offload, metadata: Callable[[PretendGateway, str], bytes]
) -> None:
    async with AsyncExitStack() as stack, Browser() as browser:
        site = await started(stack, dv_pki, offload, datetime.now(UTC), metadata)
        page = await browser.open(f"{site.url}/login?service=S1")
    assert (page.status, page.name) == (503, "D3.other")


@pytest.mark.clause("MD-GEN-02")
async def test_metadata_vouched_for_by_another_authority_is_not_trusted(
    dv_pki: Pki, offload: Offload, tmp_path: Path
) -> None:
    elsewhere = make_pki(tmp_path, datetime.now(UTC))
    issue_keys(elsewhere)

    def forged(gateway: PretendGateway, name: str) -> bytes:
        return replace(gateway, pki=elsewhere, _keys={}).metadata(name)

    async with AsyncExitStack() as stack, Browser() as browser:
        site = await started(stack, dv_pki, offload, datetime.now(UTC), forged)
        page = await browser.open(f"{site.url}/login?service=S1")
    assert page.status == 503
