"""A gateway that is killed in the middle of a login: one of two, both (P4), and as when the power fails (P9).

They are processes of their own. What the browser carried before is carried once more afterwards, and is worth nothing.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.assembly import assemble
from pilot.browser import Browser
from pilot.loopback import NetworkAway
from pilot.places import BVD, DIGID, GATEWAY
from runtime.settings import system_clock
from tests.attacks.workers import Carried, Workers, two_workers
from tests.flows.outcomes import NO_RESPONSE, told, who

ANNA_AND_BRAM = ("999991000", "999991127")


@pytest.fixture(scope="module")
async def workers(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    """One network for all. A test begins what it needs, for the one before may have killed it."""
    async with two_workers(tmp_path_factory.mktemp("workers"), pilot_keys) as running:
        yield running


async def check_worth_nothing(workers: Workers, browser: Browser, carried: Carried) -> None:
    """Whatever the browser carried leads nowhere now, in the very browser that carried it."""
    assert carried.forms
    for press in carried.forms:
        page = await browser.submit(press.form, press.button)
        assert (page.name, page.status) == ("E1", 400), press.form.action
    for address in tuple(carried.addresses):
        page = await browser.open(address)
        assert page.status == 400, (page.name, page.url)


async def refused(browser: Browser, carried: Carried) -> str:
    """The code on the page on which the first message of a login ends when it is sent again."""
    press = carried.forms[0]
    page = await browser.submit(press.form, press.button)
    code: str = re.findall(r"Code ([0-9A-Z]{8})", " ".join(page.texts("//main")))[0]
    return code


@pytest.mark.clause("P4", "S18", "M9")
@pytest.mark.parametrize("page_name", ["G1", "S1"], ids=["before the choice", "while the user is at the AD"])
async def test_a_login_goes_on_at_the_other_gateway(workers: Workers, page_name: str) -> None:
    await workers.begin()
    carried = Carried()
    async with Browser(carried.note) as browser:
        await workers.walk_past_a_kill(browser, carried, page_name)
        assert who(await workers.result(browser)) == ANNA_AND_BRAM
        assert told(await workers.resolved_again(browser)) == NO_RESPONSE
        assert len(carried.addresses) == 3
        await check_worth_nothing(workers, browser, carried)


@pytest.mark.clause("P4", "S18", "M9")
async def test_a_login_goes_on_when_all_gateways_were_killed_at_the_bvd_and_before_the_artifact_is_resolved(
    workers: Workers,
) -> None:
    await workers.begin_one()
    carried = Carried()

    async def before(method: str, url: str) -> None:
        await carried.note(method, url)
        if url.startswith(f"{workers.dv.origin}/acs?"):
            await workers.kill_all()
            await workers.begin_one()

    async with Browser(before) as browser:
        page = await workers.walk(browser, await workers.opened(browser), carried, until="B1")
        await workers.kill_all()
        await workers.begin_one()
        await workers.walk(browser, page, carried)
        assert who(await workers.result(browser)) == ANNA_AND_BRAM
        assert told(await workers.resolved_again(browser)) == NO_RESPONSE
        await check_worth_nothing(workers, browser, carried)


@pytest.mark.clause("P4", "S18", "DV-ART-03")
async def test_what_a_gateway_was_at_when_it_was_killed_ends_on_a_page_and_the_user_begins_anew(
    workers: Workers,
) -> None:
    """It waits for the AD, and in another login for the BVD: both artifacts are used up, nobody is logged in."""
    await workers.begin()
    carried = Carried()
    async with Browser(carried.note) as browser:
        page = await workers.walk(browser, await workers.opened(browser), carried, until="S1")
        workers.gates[DIGID].shut()
        going_back = asyncio.create_task(workers.walk(browser, page, carried))
        await workers.gates[DIGID].knocked.wait()
        await workers.kill_one()
        with pytest.raises(NetworkAway):
            await going_back
        workers.gates[DIGID].open()
        page = await browser.open(carried.addresses[-1])
        # E3 while the one that was killed might still be at it; on a slow machine that is over, and the login goes on.
        assert page.name[:2] in ("E3", "G1", "G2", "B1", "B3"), page.name
        assert not await workers.result(browser)
    async with Browser(carried.note) as browser:
        page = await workers.walk(browser, await workers.opened(browser), carried, until="B3")
        workers.gates[BVD].shut()
        going_on = asyncio.create_task(workers.walk(browser, page, carried))
        await workers.gates[BVD].knocked.wait()
        await workers.kill_all()
        await going_on
        assert (await workers.result(browser))["outcome"] != "success"
        workers.gates[BVD].open()
        await workers.begin_one()
        assert told(await workers.resolved_again(browser)) == NO_RESPONSE
        await workers.walk(browser, await workers.opened(browser), carried)
        assert who(await workers.result(browser)) == ANNA_AND_BRAM


@pytest.mark.clause("P9", "P2", "S18", "P3")
async def test_after_a_power_cut_people_log_in_again_and_nothing_from_before_is_taken(workers: Workers) -> None:
    """Gateways, Redis and PostgreSQL end at once and are started again; nobody does anything by hand."""
    await workers.begin_one()
    half, whole = Carried(), Carried()
    async with Browser(half.note) as at_choice, Browser(whole.note) as at_end, Browser() as afterwards:
        page = await workers.walk(at_choice, await workers.opened(at_choice), half, until="S1")
        await workers.walk(at_end, await workers.opened(at_end), whole)
        code = await refused(at_end, whole)
        await workers.kill_all()
        await asyncio.to_thread(workers.redis.fail)
        await asyncio.to_thread(workers.postgres.fail)
        await asyncio.to_thread(workers.redis.start)
        await asyncio.to_thread(workers.postgres.start)
        await workers.begin_one()
        assert (await workers.walk(at_choice, page, half)).name == "E2"
        await check_worth_nothing(workers, at_choice, half)
        await check_worth_nothing(workers, at_end, whole)
        await workers.walk(afterwards, await workers.opened(afterwards), Carried())
        assert who(await workers.result(afterwards)) == ANNA_AND_BRAM
    gateway = assemble(workers.prepared.gateway, system_clock, GATEWAY)
    try:
        assert await gateway.journal.find(code) is not None
        assert await gateway.journal.verify_chain() > 1
    finally:
        await gateway.close()
