"""Mandates in words, as the portal's pages have them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from catalog.repository import Catalog
from portals.machtigen.pages import Row
from registers.dates import day_of
from registers.machtigingen.machtiging import Machtiging, Side, Status
from runtime.web.dates import day
from runtime.web.frame import Frame
from runtime.web.look import Look
from stelsel.identifiers import Bsn, Subject

# Only who is or was part of a mandate in force is called by name (PAGES 2.5).
_NAMELESS: Final = frozenset({Status.AANGEVRAAGD, Status.AANVRAAG_VERLOPEN, Status.GEWEIGERD})


class Wording:
    """Makes the lines of a mandate for the person who looks at it."""

    def __init__(self, look: Look, catalog: Catalog) -> None:
        self._look = look
        self._catalog = catalog

    async def row(self, frame: Frame, one: Machtiging, me: Subject, names: Mapping[Subject, str], at: datetime) -> Row:
        """A line of M1."""
        return Row(
            other=self.other(frame, one, me, names, at),
            services=await self.services(frame, one),
            period=self._look.text(frame, "row.from", datum=day(one.first, frame.language)) if one.first else "",
            state=self.state(frame, one, me, names, at),
            path=f"/mandate/{one.id}",
        )

    def other(self, frame: Frame, one: Machtiging, me: Subject, names: Mapping[Subject, str], at: datetime) -> str:
        """The other of the two: by name once the mandate was in force, or when it is asked of oneself."""
        subject = one.receiver if me == one.giver else one.giver
        asked_of_me = (me == one.giver) == (one.asked_by is Side.RECEIVER)
        if subject is None:
            return self._look.text(frame, "row.nobody")
        if subject in names and (one.status_at(at) not in _NAMELESS or asked_of_me):
            return names[subject]
        if isinstance(subject, Bsn):
            return self._look.text(frame, "row.bsn", nnn=subject.last_digits)
        return self._look.text(frame, "row.kvk", nummer=subject.value)

    async def services(self, frame: Frame, one: Machtiging) -> str:
        """What the mandate is for."""
        found = [await self._catalog.find(each) for each in sorted(one.services, key=lambda each: each.value)]
        titles = [
            self._look.text(frame, "row.at", dienst=each[0].title[frame.language], dv=each[1].title[frame.language])
            if each
            else self._look.text(frame, "row.service_gone")
            for each in found
        ]
        return ", ".join(titles)

    def state(self, frame: Frame, one: Machtiging, me: Subject, names: Mapping[Subject, str], at: datetime) -> str:
        """How it stands now."""
        status = one.status_at(at)
        values: dict[str, object] = {}
        key = f"state.{status.value}"
        if status is Status.ACTIEF and one.last is None:
            key = "state.endless"
        elif status in (Status.ACTIEF, Status.VERLOPEN) and one.last is not None:
            values["datum"] = day(one.last, frame.language)
        elif status is Status.INGETROKKEN:
            ended = one.ended_at or at
            values = {"datum": day(day_of(ended), frame.language), "wie": self._by(frame, one, me, names)}
        return self._look.text(frame, key, **values)

    def _by(self, frame: Frame, one: Machtiging, me: Subject, names: Mapping[Subject, str]) -> str:
        by = one.giver if one.ended_by is Side.GIVER else one.receiver
        if by == me:
            return self._look.text(frame, "state.you")
        return (names.get(by, "") if by is not None else "") or self._look.text(frame, "state.other")
