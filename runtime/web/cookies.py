"""The one cookie a party sets: it binds flows to the browser that began them, and means nothing else."""

import re
import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_BYTES: Final = 20  # 160 bits
_MOST_FLOWS: Final = 16
_SHAPE: Final = re.compile(r"[0-9A-Za-z_-]{27}(?:\.[0-9A-Za-z_-]{27}){0,16}")


def new_value() -> str:
    """A fresh value for a cookie of ours."""
    return secrets.token_urlsafe(_BYTES)


def with_flow(cookie: str | None, token: str) -> str:
    """The cookie of a browser that shows one more flow: what it was, and `token`, a fresh value for that flow alone.

    The first part stays and binds nothing. So a cookie that was planted opens no flow that began after it (S23), and
    the flows in other tabs keep theirs; of very many the oldest is let go.
    """
    browser, *tokens = (cookie or new_value()).split(".")
    return ".".join((browser, *tokens[-_MOST_FLOWS + 1 :], token))


def browser_in(cookie: str) -> str:
    """The part of a cookie that stays: by it a browser is counted, and nothing is granted."""
    return cookie.partition(".")[0]


class BrowserCookie:
    """A session cookie of `party` (its short name); two parties on one host name keep theirs apart (clients 7.8).

    HttpOnly, SameSite=Lax, and over https `__Host-` with Secure.
    """

    def __init__(self, party: str, public_url: str) -> None:
        self.secure = public_url.startswith("https:")
        self.name = f"__Host-{party}" if self.secure else party

    def read(self, request: Request) -> str | None:
        """What the browser sent, or None when it sent nothing that we could have set, or two that are not the same.

        Read here, for `request.cookies` takes off quotation marks first: seconds for a long value (CVE-2024-7592). Of
        two values one was planted by a neighbour of our host, and no order tells which.
        """
        parts = (part.strip() for header in request.headers.getlist("cookie") for part in header.split(";"))
        values = {value for name, _, value in (part.partition("=") for part in parts) if name == self.name}
        value = values.pop() if len(values) == 1 else ""
        return value if _SHAPE.fullmatch(value) else None

    def new(self) -> str:
        """A fresh value."""
        return new_value()

    def set(self, response: Response, value: str) -> None:
        """Sends it along; it lasts until the browser closes."""
        response.set_cookie(self.name, value, path="/", secure=self.secure, httponly=True, samesite="lax")
