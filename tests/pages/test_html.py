"""The HTML of every state: valid, one heading, a title, forms that hold to the rules, and no number of anybody."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from lxml import html

from runtime.web.language import LANGUAGES, Language
from tests.pages.states import STATES, Looks, Shown
from tests.pages.windows import NODE

LOOKS = Looks()
# The pilot's result page shows what came in, and its people are made up. A list of refused messages has the names of
# parties and messages, and of people nothing: the journal masks what it is made of.
FOR_INTEGRATORS = ("D2", "R1")


def drawn(name: str, language: Language) -> bytes:
    return bytes(STATES[name](Shown(LOOKS, language)).body)


def test_html_validate_finds_no_error_on_any_page(tmp_path: Path) -> None:
    for name in STATES:
        for language in LANGUAGES:
            (tmp_path / f"{name}-{language}.html").write_bytes(drawn(name, language))
    command = [
        str(NODE / "bin" / "node"),
        str(NODE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"),
        "--config",
        str(Path(__file__).with_name("html-validate.json")),
        "--formatter",
        "json",
        f"{tmp_path}/*.html",
    ]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    found = json.loads(done.stdout)
    told = [
        f"{Path(file['filePath']).name}:{each['line']} {each['message']}" for file in found for each in file["messages"]
    ]
    assert told == []
    assert done.returncode == 0


def parsed(name: str, language: Language = "nl") -> html.HtmlElement:
    return html.document_fromstring(drawn(name, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_a_page_has_its_name_its_language_one_heading_and_a_title_that_begins_with_it(
    name: str, language: Language
) -> None:
    page = parsed(name, language)
    assert page.get("lang") == language
    (main,) = page.iter("main")
    plan = name.partition(".")[0]
    assert main.get("data-page").partition(".")[0] == ("G3" if plan == "D" else plan)
    (heading,) = page.iter("h1")
    assert " ".join(heading.text_content().split()) in str(page.findtext(".//title"))


@pytest.mark.parametrize("name", STATES)
def test_forms_hold_to_the_rules(name: str) -> None:
    page = parsed(name)
    assert page.xpath("//*[@required or @disabled or @checked or @selected or @style or @onclick]") == []
    assert page.xpath("//form[not(@novalidate)] | //style | //form//a | //button//a | //a//button") == []
    assert len(page.xpath("//*[contains(concat(' ', @class, ' '), ' primary ')]")) <= 1
    assert page.xpath("//input[@type='password' or @type='number' or @type='file']") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in STATES if not name.startswith(FOR_INTEGRATORS)])
def test_no_page_holds_nine_digits_in_a_row(name: str, language: Language) -> None:
    assert re.findall(rb"\d{9}", drawn(name, language)) == []


@pytest.mark.parametrize("name", STATES)
def test_a_page_loads_nothing_from_another_host(name: str) -> None:
    page = parsed(name)
    loaded = page.xpath("//link/@href | //script/@src | //img/@src | //iframe/@src | //object/@data")
    assert [url for url in loaded if not str(url).startswith("/static/")] == []


@pytest.mark.parametrize("name", [name for name in STATES if name.startswith("S1")])
def test_a_stub_has_no_place_for_a_name_or_password_and_is_not_indexed(name: str) -> None:
    page = parsed(name)
    assert set(page.xpath("//input[@type!='hidden']/@name")) <= {"q", "level"}
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex, nofollow"]
    assert len(page.xpath("//p[@class='stripes']")) == 2
