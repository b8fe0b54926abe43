"""Two people and the portal Machtigen: asking by both routes, starting, seeing, ending; and who is told of it."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from pilot.browser import Browser, Page
from pilot.places import MACHTIGEN
from tests.flows.pilots import Pilot, start
from tests.flows.test_portal_login import enter

GIVER, RECEIVER = "V2", "V1"


@pytest.fixture(scope="module")
async def pilot(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path_factory.mktemp("machtigen"), pilot_keys)


class Visit:
    """Somebody at the portal."""

    def __init__(self, pilot: Pilot, browser: Browser) -> None:
        self.pilot = pilot
        self.browser = browser
        self.page = Page("", 0, b"")

    async def enter(self, person: str) -> "Visit":
        """Logs in."""
        self.page = await enter(self.pilot, self.browser, person)
        assert self.page.name == "M1", self.page.name
        return self

    async def press(self, value: str, **fill: str) -> Page:
        """The button with that value, or whose value begins so."""
        for form in self.page.forms:
            for button in form.buttons:
                if button.value == value or (value.endswith(":") and button.value.startswith(value)):
                    self.page = await self.browser.submit(form, button, fill)
                    return self.page
        raise AssertionError(f"{self.page.name} has no button {value}")

    async def open(self, path: str) -> Page:
        """A page of the portal."""
        self.page = await self.browser.open(self.pilot.places.front(MACHTIGEN) + path)
        return self.page

    async def service(self, name: str) -> Page:
        """Picks a service of the world."""
        uuid = next(each.uuid.value for each in self.pilot.world.services if each.name == name)
        return await self.press(f"service:{uuid}")

    async def linked(self, text: str) -> Page:
        """The page of the first mandate in the lists whose lines hold that text."""
        for item in self.page.tree.xpath("//main//li"):
            if text in item.text_content():
                return await self.open(str(item.xpath("string(.//a/@href)")))
        raise AssertionError(f"no mandate with {text}")


async def told(pilot: Pilot) -> Any:
    """What was told so far, once all is handed out."""
    deliveries = pilot.network.deliveries
    assert deliveries is not None
    await deliveries.round()
    return await pilot.running.get("/told")


def full_name(pilot: Pilot, name: str) -> str:
    return next(each.full_name for each in pilot.world.persons if each.name == name)


async def test_who_gives_gets_a_code_by_which_the_other_begins_and_sees_it_end(pilot: Pilot) -> None:
    async with Browser() as one, Browser() as two:
        giver = await Visit(pilot, one).enter(GIVER)
        assert (await giver.press("give")).name == "M2.service"
        assert (await giver.service("S2")).name == "M2.period"
        assert (await giver.press("period", first="1 1 2026", last="x")).name == "M2.period.wrong"
        assert (await giver.press("period", first="10 3 2026", last="31 12 2026")).name == "M2.check"
        done = await giver.press("make")
        assert done.name == "M2.done"
        (code,) = done.texts("//output")
        assert (await one.open(done.url)).name == "E3"  # seen once
        receiver = await Visit(pilot, two).enter(RECEIVER)
        await receiver.press("code")
        wrong = await receiver.press("activate", code="22222-22222", bsn=pilot.bsn(GIVER))
        assert (wrong.name, "4 keer" in wrong.texts("//main")[0]) == ("M4.wrong", True)
        right = await receiver.press("activate", code=code, bsn=pilot.bsn(GIVER))
        assert right.name == "M4.done"
        assert full_name(pilot, GIVER) in right.texts("//main")[0]
        everything = await told(pilot)
        message = everything["messages"][-1]
        assert message["to"] == GIVER
        assert full_name(pilot, RECEIVER) in message["text"]["nl"]
        assert [each["type"].rpartition("-")[2] for each in everything["events"][-2:]] == ["geregistreerd", "gewijzigd"]
        assert not any(pilot.bsn(each) in str(everything["events"]) for each in (GIVER, RECEIVER))
        assert (await pilot.log_in(RECEIVER, "S2", GIVER))["outcome"] == "success"
        await giver.open("/")
        await giver.linked(full_name(pilot, RECEIVER))
        assert (await giver.press("withdraw")).name == "M5.confirm"
        assert (await giver.press("no")).name == "M5"
        await giver.press("withdraw")
        ended = await giver.press("yes")
        assert "is ingetrokken" in ended.texts("//main")[0]
        everything = await told(pilot)
        assert everything["messages"][-1]["to"] == RECEIVER
        assert everything["events"][-1]["type"] == "nl.machtigingen.machtiging-ingetrokken"


async def test_who_asks_to_be_mandated_has_a_letter_sent_or_the_other_agrees(pilot: Pilot) -> None:
    async with Browser() as one, Browser() as two:
        receiver = await Visit(pilot, one).enter(RECEIVER)
        born = "1 1 1980"
        for answer in (born, "2 1 1980"):
            await receiver.open("/")
            await receiver.press("receive")
            await receiver.service("S2")
            assert (await receiver.press("other", bsn=pilot.bsn(GIVER), born=answer)).name == "M3.period"
            await receiver.press("period", first="10 3 2026", last="31 12 2026")
            assert (await receiver.press("make")).name == "M3.done"
        (letter,) = (await told(pilot))["letters"]
        assert letter["to"] == GIVER
        assert re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", letter["text"]["nl"])
        giver = await Visit(pilot, two).enter(GIVER)
        await giver.linked("Aangevraagd")
        assert giver.page.name == "M6"
        assert full_name(pilot, RECEIVER) in giver.page.texts("//main")[0]
        agreed = await giver.press("agree")
        assert (agreed.name, "toestemming gegeven" in agreed.texts("//main")[0]) == ("M5", True)


@pytest.mark.clause("R-ORACLE")
async def test_a_code_for_a_number_that_nobody_has_is_refused_like_any_other(pilot: Pilot) -> None:
    async with Browser() as one:
        receiver = await Visit(pilot, one).enter("C4")
        pages = []
        for bsn in (pilot.bsn("C2"), "123456782"):
            tries = []
            for _ in range(2):
                await receiver.open("/activate")
                tries.append((await receiver.press("activate", code="22222-22222", bsn=bsn)).texts("//main"))
            pages.append(tries)
        assert pages[0] == pages[1]


async def test_nobody_sees_or_ends_what_is_of_others(pilot: Pilot) -> None:
    async with Browser() as one, Browser() as two:
        giver = await Visit(pilot, one).enter(GIVER)
        await giver.linked(full_name(pilot, RECEIVER))
        path = giver.page.url.removeprefix(pilot.places.front(MACHTIGEN))
        stranger = await Visit(pilot, two).enter("C4")
        assert (await stranger.open(path)).name == "E6"
        assert (await stranger.open(path + "/withdraw")).name == "E6"
        await stranger.open("/")
        await stranger.press("give")
        draft = stranger.page.url.removeprefix(pilot.places.front(MACHTIGEN))
        assert (await giver.open(draft)).name == "E6"


@pytest.mark.clause("R-CONFLICT")
async def test_who_is_under_bewind_gives_no_mandate_for_what_that_covers(pilot: Pilot) -> None:
    async with Browser() as one:
        giver = await Visit(pilot, one).enter("C1")
        await giver.press("give")
        page = await giver.service("S2")
        assert page.name == "M2.service.wrong"
        assert "Bel uw bewindvoerder" in page.texts("//main")[0]
