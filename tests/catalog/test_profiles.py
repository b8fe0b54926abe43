"""What a DV gives up is told where an operator looks."""

from dataclasses import replace
from pathlib import Path

import pytest

from catalog.connections import BackChannel, Connection, ResponseBinding
from catalog.profiles import GIVES_UP, Loss, given_up
from catalog.services import PROFILES
from tests.catalog.factories import a_provider

PAGE = Path(__file__).parents[2] / "docs" / "connect" / "profiles.md"


def test_every_profile_says_what_it_gives_up_and_the_page_says_it_too() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert GIVES_UP.keys() == set(PROFILES)
    assert [loss for loss in Loss if f"- {loss}\n" not in page] == []
    by_profile = {one for told in GIVES_UP.values() for one in told}
    by_terms = {Loss.BY_POST, Loss.DECLARED_EARLY, Loss.IN_CLEAR, Loss.IN_CLEAR_WITHOUT_KEY, Loss.BY_SIGNATURE}
    assert by_profile | by_terms == set(Loss)


def test_a_strict_dv_gives_up_nothing_and_another_what_its_profile_does() -> None:
    assert given_up(a_provider()) == ()
    for profile in sorted(PROFILES):
        assert given_up(a_provider(profile=profile)) == GIVES_UP[profile]


@pytest.mark.parametrize(
    ("profile", "told", "told_in_clear"),
    [
        (
            "generic",
            (Loss.BY_POST, Loss.DECLARED_EARLY, Loss.IN_CLEAR_WITHOUT_KEY),
            (Loss.BY_POST, Loss.DECLARED_EARLY, Loss.IN_CLEAR),
        ),
        ("etoegang", (Loss.BY_POST, Loss.DECLARED_EARLY), (Loss.BY_POST, Loss.DECLARED_EARLY, Loss.IN_CLEAR)),
        ("digid-legacy", (Loss.BY_POST, Loss.IN_CLEAR_WITHOUT_KEY), (Loss.BY_POST, Loss.IN_CLEAR)),
    ],
)
def test_a_dv_that_is_answered_by_post_is_told_what_that_means_for_its_profile(
    profile: str, told: tuple[str, ...], told_in_clear: tuple[str, ...]
) -> None:
    for encrypt, expected in ((True, told), (False, told_in_clear)):
        agreed = Connection(response=ResponseBinding.POST, encrypt=encrypt)
        assert given_up(a_provider(profile=profile, connection=agreed)) == (*GIVES_UP[profile], *expected)


def test_a_signature_alone_matters_where_there_is_an_artifact_to_resolve() -> None:
    alone = Connection(back_channel=BackChannel.SIGNATURE)
    assert given_up(a_provider(profile="generic", connection=alone))[-1] == Loss.BY_SIGNATURE
    posted = replace(alone, response=ResponseBinding.POST)
    assert Loss.BY_SIGNATURE not in given_up(a_provider(profile="generic", connection=posted))
