"""Proof that a form came from a page we gave to this very browser, in this flow."""

import base64
import hashlib
import hmac
from typing import Final

from stelsel.failures import LoginOvertaken

_MAC_BYTES: Final = 20


class Csrf:
    """Makes and checks tokens; `key` is at least 32 bytes that all workers of a party share."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, cookie: str, flow: str) -> str:
        """What the pages of `flow` carry in each form, for the browser with this cookie."""
        said = f"csrf\0{cookie}\0{flow}".encode()
        mac = hashlib.blake2b(said, key=self._key, digest_size=_MAC_BYTES).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def check(self, token: str | None, cookie: str, flow: str) -> None:
        """Raises `LoginOvertaken` for any other token, or none: whoever made that form, it was not this page."""
        if not hmac.compare_digest((token or "").encode(), self.token(cookie, flow).encode()):
            raise LoginOvertaken("the form is not of this browser and flow")
