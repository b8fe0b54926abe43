"""`python -m pilot login` and `choices`: one headless login in a running network, told in the shapes of CONTRACT."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from pilot.browser import Browser, Page
from pilot.mandates_page import mandates_on
from pilot.people_page import PeoplePage, Row, notices
from pilot.steps import NotOnThisPage, Wish, find, next_press

MOST_PAGES: Final = 40
SUCCESS, FAILURE, USAGE = 0, 1, 2
EMPLOYEE, ORGANISATION = "Pseudo", "KvKnr"  # types of identifiers
SOMEBODY: Final = "*"  # for another, whoever that may be
_CODE: Final = re.compile(r"\bCode ([0-9A-Za-z-]+)")

# The ground and the reason in the BVD's decision record of a trace (never from the wire).
DecisionOf = Callable[[str], Awaitable[tuple[str | None, str | None]]]
Wait = Callable[[float], Awaitable[None]]


class Misused(Exception):
    """A name that the running network does not have, or a wish that cannot be: exit 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownService:
    """A service of the network: its handle, its UUID, and the level it asks at least.

    `for_clients`: employees act in it for the clients of their office.
    """

    name: str
    uuid: str
    minimum: str
    eherkenning_minimum: str = "loa2"
    for_clients: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDv:
    """A DV of the network and its login address."""

    name: str
    login: str
    services: tuple[KnownService, ...]

    @property
    def origin(self) -> str:
        """Where its pages are."""
        parts = urlsplit(self.login)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNetwork:
    """What `pilot network --json` and `pilot people --json` tell about a running network."""

    dvs: tuple[KnownDv, ...]
    people: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, network: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> "KnownNetwork":
        """From those two shapes; each service has `minimum` beside the keys of CONTRACT."""
        return cls(
            dvs=tuple(
                KnownDv(
                    name=dv["name"],
                    login=dv["login"],
                    services=tuple(
                        KnownService(
                            name=each["name"],
                            uuid=each["uuid"],
                            minimum=each["minimum"],
                            eherkenning_minimum=each.get("eherkenning_minimum", "loa2"),
                            for_clients=each.get("for_clients", False),
                        )
                        for each in dv["services"]
                    ),
                )
                for dv in network["dvs"]
            ),
            people={each["name"]: tuple(each["identifiers"]) for each in people},
        )

    def dv(self, name: str) -> KnownDv:
        """The DV of that name. Raises `Misused`."""
        for dv in self.dvs:
            if dv.name == name:
                return dv
        raise Misused(f"there is no DV {name}; there are {', '.join(dv.name for dv in self.dvs)}")

    def service(self, name_or_uuid: str) -> KnownService:
        """The service, of whatever DV; a UUID that nobody has is asked for as it stands. Raises `Misused`."""
        for dv in self.dvs:
            for service in dv.services:
                if name_or_uuid in (service.name, service.uuid):
                    return service
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name_or_uuid):
            return KnownService(name=name_or_uuid, uuid=name_or_uuid, minimum="basis")
        raise Misused(f"there is no service {name_or_uuid}")

    def is_of(self, name_or_number: str, kind: str) -> bool:
        """Whether somebody has an identifier of that type; of an organisation also by its number alone."""
        if name_or_number.isdecimal():
            return kind == ORGANISATION and len(name_or_number) == len("68750110")
        return any(each["type"] == kind for each in self.people.get(name_or_number, ()))

    def identifier(self, name_or_number: str) -> str | None:
        """The number of somebody, given by name or as the number itself; None for a name that the world lacks."""
        if name_or_number.isdecimal():
            return name_or_number
        return next((each["value"] for each in self.people.get(name_or_number, ())), None)

    def country(self, name: str) -> str:
        """The country abroad that knows somebody: the first part of his PersonIdentifier; else empty."""
        abroad = (each["value"] for each in self.people.get(name, ()) if each["type"] == "PersonIdentifier")
        return next(abroad, "").partition("/")[0]


async def log_in(
    wish: Wish, network: KnownNetwork, decision_of: DecisionOf, *, wait: Wait = asyncio.sleep
) -> dict[str, Any]:
    """One login from the DV's address to the page where it ends, in one of the three shapes of CONTRACT.

    `wish.level` None means the service's minimum. Raises `Misused`; `NetworkAway` when nobody answers.
    """
    dv, wish, start = _prepared(wish, network)

    async def pause(method: str, url: str) -> None:
        if wish.resolve_after and url.startswith((f"{dv.origin}/acs?", f"{dv.origin}/oidc/callback?")):
            await wait(wish.resolve_after)

    async with Browser(pause) as browser:
        if wish.browser is not None:
            browser.remember(wish.browser)
        page = await _walk(browser, await browser.open(start), wish, dv)
        outcome = await _outcome(browser, page, dv)
        if wish.resolve_twice:
            outcome["again"] = await browser.json("POST", f"{dv.origin}/resolve-again") or None
        if wish.userinfo_after is not None:
            await wait(wish.userinfo_after)
            outcome["userinfo"] = await browser.json("POST", f"{dv.origin}/userinfo") or None
        if wish.browser is not None:
            browser.keep(wish.browser)
        ground, reason = await decision_of(browser.trace_id)
    if outcome["outcome"] != "success":
        return {**outcome, "reason": reason}
    return {**outcome, "ground": ground if outcome["represented"] is not None else None}


