"""The clock of a machine is set while people log in (P10): nothing lives longer for it, and nothing counts twice."""

import ast
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from pilot.browser import Browser
from tests.attacks.doors import DOORS, Change
from tests.attacks.parties import Attacked
from tests.attacks.test_replay import Recorded
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot, start, walk_on
from tests.test_architecture import Module, modules

TAKEN_ONCE: Final = ("gateway-sso", "bvd-sso", "bvd-sso-IdpAssertion", "gateway-artifact", "bvd-artifact")


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """A network that runs for an hour by now; the tests set its clock, and each sets it right again."""
    async with AsyncExitStack() as stack:
        attacked = Attacked(await start(stack, tmp_path_factory.mktemp("clocks"), pilot_keys))
        attacked.pilot.clock.advance(hours=1)
        stack.push_async_callback(attacked.close)
        yield attacked


@pytest.fixture
def pilot(network: Attacked) -> Iterator[Pilot]:
    """The network with its clock, which is right again afterwards, however often it was set."""
    clock = network.pilot.clock
    right = clock.now - timedelta(seconds=clock.elapsed())
    yield network.pilot
    clock.step(seconds=(right + timedelta(seconds=clock.elapsed()) - clock.now).total_seconds())


@pytest.mark.clause("P10", "S18", "S27")
@pytest.mark.parametrize("door", TAKEN_ONCE)
async def test_a_message_counts_once_though_the_clock_was_a_day_ahead_meanwhile(
    network: Attacked, pilot: Pilot, door: str
) -> None:
    """While the clock is ahead other messages come, and would push out whatever seems to be over."""
    again: Change = Recorded()
    assert (await DOORS[door].knock(network, again)).taken
    pilot.clock.step(days=1)
    await DOORS[door].knock(network, Recorded())
    pilot.clock.step(days=-1)
    assert not (await DOORS[door].knock(network, again)).taken
    assert (await DOORS[door].knock(network, Recorded())).taken


@pytest.mark.clause("P10", "P4")
@pytest.mark.parametrize("page_name", ["S1", "B3"], ids=["at the AD", "at the BVD"])
@pytest.mark.parametrize("step", [{"minutes": -20}, {"minutes": 16}], ids=["back", "forward"])
async def test_a_login_during_which_the_clock_is_set_ends_on_a_page_and_the_next_one_works(
    pilot: Pilot, page_name: str, step: dict[str, Any]
) -> None:
    async with Browser() as browser:
        wish = pilot.wish("F1", "S1", "C2", level="substantieel")
        page = await pilot.walk(browser, wish, until=page_name)
        assert page.name.startswith(page_name)
        pilot.clock.step(**step)
        assert (await walk_on(browser, page, wish)).name == "E2"
    assert who(await pilot.log_in("F1", "S1", "C2"))[1] == pilot.bsn("C2")


@pytest.mark.clause("P10")
async def test_a_clock_that_is_set_by_a_minute_ends_no_login(pilot: Pilot) -> None:
    """Clocks keep NTP (GEN-23), and what NTP corrects is no reason to begin anew."""
    async with Browser() as browser:
        wish = pilot.wish("F1", "S1", "C2", level="substantieel")
        page = await pilot.walk(browser, wish, until="B3")
        pilot.clock.step(seconds=-30)
        await walk_on(browser, page, wish)
        dv = pilot.known.dv("gemeente")
        assert who(await browser.json("GET", f"{dv.origin}/result?format=json"))[1] == pilot.bsn("C2")


SERVICES: Final = ("stelsel", "runtime", "metadata", "exchange", "catalog", "registers", "bvd", "gateway", "portals")
# Where the clock of the machine is read: the one that all are given, and a command that judges one file.
READ_IT: Final = frozenset({"runtime/settings.py", "stelsel/saml/__main__.py"})
WALL: Final = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
)


def wall_clocks(module: Module) -> Iterator[str]:
    """Calls of the machine's own clock."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WALL:
            yield f"{module.path}:{node.lineno}"


@pytest.mark.clause("P10")
def test_no_service_reads_the_clock_of_the_machine_to_see_how_long_something_took() -> None:
    """It is given a clock for what stands in messages; it waits and counts by timers that never step."""
    looked_at = modules(*SERVICES)
    found = [place for module in looked_at for place in wall_clocks(module)]
    assert {place.partition(":")[0] for place in found} == READ_IT
