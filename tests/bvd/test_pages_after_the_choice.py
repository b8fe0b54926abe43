"""Naming by BSN, the summary, refusals and silent registers as pages (PAGES 2.2, B2 to B5)."""

from typing import Any

import pytest
from lxml import html

from bvd import naming, pages
from bvd.decide import Notice, Notices, Page
from bvd.naming import Mistake, Mistyped
from runtime.web.language import Language
from stelsel.identifiers import Bsn
from stelsel.subjects import Ground, Representation
from tests.bvd.drawn import BRAM, LOOK, NOON, OFFICE, a_frame, a_relation, choices, said, tree

# --- B2


@pytest.mark.parametrize("typed", ["999991127", " 9999.91.127 ", "999-991-127", "999 991 127", "9999–91127"])
def test_a_bsn_is_read_with_spaces_dots_and_dashes(typed: str) -> None:
    assert naming.read_bsn(typed) == Bsn("999991127")


@pytest.mark.parametrize(
    ("typed", "mistyped"),
    [
        ("", Mistyped(Mistake.EMPTY)),
        (" .- ", Mistyped(Mistake.EMPTY)),
        ("99999112a", Mistyped(Mistake.LETTERS)),
        ("٩٩٩٩٩١١٢٧", Mistyped(Mistake.LETTERS)),
        ("999991128", Mistyped(Mistake.FORM, "128")),
        ("12", Mistyped(Mistake.FORM, "12")),
        ("000000000", Mistyped(Mistake.FORM, "000")),
    ],
)
def test_what_is_no_bsn_is_told_by_kind_and_kept_by_three_digits(typed: str, mistyped: Mistyped) -> None:
    assert naming.read_bsn(typed) == mistyped


def test_a_typed_number_is_never_shown_again() -> None:
    mistyped = naming.read_bsn("999991128")
    assert isinstance(mistyped, Mistyped)
    page = tree(pages.name_by_bsn(LOOK, a_frame(), mistyped))
    text = html.tostring(page).decode()
    assert "999991128" not in text
    assert page.xpath("//input[@id='bsn']/@value") == []
    assert "Het nummer dat eindigt op 128 is geen BSN." in said(page)


def test_a_mistake_takes_the_focus_and_is_bound_to_its_field() -> None:
    page = tree(pages.name_by_bsn(LOOK, a_frame(), Mistyped(Mistake.EMPTY)))
    (summary,) = page.xpath("//div[@autofocus]")
    assert summary.get("tabindex") == "-1"
    assert summary.xpath(".//a/@href") == ["#bsn"]
    (entry,) = page.xpath("//input[@id='bsn']")
    assert entry.get("aria-invalid") == "true"
    for described in entry.get("aria-describedby").split():
        assert page.get_element_by_id(described) is not None
    assert str(page.findtext(".//title")).startswith("Fout: ")


