"""One question to one source over HTTP: deadline, bounded concurrency, circuit; JSON back or `RegisterUnavailable`."""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from registers.circuit import Circuit, CircuitOpen
from registers.settings import RegisterSettings
from stelsel.failures import PartyUnavailable, RegisterUnavailable

_JSON: Final = {"content-type": "application/json", "accept": "application/json, application/problem+json"}


class Source:
    """What every adapter stands on; `name` is the adapter's name in REGISTERS.

    A source is never asked twice for one question: whoever wants a retry presses a button (mandates 8, scenario 26).
    """

    def __init__(self, name: str, settings: RegisterSettings) -> None:
        self.name = name
        self._settings = settings
        self._circuit = Circuit(settings.monotonic)
        self._slots = asyncio.Semaphore(settings.at_once)

    async def ask(self, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> object:
        """The source's JSON answer to `body`, POSTed to `path`.

        The deadline covers waiting for a free slot too. Raises `RegisterUnavailable`; `why` never holds what came.
        """
        content = json.dumps(body).encode()
        return await self._within_bounds("POST", path, content, {**_JSON, **(headers or {})})

    async def find(self, path: str) -> object:
        """The source's JSON at `path`, or None where it says that there is nothing there (404). Raises as `ask`."""
        return await self._within_bounds("GET", path, b"", {"accept": _JSON["accept"]}, absent=404)

    async def _within_bounds(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str], absent: int | None = None
    ) -> object:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._settings.deadline_seconds
        try:
            await asyncio.wait_for(self._slots.acquire(), self._settings.deadline_seconds)
        except TimeoutError as error:
            raise RegisterUnavailable(self.name, "too many questions are under way") from error
        try:
            with self._circuit.attempt():
                return await self._ask(method, path, content, headers, ends - loop.time(), absent)
        except CircuitOpen as error:
            raise RegisterUnavailable(self.name, "it failed several times just now and is left alone") from error
        finally:
            self._slots.release()

    async def _ask(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str], seconds: float, absent: int | None
    ) -> object:
        try:
            answer = await self._settings.http.send(
                method,
                self._settings.url + path,
                content=content,
                headers=headers,
                deadline_seconds=seconds,
                max_bytes=self._settings.max_bytes,
            )
        except PartyUnavailable as error:
            raise RegisterUnavailable(self.name, error.why) from error
        if answer.status == absent:
            return None
        if answer.status != 200:
            raise RegisterUnavailable(self.name, f"it answered with status {answer.status}")
        try:
            value: object = json.loads(answer.content)
        except (ValueError, RecursionError):
            # not "from error": a JSONDecodeError carries the whole document
            raise RegisterUnavailable(self.name, "its answer is not JSON") from None
        return value
