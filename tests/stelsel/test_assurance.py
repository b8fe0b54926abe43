"""Levels of assurance: their order, and their names in every scheme."""

import pytest

from stelsel.assurance import LevelOfAssurance

BASIS, MIDDEN, SUBSTANTIEEL, HOOG = LevelOfAssurance


@pytest.mark.clause("TYP-08")
def test_levels_are_ordered_and_named_as_the_standard_has_them() -> None:
    assert BASIS < MIDDEN < SUBSTANTIEEL < HOOG
    assert [level.uri for level in LevelOfAssurance] == [
        "http://eID.logius.nl/LoA/basic",
        "http://eidas.europa.eu/LoA/low",
        "http://eidas.europa.eu/LoA/substantial",
        "http://eidas.europa.eu/LoA/high",
    ]


@pytest.mark.clause("TYP-08", "C-02")
@pytest.mark.parametrize("host", ["eID.logius.nl", "eid.logius.nl"])
def test_the_basic_level_is_read_with_either_spelling_of_its_host(host: str) -> None:
    assert LevelOfAssurance.from_uri(f"http://{host}/LoA/basic") is BASIS


@pytest.mark.clause("TYP-08")
@pytest.mark.parametrize(
    "uri",
    [
        "http://eidas.europa.eu/LoA/HIGH",
        "https://eidas.europa.eu/LoA/high",
        "http://eidas.europa.eu/LoA/high ",
        "http://eidas.europa.eu.example/LoA/high",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
        "",
    ],
)
def test_another_uri_is_no_level(uri: str) -> None:
    assert LevelOfAssurance.from_uri(uri) is None


@pytest.mark.clause("TYP-09")
@pytest.mark.parametrize(
    ("level", "digid", "etoegang"),
    [
        (BASIS, "PasswordProtectedTransport", "loa2"),
        (MIDDEN, "MobileTwoFactorContract", "loa2plus"),
        (SUBSTANTIEEL, "Smartcard", "loa3"),
        (HOOG, "SmartcardPKI", "loa4"),
    ],
)
def test_levels_correspond_between_digid_etoegang_and_eidas(level: LevelOfAssurance, digid: str, etoegang: str) -> None:
    assert level.digid_class == f"urn:oasis:names:tc:SAML:2.0:ac:classes:{digid}"
    assert level.etoegang == f"urn:etoegang:core:assurance-class:{etoegang}"
    assert LevelOfAssurance.from_word(etoegang) is level
    assert LevelOfAssurance.from_word(level.word) is level
    assert {LevelOfAssurance.from_any(name) for name in (level.uri, level.digid_class, level.etoegang)} == {level}


@pytest.mark.clause("TYP-09")
@pytest.mark.parametrize("name", ["", "loa3", "hoog", "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"])
def test_a_name_of_no_scheme_is_no_level(name: str) -> None:
    assert LevelOfAssurance.from_any(name) is None
