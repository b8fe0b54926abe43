"""A page that is drawn once and filled in for each reads as one that is drawn for each."""

from dataclasses import replace

from gateway.pages import look_of
from runtime.web.frame import Frame, Site
from runtime.web.pages import pass_on

FRAME = Frame(language="nl", dv="Gemeente <Delft>", service="Bijstand", path="/login/een", token="geheim")
ACTION = "https://ad.example/sso"


def filled(**fields: str) -> str:
    """The page that passes the browser on, by a host that has drawn it before for somebody else."""
    look = look_of(Site(operator="Logius"))
    pass_on(look, replace(FRAME, path="/login/ander"), "DigiD", ACTION, dict.fromkeys(fields, "van een ander"))
    return bytes(pass_on(look, FRAME, "DigiD", ACTION, fields).body).decode()


def drawn(**fields: str) -> str:
    """The same page, drawn for this one alone."""
    look = look_of(Site(operator="Logius"))
    frame = replace(FRAME, token="")
    return bytes(look.draw("pass_on.html", frame, "G3", to="DigiD", action=ACTION, fields=fields).body).decode()


def test_what_is_filled_in_is_what_would_be_drawn() -> None:
    fields = {"SAMLRequest": "PHg+", "RelayState": "a&b\"'<script>"}
    assert filled(**fields) == drawn(**fields)
    assert "van een ander" not in filled(**fields)


def test_no_text_of_one_field_reaches_the_place_of_another() -> None:
    look = look_of(Site(operator="Logius"))
    pass_on(look, FRAME, "DigiD", ACTION, {"SAMLRequest": "x", "RelayState": "y"})
    again = bytes(pass_on(look, FRAME, "DigiD", ACTION, {"SAMLRequest": "y", "RelayState": "x"}).body).decode()
    assert 'name="SAMLRequest" value="y"' in again
    assert 'name="RelayState" value="x"' in again


def test_each_party_language_and_dv_has_a_page_of_its_own() -> None:
    look = look_of(Site(operator="Logius"))
    pages = {
        bytes(pass_on(look, replace(FRAME, language=language, dv=dv), name, action, {"SAMLRequest": "x"}).body)
        for language in ("nl", "en")
        for dv in ("Delft", "Goes")
        for name, action in (("DigiD", ACTION), ("Een", "https://hm.example/sso"))
    }
    assert len(pages) == 8
