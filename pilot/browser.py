"""A browser without JavaScript: cookies, redirects, meta refresh and forms, for walking the pages that people walk."""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from lxml import html

from pilot.loopback import LoopbackTransport, NetworkAway

MOST_HOPS: Final = 20
DEADLINE_SECONDS: Final = 30.0


class LostOnTheWay(NetworkAway):
    """The pages lead round in circles: no network of ours."""


@dataclass(frozen=True, slots=True)
class Button:
    """What a press adds to its form, and what the user reads on it."""

    name: str
    value: str
    text: str
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it would be sent: `fields` hold what is filled in already, `open_fields` what the user can fill in."""

    page: str
    action: str
    method: str
    fields: Mapping[str, str] = field(repr=False)
    open_fields: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]
    buttons: tuple[Button, ...]

    def button(self, name: str, value: str | None = None) -> Button | None:
        """The first button with this name and, if given, value."""
        return next((each for each in self.buttons if each.name == name and value in (None, each.value)), None)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in the window."""

    url: str
    status: int
    content: bytes = field(repr=False)

    @property
    def tree(self) -> html.HtmlElement:
        """The document; an empty one where the answer has no body."""
        return html.document_fromstring(self.content or b"<html></html>")

    @property
    def name(self) -> str:
        """The page's name of PAGES 5.1, which every page writes into `<main data-page>`; empty where it does not."""
        found = self.tree.xpath("string(//main/@data-page)")
        return str(found)

    @property
    def forms(self) -> tuple[Form, ...]:
        """All forms, with addresses made absolute."""
        return tuple(_form(each, self.url) for each in self.tree.iter("form"))

    def texts(self, path: str) -> tuple[str, ...]:
        """The trimmed texts at an XPath."""
        return tuple(" ".join(each.text_content().split()) for each in self.tree.xpath(path))

    def form_with(self, *names: str) -> Form | None:
        """The first form that has all these fields, hidden or not, or buttons of these names."""
        for form in self.forms:
            present = {*form.fields, *form.open_fields, *form.choices, *(button.name for button in form.buttons)}
            if set(names) <= present:
                return form
        return None


# Called before each request, with its method and address: what a slow user does in between.
Pause = Callable[[str, str], Awaitable[None]]


async def _go_on(method: str, url: str) -> None:
    """No pause."""


class Browser:
    """One window. Sends a `traceparent` of its own with every request, so that its walk can be found in the records."""

    def __init__(self, pause: Pause = _go_on, trace_id: str | None = None) -> None:
        self.trace_id = trace_id or secrets.token_hex(16)
        self._pause = pause
        self._http = httpx.AsyncClient(
            transport=LoopbackTransport(),
            headers={"Accept": "text/html", "Accept-Language": "nl"},
            follow_redirects=False,
            timeout=DEADLINE_SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def open(self, url: str) -> Page:
        """The page behind an address, after all redirects and refreshes."""
        return await self._walk("GET", url, None)

    async def submit(self, form: Form, button: Button | None = None, fill: Mapping[str, str] | None = None) -> Page:
        """The page behind a form, sent with `fill` and a press on `button`."""
        data = {**form.fields, **(fill or {})}
        action = form.action
        if button is not None:
            data |= {button.name: button.value} if button.name else {}
            action = button.action or action
        if form.method == "post":
            return await self._walk("POST", action, data, form.page)
        return await self._walk("GET", f"{action.split('?')[0]}?{urlencode(data)}", None)

    async def post(self, url: str) -> Page:
        """The page behind a button without fields at `url`, on the site's own page."""
        return await self._walk("POST", url, {}, url)

    async def json(self, method: str, url: str) -> dict[str, Any]:
        """What an address of the sample DV answers in JSON, with this window's cookies; nothing for `null`."""
        answer: dict[str, Any] | None = (await self._send(method, url, None)).json()
        return answer or {}

    def keep(self, path: Path) -> None:
        """Writes the cookies to a file that only its owner can read."""
        kept = [
            {"name": each.name, "value": each.value, "domain": each.domain, "path": each.path}
            for each in self._http.cookies.jar
        ]
        path.touch(mode=0o600)
        path.write_text(json.dumps(kept))

    def remember(self, path: Path) -> None:
        """Reads cookies that `keep` wrote; no file is a browser without cookies."""
        if path.exists():
            for each in json.loads(path.read_text()):
                self._http.cookies.jar.set_cookie(_cookie(**each))

    async def _walk(self, method: str, url: str, data: Mapping[str, str] | None, origin: str | None = None) -> Page:
        for _ in range(MOST_HOPS):
            answer = await self._send(method, url, data, origin)
            location = answer.headers.get("location")
            if answer.is_redirect and location:
                if answer.status_code not in (307, 308):
                    method, data = "GET", None
                url = urljoin(url, location)
                continue
            page = Page(url, answer.status_code, answer.content)
            onward = _refresh(page) if "html" in answer.headers.get("content-type", "") else None
            if onward is None:
                return page
            method, url, data = "GET", onward, None
        raise LostOnTheWay(f"more than {MOST_HOPS} hops, last to {urlsplit(url).path}")

    async def _send(
        self, method: str, url: str, data: Mapping[str, str] | None, origin: str | None = None
    ) -> httpx.Response:
        await self._pause(method, url)
        request = self._http.build_request(method, url, data=data)
        request.headers["traceparent"] = f"00-{self.trace_id}-{secrets.token_hex(8)}-01"
        if method == "POST" and origin is not None:
            request.headers["Origin"] = _origin(origin)
            if urlsplit(origin).hostname != urlsplit(url).hostname:
                request.headers.pop("cookie", None)  # as SameSite=Lax has it, also where nothing was said (recipes F)
        return await self._http.send(request)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _cookie(name: str, value: str, domain: str, path: str) -> Cookie:
    """A session cookie of one host: `domain` is what the jar calls that host."""
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=False,
        domain_initial_dot=False,
        path=path,
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )


def _refresh(page: Page) -> str | None:
    """Where `<meta http-equiv="refresh">` with no delay leads (PAGES 2, rule b)."""
    for meta in page.tree.iter("meta"):
        delay, _, target = meta.get("content", "").partition(";")
        if meta.get("http-equiv", "").lower() == "refresh" and delay.strip() == "0":
            address = str(target).strip().removeprefix("url=").removeprefix("URL=").strip("'\"")
            return urljoin(page.url, address)
    return None


def _form(element: html.HtmlElement, url: str) -> Form:
    fields: dict[str, str] = {}
    open_fields: list[str] = []
    choices: dict[str, tuple[str, ...]] = {}
    buttons: list[Button] = []
    for each in element.iter("input", "button", "textarea"):
        name, kind = each.get("name", ""), each.get("type", "submit" if each.tag == "button" else "text")
        if kind == "submit":
            action = each.get("formaction")
            text = " ".join(each.text_content().split()) or each.get("value", "")
            buttons.append(Button(name, each.get("value", ""), text, urljoin(url, action) if action else None))
        elif kind in ("radio", "checkbox"):
            choices[name] = (*choices.get(name, ()), each.get("value", "on"))
            if each.get("checked") is not None:
                fields[name] = each.get("value", "on")
        elif name:
            fields[name] = each.get("value", "")
            if kind != "hidden":
                open_fields.append(name)
    return Form(
        page=url,
        action=urljoin(url, element.get("action", "")),
        method=element.get("method", "get").lower(),
        fields=fields,
        open_fields=tuple(open_fields),
        choices=choices,
        buttons=tuple(buttons),
    )
