"""Key files of recipients and of the scheme: what is read, and what stops the start."""

import base64
from collections.abc import Mapping

import pytest

from pilot.bsnk import Bsnk
from stelsel.bsnk import pem
from stelsel.bsnk.curve import GENERATOR, multiply
from stelsel.bsnk.keys import Purpose, read_key
from stelsel.bsnk.scheme import SchemeKeyName, read_point, read_scheme_keys
from stelsel.failures import Misconfigured
from stelsel.identifiers import Oin
from tests.stelsel.bsnk.published import published

HEADERS = {
    "SchemeVersion": "1",
    "SchemeKeySetVersion": "10",
    "Type": "EP Closing",
    "Recipient": "00000099000000000001",
    "RecipientKeySetVersion": "20260101",
}
SECRET = 0xA5A5A5A5A5A5A5A5A5A5
PUBLIC = multiply(SECRET, GENERATOR)
URN = "urn:nl-gdi-eid:1.0:pp-key:TEST:1:U:1"


def a_file(headers: Mapping[str, str] = HEADERS) -> str:
    return pem.write_private(headers, SECRET, PUBLIC)


def stops(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_key(text)
    assert f"{SECRET:x}" not in str(caught.value.facts())
    assert str(SECRET) not in str(caught.value.facts())


def test_a_file_says_whose_key_it_is_and_for_what() -> None:
    key = read_key(a_file())
    assert (key.name.purpose, key.name.recipient) == (Purpose.CLOSING, Oin("00000099000000000001"))
    assert (key.name.scheme_key_set, key.name.key_set) == (10, 20260101)
    assert (key.secret, key.public) == (SECRET, PUBLIC)
    assert "secret" not in repr(key)


def test_headers_that_nobody_knows_are_passed_over() -> None:
    assert read_key(a_file({**HEADERS, "Usage": "Service provider key"})) == read_key(a_file())


def test_an_older_file_has_the_key_set_of_the_scheme_under_another_name() -> None:
    older = {name: value for name, value in HEADERS.items() if name != "SchemeKeySetVersion"}
    assert read_key(a_file({**older, "SchemeKeyVersion": "11"})).name.scheme_key_set == 11


def test_a_published_file_without_its_point_is_read() -> None:
    files = published("polymorphic-pseudonymisation").key_files
    assert len(files["pc-4"]) < len(files["id-4"])
    assert read_key(files["pc-4"]).public == multiply(read_key(files["pc-4"]).secret, GENERATOR)


@pytest.mark.parametrize("name", HEADERS)
def test_a_file_that_lacks_a_header_stops_the_start(name: str) -> None:
    stops(a_file({header: value for header, value in HEADERS.items() if header != name}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SchemeVersion", "2"),
        ("SchemeVersion", "one"),
        ("SchemeKeySetVersion", "-1"),
        ("SchemeKeySetVersion", "1" * 10),
        ("Type", "EI Closing"),
        ("Type", "ep closing"),
        ("Recipient", "99"),
        ("RecipientKeySetVersion", "2026-01-01"),
        ("Diversifier", "Role"),
        ("Diversifier", "=Company"),
    ],
)
def test_a_header_that_cannot_be_stops_the_start(name: str, value: str) -> None:
    stops(a_file({**HEADERS, name: value}))


def test_a_header_that_stands_twice_stops_the_start() -> None:
    stops(a_file().replace("Type: EP Closing\n", "Type: EP Closing\nType: EI Decryption\n"))


def test_a_key_with_the_point_of_another_stops_the_start() -> None:
    stops(pem.write_private(HEADERS, SECRET, GENERATOR))


def test_a_key_on_another_curve_or_out_of_range_stops_the_start() -> None:
    stops(pem.write_private(HEADERS, 0, PUBLIC))
    stops(pem.write_private(HEADERS, 2**320 - 1, PUBLIC))
    stops(published("polymorphic-pseudonymisation").refused_key_files["invalid_oid"])


@pytest.mark.parametrize("broken", ["", "no PEM", pem.write_public({}, PUBLIC), "x" * 5000])
def test_a_file_that_is_no_private_key_stops_the_start(broken: str) -> None:
    stops(broken)


def test_a_file_cut_short_stops_the_start() -> None:
    text = a_file()
    for end in range(0, len(text) - 1, 7):
        stops(text[:end])


def test_scheme_keys_are_found_by_name_set_and_version() -> None:
    keys = published("pep-crypto").scheme
    assert len(keys.find(SchemeKeyName.BSNK, 1)) == 2
    assert len(keys.find(SchemeKeyName.BSNK, 1, 2)) == 1
    assert keys.find(SchemeKeyName.BSNK, 1, 3) == ()
    assert keys.find(SchemeKeyName.IDENTITY, 2) == ()


def test_a_point_is_the_same_in_pem_whole_and_compressed() -> None:
    compressed = bytes([2 + PUBLIC.y % 2]) + PUBLIC.x_bytes
    spellings = [
        pem.write_public({"Type": "U"}, PUBLIC),
        base64.b64encode(PUBLIC.encode()).decode(),
        base64.b64encode(compressed).decode(),
    ]
    assert [read_point(text) for text in spellings] == [PUBLIC] * 3


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {URN: "AAAA"},
        {URN: "not base64"},
        {"urn:x": pem.write_public({}, PUBLIC)},
        {URN.replace("U", "X"): pem.write_public({}, PUBLIC)},
        {URN: pem.write_public({}, PUBLIC), URN.replace("TEST", "LIVE"): pem.write_public({}, PUBLIC)},
        {URN: pem.write_public({}, PUBLIC), URN.replace(":1:U", ":01:U"): pem.write_public({}, GENERATOR)},
        {URN: a_file()},
    ],
    ids=["none", "short", "not base64", "another URN", "another name", "two environments", "two of a name", "private"],
)
def test_scheme_keys_that_cannot_be_stop_the_start(keys: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        read_scheme_keys(keys)


def test_what_the_stub_publishes_is_read() -> None:
    bsnk = Bsnk()
    keys = read_scheme_keys(bsnk.published())
    assert keys.environment == "PILOT"
    assert {key.name: key.point for key in keys.keys} == bsnk.scheme_points
