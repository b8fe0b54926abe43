"""The questions and answers of the BVD as pages: B1 choose, B2 name by BSN, B3 summary, B4 refused, B5 away.

Every form posts to the page's own path with `csrf` and `choice`:
B1 `pick:TOKEN`, `search` (with `q`), `clear`, `page:N` (from 0), `bybsn`, `retry`, `cancel`;
B2 `name` (with `bsn`), `list`, `cancel`; B3 `go`, `another`, `retry`, `cancel`; B4 `bybsn`, `back`; B5 `retry`, `back`.
Leaving the BVD is `runtime.web.pages.go_on`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from bvd.decide import Notice, Notices, Page
from bvd.naming import Mistake, Mistyped
from bvd.wording import capital, ground_sentence, matching, number_line, registers, rows_of
from runtime.web.dates import moment
from runtime.web.frame import Frame, Site
from runtime.web.look import Look
from stelsel.subjects import Representation

FOLDER: Final = Path(__file__).parent
PAGE_SIZE: Final = 20
SEARCH_FROM: Final = 10
BIG: Final = 60  # beyond this the user is told to search
MOST_NOTICES: Final = 3
LONGEST_SEARCH: Final = 100
NONE: Final = Notices({})


@dataclass(frozen=True, slots=True)
class _Block:
    """The notice block of B1 and B3."""

    partial: Markup
    sentences: tuple[Markup, ...]


def look_of(site: Site) -> Look:
    """The BVD's templates and texts."""
    return Look(site, FOLDER)


