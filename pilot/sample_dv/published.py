"""What a DV or an LC publishes about itself: written anew each hour, and not sent again to who has it."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from runtime.offload import Offload

METADATA_TYPE: Final = "application/samlmetadata+xml"
FRESH_FOR: Final = timedelta(hours=1)


class Published:
    """One signed document. `write` makes it: a process per signature, so it is kept as long as it may be."""

    def __init__(self, write: Callable[[datetime], bytes], offload: Offload, clock: Callable[[], datetime]) -> None:
        self._write = write
        self._offload = offload
        self._clock = clock
        self._kept: tuple[datetime, bytes] | None = None

    def changed(self) -> None:
        """What it says has changed: who asks next gets another."""
        self._kept = None

    async def answer(self, request: Request) -> Response:
        """The document, or 304."""
        now = self._clock()
        if self._kept is None or now - self._kept[0] >= FRESH_FOR:
            self._kept = (now, await self._offload(self._write, now))
        made, content = self._kept
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        left = int((made + FRESH_FOR - now).total_seconds())
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={left}"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=METADATA_TYPE, headers=headers)
