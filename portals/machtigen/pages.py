"""The pages of Machtigen (PAGES 2.5): M1 overview, M2 and M3 asking, M4 the code, M5 one mandate, M6 a request to you.

Every form posts to the page's own path with `csrf` and `choice`: M1 `give`, `receive`, `code`; M2 and M3
`service:UUID`, `other`, `period`, `make`, `back`; M4 `activate`; M5 `withdraw`, then `yes` or `no`; M6 `agree`,
`refuse`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from portals.machtigen.drafts import Draft, Mistake
from portals.pages import Who
from registers.machtigingen.machtiging import Side
from runtime.web.dates import day
from runtime.web.frame import Frame
from runtime.web.look import Look

Button = tuple[str, Markup, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One mandate in a list: with whom, for what, since when, how it stands, and where more of it is."""

    other: str
    services: str
    period: str
    state: str
    path: str


@dataclass(frozen=True, slots=True)
class About:
    """What a draft is for: title of the service and of its DV."""

    service: str
    dv: str


def overview(look: Look, frame: Frame, who: Who, mine: Sequence[Row], theirs: Sequence[Row]) -> Response:
    """M1: for whom the user may act (`mine`), and who may act for him (`theirs`)."""
    return look.draw("overview.html", frame, "M1", who=who, mine=mine, theirs=theirs)


def services(look: Look, frame: Frame, who: Who, draft: Draft, offered: Sequence[tuple[str, str, str]]) -> Response:
    """M2 and M3, the first question: `offered` are UUID, title, and title of the DV."""
    title = look.text(frame, "service.give" if draft.side is Side.GIVER else "service.receive")
    told = _told(look, frame, draft.mistakes)
    return look.draw(
        "service.html", frame, _name(draft), who=who, title=title, services=offered, mistakes=told, back=False
    )


def other(look: Look, frame: Frame, who: Who, draft: Draft) -> Response:
    """M3: who the other is. The number is never shown again."""
    born = draft.typed.get("born", _typed(date.fromisoformat(draft.born)) if draft.born else "")
    told = _told(look, frame, draft.mistakes)
    return look.draw("other.html", frame, _name(draft), who=who, born=born, mistakes=told, back=True)


def period(look: Look, frame: Frame, who: Who, draft: Draft, today: date, latest: date) -> Response:
    """M2 and M3: from when until when; today and the longest that there is stand there already."""
    return look.draw(
        "period.html",
        frame,
        _name(draft),
        who=who,
        first=draft.typed.get("first", _typed(draft.first or today)),
        last=draft.typed.get("last", _typed(draft.last or latest)),
        mistakes=_told(look, frame, draft.mistakes),
        back=True,
    )


def check(look: Look, frame: Frame, who: Who, draft: Draft, about: About) -> Response:
    """M2 and M3: the last look before the act."""
    route = "m2" if draft.side is Side.GIVER else "m3"
    values: dict[str, object] = {
        "dienst": about.service,
        "dv": about.dv,
        "eerste": day(draft.first or date.min, frame.language),
        "laatste": day(draft.last or date.max, frame.language),
    }
    if draft.other is not None:
        values["nnn"] = draft.other.last_digits
    return look.draw(
        "check.html",
        frame,
        _name(draft),
        who=who,
        text=look.text(frame, f"{route}.check", **values),
        button=look.text(frame, f"{route}.make"),
        mistakes=_told(look, frame, draft.mistakes),
        back=True,
    )


def code(look: Look, frame: Frame, who: Who, shown: str, until: date) -> Response:
    """M2: the code, which is not told again."""
    text = look.text(frame, "m2.text", datum=day(until, frame.language))
    return look.draw("code.html", frame, "M2.done", who=who, code=shown, text=text)


def applied(look: Look, frame: Frame, who: Who) -> Response:
    """M3: the same for everybody, whoever the other is."""
    title, text = look.text(frame, "m3.done"), look.text(frame, "m3.text")
    return look.draw("told.html", frame, "M3.done", who=who, title=title, text=text)


def activate(look: Look, frame: Frame, who: Who, mistakes: Sequence[Mistake]) -> Response:
    """M4. What was typed is never shown again."""
    told = _told(look, frame, mistakes)
    return look.draw("activate.html", frame, "M4.wrong" if told else "M4", who=who, mistakes=told, back=False)


def activated(look: Look, frame: Frame, who: Who, about: About, name: str) -> Response:
    """M4: done."""
    title = look.text(frame, "m4.done")
    text = look.text(frame, "m4.text", dienst=about.service, dv=about.dv, naam=name)
    return look.draw("told.html", frame, "M4.done", who=who, title=title, text=text)


def mandate(
    look: Look,
    frame: Frame,
    who: Who,
    row: Row,
    name: str,
    *,
    message: Markup | str = "",
    text: Markup | str = "",
    buttons: Sequence[Button] = (),
) -> Response:
    """M5 and M6: one mandate, what it is about to become, and what can be done with it; `name` is the page's."""
    title = look.text(frame, "m5.ask" if name == "M5.confirm" else "m5.h1")
    return look.draw(
        "mandate.html", frame, name, who=who, title=title, row=row, message=message, text=text, buttons=buttons
    )


def _name(draft: Draft) -> str:
    route = "M2" if draft.side is Side.GIVER else "M3"
    return f"{route}.{draft.step}" + (".wrong" if draft.mistakes else "")


def _told(look: Look, frame: Frame, mistakes: Sequence[Mistake]) -> Mapping[str, Markup]:
    """The sentences of mistakes, by field; the first of each."""
    told: dict[str, Markup] = {}
    for each in mistakes:
        told.setdefault(each.field, _sentence(look, frame, each))
    return told


def _sentence(look: Look, frame: Frame, mistake: Mistake) -> Markup:
    match mistake.key:
        case "b2.form":
            return look.text(frame, mistake.key, nnn=mistake.value)
        case "period.late":
            return look.text(frame, mistake.key, maximum=day(date.fromisoformat(mistake.value), frame.language))
        case "m4.wrong":
            return look.text(frame, mistake.key, n=mistake.value)
    return look.text(frame, mistake.key)


def _typed(on: date) -> str:
    return f"{on.day} {on.month} {on.year}"
