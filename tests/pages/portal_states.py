"""The pages of the portals by their names of PAGES 5.1, with made-up people, the longest names among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from catalog.services import Service
from portals import pages as portal
from portals.ended import Ended
from portals.machtigen import pages as machtigen
from portals.machtigen.app import FOLDER
from portals.machtigen.drafts import Draft, Mistake, Step
from portals.machtigen.pages import About, Row
from portals.pages import Who
from registers.machtigingen.machtiging import Side
from runtime.web.frame import Frame, Site
from runtime.web.look import Look, files_of
from runtime.web.texts import Texts
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, EntityId, Oin, ServiceUuid
from tests.pages.people import LONGEST

if TYPE_CHECKING:
    from tests.pages.states import Shown

_DV: Final = EntityId.of("DV", Oin("00000099000000012000"), 9001)
_SERVICE: Final = Service(
    uuid=ServiceUuid("00000000-0000-4000-9000-000000012000"),
    name="machtigen",
    provider=_DV,
    title={"nl": "Machtigen", "en": "Authorise"},
    minimum=LevelOfAssurance.MIDDEN,
)
_WHO: Final = Who(True, LONGEST)
_ABOUT: Final = About("Bijzondere bijstand aanvragen", "Gemeente Voorbeeldstad")
_OFFERED: Final = [
    (f"a4441acb-e00d-42f9-8207-2df8d55d375{number}", f"Dienst {number}", "Gemeente Voorbeeldstad")
    for number in range(3)
]
_TODAY, _LATER = date(2026, 3, 10), date(2026, 12, 31)
_STATES: Final = (
    *("AANGEVRAAGD", "ACTIEF", "endless", "VERLOPEN", "INGETROKKEN"),
    *("GESCHORST", "VERVALLEN", "GEWEIGERD", "AANVRAAG_VERLOPEN"),
)


def portal_look(site: Site, texts: type[Texts]) -> Look:
    """Machtigen's templates and texts."""
    return Look(site, FOLDER, texts(*files_of(FOLDER, portal.FOLDER)), shared=portal.FOLDER)


def portal_states() -> Iterator[tuple[str, Callable[[Shown], Response]]]:
    """Every state."""
    yield "D1.portal", _start()
    yield "M1.nameless", lambda shown: machtigen.overview(shown.looks.machtigen, _frame(shown), Who(True), (), ())
    for ended in Ended:
        yield f"D3.portal_{ended}", _start(ended)
    yield "L1", lambda shown: portal.logged_out(shown.looks.machtigen, _frame(shown), everywhere=True)
    yield "L2", lambda shown: portal.logged_out(shown.looks.machtigen, _frame(shown), everywhere=False)
    yield "M1", lambda shown: machtigen.overview(shown.looks.machtigen, _frame(shown), _WHO, _rows(shown), _rows(shown))
    yield "M1.none", lambda shown: machtigen.overview(shown.looks.machtigen, _frame(shown), _WHO, (), ())
    yield "M2.service", _services(Side.GIVER)
    yield "M2.service.none", _services(Side.GIVER, offered=())
    for reason in ("CURATELE", "BEWIND", "MENTORSCHAP", "away"):
        yield f"M2.conflict.{reason}", _services(Side.GIVER, Mistake("", f"conflict.{reason}"))
    yield "M2.period", _period()
    for key, value in {"form": "", "order": "", "past": "", "late": "2029-03-10"}.items():
        yield f"M2.period.{key}", _period(Mistake("first", "period.form"), Mistake("last", f"period.{key}", value))
    yield "M2.check", _check(Side.GIVER)
    yield (
        "M2.done",
        lambda shown: machtigen.code(shown.looks.machtigen, _frame(shown, ""), _WHO, "BCDFG-HJKLM", _LATER),
    )
    yield "M3.service", _services(Side.RECEIVER)
    yield "M3.other", _other()
    for key in ("b2.form", "b2.empty", "b2.letters", "m3.yourself"):
        yield f"M3.other.{key.partition('.')[2]}", _other(Mistake("bsn", key, "789"), Mistake("born", "period.form"))
    yield "M3.check", _check(Side.RECEIVER)
    yield "M3.done", lambda shown: machtigen.applied(shown.looks.machtigen, _frame(shown), _WHO)
    yield "M4", _activate()
    for key in ("wrong", "block", "empty"):
        yield f"M4.{key}", _activate(Mistake("code", f"m4.{key}", "4"))
    yield (
        "M4.done",
        lambda shown: machtigen.activated(shown.looks.machtigen, _frame(shown), _WHO, _ABOUT, LONGEST),
    )
    yield "M5", _mandate("M5", buttons=("withdraw",))
    for done in ("withdrawn", "refused", "agreed"):
        yield f"M5.{done}", _mandate("M5", message=f"m5.{done}")
    for side in ("given", "received"):
        yield f"M5.confirm.{side}", _mandate("M5.confirm", text=f"m5.confirm.{side}", buttons=("yes", "no"))
    yield "M6", _mandate("M6", text="m6.ask", buttons=("agree", "refuse"))


