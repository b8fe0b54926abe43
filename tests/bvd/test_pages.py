"""The page on which a person is chosen: what stands on it, in which order, and what never does (PAGES 2.2, B1)."""

import re

import pytest
from lxml import html

from bvd.decide import Notice, Notices
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, Subject
from stelsel.subjects import Ground, Party, Representation
from tests.bvd.drawn import ADAM, BRAM, CHRIS, NOOR, OFFICE, a_relation, choices, choose, lines, many, rows, said

# --- B1


def test_children_come_first_by_first_name_then_others_by_family_name_without_prefix() -> None:
    gezag = Ground.OUDERLIJK_GEZAG
    page = choose([a_relation(CHRIS), a_relation(NOOR, gezag), a_relation(BRAM), a_relation(ADAM, gezag)])
    assert rows(page) == ["Adam Zwart", "Noor Bennis", "Bram Visser", "Chris de Wit"]


def test_a_choice_is_a_one_time_token_and_holds_no_number() -> None:
    page = choose([a_relation(BRAM), a_relation(CHRIS)])
    assert choices(page) == ["pick:token0", "pick:token1", "cancel"]


@pytest.mark.parametrize(
    ("relation", "nl", "en"),
    [
        (
            a_relation(BRAM, Ground.BEWIND),
            "U bent bewindvoerder van Bram Visser.",
            "You are the administrator (bewindvoerder) of Bram Visser.",
        ),
        (
            a_relation(BRAM, Ground.CURATELE),
            "U bent curator van Bram Visser.",
            "You are the legal guardian (curator) of Bram Visser.",
        ),
        (
            a_relation(BRAM, Ground.MENTORSCHAP),
            "U bent mentor van Bram Visser.",
            "You are the mentor of Bram Visser.",
        ),
        (
            a_relation(NOOR, Ground.OUDERLIJK_GEZAG),
            "U hebt gezag over Noor Bennis.",
            "You have parental authority over Noor Bennis.",
        ),
        (
            a_relation(NOOR, Ground.GEZAMENLIJK_GEZAG),
            "U hebt samen met iemand anders gezag over Noor Bennis.",
            "You share authority over Noor Bennis with somebody else.",
        ),
        (a_relation(NOOR, Ground.VOOGDIJ), "U bent voogd van Noor Bennis.", "You are the guardian of Noor Bennis."),
        (a_relation(BRAM, Ground.VRIJWILLIG), "Bram Visser heeft u gemachtigd.", "Bram Visser authorised you."),
        (
            a_relation(OFFICE, Ground.FUNCTIONARIS),
            "U staat in het Handelsregister bij Kantoor Noord B.V.",
            "You are in the Business Register at Kantoor Noord B.V.",
        ),
        (
            a_relation(OFFICE, Ground.EH_MACHTIGING),
            "Kantoor Noord B.V. heeft u gemachtigd.",
            "Kantoor Noord B.V. authorised you.",
        ),
        (
            a_relation(BRAM, Ground.KETEN, via=(OFFICE,)),
            "Bram Visser heeft Kantoor Noord B.V. gemachtigd. U werkt daar.",
            "Bram Visser authorised Kantoor Noord B.V. You work there.",
        ),
        (
            a_relation(BRAM, Ground.EH_BEWIND, acting=OFFICE, role="mentor"),
            "Kantoor Noord B.V. is mentor van Bram Visser.",
            "Kantoor Noord B.V. is the mentor of Bram Visser.",
        ),
    ],
    ids=lambda value: str(value.ground) if isinstance(value, Representation) else "",
)
def test_each_ground_has_its_sentence(relation: Representation, nl: str, en: str) -> None:
    assert nl in lines(choose([relation, a_relation(CHRIS)]))
    assert en in lines(choose([relation, a_relation(CHRIS)], language="en"))


def test_only_the_last_three_digits_of_a_bsn_are_shown_and_a_kvk_number_whole() -> None:
    page = choose([a_relation(BRAM), a_relation(OFFICE, Ground.FUNCTIONARIS)])
    assert "BSN eindigt op 127" in lines(page)
    assert "KvK-nummer 90000001" in lines(page)
    assert not re.search(r"\d{9}", html.tostring(page).decode())


def test_the_same_person_on_two_grounds_is_two_rows_without_a_year() -> None:
    page = choose([a_relation(BRAM), a_relation(BRAM, Ground.MENTORSCHAP)])
    assert rows(page) == ["Bram Visser", "Bram Visser"]
    assert "Geboren" not in said(page)


def a_jan(subject: Subject, born: str, *, secret: bool = False) -> Representation:
    return a_relation(Party(subject, "Jan de Jong", "Jong", "Jan", born, secret))


def test_two_people_who_look_the_same_are_told_apart_by_year_of_birth() -> None:
    page = choose([a_jan(Bsn("999903007"), "1938-07-15"), a_jan(Bsn("999926007"), "1993")])
    assert {line for line in lines(page) if line.startswith("Geboren")} == {"Geboren in 1938", "Geboren in 1993"}


def test_of_somebody_with_secret_data_no_year_is_shown_as_of_one_whose_year_is_unknown() -> None:
    one = Bsn("999903007")
    secret = choose([a_jan(one, "1938-07-15", secret=True), a_jan(Bsn("999926007"), "1993")])
    unknown = choose([a_jan(one, ""), a_jan(Bsn("999926007"), "1993")])
    assert html.tostring(secret) == html.tostring(unknown)


