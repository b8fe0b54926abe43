"""What a user presses on the real pages of gateway and BVD, and what those pages say as data."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from bvd import pages as bvd
from bvd.decide import Notice, Notices
from bvd.decide import Page as Refusal
from bvd.naming import Mistake, Mistyped
from gateway import pages as gateway
from pilot import pages as stubs
from pilot.browser import Page
from pilot.people_page import PeoplePage, notices
from pilot.steps import NotOnThisPage, Press, Wish, next_press
from runtime.web.frame import Frame, Site
from runtime.web.pages import pass_on
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn
from stelsel.subjects import Ground, Party, Representation

SITE = Site(operator="Namens", pilot=True)
FRAME = Frame(language="nl", dv="Gemeente", service="Bijstand", path="/choose/x", token="t")
ANNA = Party(Bsn("999991000"), "Anna van den Berg")
BRAM = Party(Bsn("999991127"), "Bram Visser", family_name="Visser", given_name="Bram")
CHRIS = Party(Bsn("999991255"), "Chris de Wit", family_name="Wit", given_name="Chris")
FOR_BRAM = Wish(person="Anna", dv="gemeente", service="S1", for_whom="Bram", identifier="999991127", level="midden")


def relation(represented: Party, ground: Ground = Ground.BEWIND) -> Representation:
    """One relation of Anna's."""
    return Representation(
        source="rechtspraak",
        reference="1",
        ground=ground,
        acting=ANNA,
        represented=represented,
        retrieved_at=datetime(2026, 3, 10, tzinfo=UTC),
    )


def shown(response: Response) -> Page:
    """A page as the browser has it."""
    return Page("http://bvd.localhost:8000/choose/x", response.status_code, bytes(response.body))


def people(*offered: Representation, **more: object) -> Page:
    """B1."""
    tokens = [(f"token-{number}", each) for number, each in enumerate(offered)]
    return shown(bvd.choose(bvd.look_of(SITE), FRAME, tokens, **more))  # type: ignore[arg-type]


def summary(chosen: Representation, *, may_choose: bool = False) -> Page:
    """B3."""
    return shown(bvd.summary(bvd.look_of(SITE), FRAME, chosen, acting="Anna van den Berg", may_choose=may_choose))


def pressed(page: Page, wish: Wish = FOR_BRAM, walked: Sequence[str] = ()) -> str:
    """The value of the button the user presses."""
    press = next_press(page, wish, walked)
    assert isinstance(press, Press)
    return press.button.value


def test_the_people_page_reads_as_data_with_the_ground_behind_each_sentence() -> None:
    page = people(relation(BRAM), relation(BRAM, Ground.MENTORSCHAP), relation(CHRIS, Ground.VRIJWILLIG))
    rows = PeoplePage().rows(page)
    assert {(row.label, row.ground, row.digits) for row in rows} == {
        ("Bram Visser", "BEWIND", "127"),
        ("Bram Visser", "MENTORSCHAP", "127"),
        ("Chris de Wit", "VRIJWILLIG", "255"),
    }
    assert rows[0].as_json() == {"label": rows[0].label, "ground": rows[0].ground, "usable": True, "note": ""}


@pytest.mark.parametrize(
    "ground",
    [
        Ground.VRIJWILLIG,
        Ground.OUDERLIJK_GEZAG,
        Ground.GEZAMENLIJK_GEZAG,
        Ground.VOOGDIJ,
        Ground.CURATELE,
        Ground.BEWIND,
        Ground.MENTORSCHAP,
        Ground.FUNCTIONARIS,
    ],
)
def test_each_ground_is_known_by_what_a_citizen_reads(ground: Ground) -> None:
    (row,) = PeoplePage().rows(people(relation(BRAM, ground)))
    (same,) = PeoplePage().rows(summary(relation(BRAM, ground)))
    assert (row.ground, same.ground, same.label, same.digits) == (ground, ground, "Bram Visser", "127")


def test_data_under_investigation_are_a_note_at_the_row() -> None:
    (row,) = PeoplePage().rows(people(replace(relation(BRAM, Ground.OUDERLIJK_GEZAG), under_investigation=True)))
    assert row.note.startswith("De gegevens over het gezag worden onderzocht.")


def test_notices_are_read_without_the_word_in_front_of_them() -> None:
    page = people(relation(BRAM), notices=Notices({Notice.JOINT: 2}), silent=("rechtspraak",))
    assert [each.split()[0] for each in notices(page)] == ["Niet", "Voor"]


def test_the_user_chooses_the_person_she_came_for_on_the_ground_she_named() -> None:
    page = people(relation(CHRIS), relation(BRAM), relation(BRAM, Ground.MENTORSCHAP))
    by_ground = {row.ground: row.token for row in PeoplePage().rows(page) if row.label == "Bram Visser"}
    assert pressed(page, replace(FOR_BRAM, ground="MENTORSCHAP")) == by_ground["MENTORSCHAP"]
    assert pressed(page) in by_ground.values()


def test_of_two_with_the_same_digits_the_name_decides() -> None:
    twin = Party(Bsn("999991127"), "Aart Aardenburg", family_name="Aardenburg")
    page = people(relation(twin), relation(BRAM))
    token = next(row.token for row in PeoplePage().rows(page) if row.label == "Bram Visser")
    assert pressed(page) == token


def test_in_a_long_list_she_searches_by_the_last_digits() -> None:
    page = people(*(relation(replace(CHRIS, name=f"Chris {letter}")) for letter in "abcdefghijkl"))
    press = next_press(page, FOR_BRAM)
    assert press is not None
    assert (press.button.value, press.fill) == ("search", {"q": "127"})


