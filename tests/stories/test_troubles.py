"""Registers that do not answer, and relations that a service does not take (PAGES 2.2, B1 to B5)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pilot.world import DEMO
from tests.flows.pilots import Pilot, start
from tests.stories.conftest import NOON, Visit
from tests.stories.worlds import TROUBLED, sixty_clients

BIJSTAND = "bijzondere-bijstand"
PORTAL = "zorgportaal"
SIX_PAST = "2026-03-10T12:06:00+01:00"


@pytest.fixture(scope="module")
async def troubled(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The demo world in which the court answers from 12.05 on: see `tests.stories.worlds`."""
    async with AsyncExitStack() as stack:
        rows = TROUBLED + sixty_clients("Ria")
        yield await start(stack, tmp_path_factory.mktemp("troubled"), pilot_keys, rows, base=DEMO, at=NOON)


@pytest.fixture
def court_away(troubled: Pilot) -> Pilot:
    """At noon, when the court does not answer. Tests of one process go on after it: five past is for the next."""
    if troubled.clock() >= troubled.world.at.replace(minute=5):
        troubled.take_away("rechtspraak")
    return troubled


@pytest.fixture(scope="module")
async def all_answer(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The same world after five past twelve, in a network of its own: one that just failed is left alone a while."""
    async with AsyncExitStack() as stack:
        rows = TROUBLED + sixty_clients("Ria")
        yield await start(stack, tmp_path_factory.mktemp("all-answer"), pilot_keys, rows, base=DEMO, at=SIX_PAST)


# Who was answered about a moment ago is not asked about again (`bvd.recent`), so each test has a person of its own.
@pytest.mark.parametrize(("language", "person", "list_of_clients"), [("nl", "Anna", "B1"), ("en", "Ria", "B1.notices")])
async def test_with_the_court_away_nobody_is_invented_and_trying_again_works(
    visit: Visit, court_away: Pilot, language: str, person: str, list_of_clients: str
) -> None:
    anna = await visit(pilot=court_away, language=language)
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in(person, "B5")
    if language == "nl":
        text = "De rechtbank antwoordt niet. Daarom weten wij niet voor wie u dit mag regelen. Dit ligt niet aan u."
        assert text in await anna.text()
    await anna.reload("B5")
    court_away.give_back()
    court_away.clock.advance(minutes=6)
    await anna.press("retry", list_of_clients)
    await anna.page.locator("button[value^='pick:']").last.click()
    await anna.at("B3")
    await anna.press("go", "D2")


async def test_leaving_when_the_court_is_away_is_told_as_not_checked(visit: Visit, court_away: Pilot) -> None:
    willem = await visit(pilot=court_away)
    await willem.begin(BIJSTAND)
    await willem.log_in_at_dv("S1", for_other=True)
    await willem.log_in("Willem", "B5")
    await willem.press("back", "D3.source_away")
    text = "Wij konden niet nakijken voor wie u dit mag regelen. Probeer het straks opnieuw."
    assert text in await willem.text()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_list_without_the_court_says_that_it_may_lack_somebody(
    visit: Visit, court_away: Pilot, language: str
) -> None:
    fatima = await visit(pilot=court_away, language=language)
    await fatima.begin(PORTAL)
    await fatima.log_in_at_dv("S1", for_other=True)
    await fatima.log_in("Fatima", "B1.partial")
    if language == "nl":
        assert "De rechtbank antwoordt nu niet. Daarom is deze lijst misschien niet volledig." in await fatima.text()
    assert await fatima.rows() == ["Noor Bennis", "Yasin Bennis"]
    await fatima.choose("Yasin Bennis", "B3")
    await fatima.press("go", "D2")
    assert "Fatima Bennis" in await fatima.text()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_mother_whose_child_is_too_old_reads_so_and_no_name(
    visit: Visit, all_answer: Pilot, language: str
) -> None:
    hanna = await visit(pilot=all_answer, language=language)
    await hanna.begin(PORTAL)
    await hanna.log_in_at_dv("S1", for_other=True)
    await hanna.log_in("Hanna", "B3")  # for Leo, whose curator she is
    assert "Joris" not in await hanna.page.content()
    told = {"nl": "1 kind kunt u hier niet kiezen.", "en": "You cannot choose 1 child here."}
    assert told[language] in await hanna.text()
    await hanna.press("cancel", "D3.cancelled")


async def test_whoever_is_under_curatele_cannot_act_for_others(visit: Visit, all_answer: Pilot) -> None:
    leo = await visit(pilot=all_answer)
    await leo.begin(PORTAL)
    await leo.log_in_at_dv("S1", for_other=True)
    await leo.log_in("Leo", "B4.acting")
    await leo.press("back", "D3.no_mandate")


async def test_a_task_that_ends_tonight_says_until_when(visit: Visit, all_answer: Pilot) -> None:
    anna = await visit(pilot=all_answer)
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Dirkje Postma", "B3.until")
    assert "U kunt dit doen tot 11 maart 2026 om 00.00 uur." in await anna.text()
    await anna.press("go", "D2")
    assert "Dat geldt tot 11 maart 2026 om 00.00 uur." in await anna.text()


async def test_sixty_clients_are_searched_and_turned_over(visit: Visit, all_answer: Pilot) -> None:
    ria = await visit(pilot=all_answer)
    await ria.begin(BIJSTAND)
    await ria.log_in_at_dv("S1", for_other=True)
    await ria.log_in("Ria", "B1.notices")  # Willem mandated her for something else
    first = await ria.rows()
    assert len(first) == 20
    await ria.button("page:1").click()
    await ria.button("page:2").wait_for()
    assert not set(first) & set(await ria.rows())
    await ria.page.locator("#q").fill("oude nijhuis")
    await ria.page.locator("#q").press("Enter")
    await ria.at("B1.found")
    assert await ria.rows() == ["Maria Johanna Cornelia van der Heijden-Oude Nijhuis"]
    await ria.page.locator("#q").fill("niemand zo")
    await ria.press("search", "B1.none")
    await ria.press("clear", "B1.notices")
    await ria.page.locator("#q").fill("336")
    await ria.press("search", "B1.found")
    await ria.choose("Oude Nijhuis", "B3")
    await ria.press("go", "D2")
    assert all("nijhuis" not in each.path.lower() for each in all_answer.wire)
