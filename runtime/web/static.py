"""Files that pages load: read once at start, served under a name with their own hash, and so cached for good."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.web.headers import IMMUTABLE
from stelsel.failures import Misconfigured, PageUnknown

PATH: Final = "/static"
FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _mark(content: bytes) -> str:
    """80 bits of its hash; in letters mostly, for a row of digits would look like a number of somebody."""
    return base64.b32encode(hashlib.sha256(content).digest()[:10]).decode().lower()


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str


class Static:
    """The files of some folders, all flat; a name may stand in one of them only."""

    def __init__(self, *folders: Path) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, _File] = {}
        for path in sorted(path for folder in folders for path in folder.iterdir()):
            if path.suffix not in _TYPES or path.name in self._urls:
                raise Misconfigured(f"static file {path.name} is of no known kind, or stands twice")
            content = path.read_bytes()
            hashed = f"{path.stem}.{_mark(content)}{path.suffix}"
            self._urls[path.name] = f"{PATH}/{hashed}"
            self._files[hashed] = _File(content, _TYPES[path.suffix])

    def url(self, name: str) -> str:
        """The path of `namens.css` as pages write it."""
        return self._urls[name]

    def route(self) -> Route:
        """What a service adds to its routes."""
        return Route(f"{PATH}/{{name}}", self._serve)

    async def _serve(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise PageUnknown("no such static file")
        return Response(file.content, media_type=file.media_type, headers={"Cache-Control": IMMUTABLE})
