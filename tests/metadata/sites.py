"""A web site on loopback that gives what a test puts there: metadata, revocation lists, and bad answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from runtime.serving import Listener, serving


@dataclass
class Site:
    """`pages` by path; what stands in `sent` was asked for."""

    port: int = 0
    pages: dict[str, bytes | Response] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = Request(scope).url.path
        self.sent.append(path)
        page = self.pages.get(path, Response(status_code=404))
        await (page if isinstance(page, Response) else Response(page))(scope, receive, send)

    def url(self, path: str) -> str:
        """Where `path` is."""
        return f"http://site.localhost:{self.port}{path}"


@asynccontextmanager
async def a_site() -> AsyncIterator[Site]:
    """One that answers as long as the block lasts."""
    site = Site()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await site(scope, receive, send)

    async with serving(Listener(app=app, port=0)) as (site.port,):
        yield site
