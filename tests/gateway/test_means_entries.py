"""Which login means a gateway has: read from its settings, or a start that stops and says why."""

import base64

import pytest

from gateway.means.entries import Authority, MeansEntries, MeansEntry
from gateway.means.terms import Terms
from gateway.settings import GatewaySettings
from gateway.titles import Titles
from runtime.settings import read_settings
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId

DIGID = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9001")
ONE = EntityId("urn:etoegang:HM:00000099000000007001:entities:9001")
TWO = EntityId("urn:etoegang:HM:00000099000000007002:entities:9001")
TEXT = f"""
[digid]
kind = "st-saml"
authorities = [{{entity = "{DIGID.value}"}}]

[eherkenning]
kind = "st-saml"
authorities = [{{entity = "{ONE.value}", title = "Een"}}, {{entity = "{TWO.value}", title = "Twee"}}]

[pasje]
kind = "st-saml"
authorities = [{{entity = "urn:example:pasje"}}]
title = {{nl = "Stadspas", en = "City pass"}}
line = {{nl = "Met uw pas.", en = "With your pass."}}
"""
KEY = base64.b64encode(bytes(32)).decode()
ENVIRONMENT = {
    "GATEWAY_ENTITY_ID": "urn:nl-eid-gdi:1.0:RD:00000099000000001000:entities:9001",
    "GATEWAY_PUBLIC_URL": "https://gateway.example",
    "GATEWAY_BACK_CHANNEL_URL": "https://gateway.example:8443",
    "GATEWAY_KEYS": "keys",
    "GATEWAY_ANCHORS": "anchors.pem",
    "GATEWAY_HANDLE_KEY": KEY,
    "GATEWAY_DATABASE_URL": "sqlite:///gateway.sqlite",
    "GATEWAY_STORE_KEY": KEY,
    "GATEWAY_JOURNAL_KEY": KEY,
    "GATEWAY_OPERATOR": "Logius",
    "GATEWAY_BVD": "urn:nl-eid-gdi:1.0:BVD:00000099000000003000:entities:9001",
}


def test_means_come_in_the_order_in_which_they_are_written() -> None:
    entries = MeansEntries.from_text(TEXT)
    assert list(entries.by_name) == ["digid", "eherkenning", "pasje"]
    assert entries.by_name["eherkenning"].authorities == (Authority(ONE, "Een"), Authority(TWO, "Twee"))
    assert [each.entity_id for each in entries.authorities][:2] == [DIGID, ONE]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("[digid]", "[DigiD]"), "DigiD"),
        (('kind = "st-saml"', "kind = 3"), "digid.kind"),
        (('title = "Een"', 'titel = "Een"'), r"eherkenning.authorities\[0\]"),
        ((', title = "Twee"', ""), "eherkenning.authorities"),
        ((TWO.value, ONE.value), "eherkenning.authorities"),
        ((TWO.value, DIGID.value), DIGID.value),
        (('title = "Een"', 'title = "Een", only = []'), r"eherkenning.authorities\[0\].only"),
        (('title = "Een"', 'title = "Een", only = ["no entity"]'), r"eherkenning.authorities\[0\].only"),
        ((TWO.value, "no entity"), r"eherkenning.authorities\[1\].entity"),
        ((', en = "City pass"', ""), "pasje.title"),
        (("line =", "lines ="), "lines"),
        (('[{entity = "urn:example:pasje"}]', "[]"), "pasje.authorities"),
        (('[{entity = "urn:example:pasje"}]', '"urn:example:pasje"'), "pasje.authorities"),
        (("[pasje]", "pasje"), "TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(change: tuple[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        MeansEntries.from_text(TEXT.replace(*change, 1))


def test_an_hm_may_serve_some_dvs_alone() -> None:
    only = 'title = "Een", only = ["urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001"]'
    entries = MeansEntries.from_text(TEXT.replace('title = "Een"', only))
    assert entries.reserved == {ONE: {EntityId("urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001")}}


def test_means_stand_in_the_environment_or_in_a_file() -> None:
    settings = read_settings(GatewaySettings, "GATEWAY", ENVIRONMENT | {"GATEWAY_MEANS": TEXT})
    assert settings.login_means == MeansEntries.from_text(TEXT)


def test_digid_alone_is_told_as_before() -> None:
    settings = read_settings(GatewaySettings, "GATEWAY", ENVIRONMENT | {"GATEWAY_DIGID": DIGID.value})
    entry = MeansEntry(name="digid", kind="st-saml", authorities=(Authority(DIGID),))
    assert settings.login_means == MeansEntries.of(entry)


@pytest.mark.parametrize("told", [{}, {"GATEWAY_MEANS": TEXT, "GATEWAY_DIGID": DIGID.value}], ids=["none", "both"])
def test_a_gateway_with_no_means_or_with_two_words_for_them_does_not_start(told: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="digid"):
        read_settings(GatewaySettings, "GATEWAY", ENVIRONMENT | told)


def test_a_means_is_called_as_the_standard_or_its_operator_has_it_and_a_supplier_by_name() -> None:
    titles = Titles(MeansEntries.from_text(TEXT))
    assert (titles.means("digid", "nl"), titles.means("pasje", "en")) == ("DigiD", "City pass")
    assert (titles.party(DIGID, "nl"), titles.party(TWO, "nl")) == ("DigiD", "Twee")
    assert titles.party(EntityId("urn:example:nobody"), "nl") is None


def test_what_one_kind_alone_needs_is_kept_for_it_and_refused_by_the_others() -> None:
    with_terms = TEXT.replace("[eherkenning]", '[digid.terms]\nclient_id = "us"\n\n[eherkenning]')
    entry = MeansEntries.from_text(with_terms).by_name["digid"]
    assert entry.terms == {"client_id": "us"}
    with pytest.raises(Misconfigured, match=r"digid\.terms\.client_id"):
        Terms(entry.name, entry.terms).close()
    with pytest.raises(ValueError, match=r"pasje\.terms"):
        MeansEntries.from_text(TEXT + "terms = 3\n")
