"""The pages every host has: passing the browser on, the ends without a message to the DV, and the static ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.web.dates import day
from runtime.web.frame import Frame
from runtime.web.headers import CSP, content_security_policy
from runtime.web.language import choose
from runtime.web.look import Look


class End(StrEnum):
    """Ends without a message to the DV (PAGES 2.1); the values are those of `Outcome.page`."""

    UNTRUSTED = "E1"
    EXPIRED = "E2"
    OVERTAKEN = "E3"
    NO_COOKIES = "E4"
    OURS = "E5"
    UNKNOWN = "E6"
    TOO_OFTEN = "E7"


LAST_TESTED: Final = date(2026, 11, 24)  # the accessibility statement tells it; with every release

# Where no login is known: both languages, and never an address that came with the message.
BILINGUAL: Final = frozenset({End.UNTRUSTED, End.UNKNOWN})
_ONWARD: Final[Mapping[End, str]] = {
    End.EXPIRED: "again",
    End.OVERTAKEN: "again",
    End.NO_COOKIES: "again",
    End.OURS: "back",
    End.TOO_OFTEN: "back",
}


class Static(StrEnum):
    """The static pages of a host, by their path."""

    HELP = "hulp"
    PRIVACY = "privacy"
    ACCESSIBILITY = "toegankelijkheid"


def pass_on(look: Look, frame: Frame, name: str, action: str, fields: Mapping[str, str]) -> Response:
    """G3: the one page that may run a script, for a message that must be posted to `name` at `action` (an http URL).

    Without script the user presses the button.
    """
    policy = content_security_policy(posts_to=[action], scripts=True)
    frame = replace(frame, token="")  # the form is not ours, and takes none
    return look.fill("pass_on.html", frame, "G3", fields, headers={CSP: policy}, to=name, action=action)


def go_on(look: Look, frame: Frame, url: str, name: str = "") -> Response:
    """G3 without a form: goes to `url` at once, and shows a link to it. Without `name` it leads back to the DV.

    Not a redirect: after a form post Chromium would block one to another site (PAGES 2, rule b).
    """
    if not _is_plain(url):
        raise ValueError("the browser goes on to an http address or a path of ours only")
    return look.draw("go_on.html", frame, "G3.back" if not name else "G3.go", to=name, url=url)


def end(look: Look, frame: Frame, page: End, code: str, *, http: int = 400, retry_after_seconds: int = 0) -> Response:
    """E1 to E7. `code` is the journal's. `retry_after_seconds` is for E7 only."""
    if page in BILINGUAL:
        return look.draw("end_bilingual.html", frame, page, status=http, code=code, page=page)
    onward = look.text(frame, _ONWARD[page], dv=_called(look, frame)) if frame.back else Markup()
    minutes = max(1, -(-retry_after_seconds // 60))
    values: dict[str, object] = {"n": minutes} if page is End.TOO_OFTEN else {}
    number = ".one" if page is End.TOO_OFTEN and minutes == 1 else ""
    return look.draw(
        "end.html",
        frame,
        page,
        status=http,
        headers={"Retry-After": str(retry_after_seconds)} if page is End.TOO_OFTEN else None,
        code=code,
        page=page,
        lead=look.text(frame, f"end.{page}.text{number}", **values),
        onward=onward,
    )


def static_page(look: Look, frame: Frame, page: Static) -> Response:
    """Hulp, Privacy or Toegankelijkheid: opened in the same tab, Back returns to the login."""
    return look.draw(f"{page}.html", frame, page, tested=day(LAST_TESTED, frame.language))


def static_routes(look: Look) -> list[Route]:
    """What every host serves besides its own pages: the static ones, and the files that pages load."""

    async def show(request: Request) -> Response:
        path = request.url.path
        language = choose(request.query_params.get("lang"), None, request.headers.get("accept-language"))
        return static_page(look, Frame(language=language, path=path), Static(path[1:]))

    return [*(Route(f"/{page}", show, methods=["GET"]) for page in Static), look.static.route()]


def _called(look: Look, frame: Frame) -> str:
    return frame.dv or look.text(frame, "organisation")


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname)
    return not parts.scheme and url.startswith("/") and not url.startswith(("//", "/\\"))
