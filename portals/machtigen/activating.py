"""Typing a code (PAGES 2.5, M4): what it starts, and how often somebody may be wrong."""

import json
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.repository import Catalog
from portals.door import Door, over, see_other
from portals.machtigen import pages
from portals.machtigen.drafts import Mistake
from portals.people import People
from portals.sessions import Visit
from registers.machtigingen.machtiging import TRIES, Status, StepRefused
from registers.machtigingen.repository import Machtigingen
from runtime.settings import Clock
from runtime.store import ShortLived
from runtime.web.look import Look
from stelsel.failures import BadIdentifier, PageUnknown, TooManyTries
from stelsel.identifiers import Bsn

PATH: Final = "/activate"
MOST_AN_HOUR: Final = 10  # R-ORACLE: wrong codes of one person, whoever they were about
_HOUR: Final = 60 * 60
_DAY: Final = 24 * _HOUR
_SHOWN_SECONDS: Final = 15 * 60
_BETWEEN: Final = str.maketrans("", "", " .-\u00a0\t")


class Activating:
    """M4. Wrong tries are counted per acting person and typed BSN, whether anybody has that number or not."""

    def __init__(
        self,
        door: Door,
        mandates: Machtigingen,
        catalog: Catalog,
        people: People,
        look: Look,
        store: ShortLived,
        clock: Clock,
    ) -> None:
        self._door = door
        self._mandates = mandates
        self._catalog = catalog
        self._people = people
        self._look = look
        self._store = store
        self._clock = clock

    def routes(self) -> list[Route]:
        """The form, and what it started."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.type, methods=["POST"]),
            Route("/activated/{mandate}", self.done, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form, and what was wrong the last time."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        stored = await self._store.get(_key(visit))
        mistakes = [] if stored is None else [Mistake(*each) for each in json.loads(stored)]
        frame = await self._door.frame(request, visit)
        return pages.activate(self._look, frame, self._door.who(visit), mistakes)

    async def type(self, request: Request) -> Response:
        """A code that was typed."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        form = await self._door.form_of(request, visit)
        giver, mistakes = read_typed(form)
        if giver is not None and not mistakes:
            started = await self._try(visit.session.person, giver, form.get("code", ""))
            if not isinstance(started, Mistake):
                await self._store.drop(_key(visit))
                return see_other(f"/activated/{started}")
            mistakes = (started,)
        kept = json.dumps([[each.field, each.key, each.value] for each in mistakes])
        await self._store.put(_key(visit), kept.encode(), _SHOWN_SECONDS)
        return see_other(PATH)

    async def done(self, request: Request) -> Response:
        """M4: what may be done from now on."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        one = await self._mandates.find(request.path_params["mandate"], visit.session.person)
        now = self._clock()
        if one is None or one.receiver != visit.session.person or one.status_at(now) is not Status.ACTIEF:
            raise PageUnknown("no mandate of this person that begins")
        frame = await self._door.frame(request, visit)
        found = await self._catalog.find(next(iter(one.services)))
        if found is None:
            raise PageUnknown("this service is no longer there")
        about = pages.About(found[0].title[frame.language], found[1].title[frame.language])
        names = await self._people.names([one.giver], now)
        name = names.get(one.giver) or self._look.text(frame, "state.other")
        return pages.activated(self._look, frame, self._door.who(visit), about, name)

    async def _try(self, me: Bsn, giver: Bsn, code: str) -> str | Mistake:
        """The id of the mandate that began, or what was wrong. The same of a number that nobody has."""
        pair = f"{me.value}:{giver.value}"
        if await self._store.get(f"portal-code-blocked:{pair}") is not None:
            return Mistake("code", "m4.block")
        try:
            return (await self._mandates.activate(me, giver, code)).id
        except StepRefused:
            wrong = await self._store.count(f"portal-code-wrong:{pair}", _DAY)
            if wrong >= TRIES:
                await self._store.put(f"portal-code-blocked:{pair}", b"blocked", _DAY)
            if await self._store.count(f"portal-wrong-codes:{me.value}", _HOUR) >= MOST_AN_HOUR:
                raise TooManyTries("wrong codes of one person", clause="R-ORACLE", retry_after_seconds=_HOUR) from None
            return Mistake("code", "m4.wrong", str(TRIES - wrong)) if wrong < TRIES else Mistake("code", "m4.block")


def read_typed(form: Mapping[str, str]) -> tuple[Bsn | None, tuple[Mistake, ...]]:
    """Whose code it is, and what is no code or no number. Pure."""
    mistakes = [] if form.get("code", "").translate(_BETWEEN) else [Mistake("code", "m4.empty")]
    plain = form.get("bsn", "").translate(_BETWEEN)
    if not plain:
        return None, (*mistakes, Mistake("bsn", "b2.empty"))
    if not (plain.isascii() and plain.isdigit()):
        return None, (*mistakes, Mistake("bsn", "b2.letters"))
    try:
        return Bsn(plain), tuple(mistakes)
    except BadIdentifier:
        return None, (*mistakes, Mistake("bsn", "b2.form", plain[-3:]))


def _key(visit: Visit) -> str:
    return f"portal-activate:{visit.cookie}"
