"""HTTP at the front of Machtigen: reads what comes in, lets the register take the step, and draws what is shown."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalog.repository import Catalog
from portals.door import Door
from portals.machtigen import pages
from portals.machtigen.wording import Wording
from portals.people import People
from registers.machtigingen.repository import Machtigingen
from runtime.settings import Clock
from runtime.web.look import Look


class Front:
    """The pages behind the login."""

    def __init__(
        self, door: Door, mandates: Machtigingen, catalog: Catalog, look: Look, people: People, clock: Clock
    ) -> None:
        self._door = door
        self._mandates = mandates
        self._look = look
        self._people = people
        self._clock = clock
        self._wording = Wording(look, catalog)

    def routes(self) -> list[Route]:
        """What a person may do here."""
        return [Route("/", self.overview, methods=["GET"])]

    async def overview(self, request: Request) -> Response:
        """M1; D1 for whoever did not log in."""
        visit = await self._door.visit(request)
        if visit is None:
            return await self._door.start(request)
        me, now = visit.session.person, self._clock()
        mine, theirs = await self._mandates.of_receiver(me), await self._mandates.of_giver(me)
        names = await self._people.names([one.giver for one in mine] + [one.receiver for one in theirs], now)
        frame = await self._door.frame(request, visit)
        return pages.overview(
            self._look,
            frame,
            self._door.who(visit),
            [await self._wording.row(frame, one, me, names, now) for one in reversed(mine)],
            [await self._wording.row(frame, one, me, names, now) for one in reversed(theirs)],
        )
