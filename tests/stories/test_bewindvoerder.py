"""Anna, bewindvoerder of three, applies for special assistance for one of them (issue: the first of two stories)."""

import pytest

from tests.stories.conftest import Visit

BIJSTAND = "bijzondere-bijstand"


@pytest.mark.clause("UC-01", "UC-03", "R-CHOICE")
async def test_a_bewindvoerder_acts_for_one_of_her_three_clients(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    assert await anna.text("h1") == "Bijzondere bijstand aanvragen"
    await anna.log_in_at_dv("G1")
    assert "Voor: Bijzondere bijstand aanvragen" in await anna.text("header")
    assert "Hierna logt u in. Doe dat altijd met uw eigen gegevens." in await anna.text()
    await anna.press("other", "S1")
    await anna.log_in("Anna", "B1")
    assert await anna.rows() == ["Dirkje Postma", "Bram Visser", "Chris de Wit"]  # by family name
    assert await anna.text("h2") == "3 mensen"
    await anna.choose("Chris de Wit", "B3")
    assert "U bent bewindvoerder van Chris de Wit." in await anna.text("dl")
    assert "Alles wat u hierna bij Gemeente Waterhoek doet, geldt voor Chris de Wit." in await anna.text()
    await anna.press("go", "D2")
    assert "Anna van den Berg is ingelogd namens Chris de Wit, als bewindvoerder." in await anna.text()
    assert "U regelt dit namens Chris de Wit." in await anna.text("header")
    assert "fout" not in await anna.page.locator("td.short").all_inner_texts()
    assert anna.pages == ["D1", "G1", "G2", "S1", "B1", "B3", "D2"]


async def test_choosing_somebody_else_at_the_dv_begins_a_new_login(visit: Visit) -> None:
    anna = await visit()
    await anna.begin(BIJSTAND)
    await anna.log_in_at_dv("S1", for_other=True)
    await anna.log_in("Anna", "B1")
    await anna.choose("Bram Visser", "B3")
    await anna.press("go", "D2")
    await anna.page.locator("header button[name=for]").click()
    await anna.to_digid()
    await anna.log_in("Anna", "B1")
    await anna.choose("Dirkje Postma", "B3")
    await anna.press("another", "B1")
    await anna.choose("Chris de Wit", "B3")
    await anna.press("go", "D2")
    assert "U regelt dit namens Chris de Wit." in await anna.text("header")
    await anna.begin(BIJSTAND)
    assert "U regelt dit namens Chris de Wit." in await anna.text("header")
    await anna.page.locator("header form[action='/logout'] button").click()
    await anna.at("D1")
    assert "namens" not in await anna.text("header")


async def test_somebody_logs_in_for_herself(visit: Visit) -> None:
    ria = await visit()
    await ria.begin(BIJSTAND)
    await ria.log_in_at_dv("G1")
    await ria.press("self", "G2")
    await ria.press("means:digid", "S1")
    await ria.log_in("Ria", "D2", level="hoog")
    assert "Ria ter Horst is ingelogd." in await ria.text()
    assert "namens" not in await ria.text("header")
