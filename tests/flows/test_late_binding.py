"""What is no longer so when the DV fetches the declaration is not declared (R-REISSUE, DESIGN 2 step 11)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pilot.browser import Browser
from stelsel import urns
from tests.flows.outcomes import NO_REPRESENTATION, NO_RESPONSE, SOURCE_AWAY, refusal, told, who
from tests.flows.pilots import Pilot, Start
from tests.flows.speakers import Speaker

JUST_BEFORE_MIDNIGHT = "2026-03-10T23:59:40+01:00"
ENDS_TODAY = """
[[measure]]
name = "C2"
person = "C2"
kind = "BEWIND"
from = 2022-05-01
until = 2026-03-11
representatives = [{who = "F1", role = "bewindvoerder"}]
"""
DIES_TOMORROW = """
[[person]]
name = "C2"
bsn = "999990032"
died = 2026-03-11
"""
APPOINTMENT_ENDS_TODAY = """
[[measure]]
name = "C2"
person = "C2"
kind = "BEWIND"
from = 2022-05-01
representatives = [{who = "F1", role = "bewindvoerder", until = 2026-03-11}]
"""
TWELVE_TOMORROW = ""


@pytest.mark.clause("R-REISSUE", "R-TIME", "R-REP", "R-AGE", "R-SVC")
@pytest.mark.parametrize(
    ("rows", "person", "service", "represented", "reason"),
    [
        (ENDS_TODAY, "F1", "S1", "C2", "EXPIRED"),
        (APPOINTMENT_ENDS_TODAY, "F1", "S1", "C2", "EXPIRED"),
        (DIES_TOMORROW, "F1", "S1", "C2", "REPRESENTED_DECEASED"),
        (TWELVE_TOMORROW, "M1", "S4", "K11", "AGE_OUT_OF_RANGE"),
    ],
    ids=["the bewind ends", "the task ends", "the client dies", "the child is 12"],
)
async def test_what_ends_between_choice_and_fetching_is_not_declared(
    start_pilot: Start, rows: str, person: str, service: str, represented: str, reason: str
) -> None:
    pilot = await start_pilot(rows, at=JUST_BEFORE_MIDNIGHT)
    outcome = await pilot.log_in(person, service, represented, before_resolve=lambda: pilot.clock.advance(seconds=30))
    assert refusal(outcome) == (*NO_REPRESENTATION, reason)


@pytest.mark.clause("R-OUT", "R-TIME")
async def test_a_session_ends_with_the_bewind(start_pilot: Start) -> None:
    pilot = await start_pilot(ENDS_TODAY)
    outcome = await pilot.log_in("F1", "S1", "C2")
    assert who(outcome)[1] == pilot.bsn("C2")
    assert outcome["session_until"] == "2026-03-10T23:00:00Z"


@pytest.mark.clause("R-REISSUE", "R-QUERY", "ERR-07")
@pytest.mark.parametrize("source", ["rechtspraak", "brp"])
async def test_a_register_that_goes_away_after_the_choice_leaves_nothing_declared(
    start_pilot: Start, source: str
) -> None:
    pilot = await start_pilot()
    outcome = await pilot.log_in("F1", "S1", "C2", before_resolve=lambda: pilot.take_away(source))
    assert refusal(outcome) == (*SOURCE_AWAY, "REGISTER_UNAVAILABLE")
    pilot.give_back()
    assert who(await pilot.log_in("F1", "S1", "C2"))[1] == pilot.bsn("C2")


@pytest.mark.clause("DV-ART-03", "DV-ARR-04", "DV-ARR-03")
async def test_an_artifact_lives_sixty_seconds_and_serves_once(start_pilot: Start) -> None:
    pilot = await start_pilot()
    in_time = await pilot.log_in("F1", "S1", "C2", resolve_after=59, resolve_twice=True)
    assert who(in_time)[1] == pilot.bsn("C2")
    assert told(in_time["again"]) == NO_RESPONSE
    before = len(pilot.calls())
    too_late = await pilot.log_in("F1", "S1", resolve_after=61)
    assert told(too_late) == NO_RESPONSE
    assert pilot.calls()[before:] == []


@pytest.mark.clause("DV-ARR-04", "GEN-21", "DV-ART-03")
async def test_another_dv_gets_nothing_for_an_artifact_and_its_owner_still_does(scenarios: Pilot) -> None:
    statuses: list[tuple[str, bytes | None]] = []
    origin = scenarios.known.dv("gemeente").origin

    async def steal(method: str, url: str) -> None:
        if url.startswith(f"{origin}/acs?"):
            artifact = parse_qs(urlsplit(url).query)["SAMLart"][0]
            stolen = await Speaker(scenarios, "ziekenhuis").resolve(artifact)
            statuses.append((stolen.answer.status.code, stolen.answer.response))

    async with Browser(steal) as browser:
        page = await scenarios.walk(browser, scenarios.wish("F1", "S1", "C2"))
        outcome = await browser.json("GET", f"{origin}/result?format=json")
    assert statuses == [(urns.STATUS_SUCCESS, None)]
    assert page.name == "D2"
    assert who(outcome)[1] == scenarios.bsn("C2")
