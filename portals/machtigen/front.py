"""HTTP at the front of Machtigen: the overview (M1), one mandate (M5), and a request to oneself (M6)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.repository import Catalog
from portals.door import Door, over, see_other
from portals.machtigen import pages
from portals.machtigen.activating import PATH as ACTIVATE
from portals.machtigen.asking import Asking
from portals.machtigen.wording import Wording
from portals.people import People
from portals.sessions import Visit
from registers.machtigingen.machtiging import Machtiging, Side, Status, StepRefused
from registers.machtigingen.repository import Machtigingen
from runtime.settings import Clock
from runtime.web.frame import Frame
from runtime.web.look import Look
from stelsel.failures import LoginOvertaken, PageUnknown

DONE: Final = ("withdrawn", "refused", "agreed")


class Front:
    """The pages of what there is."""

    def __init__(
        self,
        door: Door,
        asking: Asking,
        mandates: Machtigingen,
        catalog: Catalog,
        look: Look,
        people: People,
        clock: Clock,
    ) -> None:
        self._door = door
        self._asking = asking
        self._mandates = mandates
        self._look = look
        self._people = people
        self._clock = clock
        self._wording = Wording(look, catalog)

    def routes(self) -> list[Route]:
        """What a person sees here, and may end."""
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/", self.begin, methods=["POST"]),
            Route("/mandate/{mandate}", self.show, methods=["GET"]),
            Route("/mandate/{mandate}", self.decide, methods=["POST"]),
            Route("/mandate/{mandate}/withdraw", self.confirm, methods=["GET"]),
            Route("/mandate/{mandate}/withdraw", self.withdraw, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        """M1; D1 for whoever did not log in."""
        visit = await self._door.visit(request)
        if visit is None:
            return await self._door.start(request)
        me, now = visit.session.person, self._clock()
        mine, theirs = await self._mandates.of_receiver(me), await self._mandates.of_giver(me)
        receivers = [one.receiver for one in theirs if one.receiver is not None]
        names = await self._people.names([*(one.giver for one in mine), *receivers], now)
        frame = await self._door.frame(request, visit)
        return pages.overview(
            self._look,
            frame,
            self._door.who(visit),
            [await self._wording.row(frame, one, me, names, now) for one in reversed(mine)],
            [await self._wording.row(frame, one, me, names, now) for one in reversed(theirs)],
        )

    async def begin(self, request: Request) -> Response:
        """A button of M1."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        match (await self._door.form_of(request, visit)).get("choice"):
            case "give":
                return await self._asking.begin(visit, Side.GIVER)
            case "receive":
                return await self._asking.begin(visit, Side.RECEIVER)
            case "code":
                return see_other(ACTIVATE)
        raise LoginOvertaken("no such button on this page")

    async def show(self, request: Request) -> Response:
        """M5, or M6 for a request that waits for this person."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        one, now = await self._find(request, visit), self._clock()
        frame = await self._door.frame(request, visit)
        row, name = await self._told(frame, one, visit, now)
        who = self._door.who(visit)
        done = request.query_params.get("done")
        message = self._look.text(frame, f"m5.{done}", naam=name) if done in DONE else ""
        if _waits_for(one, visit, now):
            text = self._look.text(frame, "m6.ask", naam=name, wat=row.services)
            buttons = [
                ("agree", self._look.text(frame, "m6.agree"), "primary"),
                ("refuse", self._look.text(frame, "m6.refuse"), "second"),
            ]
            return pages.mandate(self._look, frame, who, row, "M6", text=text, buttons=buttons)
        may_end = one.status_at(now) in (Status.AANGEVRAAGD, Status.ACTIEF, Status.GESCHORST)
        buttons = [("withdraw", self._look.text(frame, "m5.withdraw"), "second")] if may_end else []
        return pages.mandate(self._look, frame, who, row, "M5", message=message, buttons=buttons)

    async def decide(self, request: Request) -> Response:
        """A button of M5 or M6."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        choice = (await self._door.form_of(request, visit)).get("choice")
        one, now = await self._find(request, visit), self._clock()
        path = f"/mandate/{one.id}"
        if choice == "withdraw":
            return see_other(f"{path}/withdraw")
        if choice not in ("agree", "refuse") or not _waits_for(one, visit, now):
            raise LoginOvertaken("no such button on this page")
        if choice == "agree":
            await _taken(self._mandates.agree(one.id, visit.session.person))
            return see_other(f"{path}?done=agreed")
        await _taken(self._mandates.end(one.id, visit.session.person))
        return see_other(f"{path}?done=refused")

    async def confirm(self, request: Request) -> Response:
        """M5: the last look before it is withdrawn."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        one, now = await self._find(request, visit), self._clock()
        frame = await self._door.frame(request, visit)
        row, name = await self._told(frame, one, visit, now)
        side = "given" if one.giver == visit.session.person else "received"
        return pages.mandate(
            self._look,
            frame,
            self._door.who(visit),
            row,
            "M5.confirm",
            text=self._look.text(frame, f"m5.confirm.{side}", naam=name),
            buttons=[
                ("yes", self._look.text(frame, "m5.yes"), "primary"),
                ("no", self._look.text(frame, "m5.no"), "second"),
            ],
        )

    async def withdraw(self, request: Request) -> Response:
        """Yes or no."""
        visit = await self._door.visit(request)
        if visit is None:
            return over()
        choice = (await self._door.form_of(request, visit)).get("choice")
        one = await self._find(request, visit)
        if choice == "no":
            return see_other(f"/mandate/{one.id}")
        if choice != "yes":
            raise LoginOvertaken("no such button on this page")
        await _taken(self._mandates.end(one.id, visit.session.person))
        return see_other(f"/mandate/{one.id}?done=withdrawn")

    async def _find(self, request: Request, visit: Visit) -> Machtiging:
        """The mandate of the path, for either of the two."""
        one = await self._mandates.find(request.path_params["mandate"], visit.session.person)
        if one is None:
            raise PageUnknown("no mandate of this person")
        return one

    async def _told(self, frame: Frame, one: Machtiging, visit: Visit, now: datetime) -> tuple[pages.Row, str]:
        """The mandate in words, and what the other of the two is called."""
        others = [each for each in (one.giver, one.receiver) if each not in (None, visit.session.person)]
        names = await self._people.names([each for each in others if each is not None], now)
        row = await self._wording.row(frame, one, visit.session.person, names, now)
        return row, row.other


def _waits_for(one: Machtiging, visit: Visit, now: datetime) -> bool:
    asked = one.status_at(now) is Status.AANGEVRAAGD and one.asked_by is Side.RECEIVER
    return asked and one.giver == visit.session.person


async def _taken(step: Awaitable[Machtiging]) -> Machtiging:
    """The mandate after a step. One that came too late is told as such: the page shows how it stands."""
    try:
        return await step
    except StepRefused as refused:
        raise LoginOvertaken(f"the register took no such step: {refused.reason.value}") from None
