"""The seam between the two colours."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from runtime.offload import Offload
from runtime.settings import OffloadLimits
from runtime.telemetry import begin_trace, trace_id
from stelsel.failures import Unavailable


@pytest.fixture
def offload() -> Iterator[Offload]:
    seam = Offload(OffloadLimits(threads=1, waiting=1))
    yield seam
    seam.close()


async def test_a_function_runs_in_another_thread_and_its_value_comes_back(offload: Offload) -> None:
    assert await offload(lambda first, second: (first, second, threading.get_ident()), 1, second=2) != (
        1,
        2,
        threading.get_ident(),
    )
    assert await offload(divmod, 7, 2) == (3, 1)


async def test_what_it_raises_is_raised_here(offload: Offload) -> None:
    with pytest.raises(ZeroDivisionError):
        await offload(divmod, 7, 0)


async def test_the_trace_goes_along(offload: Offload) -> None:
    trace = begin_trace()
    assert await offload(trace_id) == trace


async def test_who_comes_when_too_many_wait_is_refused_at_once_and_let_in_later(offload: Offload) -> None:
    gate = threading.Event()
    running, waiting = asyncio.create_task(offload(gate.wait)), asyncio.create_task(offload(gate.wait))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await offload(gate.wait)
    gate.set()
    await asyncio.gather(running, waiting)
    assert await offload(divmod, 7, 2) == (3, 1)


async def test_who_stops_waiting_gives_the_place_back(offload: Offload) -> None:
    gate = threading.Event()
    running, waiting = asyncio.create_task(offload(gate.wait)), asyncio.create_task(offload(gate.wait))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    another = asyncio.create_task(offload(divmod, 7, 2))
    gate.set()
    await running
    assert await another == (3, 1)


async def test_more_work_than_threads_all_comes_back(offload: Offload) -> None:
    seam = Offload(OffloadLimits(threads=3, waiting=100))
    assert await asyncio.gather(*(seam(divmod, number, 7) for number in range(103))) == [
        divmod(number, 7) for number in range(103)
    ]
    seam.close()


async def test_who_stops_waiting_leaves_what_was_begun_to_finish(offload: Offload) -> None:
    begun, gate, finished = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait()
        finished.set()

    caller = asyncio.create_task(offload(work))
    await asyncio.to_thread(begun.wait)
    caller.cancel()
    await asyncio.wait({caller})
    gate.set()
    assert await offload(finished.wait, 60)


async def test_the_end_waits_for_what_runs_and_takes_nothing_more(offload: Offload) -> None:
    begun, gate = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        gate.wait()
        return "done"

    running, waiting = asyncio.create_task(offload(work)), asyncio.create_task(offload(divmod, 7, 2))
    await asyncio.to_thread(begun.wait)
    gate.set()
    offload.close()
    assert await running == "done"
    await asyncio.wait({waiting})
    assert waiting.cancelled() or waiting.result() == (3, 1)  # dropped, unless the thread came to it before
    with pytest.raises(RuntimeError):
        await offload(divmod, 7, 2)