def test_gezag_under_investigation_is_told_in_the_row_where_the_service_takes_it() -> None:
    page = choose([a_relation(NOOR, Ground.OUDERLIJK_GEZAG, under_investigation=True), a_relation(BRAM)])
    assert "De gegevens over het gezag worden onderzocht. U kunt wel verder." in lines(page)


@pytest.mark.parametrize(("number", "searches", "big"), [(2, 0, False), (9, 0, False), (10, 1, False), (500, 1, True)])
def test_a_search_comes_with_ten_people_and_a_hint_with_more_than_sixty(number: int, searches: int, big: bool) -> None:
    page = choose(many(number))
    assert len(page.xpath("//input[@name='q']")) == searches
    assert ("Dit zijn de eerste 20." in said(page)) is big
    assert len(rows(page)) == min(number, 20)


def test_pages_have_twenty_and_their_buttons_say_where_they_lead() -> None:
    first, second, last = (choose(many(45), page=n) for n in range(3))
    assert [len(rows(page)) for page in (first, second, last)] == [20, 20, 5]
    assert first.xpath("//button[starts-with(@value, 'page:')]/@aria-label") == ["Volgende 20, pagina 2 van 3"]
    assert second.xpath("//button[starts-with(@value, 'page:')]/@aria-label") == [
        "Vorige 20, pagina 1 van 3",
        "Volgende 20, pagina 3 van 3",
    ]
    assert [choice for choice in choices(second) if choice.startswith("page:")] == ["page:0", "page:2"]


@pytest.mark.parametrize("page", [-1, 99])
def test_a_page_that_is_not_there_is_the_nearest_one(page: int) -> None:
    assert rows(choose(many(45), page=page))


@pytest.mark.parametrize("search", ["visser", "VISSER  bram", "víssér", "127", "bram 127"])
def test_a_search_minds_neither_case_nor_accents_nor_order(search: str) -> None:
    page = choose([a_relation(BRAM), a_relation(CHRIS), *many(10)], search=search)
    assert "Bram Visser" in rows(page)
    assert "Chris de Wit" not in rows(page)


def test_accents_in_the_list_do_not_count_either() -> None:
    assert rows(choose([a_relation(Party(BRAM.subject, "Élodie Öztürk")), a_relation(CHRIS)], search="elodie ozturk"))


def test_what_was_found_stands_in_heading_and_title() -> None:
    page = choose([a_relation(BRAM), a_relation(CHRIS), *many(10)], search="wit")
    assert page.xpath("string(//h2)") == "1 gevonden voor ‘wit’"
    assert page.findtext(".//title") == (
        "1 gevonden voor ‘wit’ – Voor wie wilt u dit regelen? – Bijstand – Gemeente Delft"
    )
    assert "clear" in choices(page)


def test_a_search_without_result_says_so_and_shows_the_way_back() -> None:
    page = choose(many(10), search='"><script>')
    assert 'Niemand in uw lijst past bij ‘"><script>’.' in said(page)
    assert not list(page.iter("script"))
    assert "clear" in choices(page)


def test_an_empty_search_shows_everyone() -> None:
    assert len(rows(choose(many(12), search="   "))) == 12


def test_by_bsn_is_offered_where_the_service_takes_it() -> None:
    assert "bybsn" in choices(choose(many(2), by_bsn=True))
    assert "bybsn" not in choices(choose(many(2)))


# --- notices


@pytest.mark.parametrize(
    ("notice", "one", "other"),
    [
        (Notice.RESEARCH, "Van 1 kind worden de gegevens", "Van 2 kinderen worden de gegevens"),
        (Notice.AGE, "1 kind kunt u hier niet kiezen.", "2 kinderen kunt u hier niet kiezen."),
        (Notice.JOINT, "Voor 1 persoon mag u dit niet alleen", "Voor 2 mensen mag u dit niet alleen"),
        (Notice.LEVEL, "Voor 1 persoon moet u sterker inloggen: U hebt", "Voor 2 mensen moet u sterker"),
        (Notice.SCOPE, "Voor 1 persoon mag u deze dienst niet", "Voor 2 mensen mag u deze dienst niet"),
    ],
)
def test_a_notice_counts_and_knows_one_from_many(notice: Notice, one: str, other: str) -> None:
    for number, sentence in ((1, one), (2, other)):
        notices = Notices({notice: number}, 12, LevelOfAssurance.SUBSTANTIEEL)
        assert f"Informatie: {sentence}" in said(choose(many(2), notices=notices))


def test_at_most_three_sentences_stand_in_the_block_the_silent_registers_first() -> None:
    notices = Notices(dict.fromkeys(Notice, 1), 12, LevelOfAssurance.HOOG)
    page = choose(many(2), notices=notices, silent=["rechtspraak"])
    block = page.xpath("//section[contains(@class, 'notice')]")
    assert len(block) == 1
    assert block[0].get("aria-label") == "Let op"
    told = [" ".join(each.text_content().split()) for each in block[0].xpath(".//p[not(button)]")]
    assert told[0] == (
        "Let op: Niet alle registers hebben geantwoord. De rechtbank antwoordt nu niet. "
        "Daarom is deze lijst misschien niet volledig."
    )
    assert len(told) == 3
    assert "retry" in choices(page)


def test_two_silent_registers_are_plural_and_the_brp_is_named_once() -> None:
    page = choose(many(2), silent=["gezag", "persons", "rechtspraak"])
    assert "De BRP (gegevens van de gemeente) en de rechtbank antwoorden nu niet." in said(page)


def test_without_anything_to_tell_there_is_no_block() -> None:
    assert choose(many(2)).xpath("//section") == []