def choose(
    look: Look,
    frame: Frame,
    offered: Sequence[tuple[str, Representation]],
    *,
    notices: Notices = NONE,
    silent: Sequence[str] = (),
    search: str = "",
    page: int = 0,
    by_bsn: bool = False,
) -> Response:
    """B1: pick one of `offered`, each with its one-time token. `silent` are the sources that did not answer."""
    rows = rows_of(look, frame, offered)
    search = " ".join(search.split())[:LONGEST_SEARCH]
    found = matching(rows, search)
    last_page = max(0, (len(found) - 1) // PAGE_SIZE)
    page = min(max(page, 0), last_page)
    count = look.text(frame, f"b1.count.{_number(len(rows))}", n=len(rows))
    if search:
        count = look.text(frame, "b1.found", n=len(found), zoek=search)
    return look.draw(
        "choose.html",
        frame,
        _name_of_list(len(rows), search, len(found), silent, notices),
        rows=found[page * PAGE_SIZE : (page + 1) * PAGE_SIZE],
        count=count,
        found=count if search else "",
        search=search,
        searches=len(rows) >= SEARCH_FROM,
        big=len(rows) > BIG and not search and page == 0,
        page=page,
        pages=last_page + 1,
        by_bsn=by_bsn,
        block=_block(look, frame, notices, silent),
    )


def name_by_bsn(look: Look, frame: Frame, mistyped: Mistyped | None = None, *, has_list: bool = True) -> Response:
    """B2: name somebody by BSN. `has_list`: there is a B1 to go back to."""
    mistake = Markup()
    if mistyped is not None and mistyped.mistake is Mistake.FORM:
        mistake = look.text(frame, "b2.e.form", cijfers=mistyped.last_digits)
    elif mistyped is not None:
        mistake = look.text(frame, f"b2.e.{mistyped.mistake}")
    name = f"B2.{mistyped.mistake}" if mistyped else "B2"
    return look.draw("by_bsn.html", frame, name, mistake=mistake, failed=bool(mistake), has_list=has_list)


def summary(
    look: Look,
    frame: Frame,
    chosen: Representation,
    *,
    acting: str,
    organisation: str = "",
    until: datetime | None = None,
    may_choose: bool = False,
    by_bsn: bool = False,
    notices: Notices = NONE,
    silent: Sequence[str] = (),
) -> Response:
    """B3: the last look before a legal act.

    `acting` is the user's name as the BRP has it; for an employee it is not known, and `organisation` is set. `until`
    is set when the mandate ends within a day. `may_choose`: there is a list to go back to, else `by_bsn` lets somebody
    else be named. `notices` and `silent` are those of B1, where that page was skipped.
    """
    name = chosen.represented.name
    if organisation:
        passed = look.text(frame, "b3.passed_org", organisatie=organisation, naam=name)
    else:
        passed = look.text(frame, "b3.passed", naam=name)
    return look.draw(
        "summary.html",
        frame,
        "B3.employee" if organisation else "B3.until" if until else "B3",
        acting=organisation or acting,
        represented=name,
        number=number_line(look, frame, chosen.represented),
        why=ground_sentence(look, frame, chosen),
        passed=passed,
        until=look.text(frame, "b3.until", moment=moment(until, frame.language)) if until else "",
        another="another" if may_choose else "bybsn" if by_bsn else "",
        block=_block(look, frame, notices, silent),
    )


def refused(
    look: Look,
    frame: Frame,
    page: Page,
    *,
    notices: Notices = NONE,
    asked: Sequence[str] = (),
    by_bsn: bool = False,
) -> Response:
    """B4, HTTP 200. `asked` are the sources that answered, for EMPTY; `by_bsn` lets somebody be
    named, but not by who may act for nobody.

    NAMED is the same bytes for every cause, tokens apart (R-ORACLE).
    """
    if page is Page.HIDDEN:
        texts = _sentences(look, frame, notices)
    elif page is Page.EMPTY:
        texts = (look.text(frame, "b4.empty.text", registers=registers(look, frame, asked)[0], dv=_dv(look, frame)),)
    else:
        texts = (look.text(frame, f"b4.{page}.text", dv=_dv(look, frame)),)
    h1 = look.text(frame, f"b4.{page}.h1")
    again = ""
    if by_bsn and page is not Page.ACTING:
        again = look.text(frame, "b4.named.again" if page is Page.NAMED else "b1.bybsn")
    return look.draw("refused.html", frame, f"B4.{page}", h1=h1, texts=texts, again=again, retry=False)


def employee_refused(look: Look, frame: Frame, organisation: str) -> Response:
    """B4 for an employee whom the organisation did not authorise for this service."""
    h1 = look.text(frame, "b4.employee.h1", organisatie=organisation)
    texts = (look.text(frame, "b4.employee.text", dienst=frame.service or look.text(frame, "this_service")),)
    return look.draw("refused.html", frame, "B4.employee", h1=h1, texts=texts, again="", retry=False)


def away(look: Look, frame: Frame, silent: Sequence[str]) -> Response:
    """B5, HTTP 200: `silent` sources did not answer, so nothing is known. Pressing `back` tells the DV so."""
    names, number = registers(look, frame, silent)
    text = look.text(frame, f"b5.text.{_number(number)}", registers=capital(names))
    return look.draw("refused.html", frame, "B5", h1=look.text(frame, "b5.h1"), texts=(text,), again="", retry=True)


def _block(look: Look, frame: Frame, notices: Notices, silent: Sequence[str]) -> _Block:
    """The one block above B1 or B3: at most three sentences, the silent registers first."""
    partial = Markup()
    if silent:
        names, number = registers(look, frame, silent)
        partial = look.text(frame, f"partial.{_number(number)}", registers=capital(names))
    room = MOST_NOTICES - bool(silent)
    return _Block(partial, _sentences(look, frame, notices)[:room])


def _sentences(look: Look, frame: Frame, notices: Notices) -> tuple[Markup, ...]:
    """The `h.*` sentences: numbers, never names or a reason per person."""
    return tuple(
        _sentence(look, frame, notices, notice, notices.counts[notice])
        for notice in Notice
        if notices.counts.get(notice)
    )


def _sentence(look: Look, frame: Frame, notices: Notices, notice: Notice, n: int) -> Markup:
    more: dict[str, object] = {}
    if notice is Notice.RESEARCH:
        more = {"dv": _dv(look, frame)}
    elif notice is Notice.AGE:
        more = {"leeftijd": notices.below_age}
    elif notice is Notice.LEVEL and notices.level is not None:
        more = {"zin": look.text(frame, f"level.{notices.level.word}")}
    return look.text(frame, f"h.{notice}.{_number(n)}", n=n, **more)


def _number(n: int) -> str:
    return "one" if n == 1 else "other"


def _dv(look: Look, frame: Frame) -> str:
    return frame.dv or look.text(frame, "organisation")


def _name_of_list(total: int, search: str, found: int, silent: Sequence[str], notices: Notices) -> str:
    """The state's name of PAGES 5.1."""
    if search:
        return "B1.found" if found else "B1.none"
    if silent:
        return "B1.partial"
    if notices:
        return "B1.notices"
    if total > BIG:
        return "B1.big"
    return "B1.search" if total >= SEARCH_FROM else "B1"
