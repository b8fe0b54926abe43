"""The seam between the two colours: cryptography and XML leave the event loop for a bounded pool of threads.

The pool is our own: those of `concurrent.futures` do more on the loop for each hop (docs/decisions/0006-threads.md).
"""

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar

from runtime.settings import OFFLOAD_LIMITS, OffloadLimits
from stelsel.failures import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Offload:
    """Runs synchronous functions in threads: `await offload(sign, message, key)`. One hop per message.

    Given to whoever needs it, made once per process in `build_app`; called from the thread of the event loop only.
    """

    def __init__(self, limits: OffloadLimits = OFFLOAD_LIMITS) -> None:
        self._most_threads = limits.threads
        self._most = limits.threads + limits.waiting
        self._held = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._way_back: _WayBack | None = None
        self._is_closed = False

    async def __call__(self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `func` returns or raises. Context variables (the trace) go along.

        Raises `Unavailable` at once when too much is waiting already: whoever is refused early can try again, whoever
        waits longer than a browser does cannot. A caller that is cancelled leaves its function to finish.
        """
        if self._held >= self._most:
            raise Unavailable("too much cryptography is waiting for a thread")
        if self._is_closed:
            raise RuntimeError("the threads are gone")
        loop = asyncio.get_running_loop()
        if self._way_back is None or self._way_back.loop is not loop:
            self._way_back = _WayBack(loop, self._leave)
        answer: asyncio.Future[T] = loop.create_future()
        job = _Job(partial(contextvars.copy_context().run, func, *args, **kwargs), answer, self._way_back)
        self._held += 1
        self._jobs.put(job)
        if len(self._threads) < min(self._held, self._most_threads):
            self._begin_thread()
        try:
            return await answer
        finally:
            if answer.cancelled() and job.withdraw():
                self._leave()

    def close(self) -> None:
        """Lets running functions finish and drops those that wait."""
        self._is_closed = True
        while (job := self._next_waiting()) is not None:
            job.answer.cancel()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _begin_thread(self) -> None:
        name = f"offload_{len(self._threads)}"
        thread = threading.Thread(target=_work, args=(self._jobs,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _next_waiting(self) -> "_Job | None":
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None

    def _leave(self) -> None:
        self._held -= 1


class _Job:
    """One call, made once or withdrawn, and where its result goes."""

    __slots__ = ("_call", "_way_back", "answer")

    def __init__(self, call: Callable[[], Any], answer: "asyncio.Future[Any]", way_back: "_WayBack") -> None:
        self._call = [call]
        self._way_back = way_back
        self.answer = answer

    def withdraw(self) -> bool:
        """Whether no thread took the call yet; none will, then. Taking the last item of a list is atomic."""
        return self._taken() is not None

    def do(self) -> None:
        """In a thread: makes the call and sends home what it returns or raises."""
        call = self._taken()
        if call is None:
            return
        try:
            value = call()
        except BaseException as error:
            self._way_back.bring(self.answer, None, error)
        else:
            self._way_back.bring(self.answer, value, None)

    def _taken(self) -> Callable[[], Any] | None:
        try:
            return self._call.pop()
        except IndexError:
            return None


class _WayBack:
    """Brings results to the event loop, which is woken once for all that came since it looked last."""

    def __init__(self, loop: asyncio.AbstractEventLoop, leave: Callable[[], None]) -> None:
        self.loop: Final = loop
        self._leave = leave
        self._come: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_called = False

    def bring(self, answer: "asyncio.Future[Any]", value: object, error: BaseException | None) -> None:
        """In a thread. Where the loop is gone, so is whoever waited."""
        self._come.append((answer, value, error))
        if self._is_called or self.loop.is_closed():
            return
        self._is_called = True
        self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        """In the event loop. The mark goes first: what comes from here on calls anew."""
        self._is_called = False
        while self._come:
            answer, value, error = self._come.popleft()
            self._leave()
            if answer.done():  # its caller was cancelled
                continue
            if error is None:
                answer.set_result(value)
            else:
                answer.set_exception(error)


def _work(jobs: "SimpleQueue[_Job | None]") -> None:
    """What a thread does until it is told that there is no more."""
    while (job := jobs.get()) is not None:
        job.do()
        del job  # while it waits it keeps nobody's message
