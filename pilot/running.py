"""How the other `pilot` commands find the running network: by its port, on a host name that only the pilot has."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from pilot.loopback import LoopbackTransport, NetworkAway
from pilot.places import CONTROL, DEFAULT_PORT, Places


def port() -> int:
    """The front port, `PORT` in the environment (CONTRACT)."""
    return int(os.environ.get("PORT", str(DEFAULT_PORT)))


class Running:
    """A running network, asked over loopback. Raises `NetworkAway` when there is none."""

    def __init__(self, places: Places) -> None:
        self._client = httpx.AsyncClient(transport=LoopbackTransport(), base_url=places.front(CONTROL), timeout=60)

    async def get(self, path: str) -> Any:
        """The JSON at `path`."""
        answer = await self._client.get(path)
        if answer.status_code != 200:
            raise NetworkAway(f"the network answered {answer.status_code}")
        return answer.json()

    async def connect(self, asked: Mapping[str, str | None]) -> tuple[bool, Any]:
        """Whether a relying party was let in, and what the network says about it."""
        return await self._told("/connect", asked)

    async def revoke(self, party: str, uses: Sequence[str]) -> tuple[bool, Any]:
        """Whether a party's certificates of these uses were taken back, and what the network says about it."""
        return await self._told("/revoke", {"party": party, "uses": list(uses)})

    async def mandate(self, step: Mapping[str, str | None]) -> tuple[bool, Any]:
        """Whether a step with a voluntary mandate was taken, and what the network says about it."""
        return await self._told("/mandates", step)

    async def _told(self, path: str, asked: Mapping[str, Any]) -> tuple[bool, Any]:
        answer = await self._client.post(path, json=asked)
        if answer.status_code not in (200, 422):
            raise NetworkAway(f"the network answered {answer.status_code}")
        return answer.status_code == 200, answer.json()

    async def decision(self, trace: str, represented: str | None) -> tuple[str | None, str | None]:
        """Ground and reason in the records of a trace, of the person named where there is one."""
        answer = await self._client.post("/decision", json={"trace": trace, "represented": represented})
        found = answer.json()
        return found["ground"], found["reason"]

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()
