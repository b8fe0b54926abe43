"""Headers on every response of ours, also those the framework makes (spec/security 7).

A response that sets one of these itself keeps its own: pages that must post elsewhere have their own policy, static
files their own caching.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

IMMUTABLE: Final = "public, max-age=31536000, immutable"
CSP: Final = "Content-Security-Policy"
_HSTS: Final = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")

# All features a page of ours could be lent to; the empty list takes them away from every origin, our own included.
_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)


def content_security_policy(*, posts_to: Iterable[str] = (), scripts: bool = False) -> str:
    """The policy of a page. `posts_to` are URLs elsewhere that its forms go to: their origins only are let through.

    `scripts`: this page alone may run a script file of ours (PAGES 2, rule b).
    """
    script = " script-src 'self';" if scripts else ""
    targets = "".join(f" {origin(url)}" for url in posts_to)
    return (
        f"default-src 'none';{script} style-src 'self'; img-src 'self'; form-action 'self'{targets};"
        " frame-ancestors 'none'; base-uri 'none'"
    )


def origin(url: str) -> str:
    """Scheme, host and port of an http URL. Raises `ValueError` for anything else, and for what would end a policy."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or set(parts.netloc) & set("@;, '\"\t\r\n"):
        raise ValueError("not a plain http address")
    return f"{parts.scheme}://{parts.netloc}"


HEADERS: Final[tuple[tuple[str, str], ...]] = (
    (CSP, content_security_policy()),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in _FEATURES)),
    ("Cache-Control", "no-store"),
)


def encoded_headers(*, https: bool) -> tuple[tuple[bytes, bytes], ...]:
    """`HEADERS` as ASGI has them, once for every response. HSTS means nothing but over https (RFC 6797 7.2)."""
    headers = (*HEADERS, _HSTS) if https else HEADERS
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)


class SecurityHeaders:
    """ASGI middleware; stands outermost, around the framework's own error handling.

    `https` says whether the public address is https.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = encoded_headers(https=https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on and adds the headers where a response starts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                own = {name.lower() for name, _ in given}
                message["headers"] = given + [header for header in self._headers if header[0] not in own]
            await send(message)

        await self._app(scope, receive, send_with_headers)
