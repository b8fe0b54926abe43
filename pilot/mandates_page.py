"""A makelaar's page of organisations and mandates (S3) as data: what a user can pick there."""

import re
from typing import Final

from pilot.browser import Page
from pilot.people_page import Row, words

PICK: Final = "organisation:"
_KVK: Final = re.compile(r"\b([0-9]{8})\b")


def mandates_on(page: Page) -> tuple[Row, ...]:
    """The rows of S3; the button of each says on which ground it is."""
    return tuple(
        _row(
            str(button.get("value", "")),
            next((words(each) for each in button.iter("strong")), ""),
            [words(each) for each in button.iter("small")],
        )
        for button in page.tree.iter("button")
        if button.get("value", "").startswith(PICK)
    )


def _row(token: str, label: str, lines: list[str]) -> Row:
    number = next((found[1] for line in lines if (found := _KVK.search(line))), "")
    note = " ".join(line for line in lines if number not in line)
    return Row(token, label, token.split(":")[1], number, note)
