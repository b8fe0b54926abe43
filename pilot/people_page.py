"""The BVD's pages as data: whom a user can choose (B1) or is asked about (B3), why she may, and what else is said."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lxml import html

from pilot.browser import Page

TEXTS: Final = Path(__file__).parent.parent / "bvd" / "texts.toml"
LANGUAGE: Final = "nl"  # what pilot.browser asks for
PICK: Final = "pick:"
_GROUNDS: Final = {"bewindvoerder": "BEWIND", "curator": "CURATELE", "mentor": "MENTORSCHAP"}
_NUMBER: Final = re.compile(r"\D([0-9]{3,8})$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """How the BVD words one ground, with room for the names."""

    ground: str
    template: str

    def says(self, text: str, name: str) -> bool:
        """Whether `text` is this sentence about the person called `name`."""
        pattern = re.escape(self.template).replace(r"\{naam\}", re.escape(name)).replace(r"\{organisatie\}", ".+")
        return re.fullmatch(pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who can be chosen. `token` is the button's value, `digits` the last of the BSN or the KvK number."""

    token: str
    label: str
    ground: str
    digits: str
    note: str

    def is_about(self, name: str, identifier: str | None) -> bool:
        """Whether this is the person of that name or, where it is known, of that number."""
        if identifier is None:
            return self.label == name
        return bool(self.digits) and identifier.endswith(self.digits)

    def is_called(self, name: str) -> bool:
        """Whether every word of `name` is in the label: what tells two people with the same digits apart."""
        return set(name.casefold().split()) <= set(self.label.casefold().split())

    def as_json(self) -> dict[str, Any]:
        """The shape of CONTRACT. What cannot be chosen is no row (PAGES 2.2), so every row is usable."""
        return {"label": self.label, "ground": self.ground, "usable": True, "note": self.note}


class PeoplePage:
    """Reads rows by the BVD's own sentences, which is what a user has to go by too."""

    def __init__(self, texts: Path = TEXTS) -> None:
        written = tomllib.loads(texts.read_text())
        self._sentences = [
            *(Sentence(_GROUNDS.get(key, key), text[LANGUAGE]) for key, text in written["ground"].items()),
            *(Sentence("EH_BEWIND", text[LANGUAGE]) for text in written["office"].values()),
        ]

    def rows(self, page: Page) -> tuple[Row, ...]:
        """The people on this page: of B1 as listed, of B3 the one."""
        if page.name.startswith("B3"):
            return tuple(self._in_summary(page))
        return tuple(
            self._row(
                button.get("value", ""), _text(button, "strong"), [words(small) for small in button.iter("small")]
            )
            for button in page.tree.iter("button")
            if button.get("value", "").startswith(PICK)
        )

    def _in_summary(self, page: Page) -> Iterator[Row]:
        """The second and third answer of the list: for whom, and why."""
        answers = list(page.tree.iter("dd"))
        if len(answers) >= 3:
            small = next(answers[1].iter("small"), None)
            name = " ".join((answers[1].text or "").split())
            yield self._row("", name, [words(answers[2]), words(small) if small is not None else ""])

    def _row(self, token: str, label: str, lines: list[str]) -> Row:
        ground, digits, rest = "", "", []
        for line in lines:
            number = _NUMBER.search(line)
            known = next((each.ground for each in self._sentences if each.says(line, label)), "")
            if known and not ground:
                ground = known
            elif number and not digits:
                digits = number[1]
            elif line:
                rest.append(line)
        if ground == "VRIJWILLIG" and len(digits) == 8:
            ground = "EH_MACHTIGING"  # the same words about an organisation
        return Row(token, label, ground, digits, " ".join(rest))


def notices(page: Page) -> list[str]:
    """What the notice block says, or on a page without a choice its text; without the word in front of it."""
    said = page.tree.xpath("//main//section[contains(@class, 'notice')]//p[not(.//button)]")
    if page.name.startswith(("B4", "B5")):
        said = page.tree.xpath("//main/p")
    return [words(each).removeprefix(_text(each, "strong")).strip() for each in said]


def _text(element: html.HtmlElement, tag: str) -> str:
    found = next(element.iter(tag), None)
    return words(found) if found is not None else ""


def words(element: html.HtmlElement) -> str:
    """The text of an element, its spaces joined."""
    return " ".join(str(element.text_content()).split())
