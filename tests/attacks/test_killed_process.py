"""A gateway process that is killed in the midst of a login (P4), and the power that fails (P9)."""

import asyncio
from pathlib import Path

import pytest

from pilot.browser import Browser, Page
from runtime.database import Database
from runtime.journal import Journal
from runtime.sealing import Sealer
from runtime.settings import system_clock
from tests.attacks.process import ANNA, OwnProcess, own_process
from tests.flows.outcomes import who
from tests.flows.pilots import walk_on


async def went_on(gateway: OwnProcess, browser: Browser, page: Page) -> str:
    """Where the login ends that stands at `page`, and at the DV: who is logged in."""
    page = await walk_on(browser, page, ANNA)
    if page.name != "D2":
        return page.name
    acting, represented = who(await browser.json("GET", f"{gateway.known.dv(ANNA.dv).origin}/result?format=json"))
    assert (acting, represented) == (gateway.known.identifier("Anna"), None)
    return page.name


@pytest.mark.clause("P4", "P9")
@pytest.mark.parametrize("where", ["G1", "S1"])
async def test_a_login_goes_on_at_a_process_that_came_after_the_one_that_was_killed(
    pilot_keys: Path, tmp_path: Path, redis_url: str, where: str
) -> None:
    async with own_process(tmp_path, pilot_keys, redis_url) as gateway, Browser() as browser:
        page = await gateway.opened(browser, where)
        await gateway.kill()
        await gateway.begin()
        assert await went_on(gateway, browser, page) == "D2"


@pytest.mark.clause("P4", "P9", "P2")
async def test_after_a_power_cut_a_login_begins_anew_and_the_journal_holds(pilot_keys: Path, tmp_path: Path) -> None:
    """Store in the process's own memory: what was in it is gone, and nobody is logged in by what was not finished."""
    async with own_process(tmp_path, pilot_keys) as gateway, Browser() as browser:
        page = await gateway.opened(browser, "G1")
        others = [asyncio.create_task(gateway.log_in()) for _ in range(4)]
        assert (await gateway.log_in())["outcome"] == "success"
        await gateway.kill()
        await asyncio.gather(*others, return_exceptions=True)
        await gateway.begin()
        form = next(each for each in page.forms if each.button("choice", "self"))
        lost = await browser.submit(form, form.button("choice", "self"))
        assert (lost.name, lost.status) == ("E2", 410)
        origin = gateway.known.dv(ANNA.dv).origin
        assert any(str(link).startswith(origin) for link in lost.tree.xpath("//main//a/@href"))
        assert (await gateway.log_in())["outcome"] == "success"
        await journal_holds(gateway)


async def journal_holds(gateway: OwnProcess) -> None:
    """Each entry is sealed to the one before it, across the cut."""
    settings = gateway.prepared.gateway
    database = Database(settings.database_url)
    journal = Journal(database, Sealer(settings.journal.key.value), system_clock, "gateway")
    try:
        assert await journal.verify_chain() > 0
    finally:
        await journal.close()
        await database.close()
