"""The gateway's questions as pages: what stands on them, and what not (PAGES 2.1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from lxml import html
from starlette.responses import Response

from gateway import pages
from gateway.pages import MeansOffer, Raised
from runtime.web.frame import Frame, Site
from runtime.web.language import Language
from stelsel.assurance import LevelOfAssurance
from stelsel.subjects import Ground

LOOK = pages.look_of(Site(operator="Logius"))
SUBSTANTIEEL = LevelOfAssurance.SUBSTANTIEEL
TITLES = {"eidas": "eIDAS", "eherkenning": "eHerkenning", "digid": "DigiD"}
ALL = tuple(MeansOffer(name=name, title=title, level=SUBSTANTIEEL) for name, title in TITLES.items())


def a_frame(language: Language = "nl") -> Frame:
    return Frame(language=language, dv="Gemeente Delft", service="Bijstand", path="/login/h", token="t")


def tree(response: Response) -> html.HtmlElement:
    return html.document_fromstring(bytes(response.body))


def whom(*grounds: Ground, language: Language = "nl", only: str | None = None) -> html.HtmlElement:
    return tree(pages.whom(LOOK, a_frame(language), frozenset(grounds), only))


def means(
    offers: Sequence[MeansOffer] = ALL,
    *,
    language: Language = "nl",
    represent: bool = False,
    refused: str | None = None,
    raised: Raised | None = None,
    may_remember: bool = False,
) -> html.HtmlElement:
    return tree(
        pages.means(
            LOOK,
            a_frame(language),
            offers,
            represent=represent,
            refused=refused,
            raised=raised,
            may_remember=may_remember,
        )
    )


def choices(page: html.HtmlElement) -> list[str]:
    return [str(value) for value in page.xpath("//main//button[@name='choice']/@value")]


def said(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("string(//main)").split())


def test_whom_offers_two_answers_and_the_way_out() -> None:
    assert choices(whom(Ground.BEWIND)) == ["self", "other", "cancel"]


@pytest.mark.parametrize(
    ("grounds", "example"),
    [
        ([Ground.BEWIND], "Bijvoorbeeld voor uw cliënt"),
        ([Ground.VOOGDIJ, Ground.MENTORSCHAP], "Bijvoorbeeld voor uw kind of uw cliënt"),
        (
            [Ground.VRIJWILLIG, Ground.FUNCTIONARIS],
            "Bijvoorbeeld voor iemand die u heeft gemachtigd of een organisatie",
        ),
        (list(Ground), "Bijvoorbeeld voor uw kind, uw cliënt, iemand die u heeft gemachtigd of een organisatie"),
    ],
)
def test_whom_gives_examples_of_the_grounds_that_the_service_allows_only(grounds: list[Ground], example: str) -> None:
    assert whom(*grounds).xpath("string(//button[@value='other']/small)") == example


def test_whom_names_the_means_when_there_is_one_left() -> None:
    assert "Hierna logt u in met DigiD. Doe dat altijd met uw eigen gegevens." in said(whom(only="DigiD"))
    assert "Next, you log in with DigiD." in said(whom(language="en", only="DigiD"))


def test_means_stand_in_a_fixed_order_with_the_one_chosen_last_in_front() -> None:
    assert choices(means()) == ["means:digid", "means:eherkenning", "means:eidas", "cancel"]
    last = [ALL[2], replace(ALL[0], last=True)]
    assert choices(means(last)) == ["means:eidas", "means:digid", "forget", "cancel"]


@pytest.mark.parametrize(
    ("level", "digid", "eherkenning"),
    [
        (LevelOfAssurance.BASIS, "Met gebruikersnaam en wachtwoord kan het ook.", "EH2"),
        (LevelOfAssurance.MIDDEN, "U hebt de DigiD app of een sms-code nodig.", "EH2+"),
        (LevelOfAssurance.SUBSTANTIEEL, "U hebt de DigiD app met ID-check nodig.", "EH3"),
        (LevelOfAssurance.HOOG, "U hebt de DigiD app en de chip van uw ID-kaart of rijbewijs nodig.", "EH4"),
    ],
)
def test_what_a_level_takes_stands_under_its_button(level: LevelOfAssurance, digid: str, eherkenning: str) -> None:
    page = means([MeansOffer(name=name, title=TITLES[name], level=level) for name in ("digid", "eherkenning")])
    assert page.xpath("string(//button[@value='means:digid']/small)") == digid
    assert f"niveau {eherkenning} nodig" in page.xpath("string(//button[@value='means:eherkenning']/small)")


def test_a_means_that_is_away_is_a_line_of_text_and_no_button() -> None:
    page = means([MeansOffer(name="digid", title="DigiD", level=SUBSTANTIEEL, works=False), *ALL[:2]])
    assert "means:digid" not in choices(page)
    assert "DigiD werkt nu niet. Probeer het later of kies iets anders." in said(page)


def test_a_means_that_refused_is_named_and_still_there() -> None:
    page = means(refused="DigiD")
    assert "Let op: Inloggen met DigiD ging niet door." in said(page)
    assert "means:digid" in choices(page)


def test_an_announced_level_is_told_with_its_date() -> None:
    raised = Raised(on=date(2027, 3, 1), level=LevelOfAssurance.HOOG)
    assert "Vanaf 1 maart 2027 moet u hier sterker inloggen: U hebt de DigiD app en de chip" in said(
        means(raised=raised)
    )
    assert "From 1 March 2027 you need a stronger login here:" in said(means(raised=raised, language="en"))


def test_the_provider_s_own_words_replace_ours_and_stay_text() -> None:
    page = means(raised=Raised(on=date(2027, 3, 1), level=SUBSTANTIEEL, message="Straks <b>anders</b>."))
    assert "Informatie: Straks <b>anders</b>." in said(page)


def test_whoever_acts_for_another_is_told_to_use_the_own_login() -> None:
    assert "Log in met uw eigen gegevens." in said(means(represent=True))
    assert "Log in met uw eigen gegevens." not in said(means())


def test_nothing_is_chosen_beforehand_or_disabled() -> None:
    page = means(may_remember=True)
    assert page.xpath("//main//*[@checked or @disabled or @required or @selected]") == []
    assert page.xpath("//main//form[not(@novalidate)]") == []


def test_every_form_of_ours_carries_the_token_to_the_page_s_own_path() -> None:
    for page in (whom(Ground.BEWIND), means()):
        for form in page.iter("form"):
            assert (form.get("method"), form.get("action")) == ("post", "/login/h")
            assert form.xpath("input[@name='csrf']/@value") == ["t"]
