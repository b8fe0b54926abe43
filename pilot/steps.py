"""What a user with one wish presses on each page of a login: a function of the page and of the pages before it.

Pages are known by their name (`<main data-page>`, PAGES 5.1) and buttons by name and value, never by their texts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pilot.browser import Button, Form, Page
from pilot.mandates_page import mandates_on
from pilot.people_page import PeoplePage, Row
from stelsel.assurance import LevelOfAssurance

MESSAGES: Final = ("SAMLRequest", "SAMLResponse")
CANCEL: Final = "cancel"
SUPPLIER: Final = "authority:"
SEARCH: Final = "q"
BSN: Final = "bsn"


# Levels by their usual names: a makelaar's page has those of eHerkenning.
_AT_A_MAKELAAR: Final = {level.word: level.etoegang_word for level in LevelOfAssurance}


class NotOnThisPage(Exception):
    """The page has not got what the wish needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `python -m pilot login` was asked (CONTRACT). `identifier` is that of `for_whom`, where the world knows it.

    `country` is where `person` is known by eIDAS. `level` is the word on the stub's page; None means the service's
    minimum. `cancel` is where the user stops: `means`, `ad` or `bvd`, which is a makelaar's second page too.
    `to_organisation`: that is where an organisation is picked, and to everybody else the login is for oneself.
    """

    person: str
    dv: str
    service: str
    for_whom: str | None = None
    identifier: str | None = field(default=None, repr=False)
    means: str = "digid"
    country: str = ""
    level: str | None = None
    ground: str | None = None
    interface: str = "saml"
    cancel: str | None = None
    resolve_after: float = 0.0
    resolve_twice: bool = False
    userinfo_after: float | None = None
    browser: Path | None = None
    to_organisation: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """One press of one button, with what was filled in before it."""

    form: Form
    button: Button
    fill: Mapping[str, str] = field(default_factory=dict, repr=False)


Step = Callable[[Page, Wish, Sequence[str]], Press]


def next_press(page: Page, wish: Wish, walked: Sequence[str] = ()) -> Press | None:
    """What to press now, or None on a page where the walk ends. `walked` are the names of the pages before this one.

    Raises `NotOnThisPage`.
    """
    step = STEPS.get(page.name.partition(".")[0])
    return step(page, wish, walked) if step else carries_a_message(page)


def carries_a_message(page: Page) -> Press | None:
    """The button that carries a SAML message on, for browsers without JavaScript (PAGES 2.1, G3)."""
    for form in page.forms:
        if any(name in form.fields for name in MESSAGES) and form.buttons:
            return Press(form, form.buttons[0])
    return None


def find(page: Page, value: str) -> Press | None:
    """A press on the first button with this value, or None."""
    for form in page.forms:
        for button in form.buttons:
            if button.value == value:
                return Press(form, button)
    return None


def must_find(page: Page, *values: str) -> Press:
    """A press on a button with the first of these values that the page has."""
    found = [press for press in (find(page, value) for value in values) if press is not None]
    if not found:
        raise NotOnThisPage(f"page {page.name} has no button {' or '.join(values)}")
    return found[0]


def search_for(page: Page, words: str) -> Press | None:
    """A search with these words, where the page has one."""
    form = page.form_with(SEARCH)
    return Press(form, form.buttons[0], {SEARCH: words}) if form is not None else None


def row_of(rows: Sequence[Row], wish: Wish) -> Row | None:
    """The row of the person of the wish, on the ground of the wish."""
    fitting = [
        row for row in rows if row.is_about(wish.for_whom or "", wish.identifier) and wish.ground in (None, row.ground)
    ]
    called = [row for row in fitting if row.is_called(wish.for_whom or "")]
    return next(iter(called or fitting), None)


def _whom(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """G1. Whoever will stop before logging in stops at the first page there is."""
    if wish.cancel == "means":
        return must_find(page, CANCEL)
    return must_find(page, "self" if wish.for_whom is None or wish.to_organisation else "other")


def _means(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """G2, and where there are several suppliers of the means the first of them: every one knows every employee."""
    if wish.cancel == "means":
        return must_find(page, CANCEL)
    supplier = next((each for each in _buttons(page) if each.startswith(SUPPLIER)), None)
    return must_find(page, supplier or f"means:{wish.means}")


def _authority(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """A stub AD: who, and how strongly. A user who found no page before it to stop at stops here."""
    if wish.cancel in ("means", "ad"):
        return must_find(page, CANCEL)
    chosen = find(page, f"person:{wish.person}")
    if chosen is None:
        searched = None if _was_on(walked, "S1") else search_for(page, wish.person)
        if searched is None:
            raise NotOnThisPage(f"page {page.name} has no {wish.person}")
        return searched
    names = (wish.level or "", _AT_A_MAKELAAR.get(wish.level or "", ""))
    levels = {field: value for field, values in chosen.form.choices.items() for value in values if value in names}
    if not levels:
        raise NotOnThisPage(f"page {page.name} has no level {wish.level}")
    return Press(chosen.form, chosen.button, levels)


def _country(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """The eIDAS stub: from which country."""
    if wish.cancel in ("means", "ad"):
        return must_find(page, CANCEL)
    return must_find(page, f"country:{wish.country}")


def _organisation(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """S3: the organisation of the wish; without one the user's own, else the first there is."""
    rows = [row for row in mandates_on(page) if wish.ground in (None, row.ground)]
    if wish.for_whom is not None and wish.to_organisation:
        rows = [row for row in rows if row.is_about(wish.for_whom, wish.identifier)]
    own = [row for row in rows if row.ground == "EH_MACHTIGING"]
    if wish.cancel == "bvd" or not rows:
        return must_find(page, CANCEL)
    return must_find(page, (own or rows)[0].token)


