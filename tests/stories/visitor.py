"""Somebody at a real browser: presses buttons by value, waits for pages by name, and notes all complaints."""

from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request
from playwright.async_api import TimeoutError as NotInTime

from tests.flows.pilots import Pilot
from tests.stories.judge import Judge

PATIENCE_MS: Final = 30_000
# Chromium tells on its console of every answer that is no success: our ends are 400 or 404 by design.
BY_DESIGN: Final = ("status of 400", "status of 404")


class Visitor:
    """One window in the pilot network. `pages` are the names of the pages that were waited for."""

    def __init__(self, pilot: Pilot, judge: Judge, context: BrowserContext, page: Page, *, script: bool) -> None:
        self.pilot = pilot
        self.context = context
        self.page = page
        self.pages: list[str] = []
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self._judge = judge
        self._script = script
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)

    async def begin(self, service: str, page: str = "D1") -> None:
        """Opens the DV's page of a service."""
        wish = self.pilot.wish("", service)
        await self.page.goto(f"{self.pilot.places.front(wish.dv)}/?service={service}")
        await self.at(page)

    async def at(self, name: str) -> None:
        """Waits for the page of that name, and looks at it. Where no script runs, passes on by the button."""
        if not self._script:
            await self._pass_on(name)
        await self._arrive(name)

    async def to_digid(self) -> None:
        """Waits for DigiD; where there is more than one way to log in, chooses it."""
        if not self._script:
            await self._pass_on("S1")
        shown = self.page.locator('main[data-page="S1"], main[data-page="G2"]')
        await shown.wait_for()
        if await shown.get_attribute("data-page") == "G2":
            await self._arrive("G2")
            await self.button("means:digid").click()
        await self.at("S1")

    async def _arrive(self, name: str) -> None:
        try:
            await self.page.locator(f'main[data-page="{name}"]').wait_for()
        except NotInTime as late:
            shown = await self.page.locator("main").all_inner_texts()
            raise AssertionError(f"page {name} did not come, but {self.page.url.partition('?')[0]}: {shown}") from late
        await self.page.wait_for_load_state("load")
        self.pages.append(name)
        await self._judge.look(self.page, name, script=self._script)

    async def press(self, value: str, then: str) -> None:
        """Presses the button of a page, and waits for the page that comes then."""
        await self.button(value).click()
        await (self.to_digid() if (value, then) == ("other", "S1") else self.at(then))

    async def log_in_at_dv(self, then: str, *, for_other: bool = False) -> None:
        """Presses "Inloggen" of the DV, or the one for somebody else."""
        pressed = self.page.locator("main form[action='/login'] button")
        await pressed.nth(1 if for_other else 0).click()
        await (self.to_digid() if for_other and then == "S1" else self.at(then))

    async def log_in(self, person: str, then: str, level: str = "substantieel") -> None:
        """Logs in at the stub of DigiD, after a search when the first page has not got them."""
        if not await self.button(f"person:{person}").count():
            await self.page.locator("#q").fill(person)
            await self.press("search", "S1.found")
        await self.page.locator(f"input[name=level][value={level}]").check()
        await self.press(f"person:{person}", then)

    async def choose(self, name: str, then: str) -> None:
        """Picks a row of B1 by the name that people read."""
        await self.page.locator("button[value^='pick:']").filter(has_text=name).click()
        await self.at(then)

    async def another_tab(self) -> "Visitor":
        """A second tab of the same browser; it complains here."""
        tab = Visitor(self.pilot, self._judge, self.context, await self.context.new_page(), script=self._script)
        tab.complaints, tab.hosts = self.complaints, self.hosts
        return tab

    async def reload(self, then: str) -> None:
        """Asks for the page once more."""
        await self.page.reload()
        await self.at(then)

    async def switch_language(self, then: str) -> None:
        """Follows the link to the other language."""
        await self.page.locator("header a[hreflang]").click()
        await self.page.wait_for_url("**lang=*")
        await self.at(then)

    async def begin_again(self) -> None:
        """Follows the link of an end page to the DV."""
        link = self.page.locator("main a.primary")
        assert await link.inner_text() in (
            "Opnieuw inloggen bij Gemeente Waterhoek",
            "Log in to Municipality of Waterhoek again",
        )
        await link.click()
        await self.at("D1")

    def button(self, value: str) -> Locator:
        """A button by its value."""
        return self.page.locator(f'button[value="{value}"]')

    async def text(self, selector: str = "main") -> str:
        """What stands there to read."""
        return " ".join((await self.page.inner_text(selector)).split())

    async def rows(self) -> list[str]:
        """The names that B1 offers."""
        return await self.page.locator("button[value^='pick:'] strong").all_inner_texts()

    def must_be_content(self) -> None:
        """No error on the console, where policies of pages complain too, and no request to a host but ours."""
        assert self.complaints == [], self.complaints
        assert {host for host in self.hosts if host != "localhost" and not host.endswith(".localhost")} == set()

    async def _pass_on(self, name: str) -> None:
        """Presses the button of each page that would go on by itself if scripts ran."""
        while True:
            shown = self.page.locator("main[data-page]:not([data-page='G3.back'])")
            await shown.wait_for()
            if await shown.get_attribute("data-page") != "G3":
                return
            await self.at_pass_on()
            await self.page.locator("main form button").click()

    async def at_pass_on(self) -> None:
        """G3, which only stays where no script runs."""
        self.pages.append("G3")
        await self._judge.look(self.page, "G3", script=False)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(status in message.text for status in BY_DESIGN):
            self.complaints.append(message.text)

    def _note(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).hostname or "")
