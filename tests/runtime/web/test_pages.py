"""Pages that every host has: passing on, ends, static pages."""

from pathlib import Path

import pytest
from lxml import html

from runtime.web import pages
from runtime.web.frame import Frame, Site
from runtime.web.headers import CSP
from runtime.web.look import Look

FRAME = Frame(language="nl", dv="Gemeente <b>X</b>", service="Bijstand", path="/login/h", back="https://dv.example/")
NOWHERE = Path(__file__).parent  # a host without templates of its own


def a_look(**site: object) -> Look:
    return Look(Site(**({"operator": "Logius"} | site)), NOWHERE)  # type: ignore[arg-type]


def tree(body: bytes | memoryview) -> html.HtmlElement:
    return html.document_fromstring(bytes(body))


def test_a_message_is_passed_on_by_a_form_that_may_go_to_its_target_only() -> None:
    response = pages.pass_on(a_look(), FRAME, "DigiD", "https://ad.example/sso?a=b", {"SAMLRequest": 'x"<&'})
    page = tree(response.body)
    (form,) = page.iter("form")
    assert (form.get("action"), form.get("method")) == ("https://ad.example/sso?a=b", "post")
    assert [(field.get("name"), field.get("value")) for field in form.iter("input")] == [("SAMLRequest", 'x"<&')]
    assert "form-action 'self' https://ad.example;" in response.headers[CSP]
    assert "script-src 'self';" in response.headers[CSP]
    assert all("autofocus" in button.attrib for button in form.iter("button"))


def test_no_other_page_may_run_a_script() -> None:
    response = pages.go_on(a_look(), FRAME, "https://dv.example/acs?SAMLart=x&RelayState=y")
    assert CSP not in response.headers
    assert not list(tree(response.body).iter("script"))


def test_going_on_is_a_refresh_and_a_link_to_the_same_address() -> None:
    url = "https://dv.example/acs?SAMLart=x&RelayState=y"
    page = tree(pages.go_on(a_look(), FRAME, url).body)
    (refresh,) = page.xpath("//meta[@http-equiv='refresh']/@content")
    assert refresh == f"0; url={url}"
    assert page.xpath("//main//a/@href") == [url]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", ""])
def test_the_browser_is_never_sent_to_what_is_no_plain_address(url: str) -> None:
    with pytest.raises(ValueError, match="http address"):
        pages.go_on(a_look(), FRAME, url)


@pytest.mark.parametrize("page", [page for page in pages.End if page not in pages.BILINGUAL])
def test_an_end_leads_back_to_the_dv_and_tells_the_code(page: pages.End) -> None:
    found = tree(pages.end(a_look(), FRAME, page, "7K2M-9XQ4").body)
    assert found.xpath("//main//a/@href") == ["https://dv.example/"]
    assert "Code 7K2M-9XQ4." in found.text_content()


@pytest.mark.parametrize("page", sorted(pages.BILINGUAL))
def test_an_end_without_a_login_speaks_both_languages_and_links_nowhere(page: pages.End) -> None:
    found = tree(pages.end(a_look(), FRAME, page, "7K2M-9XQ4").body)
    assert found.xpath("//main//a") == []
    assert {element.get("lang") for element in found.xpath("//main/*[@lang]")} == {"en"}
    assert len(found.xpath("//h1")) == 1


def test_an_end_without_a_way_back_shows_none() -> None:
    found = tree(pages.end(a_look(), Frame(language="en"), pages.End.EXPIRED, "7K2M-9XQ4").body)
    assert found.xpath("//main//a") == []
    assert "the organisation" in found.text_content()


def test_names_are_text_and_never_markup() -> None:
    body = bytes(pages.end(a_look(), FRAME, pages.End.EXPIRED, "<i>").body).decode()
    assert "Gemeente &lt;b&gt;X&lt;/b&gt;" in body
    assert "<i>" not in body


@pytest.mark.parametrize("page", pages.Static)
def test_static_pages_name_the_operator_and_where_to_ask(page: pages.Static) -> None:
    look = a_look(help_url="https://operator.example/hulp")
    found = tree(pages.static_page(look, Frame(language="nl"), page).body)
    assert "Logius" in found.xpath("string(//main)")
    assert "https://operator.example/hulp" in found.xpath("//main//a/@href")


def test_only_the_pilot_says_that_all_is_made_up() -> None:
    draw = [pages.static_page(a_look(pilot=pilot), FRAME, pages.Static.HELP) for pilot in (True, False)]
    assert ["verzonnen" in bytes(response.body).decode() for response in draw] == [True, False]


def test_the_title_names_page_service_and_dv() -> None:
    found = tree(pages.end(a_look(), FRAME, pages.End.EXPIRED, "x").body)
    assert found.findtext(".//title") == "Het inloggen duurde te lang – Bijstand – Gemeente <b>X</b>"
