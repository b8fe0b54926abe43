"""What a service does beside answering: takes new keys of its own and what others imported, and fetches what is due."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Final

from exchange.assembly import Assembly
from stelsel.failures import Failure

_LOG: Final = logging.getLogger("namens.upkeep")
_RANDOM: Final = SystemRandom()


async def keep_up(assembly: Assembly) -> None:
    """One round. What fails is logged: the last good state stays, and the next round tries again."""
    await _each(assembly.look_at_keys, assembly.refresh.once, assembly.reload, *assembly.rounds)


async def _each(*steps: Callable[[], Awaitable[object]]) -> None:
    for step in steps:
        try:
            await step()
        except Failure as failure:
            _LOG.warning("upkeep", extra=failure.facts())
        except Exception:
            _LOG.exception("upkeep")


@asynccontextmanager
async def kept_up(assembly: Assembly) -> AsyncIterator[None]:
    """Rounds in the background as long as the block lasts, not all processes at one moment.

    What a service added runs once before: it begins with what others publish, if they answer.
    """

    async def rounds() -> None:
        while True:
            await asyncio.sleep(assembly.settings.metadata.look_seconds * _RANDOM.uniform(0.8, 1.2))
            await keep_up(assembly)

    await asyncio.gather(*(_each(step) for step in assembly.rounds))
    task = asyncio.create_task(rounds())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
