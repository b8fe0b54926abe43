"""Route 2 (mandates 2.1): somebody wants to be mandated. Looked at after the page, so that the page tells nothing."""

from datetime import date
from typing import Any, Final
from uuid import uuid4

from portals.machtigen.obstacles import Obstacles
from portals.people import People
from registers.dates import IncompleteDate, day_of
from registers.machtigingen.machtiging import Side
from registers.machtigingen.outbox.note import Channel, Note, What
from registers.machtigingen.outbox.repository import Outbox
from registers.machtigingen.repository import Machtigingen
from runtime.journal import Journal
from runtime.settings import Clock
from stelsel.identifiers import Bsn, ServiceUuid

RECORD: Final = "application"


class Applications:
    """Takes them at once, and looks at them in a round: who exists is no matter of time or page (R-ORACLE)."""

    def __init__(
        self,
        outbox: Outbox,
        mandates: Machtigingen,
        people: People,
        obstacles: Obstacles,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._mandates = mandates
        self._people = people
        self._obstacles = obstacles
        self._journal = journal
        self._clock = clock

    async def take(self, receiver: Bsn, giver: Bsn, born: str, service: ServiceUuid, first: date, last: date) -> None:
        """Keeps an application of `receiver`, as he typed it. Raises `DatabaseUnavailable`."""
        identifier = str(uuid4())
        content: dict[str, Any] = {
            "receiver": receiver.value,
            "giver": giver.value,
            "born": born,
            "services": [service.value],
            "first": first.isoformat(),
            "last": last.isoformat(),
        }
        note = Note(
            id=identifier,
            mandate=identifier,
            channel=Channel.APPLICATION,
            what=What.APPLIED,
            at=self._clock(),
            content=content,
        )
        await self._outbox.put(note)

    async def decide(self, note: Note) -> None:
        """Makes a request of an application that is right, under the application's own id; nothing of another.

        Raises `RegisterUnavailable`: then it is looked at again.
        """
        now = self._clock()
        receiver, giver = Bsn(note.content["receiver"]), Bsn(note.content["giver"])
        service = ServiceUuid(note.content["services"][0])
        if await self._mandates.find(note.mandate, receiver) is not None:
            return  # made before, by somebody who could not say so any more
        facts = (await self._people.facts([giver], now))[giver]
        right = (
            facts.known
            and facts.alive
            and facts.born == IncompleteDate.from_text(note.content["born"])
            and await self._obstacles.found(giver, service, now) is None
        )
        await self._journal.record(
            RECORD,
            facts={"machtiging": note.mandate, "outcome": "asked" if right else "refused"},
            sealed={"giver": giver.value, "receiver": receiver.value, "services": [service.value]},
        )
        if right:
            await self._mandates.ask(
                giver,
                receiver,
                frozenset({service}),
                asked_by=Side.RECEIVER,
                first=max(date.fromisoformat(note.content["first"]), day_of(now)),
                last=max(date.fromisoformat(note.content["last"]), day_of(now)),
                identifier=note.mandate,
            )
