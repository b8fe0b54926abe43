"""Asking for a mandate (PAGES 2.5, M2 and M3; mandates 2.1, both routes): one question a page, a summary, the act."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.repository import Catalog
from catalog.services import Service
from portals.door import Door, over, see_other
from portals.machtigen import pages
from portals.machtigen.applications import Applications
from portals.machtigen.drafts import Draft, Drafts, Mistake, Step, longest_from, read_other, read_period
from portals.machtigen.obstacles import Obstacles
from portals.sessions import Visit
from registers.dates import day_of
from registers.machtigingen.machtiging import OPEN_DAYS, Side
from registers.machtigingen.repository import Machtigingen
from runtime.settings import Clock
from runtime.store import ShortLived
from runtime.web.look import Look
from stelsel.failures import BadIdentifier, LoginOvertaken, PageUnknown, RegisterUnavailable, TooManyTries
from stelsel.identifiers import Bsn, ServiceUuid
from stelsel.subjects import Ground

SHOWN_SECONDS: Final = 5 * 60
MOST_AN_HOUR: Final = 10  # R-ORACLE: applications of one person
_HOUR: Final = 60 * 60
# The last day on which a code works.
OPEN: Final = timedelta(days=OPEN_DAYS - 1)


@dataclass(frozen=True, slots=True)
class Books:
    """What asking needs: who keeps mandates, applications, half answers, and what stands in the way."""

    mandates: Machtigingen
    applications: Applications
    drafts: Drafts
    obstacles: Obstacles
    catalog: Catalog
    store: ShortLived


class Asking:
    """The pages of both routes."""

    def __init__(self, door: Door, books: Books, look: Look, clock: Clock) -> None:
        self._door = door
        self._books = books
        self._look = look
        self._clock = clock

    def routes(self) -> list[Route]:
        """A draft by its name; the code, and the end of an application."""
        return [
            Route("/new/{draft}", self.show, methods=["GET"]),
            Route("/new/{draft}", self.answer, methods=["POST"]),
            Route("/code/{shown}", self.code, methods=["GET"]),
            Route("/applied", self.applied, methods=["GET"]),
        ]

    async def begin(self, visit: Visit, side: Side) -> Response:
        """A new draft."""
        return see_other(f"/new/{await self._books.drafts.new(visit.session.person, side)}")

    async def show(self, request: Request) -> Response:
        """The question that is next."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        draft = await self._books.drafts.find(request.path_params["draft"], visit.session.person)
        frame, who = await self._door.frame(request, visit), self._door.who(visit)
        today = day_of(self._clock())
        match draft.step:
            case Step.SERVICE:
                offered = [
                    (each.uuid.value, each.title[frame.language], dv)
                    for each, dv in await self._offered(frame.language)
                ]
                return pages.services(self._look, frame, who, draft, offered)
            case Step.OTHER:
                return pages.other(self._look, frame, who, draft)
            case Step.PERIOD:
                return pages.period(self._look, frame, who, draft, today, longest_from(draft.first or today))
            case Step.CHECK:
                return pages.check(self._look, frame, who, draft, await self._about(draft, frame.language))
        raise PageUnknown("no such question")

    async def answer(self, request: Request) -> Response:
        """An answer, and on to the next question; after the last the act."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        form = await self._door.form_of(request, visit)
        name, me, now = request.path_params["draft"], visit.session.person, self._clock()
        draft = await self._books.drafts.find(name, me)
        what, _, value = form.get("choice", "").partition(":")
        match what, draft.step:
            case "back", _:
                draft = draft.back()
            case "service", Step.SERVICE:
                draft = await self._chosen(draft, value, now)
            case "other", Step.OTHER:
                draft = read_other(draft, form.get("bsn", ""), form.get("born", ""))
            case "period", Step.PERIOD:
                draft = read_period(draft, form.get("first", ""), form.get("last", ""), day_of(now))
            case "make", Step.CHECK:
                return await self._make(name, draft, now)
            case _:
                raise LoginOvertaken("no such answer to this question")
        await self._books.drafts.keep(name, draft)
        return see_other(f"/new/{name}")

    async def code(self, request: Request) -> Response:
        """M2: the code, once. The page has no other language: it could not be asked for again."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        key = _code_key(request.path_params["shown"], visit.session.person)
        stored = await self._books.store.take(key)
        if stored is None:
            raise LoginOvertaken("this code was shown before")
        code, _, until = stored.decode().partition(" ")
        frame = await self._door.frame(request, visit, path="")
        day = day_of(datetime.fromisoformat(until))
        return pages.code(self._look, frame, self._door.who(visit), code, day)

    async def applied(self, request: Request) -> Response:
        """M3: done, whoever the other is."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        return pages.applied(self._look, await self._door.frame(request, visit), self._door.who(visit))

    async def _chosen(self, draft: Draft, value: str, now: datetime) -> Draft:
        try:
            wanted = ServiceUuid(value)
        except BadIdentifier:
            raise LoginOvertaken("no such service on this page", clause="R-CHOICE") from None
        if wanted not in {each.uuid for each, _ in await self._offered("nl")}:
            raise LoginOvertaken("no such service on this page", clause="R-CHOICE")
        draft = replace(draft, service=wanted)
        mistakes = await self._in_the_way(draft, now)
        return replace(draft, mistakes=mistakes) if mistakes else draft.onward()

    async def _in_the_way(self, draft: Draft, now: datetime) -> tuple[Mistake, ...]:
        """R-CONFLICT, for who gives; of somebody else nothing is told."""
        if draft.side is not Side.GIVER or draft.service is None:
            return ()
        try:
            ground = await self._books.obstacles.found(draft.owner, draft.service, now)
        except RegisterUnavailable:
            return (Mistake("", "conflict.away"),)
        return (Mistake("", f"conflict.{ground.value}"),) if ground else ()

    async def _make(self, name: str, draft: Draft, now: datetime) -> Response:
        """The act, once: of two presses one has the draft."""
        mistakes = await self._in_the_way(draft, now)
        if mistakes:
            await self._books.drafts.keep(name, replace(draft, mistakes=mistakes))
            return see_other(f"/new/{name}")
        if draft.side is Side.RECEIVER:
            await self._limited(draft.owner)
        draft = await self._books.drafts.take(name, draft.owner)
        if draft.service is None or draft.first is None or draft.last is None:
            raise LoginOvertaken("a draft without all its answers")
        if draft.side is Side.RECEIVER:
            if draft.other is None:
                raise LoginOvertaken("a draft without all its answers")
            await self._books.applications.take(
                draft.owner, draft.other, draft.born, draft.service, draft.first, draft.last
            )
            return see_other("/applied")
        try:
            request, code = await self._books.mandates.ask(
                draft.owner,
                None,
                frozenset({draft.service}),
                asked_by=Side.GIVER,
                first=draft.first,
                last=draft.last,
            )
        except ValueError:
            raise LoginOvertaken("days that went by meanwhile") from None
        shown = await self._books.store.new_handle()
        until = request.asked_at + OPEN
        await self._books.store.put(
            _code_key(shown, draft.owner), f"{code} {until.isoformat()}".encode(), SHOWN_SECONDS
        )
        return see_other(f"/code/{shown}")

    async def _limited(self, me: Bsn) -> None:
        if await self._books.store.count(f"portal-applications:{me.value}", _HOUR) > MOST_AN_HOUR:
            raise TooManyTries("applications of one person", clause="R-ORACLE", retry_after_seconds=_HOUR)

    async def _offered(self, language: str) -> list[tuple[Service, str]]:
        """Services for which somebody may be mandated, with the name of their DV."""
        now = self._clock()
        found = await self._books.catalog.with_ground(Ground.VRIJWILLIG)
        return [(service, dv.title[language]) for service, dv in found if service.is_active(now)]

    async def _about(self, draft: Draft, language: str) -> pages.About:
        found = await self._books.catalog.find(draft.service) if draft.service else None
        if found is None:
            raise PageUnknown("this service is no longer there")
        return pages.About(found[0].title[language], found[1].title[language])


def _code_key(shown: str, owner: Bsn) -> str:
    return f"portal-code:{shown}:{owner.value}"
