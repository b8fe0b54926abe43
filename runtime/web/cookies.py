"""The one cookie a party sets: it binds a flow to the browser that began it, and means nothing else."""

import re
import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_SHAPE: Final = re.compile(r"[0-9A-Za-z_-]{27}")
_BYTES: Final = 20  # 160 bits


def new_value() -> str:
    """A fresh value for a cookie of ours."""
    return secrets.token_urlsafe(_BYTES)


class BrowserCookie:
    """A session cookie of `party` (its short name); two parties on one host name keep theirs apart (clients 7.8).

    HttpOnly, SameSite=Lax, and over https `__Host-` with Secure.
    """

    def __init__(self, party: str, public_url: str) -> None:
        self.secure = public_url.startswith("https:")
        self.name = f"__Host-{party}" if self.secure else party

    def read(self, request: Request) -> str | None:
        """What the browser sent, or None when it sent nothing that we could have set."""
        value = request.cookies.get(self.name, "")
        return value if _SHAPE.fullmatch(value) else None

    def new(self) -> str:
        """A fresh value."""
        return new_value()

    def set(self, response: Response, value: str) -> None:
        """Sends it along; it lasts until the browser closes."""
        response.set_cookie(self.name, value, path="/", secure=self.secure, httponly=True, samesite="lax")
