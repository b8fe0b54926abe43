"""The seam between the two colours: cryptography and XML leave the event loop for a bounded pool of threads."""

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from runtime.settings import OFFLOAD_LIMITS, OffloadLimits
from stelsel.failures import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Offload:
    """Runs synchronous functions in threads: `await offload(sign, message, key)`. One hop per message.

    Given to whoever needs it, made once per process in `build_app`.
    """

    def __init__(self, limits: OffloadLimits = OFFLOAD_LIMITS) -> None:
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="offload")
        self._most = limits.threads + limits.waiting
        self._held = 0
        self._counting = threading.Lock()  # a semaphore costs ten times as much, twice for each hop

    async def __call__(self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `func` returns or raises. Context variables (the trace) go along.

        Raises `Unavailable` at once when too much is waiting already: whoever is refused early can try again, whoever
        waits longer than a browser does cannot. A caller that is cancelled leaves its function to finish.
        """
        with self._counting:
            if self._held >= self._most:
                raise Unavailable("too much cryptography is waiting for a thread")
            self._held += 1
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        work = self._pool.submit(contextvars.copy_context().run, partial(func, *args, **kwargs))
        work.add_done_callback(partial(self._leave, loop, answer))
        try:
            return await answer
        except asyncio.CancelledError:
            work.cancel()
            raise

    def close(self) -> None:
        """Lets running functions finish and drops those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], work: Future[T]) -> None:
        """In the thread that did it: `asyncio.wrap_future` wakes the loop twice for each piece of work."""
        with self._counting:
            self._held -= 1
        with contextlib.suppress(RuntimeError):  # a loop that was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(_tell, answer, work)


def _tell(answer: asyncio.Future[T], work: Future[T]) -> None:
    """In the loop: what a thread did, to whoever still waits for it."""
    if answer.done():
        return
    if work.cancelled():
        answer.cancel()
    elif (error := work.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(work.result())
