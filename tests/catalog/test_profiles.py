"""What a DV gives up is told where an operator looks."""

from pathlib import Path

from catalog.connections import BackChannel, Connection, ResponseBinding
from catalog.profiles import BY_POST, BY_SIGNATURE, GIVES_UP, IN_CLEAR, given_up
from catalog.services import PROFILES
from tests.catalog.factories import a_provider

PAGE = Path(__file__).parents[2] / "docs" / "connect" / "profiles.md"


def test_every_profile_says_what_it_gives_up_and_the_page_says_it_too() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert GIVES_UP.keys() == set(PROFILES)
    sentences = {*BY_POST, IN_CLEAR, BY_SIGNATURE, *(one for told in GIVES_UP.values() for one in told)}
    assert [sentence for sentence in sentences if f"- {sentence}\n" not in page] == []


def test_a_strict_dv_gives_up_nothing_and_another_what_its_terms_do() -> None:
    assert given_up(a_provider()) == ()
    agreed = Connection(response=ResponseBinding.POST, encrypt=False, back_channel=BackChannel.SIGNATURE)
    told = given_up(a_provider(profile="generic", connection=agreed))
    assert told == (*GIVES_UP["generic"], *BY_POST, IN_CLEAR, BY_SIGNATURE)
