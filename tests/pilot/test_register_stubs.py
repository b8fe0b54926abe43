"""The stub registers of the pilot: the shapes of the real ones, at the network's clock, with the faults of a world."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pilot.brp import PATH as BRP
from pilot.cast import Parent
from pilot.faults import CallLog
from pilot.rechtspraak import PATH as COURT
from pilot.world import World
from runtime.http import Answer
from stelsel.subjects import Period
from tests.registers.factories import (
    NEW_BSNS,
    NOON,
    a_fault,
    a_gezag,
    a_measure,
    a_person,
    an_appointment,
    digits_in,
    scenarios,
    served,
    with_rows,
)


async def post(
    world: World,
    path: str,
    body: object,
    *,
    at: datetime = NOON,
    calls: CallLog | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """The stub's answer."""
    async with served(world, calls, at) as (url, http):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await http.send(
            "POST", url + path, content=content, headers=headers, deadline_seconds=2.0, max_bytes=1_000_000
        )


def a_brp_question(world: World, *names: str, fields: tuple[str, ...] = ("burgerservicenummer", "gezag")) -> Any:
    """By BSN."""
    numbers = [world.person(name).bsn.value for name in names]
    return {"type": "RaadpleegMetBurgerservicenummer", "fields": list(fields), "burgerservicenummer": numbers}


async def gezag_of(world: World, name: str, at: datetime = NOON, version: str = "2") -> list[Any]:
    """The relations in the record of that person."""
    answer = await post(world, BRP, a_brp_question(world, name), at=at, headers={"accept-gezag-version": version})
    (record,) = json.loads(answer.content)["personen"]
    found: list[Any] = record.get("gezag", [])
    return found


async def test_the_brp_answers_with_the_fields_that_were_asked() -> None:
    world = scenarios()
    answer = await post(world, BRP, a_brp_question(world, "Gijs", fields=("geboorte", "leeftijd", "naam")))
    assert json.loads(answer.content) == {
        "type": "RaadpleegMetBurgerservicenummer",
        "personen": [
            {
                "geboorte": {"datum": {"type": "Datum", "datum": "2019-12-05", "langFormaat": "2019-12-05"}},
                "leeftijd": 6,
                "naam": {
                    "voornamen": "Gijs",
                    "voorvoegsel": "de",
                    "geslachtsnaam": "Geus",
                    "volledigeNaam": "Gijs de Geus",
                },
            }
        ],
    }


async def test_somebody_the_brp_does_not_know_is_no_error() -> None:
    body = a_brp_question(scenarios(), "Gijs") | {"burgerservicenummer": [NEW_BSNS[0]]}
    answer = await post(scenarios(), BRP, body)
    assert (answer.status, json.loads(answer.content)["personen"]) == (200, [])


async def test_gezag_is_told_alike_to_child_and_holders() -> None:
    world = scenarios()
    (of_child,) = await gezag_of(world, "Janneke")
    assert [of_child] == await gezag_of(world, "Joop")
    assert of_child["type"] == "GezamenlijkOuderlijkGezag"
    assert of_child["minderjarige"]["burgerservicenummer"] == world.person("Janneke").bsn.value
    assert [parent["naam"]["volledigeNaam"] for parent in of_child["ouders"]] == ["Josephien Janssen", "Joop Janssen"]


async def test_the_older_shape_has_another_name_and_no_type_of_third() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01"),),
        gezag=(a_gezag("K", "GezamenlijkGezag", "F1", third=("F2",)),),
    )
    (old,) = await gezag_of(world, "Janneke", version="1")
    assert old["type"] == "TweehoofdigOuderlijkGezag"
    (known,) = await gezag_of(world, "K", version="1")
    assert "type" not in known["derde"]
    (known,) = await gezag_of(world, "K")
    assert known["derde"]["type"] == "BekendeDerde"


@pytest.mark.parametrize("kind", ["GezagNietTeBepalen", "TijdelijkGeenGezag"])
async def test_an_adult_is_not_told_of_children_whose_gezag_nobody_has(kind: str) -> None:
    world = with_rows(scenarios(), persons=(a_person("K", born="2018-01-01"),), gezag=(a_gezag("K", kind, "F1"),))
    assert await gezag_of(world, "F1") == []
    (relation,) = await gezag_of(world, "K")
    assert relation["type"] == kind
    assert relation["toelichting"]


async def test_a_parent_without_a_bsn_is_named_and_finds_nothing() -> None:
    world = with_rows(
        scenarios(),
        persons=(a_person("K", born="2018-01-01"),),
        gezag=(a_gezag("K", "GezamenlijkOuderlijkGezag", "F1", Parent("F2", bsn=False)),),
    )
    (relation,) = await gezag_of(world, "K")
    assert [sorted(parent) for parent in relation["ouders"]] == [["burgerservicenummer", "naam"], ["naam"]]
    assert await gezag_of(world, "F2") == []


