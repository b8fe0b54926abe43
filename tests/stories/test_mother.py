"""Fatima, mother of children of 8 and 13, opens the care portal (issue: the second of two stories)."""

import pytest

from tests.stories.conftest import Visit

PORTAL = "zorgportaal"


@pytest.mark.clause("UC-01", "R-AGE", "R-CHOICE")
async def test_a_mother_opens_the_care_portal_for_the_only_child_that_is_young_enough(visit: Visit) -> None:
    fatima = await visit()
    await fatima.begin(PORTAL)
    await fatima.log_in_at_dv("G1")
    assert "Bijvoorbeeld voor uw kind of uw cliënt" in await fatima.text()
    await fatima.press("other", "S1")
    await fatima.log_in("Fatima", "B3")
    text = await fatima.text()
    assert "1 kind kunt u hier niet kiezen. Deze dienst is voor kinderen jonger dan 12 jaar." in text
    assert "U hebt gezag over Noor Bennis." in text
    assert "Yasin" not in await fatima.page.content()
    assert await fatima.button("another").count() == 0
    await fatima.press("go", "D2")
    assert "Fatima Bennis is ingelogd namens Noor Bennis." in await fatima.text()
    assert "U regelt dit namens Noor Bennis." in await fatima.text("header")
    assert fatima.pages == ["D1", "G1", "S1", "B3", "D2"]


async def test_a_child_of_whom_the_register_cannot_tell_is_not_offered_and_not_named(visit: Visit) -> None:
    karel = await visit()
    await karel.begin(PORTAL)
    await karel.log_in_at_dv("S1", for_other=True)
    await karel.log_in("Karel", "B4.empty")
    assert "Tess" not in await karel.page.content()
    assert "Wij keken in: de BRP (gegevens van de gemeente) en de rechtbank." in await karel.text()
    await karel.press("back", "D3.no_mandate")