def _frame(shown: Shown, path: str | None = None) -> Frame:
    """A portal has no service line; the page of a code no other language."""
    return replace(shown.frame, service="", path=shown.path if path is None else path)


def _start(ended: Ended | None = None) -> Callable[[Shown], Response]:
    return lambda shown: portal.start(shown.looks.machtigen, _frame(shown), _SERVICE, "start.lead", ended)


def _rows(shown: Shown) -> list[Row]:
    look, frame = shown.looks.machtigen, _frame(shown)
    others = (LONGEST, look.text(frame, "row.bsn", nnn="111"), look.text(frame, "row.nobody"))
    kvk = look.text(frame, "row.kvk", nummer="90000001")
    by = (look.text(frame, "state.you"), look.text(frame, "state.other"))
    services = (
        look.text(frame, "row.at", dienst=_ABOUT.service, dv=_ABOUT.dv),
        look.text(frame, "row.service_gone"),
    )
    return [
        Row(
            other=(*others, kvk)[number % 4],
            services=services[number % 2],
            period=look.text(frame, "row.from", datum="10 maart 2026"),
            state=look.text(frame, f"state.{state}", datum="31 december 2026", wie=by[number % 2]),
            path="/mandate/one",
        )
        for number, state in enumerate(_STATES)
    ]


def _draft(side: Side, step: Step, *mistakes: Mistake) -> Draft:
    return Draft(
        owner=Bsn("999990111"),
        side=side,
        step=step,
        other=Bsn("999990093") if side is Side.RECEIVER else None,
        born="1980-01-01" if side is Side.RECEIVER else "",
        first=_TODAY,
        last=_LATER,
        mistakes=mistakes,
    )


def _services(
    side: Side, *mistakes: Mistake, offered: Sequence[tuple[str, str, str]] = _OFFERED
) -> Callable[[Shown], Response]:
    draft = _draft(side, Step.SERVICE, *mistakes)
    return lambda shown: machtigen.services(shown.looks.machtigen, _frame(shown), _WHO, draft, offered)


def _other(*mistakes: Mistake) -> Callable[[Shown], Response]:
    draft = _draft(Side.RECEIVER, Step.OTHER, *mistakes)
    return lambda shown: machtigen.other(shown.looks.machtigen, _frame(shown), _WHO, draft)


def _period(*mistakes: Mistake) -> Callable[[Shown], Response]:
    draft = _draft(Side.GIVER, Step.PERIOD, *mistakes)
    return lambda shown: machtigen.period(shown.looks.machtigen, _frame(shown), _WHO, draft, _TODAY, _LATER)


def _check(side: Side) -> Callable[[Shown], Response]:
    draft = _draft(side, Step.CHECK)
    return lambda shown: machtigen.check(shown.looks.machtigen, _frame(shown), _WHO, draft, _ABOUT)


def _activate(*mistakes: Mistake) -> Callable[[Shown], Response]:
    return lambda shown: machtigen.activate(shown.looks.machtigen, _frame(shown), _WHO, mistakes)


def _mandate(
    name: str, *, text: str = "", message: str = "", buttons: Sequence[str] = ()
) -> Callable[[Shown], Response]:
    def draw(shown: Shown) -> Response:
        look, frame = shown.looks.machtigen, _frame(shown)
        (row, *_) = _rows(shown)
        told = look.text(frame, text, naam=LONGEST, wat=row.services) if text else ""
        said = look.text(frame, message, naam=LONGEST) if message else ""
        group = "m6" if name == "M6" else "m5"
        drawn = [(each, look.text(frame, f"{group}.{each}"), "second") for each in buttons]
        return machtigen.mandate(look, frame, _WHO, row, name, message=said, text=told, buttons=drawn)

    return draw
