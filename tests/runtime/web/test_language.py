"""Which language a page speaks."""

import pytest

from runtime.web.language import Language, choose, other


@pytest.mark.parametrize(
    ("asked", "stored", "accept", "spoken"),
    [
        ("en", "nl", "nl", "en"),
        (None, "en", "nl", "en"),
        (None, None, "en-GB,nl;q=0.5", "en"),
        (None, None, None, "nl"),
        ("fr", "de", "pl", "nl"),
    ],
)
def test_what_was_asked_goes_before_what_was_chosen_and_that_before_the_browser(
    asked: str | None, stored: str | None, accept: str | None, spoken: Language
) -> None:
    assert choose(asked, stored, accept) == spoken


@pytest.mark.parametrize(
    ("accept", "spoken"),
    [
        ("nl;q=0.3, en;q=0.9", "en"),
        ("fr, en;q=0.2, nl;q=0.1", "en"),
        ("en;q=0, nl;q=0", "nl"),
        ("EN-us", "en"),
        ("en;q=much", "nl"),
        ("," * 5000 + "en", "nl"),
        ("*", "nl"),
    ],
)
def test_the_browser_s_preference_counts_by_weight(accept: str, spoken: Language) -> None:
    assert choose(None, None, accept) == spoken


def test_the_switch_leads_to_the_other_language() -> None:
    assert (other("nl"), other("en")) == ("en", "nl")