def test_whoever_is_not_offered_is_named_by_number_once_and_left_then() -> None:
    page = people(relation(CHRIS), by_bsn=True)
    assert pressed(page) == "bybsn"
    assert pressed(page, walked=("B1", "B2")) == "cancel"
    assert pressed(people(relation(CHRIS))) == "cancel"


def test_the_number_is_typed_where_it_is_asked_and_a_refused_one_is_not_typed_again() -> None:
    asked = shown(bvd.name_by_bsn(bvd.look_of(SITE), FRAME))
    wrong = shown(bvd.name_by_bsn(bvd.look_of(SITE), FRAME, Mistyped(Mistake.FORM, "021")))
    press = next_press(asked, FOR_BRAM)
    assert press is not None
    assert (press.button.value, press.fill) == ("name", {"bsn": "999991127"})
    assert pressed(wrong, walked=("B2",)) == "cancel"


def test_the_last_look_is_confirmed_only_for_the_person_she_came_for() -> None:
    assert pressed(summary(relation(BRAM))) == "go"
    assert pressed(summary(relation(CHRIS), may_choose=True)) == "another"
    assert pressed(summary(relation(CHRIS))) == "cancel"
    assert pressed(summary(relation(BRAM)), replace(FOR_BRAM, ground="CURATELE")) == "cancel"


def test_from_a_refusal_she_goes_back_to_the_dv() -> None:
    look = bvd.look_of(SITE)
    named = shown(bvd.refused(look, FRAME, Refusal.NAMED, by_bsn=True))
    assert pressed(named, walked=("B1", "B2")) == "back"
    assert pressed(shown(bvd.refused(look, FRAME, Refusal.EMPTY, asked=("gezag",), by_bsn=True))) == "bybsn"
    assert pressed(shown(bvd.away(look, FRAME, ("rechtspraak",)))) == "back"


def test_a_user_who_stops_stops_where_she_said() -> None:
    whom = shown(gateway.whom(gateway.look_of(SITE), FRAME, frozenset({Ground.BEWIND})))
    assert pressed(whom, replace(FOR_BRAM, cancel="means")) == "cancel"
    assert pressed(people(relation(BRAM)), replace(FOR_BRAM, cancel="bvd")) == "cancel"
    assert pressed(summary(relation(BRAM)), replace(FOR_BRAM, cancel="bvd")) == "cancel"


def test_at_the_gateway_she_says_for_whom_and_how() -> None:
    look = gateway.look_of(SITE)
    whom = shown(gateway.whom(look, FRAME, frozenset({Ground.BEWIND})))
    offers = [
        gateway.MeansOffer(name=name, title=name, level=LevelOfAssurance.HOOG) for name in ("digid", "eherkenning")
    ]
    means = shown(gateway.means(look, FRAME, offers, represent=True))
    assert pressed(whom) == "other"
    assert pressed(whom, replace(FOR_BRAM, for_whom=None, identifier=None)) == "self"
    assert pressed(means) == "means:digid"
    with pytest.raises(NotOnThisPage):
        next_press(means, replace(FOR_BRAM, means="eidas"))


def stub(*names: str, search: str = "") -> Page:
    """S1, with these people."""
    cast = [stubs.StubPerson(name, f"{name} Bos", LevelOfAssurance.HOOG) for name in names]
    look = stubs.look_of(SITE)
    return shown(stubs.stub(look, FRAME, "DigiD", cast, LevelOfAssurance.MIDDEN, search=search))


def test_at_a_stub_she_says_who_she_is_and_how_strongly() -> None:
    press = next_press(stub("Anna", "Chris"), FOR_BRAM)
    assert press is not None
    assert (press.button.value, press.fill) == ("person:Anna", {"level": "midden"})
    assert pressed(stub("Anna"), replace(FOR_BRAM, cancel="ad")) == "cancel"
    assert pressed(stub("Anna"), replace(FOR_BRAM, cancel="means")) == "cancel"
    with pytest.raises(NotOnThisPage):
        next_press(stub("Anna"), replace(FOR_BRAM, level="loa3"))
    with pytest.raises(NotOnThisPage):
        next_press(stub("Chris"), FOR_BRAM)


def test_in_a_large_cast_she_searches_herself_once() -> None:
    crowd = [f"Aad {number}" for number in range(30)]
    press = next_press(stub(*crowd, "Anna"), FOR_BRAM)
    assert press is not None
    assert (press.button.value, press.fill) == ("search", {"q": "Anna"})
    assert pressed(stub(*crowd, "Anna", search="Anna"), walked=("S1",)) == "person:Anna"
    with pytest.raises(NotOnThisPage):
        next_press(stub(*crowd, search="Aad"), FOR_BRAM, walked=("S1",))


def test_a_page_that_carries_a_message_is_passed_on() -> None:
    page = shown(
        pass_on(gateway.look_of(SITE), FRAME, "DigiD", "http://digid.localhost:8000/sso", {"SAMLRequest": "x"})
    )
    press = next_press(page, FOR_BRAM)
    assert press is not None
    assert press.form.action == "http://digid.localhost:8000/sso"


def test_the_walk_ends_where_nothing_is_asked() -> None:
    assert (
        next_press(Page("http://localhost:8000/", 400, b'<main data-page="E1"><p>Code X1</p></main>'), FOR_BRAM) is None
    )
