"""What stands before several workers: passes connections on, byte for byte, to the one that has the turn."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

HOST: Final = "127.0.0.1"
PIECE: Final = 65_536


class Balancer:
    """One port, and the port of the worker whose turn it is."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._turn = 0
        self._passing: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """As long as the block lasts."""
        server = await asyncio.start_server(self._connected, HOST, self._port)
        try:
            yield
        finally:
            server.close()
            await _cancelled(self._passing)

    async def turn_to(self, port: int) -> None:
        """From now on the worker at `port` answers; connections that were open are cut off."""
        self._turn = port
        await _cancelled(self._passing)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._counted():  # until it is closed: who turns waits for that, or a client would use it once more
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await self._passed_on(reader, writer)
            await _closed(writer)

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_connection(HOST, self._turn)
        ways = {asyncio.create_task(_pump(reader, asks)), asyncio.create_task(_pump(answers, writer))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Nothing is waited for here: who cancels this once more would leave a connection open.
            for way in ways:
                way.cancel()
            asks.close()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            yield
        finally:
            self._passing.discard(task)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels them, and waits until they are done."""
    stopped = tuple(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