def _people(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """B1: the person of the wish, if need be after a search; else by BSN; else the way out."""
    if wish.cancel == "bvd":
        return must_find(page, CANCEL)
    row = row_of(PeoplePage().rows(page), wish)
    if row is not None:
        return must_find(page, row.token)
    searched = page.name in ("B1.found", "B1.none")
    words = wish.identifier[-3:] if wish.identifier else wish.for_whom or ""
    onward = None if searched else search_for(page, words)
    if onward is None and wish.identifier is not None and not _was_on(walked, "B2"):
        onward = find(page, "bybsn")
    return onward or must_find(page, CANCEL)


def _by_number(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """B2: types the BSN once; a user whose number is refused stops."""
    if wish.cancel == "bvd" or wish.identifier is None or _was_on(walked, "B2"):
        return must_find(page, CANCEL)
    form = page.form_with(BSN)
    if form is None:
        raise NotOnThisPage(f"page {page.name} has no field for a BSN")
    return Press(form, form.buttons[0], {BSN: wish.identifier})


def _summary(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """B3: goes on when it is about the person of the wish; else looks further, or stops where there is nobody else."""
    if wish.cancel != "bvd" and row_of(PeoplePage().rows(page), wish) is not None:
        return must_find(page, "go")
    if wish.cancel != "bvd" and not _was_on(walked, "B1"):
        return must_find(page, "another", "bybsn", CANCEL)
    return must_find(page, CANCEL)


def _nothing(page: Page, wish: Wish, walked: Sequence[str]) -> Press:
    """B4, B5, S4: back to the DV, once the person of the wish was tried by number where the page takes one."""
    if wish.identifier is not None and wish.cancel is None and not _was_on(walked, "B2"):
        named = find(page, "bybsn")
        if named is not None:
            return named
    return must_find(page, "back")


def _buttons(page: Page) -> list[str]:
    return [button.value for form in page.forms for button in form.buttons]


def _was_on(walked: Sequence[str], name: str) -> bool:
    return any(each.partition(".")[0] == name for each in walked)


STEPS: Final[Mapping[str, Step]] = {
    "G1": _whom,
    "G2": _means,
    "G4": _nothing,
    "S1": _authority,
    "S2": _country,
    "S3": _organisation,
    "S4": _nothing,
    "B1": _people,
    "B2": _by_number,
    "B3": _summary,
    "B4": _nothing,
    "B5": _nothing,
}