async def list_choices(wish: Wish, network: KnownNetwork) -> dict[str, Any]:
    """The choice page as data; where the login ends before it, no choices and `told`: what the DV was told.

    With `for_whom` only that person: from the list, else named by BSN where the service takes that.
    """
    if network.is_of(wish.person, EMPLOYEE) and not network.service(wish.service).for_clients:
        return await _list_mandates(replace(wish, cancel=None), network)
    dv, wish, start = _prepared(replace(wish, for_whom=wish.for_whom or SOMEBODY, cancel=None), network)
    async with Browser() as browser:
        page = await _walk(browser, await browser.open(start), wish, dv, until=_is_about_people)
        if page.name.startswith("S4"):
            return {"choices": [], "notices": _said(page), "takes_bsn": False}
        if not _is_about_people(page):
            return {"choices": [], "notices": [], "takes_bsn": False, "told": await _outcome(browser, page, dv)}
        another = find(page, "another") if page.name.startswith("B3") else None
        if another is not None:
            page = await browser.submit(another.form, another.button)
        said = notices(page)
        rows = await _all_rows(browser, page)
        if wish.for_whom != SOMEBODY:
            rows = tuple(row for row in rows if row.is_about(wish.for_whom or "", wish.identifier))
        takes_bsn = find(page, "bybsn") is not None or page.name.startswith("B2")
        if not rows and takes_bsn and wish.for_whom != SOMEBODY:
            page = await _walk(browser, page, wish, dv, until=lambda each: each.name.startswith(("B3", "B4", "B5")))
            said, rows = notices(page), PeoplePage().rows(page)
    return {"choices": [row.as_json() for row in rows], "notices": said, "takes_bsn": takes_bsn}


async def _list_mandates(wish: Wish, network: KnownNetwork) -> dict[str, Any]:
    """Of an employee: the makelaar's page of organisations as data."""
    dv, wish, start = _prepared(wish, network)
    async with Browser() as browser:
        page = await _walk(browser, await browser.open(start), wish, dv, until=_is_about_mandates)
        if not _is_about_mandates(page):
            return {"choices": [], "notices": [], "takes_bsn": False, "told": await _outcome(browser, page, dv)}
        rows = mandates_on(page)
        said = [] if rows else _said(page)
    if wish.for_whom is not None:
        rows = tuple(row for row in rows if row.is_about(wish.for_whom or "", wish.identifier))
    return {"choices": [row.as_json() for row in rows], "notices": said, "takes_bsn": False}


def exit_code(outcome: Mapping[str, Any]) -> int:
    """0 for a login that gave a declaration, 1 for one that did not."""
    return SUCCESS if outcome.get("outcome", "success") == "success" else FAILURE


def _prepared(wish: Wish, network: KnownNetwork) -> tuple[KnownDv, Wish, str]:
    """The DV, the wish with what the network knows filled in, and the address where the login starts."""
    dv, service = network.dv(wish.dv), network.service(wish.service)
    if wish.person not in network.people:
        raise Misused(f"there is nobody called {wish.person}")
    identifier = network.identifier(wish.for_whom) if wish.for_whom is not None else None
    if wish.means == "digid" and network.is_of(wish.person, EMPLOYEE):
        wish = replace(wish, means="eherkenning")  # all that an employee has
    eherkenning = wish.means == "eherkenning"
    # An organisation is picked at the makelaar: to the DV that is a login of its own.
    another = wish.for_whom is not None and not (eherkenning and network.is_of(wish.for_whom, ORGANISATION))
    query = {"service": service.uuid} | ({"for": "other"} if another else {})
    query |= {"interface": "oidc"} if wish.interface == "oidc" else {}
    return (
        dv,
        replace(
            wish,
            identifier=identifier,
            country=network.country(wish.person),
            level=wish.level or (service.eherkenning_minimum if eherkenning else service.minimum),
            to_organisation=eherkenning and not another,
        ),
        f"{dv.login}?{urlencode(query)}",
    )


async def _walk(
    browser: Browser, page: Page, wish: Wish, dv: KnownDv, until: Callable[[Page], bool] = lambda _: False
) -> Page:
    """Presses on until the DV's own pages, a page that is an end, or `until`."""
    walked: list[str] = []
    for _ in range(MOST_PAGES):
        if until(page):
            return page
        try:
            press = next_press(page, wish, walked)
        except NotOnThisPage as error:
            raise Misused(str(error)) from error
        if press is None:
            return page
        walked.append(page.name)
        page = await browser.submit(press.form, press.button, press.fill)
    raise Misused(f"more than {MOST_PAGES} pages, the last {page.name} of {dv.name}")


async def _outcome(browser: Browser, page: Page, dv: KnownDv) -> dict[str, Any]:
    """What the DV received; where the walk ended on somebody else's page, that page."""
    if page.url.startswith(dv.origin) and page.status == 200:
        told = await browser.json("GET", f"{dv.origin}/result?format=json")
        if told:
            return told
    code = next(iter(_CODE.findall(" ".join(page.texts("//main")))), "")
    return {"outcome": "page", "http": page.status, "code": code, "reason": None}


async def _all_rows(browser: Browser, page: Page) -> tuple[Row, ...]:
    """The rows of this page, and of those behind it in a long list."""
    rows = list(PeoplePage().rows(page))
    number = 1
    while (onward := find(page, f"page:{number}")) is not None:
        page = await browser.submit(onward.form, onward.button)
        rows.extend(PeoplePage().rows(page))
        number += 1
    return tuple(rows)


def _said(page: Page) -> list[str]:
    return [" ".join(each.split()) for each in page.texts("//main//h1 | //main/p")]


def _is_about_mandates(page: Page) -> bool:
    return page.name.startswith(("S3", "S4"))


def _is_about_people(page: Page) -> bool:
    return page.name.startswith(("B", "S4"))
