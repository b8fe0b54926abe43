"""Whether the browser that shows a flow is the one that it is bound to; the flow knows a hash of its cookie only."""

import hashlib
import hmac

from stelsel.failures import CookiesBlocked, LoginOvertaken


def hashed(cookie: str) -> str:
    """How a flow knows its browser: never the cookie itself."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def check_browser(bound: str | None, cookie: str | None) -> str:
    """The part of the cookie (`runtime.web.cookies`) that the flow is `bound` to.

    Raises `CookiesBlocked` without the cookie set on the way in, `LoginOvertaken` for another browser.
    """
    if cookie is None:
        raise CookiesBlocked("no cookie came back")
    for token in cookie.split("."):
        if bound is not None and hmac.compare_digest(bound, hashed(token)):
            return token
    raise LoginOvertaken("this flow began in another browser")