async def test_gezag_ends_with_majority_and_with_death() -> None:
    world = scenarios()
    assert len(await gezag_of(world, "K17")) == 1
    assert await gezag_of(world, "K17", NOON + timedelta(days=1)) == []
    assert await gezag_of(scenarios("person.K11.died=2026-03-09"), "K11") == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "ZoekMetPostcode"},
        {"fields": []},
        {"fields": ["gezag.type"]},
        {"fields": ["opschortingBijhouding"]},
        {"burgerservicenummer": []},
        {"burgerservicenummer": ["123456789"]},
        {"burgerservicenummer": [NEW_BSNS[0]] * 21},
        {"burgerservicenummer": None},
    ],
)
async def test_a_question_that_the_brp_does_not_take_is_refused_as_the_api_rules_have_it(
    change: dict[str, Any],
) -> None:
    answer = await post(scenarios(), BRP, a_brp_question(scenarios(), "Gijs") | change)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == "paramsValidation"


async def test_the_court_tells_of_measures_in_which_the_representative_appears() -> None:
    world = with_rows(
        scenarios(),
        measures=(
            a_measure("C1", an_appointment("F1", suspensions=(Period(date(2026, 3, 1)),))),
            a_measure("F1", an_appointment("F2")),
            a_measure("V1", an_appointment("F2")),
        ),
    )
    key = {"burgerservicenummer": world.person("F1").bsn.value}
    answer = await post(world, COURT, {"peildatum": "2026-03-10", "vertegenwoordiger": key})
    measures = {measure["zaaknummer"]: measure for measure in json.loads(answer.content)["maatregelen"]}
    assert set(measures) == {"C1", "C2", "F1"}
    assert measures["C1"]["vertegenwoordigers"][0] == {
        **key,
        "naam": "F1",
        "hoedanigheid": "FAMILIAIR",
        "rol": "BEWINDVOERDER",
        "benoemdPer": "2020-01-15",
        "geschorst": {"van": "2026-03-01"},
        "bevoegdheid": "ZELFSTANDIG",
    }
    assert measures["C1"]["omvang"] == "ALLE_GOEDEREN"


async def test_a_named_client_narrows_the_answer_and_alone_asks_who_represents() -> None:
    world = scenarios()
    named = {"burgerservicenummer": world.person("C3").bsn.value}
    office = {"kvkNummer": world.organisation("B1").kvk.value}
    for body in ({"vertegenwoordiger": office, "betrokkene": named}, {"betrokkene": named}):
        answer = await post(world, COURT, {"peildatum": "2026-03-10", **body})
        (measure,) = json.loads(answer.content)["maatregelen"]
        assert (measure["zaaknummer"], measure["datumEinde"]) == ("C3", "2026-03-10")
        assert measure["vertegenwoordigers"][0]["naam"] == "Test Stichting Bolderbast"
        assert measure["vertegenwoordigers"][0]["hoedanigheid"] == "PROFESSIONEEL"


@pytest.mark.parametrize(
    "body",
    [
        b"geen json",
        {},
        {"peildatum": "2026-03-10"},
        {"peildatum": "gisteren", "betrokkene": {"burgerservicenummer": NEW_BSNS[0]}},
        {"peildatum": "2026-03-10", "betrokkene": {"burgerservicenummer": "123456789"}},
        {"peildatum": "2026-03-10", "vertegenwoordiger": {"naam": "Anna"}},
    ],
)
async def test_a_question_that_the_court_does_not_take_is_refused(body: object) -> None:
    assert (await post(scenarios(), COURT, body)).status == 400


@pytest.mark.parametrize(("mode", "status"), [("down", 502), ("503", 503), ("nonsense", 200), ("truncated", 200)])
async def test_a_fault_shows_and_stands_in_the_log_until_it_ends(mode: str, status: int) -> None:
    calls = CallLog()
    fault = a_fault("brp", mode, until=NOON + timedelta(minutes=5))
    world = replace(scenarios(), faults=(fault,))
    assert (await post(world, BRP, a_brp_question(world, "Gijs"), calls=calls)).status == status
    later = NOON + timedelta(minutes=5)
    sound = await post(world, BRP, a_brp_question(world, "Gijs"), at=later, calls=calls)
    assert json.loads(sound.content)["personen"]
    assert [call["outcome"] for call in calls.entries()] == [mode, "answered"]


async def test_the_log_names_people_as_the_world_does_and_holds_no_number() -> None:
    world, calls = scenarios(), CallLog()
    await post(world, BRP, a_brp_question(world, "Gijs", "Grada"), calls=calls)
    await post(world, BRP, a_brp_question(world, "Gijs") | {"burgerservicenummer": [NEW_BSNS[0]]}, calls=calls)
    await post(world, COURT, {"peildatum": "2026-03-10"}, calls=calls)
    assert calls.entries() == [
        {"source": "brp", "at": NOON.isoformat(), "about": "Gijs, Grada", "outcome": "answered"},
        {"source": "brp", "at": NOON.isoformat(), "about": "unknown", "outcome": "answered"},
        {"source": "rechtspraak", "at": NOON.isoformat(), "about": "unknown", "outcome": "refused"},
    ]
    assert not list(digits_in(json.dumps(calls.entries())))