def test_the_field_takes_digits_and_remembers_nothing() -> None:
    (entry,) = tree(pages.name_by_bsn(LOOK, a_frame(), has_list=False)).xpath("//input[@id='bsn']")
    wanted = {"type": "text", "inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}
    assert wanted.items() <= dict(entry.attrib).items()
    assert "required" not in entry.attrib


# --- B3


def summary(chosen: Representation, language: Language = "nl", **more: Any) -> html.HtmlElement:
    values: dict[str, Any] = {"acting": "Anna van den Berg"} | more
    return tree(pages.summary(LOOK, a_frame(language), chosen, **values))


def test_the_summary_says_who_for_whom_why_where_what_for_and_what_is_passed_on() -> None:
    page = summary(a_relation(BRAM), may_choose=True)
    assert [term.text for term in page.iter("dt")] == [
        "U",
        "U regelt dit voor",
        "Waarom u dat mag",
        "Bij",
        "Voor",
        "Dit geven wij door",
    ]
    assert [" ".join(each.text_content().split()) for each in page.iter("dd")] == [
        "Anna van den Berg",
        "Bram VisserBSN eindigt op 127",
        "U bent bewindvoerder van Bram Visser.",
        "Gemeente Delft",
        "Bijstand",
        "Uw BSN, het BSN van Bram Visser, waarom u dit mag en hoe sterk u inlogde. Meer niet.",
    ]
    assert "Alles wat u hierna bij Gemeente Delft doet, geldt voor Bram Visser." in said(page)
    assert choices(page) == ["go", "another", "cancel"]


def test_who_had_no_choice_is_not_sent_back_to_one() -> None:
    assert choices(summary(a_relation(BRAM))) == ["go", "cancel"]


def test_an_employee_reads_the_organisation_only() -> None:
    page = summary(a_relation(BRAM, Ground.EH_BEWIND, acting=OFFICE, role="curator"), organisation=OFFICE.name)
    assert "Anna" not in said(page)
    assert "De naam en het KvK-nummer van Kantoor Noord B.V., uw code als medewerker" in said(page)


def test_a_mandate_that_ends_soon_is_told_with_its_moment() -> None:
    page = summary(a_relation(BRAM), until=NOON)
    assert "U kunt dit doen tot 10 maart 2026 om 12.00 uur." in said(page)


def test_notices_move_to_the_summary_when_the_list_is_skipped() -> None:
    page = summary(a_relation(BRAM), notices=Notices({Notice.AGE: 1}, 12), silent=["gezag"])
    assert "1 kind kunt u hier niet kiezen." in said(page)
    assert "De BRP (gegevens van de gemeente) antwoordt nu niet." in said(page)


# --- B4, B5


def test_nobody_found_names_where_was_looked() -> None:
    page = tree(pages.refused(LOOK, a_frame(), Page.EMPTY, asked=["rechtspraak", "gezag", "persons", "machtigingen"]))
    assert "Wij keken in: de rechtbank, de BRP (gegevens van de gemeente) en het machtigingenregister." in said(page)
    assert choices(page) == ["back"]


def test_hidden_says_why_by_number() -> None:
    notices = Notices({Notice.AGE: 2, Notice.JOINT: 1}, 12)
    page = tree(pages.refused(LOOK, a_frame(), Page.HIDDEN, notices=notices))
    assert page.xpath("string(//h1)") == "U kunt hier niemand kiezen"
    assert [" ".join(each.text_content().split())[:7] for each in page.xpath("//main/p")] == ["2 kinde", "Voor 1 "]


def test_named_is_the_same_page_for_every_cause() -> None:
    one, two = (
        bytes(pages.refused(LOOK, a_frame(), Page.NAMED, notices=notices, asked=asked).body)
        for notices, asked in ((pages.NONE, ()), (Notices({Notice.AGE: 1}, 12), ("gezag",)))
    )
    assert one == two


def test_named_offers_another_try_where_the_service_takes_a_bsn() -> None:
    assert choices(tree(pages.refused(LOOK, a_frame(), Page.NAMED, by_bsn=True))) == ["bybsn", "back"]
    assert choices(tree(pages.refused(LOOK, a_frame(), Page.NAMED))) == ["back"]
    assert choices(tree(pages.refused(LOOK, a_frame(), Page.ACTING, by_bsn=True))) == ["back"]


def test_an_employee_is_sent_to_the_own_administrator() -> None:
    page = tree(pages.employee_refused(LOOK, a_frame(), "Kantoor Noord B.V."))
    assert "machtiging voor ‘Bijstand’" in said(page)


def test_a_silent_register_is_named_and_can_be_asked_again() -> None:
    page = tree(pages.away(LOOK, a_frame(), ["rechtspraak"]))
    assert "De rechtbank antwoordt niet." in said(page)
    assert choices(page) == ["retry", "back"]
    assert "De rechtbank en de BRP (gegevens van de gemeente) antwoorden niet." in said(
        tree(pages.away(LOOK, a_frame(), ["rechtspraak", "persons"]))
    )


@pytest.mark.parametrize("page", [page for page in Page if page not in (Page.AWAY, Page.EMPLOYEE)])
def test_a_refusal_has_no_cancel_for_there_was_no_choice(page: Page) -> None:
    assert "cancel" not in choices(tree(pages.refused(LOOK, a_frame(), page, asked=["gezag"])))
