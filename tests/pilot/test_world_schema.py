"""The JSON Schema of world files says the same as their reader, as far as a schema can."""

import json
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalog.clients import ALGORITHMS, Policy
from catalog.files import FAULT, TABLES
from catalog.services import INTERFACES, MEANS_NAME, PROFILES, Action, JointPolicy, UnderInvestigation
from pilot import worldfile
from pilot.world import DEMO, SCENARIOS, read_world
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Misconfigured
from stelsel.subjects import COURT, PARENTAL, Ground, Interest

SCHEMA: dict[str, Any] = json.loads((Path(worldfile.__file__).parent / "world.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)

EVERYTHING = """
at = 2026-03-10T12:00:00+01:00

[[dv]]
name = "dv"
oin = "00000099000000010000"
entity = "9001"
title = "DV"
url = "https://dv.example/"
profile = "generic"
interfaces = ["saml", "oidc"]
connection = {response = "post", back_channel = "signature", encrypt = false, federation = "dv"}

[[dv]]
name = "behind"
oin = "00000099000000020000"
entity = "9001"
title = "DV behind L"
bsnk = {key_set = 20260101, holder = "gateway"}

[[lc]]
name = "L"
oin = "00000099000000070000"
entity = "9001"
title = "Leverancier"
hosting = "paas"
active = true
active_from = 2026-01-01
active_until = 2027-01-01

[[cluster]]
name = "L behind"
lc = "L"
dv = "behind"
services = ["T"]
active = true
active_from = 2026-01-01
active_until = 2027-01-01

[[client]]
name = "balie"
dv = "dv"
redirect_uris = ["https://dv.example/cb"]
policy = "compat"
jwks = "{}"
signing = "ES256"
signed_with = "RS256"
encrypted = true
identifiers = true
services = ["S"]
default_service = "S"
represents = false

[[client]]
name = "loket"
dv = "dv"
redirect_uris = ["https://dv.example/cb"]
policy = "compat"
jwks_uri = "https://dv.example/jwks"
secret_digest = "0000000000000000000000000000000000000000000000000000000000000000"

[[service]]
name = "S"
dv = "dv"
uuid = "894af375-a52f-4d5a-a92d-9d9c279b1489"
title = {nl = "Dienst", en = "Service"}
upl = "http://standaarden.overheid.nl/owms/terms/bijstand"
action = "inzien"
minimum = "midden"
eherkenning_minimum = "loa3"
grounds = ["OUDERLIJK_GEZAG", "KETEN"]
interest = ["zorg"]
max_age = {OUDERLIJK_GEZAG = 12}
under_investigation = "allow"
joint = "both"
chain = 1
vestiging = true
by_bsn = true
means = ["digid", "eherkenning", "eidas"]
active = true
active_from = 2026-01-01
active_until = "in 2 years"
raised = {to = "hoog", from = 2027-01-01T00:00:00+01:00, message = {nl = "Straks", en = "Soon"}}

[[service]]
name = "T"
dv = "behind"
uuid = "0a1b2c3d-0000-4000-8000-000000000001"
title = "Dienst"
minimum = "midden"
means = ["eidas"]
eidas = ["bsn", "pseudonym"]
attributes = {FirstName = "Aanhef", DateOfBirth = {nl = "Leeftijd", en = "Age"}}

[[person]]
name = "P"
bsn = "999990329"
given = "Piet"
prefix = "de"
family = "Boer"
born = "2014-03"
died = 2026-03-01
brp = true
abroad = false
secret = true
means = {digid = "midden", eidas = "hoog"}
eidas = {country = "XB", identifier = "P-1"}
curatele_register = true

[[person]]
name = "V"
given = "Vera"
family = "Valente"
born = "1990"
abroad = true
means = {eidas = "midden"}
eidas = {country = "XA"}

[[person]]
name = "Q"
bsn = "999990019"
born = "8 years ago"

[[organisation]]
name = "O"
full_name = "Kantoor"
kvk = "90004760"
rsin = "999990329"
vestigingen = [{number = "000037178598", closed = true}, {number = "000037178601", closed = 2026-01-01}]
state = "ended"

[[employee]]
name = "E"
organisation = "O"
loa = "loa3"
pseudonym = "abc@def"
authorised = [{for = "bewindvoering", loa = "loa2", vestiging = "000037178598", state = "INGETROKKEN"}]

[[gezag]]
name = "G"
child = "Q"
type = "GezamenlijkGezag"
parents = [{name = "Iemand", bsn = false}]
third = "unknown"
under_investigation = true
explanation = "onbekend"

[[measure]]
name = "M"
person = "P"
kind = "BEWIND"
from = 2020-01-01
until = "tomorrow"
state = "OPGEHEVEN"
scope = "GENOEMDE_GOEDEREN"

[[measure.representatives]]
who = "O"
role = "curator"
from = 2020-01-01
until = 2027-01-01
suspended = [{from = 2021-01-01, until = 2021-02-01}]
authority = "GEZAMENLIJK"

[[machtiging]]
name = "V"
from = "P"
to = "Q"
service = "S"
state = "AANGEVRAAGD"
valid_from = 2026-01-01
valid_until = 2026-12-31
withdrawn = "2 hours ago"
loa = "midden"

[[functionaris]]
name = "F"
organisation = "O"
who = "P"
kind = "gemachtigde"
authority = "Beperkte volmacht"
limit = 10000
forbidden = ["verkoop"]
suspended = {from = 2026-01-01}

[[chain]]
name = "C"
from = "O"
to = "E"
service = "S"
loa = "loa3"
state = "INGETROKKEN"
vestiging = "000037178598"

[fault.brp]
mode = "slow"
ms = 900
until = 2026-03-10T13:00:00+01:00
"""


def as_json(value: object) -> object:
    """What TOML has and JSON has not, as text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, (date, time)) else value


def fits_schema(text: str) -> bool:
    return VALIDATOR.is_valid(as_json(tomllib.loads(text)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", [DEMO, SCENARIOS])
def test_our_worlds_fit_the_schema(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(as_json(tomllib.loads(file.read_text())))] == []


def test_a_world_with_every_key_there_is_fits_schema_and_reader(tmp_path: Path) -> None:
    file = tmp_path / "everything.toml"
    file.write_text(EVERYTHING)
    assert [error.message for error in VALIDATOR.iter_errors(as_json(tomllib.loads(EVERYTHING)))] == []
    assert len(read_world(file, now=NOW).measures[0].representatives) == 1


def test_that_world_leaves_no_key_of_the_schema_out() -> None:
    document = tomllib.loads(EVERYTHING)
    for table in TABLES:
        known = set(SCHEMA["properties"][table]["items"]["properties"])
        assert known - set().union(*document[table]) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('minimum = "midden"', 'minimum = "veel"'),
        ('minimum = "midden"', ""),
        ('oin = "00000099000000010000"', 'oin = "1"'),
        ('entity = "9001"', 'entity = "901"'),
        ('profile = "generic"', 'profile = "x"'),
        ('interfaces = ["saml", "oidc"]', "interfaces = []"),
        ('nl = "Dienst", ', ""),
        ("key_set = 20260101", "key_set = -1"),
        ('holder = "gateway"', 'holder = "lc"'),
        ('eidas = ["bsn", "pseudonym"]', 'eidas = ["bsn", "name"]'),
        ("DateOfBirth = {nl", "Birthday = {nl"),
        ('country = "XB"', 'country = "NL"'),
        ('identifier = "P-1"', 'identifier = "P 1"'),
        ('upl = "http', 'upl = "bijstand http'),
        ('action = "inzien"', 'action = "kopen"'),
        ('"KETEN"]', '"KETTING"]'),
        ('interest = ["zorg"]', 'interest = ["zorg", "zorg"]'),
        ("{OUDERLIJK_GEZAG = 12}", "{BEWIND = 12}"),
        ("{OUDERLIJK_GEZAG = 12}", "{OUDERLIJK_GEZAG = 19}"),
        ("chain = 1", "chain = 10"),
        ("active_from = 2026-01-01", 'active_from = "ooit"'),
        ("2027-01-01T00:00:00+01:00", "2027-01-01T00:00:00"),
        ('bsn = "999990329"', 'bsn = "99999"'),
        ('born = "2014-03"', 'born = "2014-13"'),
        ("secret = true", 'secret = "ja"'),
        ('means = {digid = "midden"', 'means = {irma = "midden"'),
        ('kvk = "90004760"', 'kvk = "9"'),
        ('number = "000037178598", ', ""),
        ('state = "ended"', 'state = "gone"'),
        ('{for = "bewindvoering", ', "{"),
        ('type = "GezamenlijkGezag"', 'type = "Gezag"'),
        ('kind = "BEWIND"', 'kind = "VOOGDIJ"'),
        ('from = 2020-01-01\nuntil = "tomorrow"', ""),
        ('role = "curator"', 'role = "voogd"'),
        ('authority = "GEZAMENLIJK"', 'authority = "SAMEN"'),
        ("suspended = [{from = 2021-01-01,", "suspended = [{begin = 2021-01-01,"),
        ('state = "AANGEVRAAGD"', 'state = "KLAAR"'),
        ('kind = "gemachtigde"', 'kind = "baas"'),
        ("limit = 10000", "limit = -1"),
        ("[fault.brp]", "[fault.digid]"),
        ('mode = "slow"', 'mode = "off"'),
        ("[[chain]]", "[[ketting]]"),
        ('name = "C"\n', ""),
        ("curatele_register = true", "curatele = true"),
    ],
)
def test_schema_and_reader_refuse_the_same(tmp_path: Path, old: str, new: str) -> None:
    assert old in EVERYTHING
    text = EVERYTHING.replace(old, new, 1)
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    assert not fits_schema(text)
    with pytest.raises(Misconfigured):
        read_world(file, now=NOW)


ODD = (
    "0",
    "-1",
    "1.5",
    "true",
    '""',
    '"x"',
    "[]",
    "[1]",
    '["a", "a"]',
    "{}",
    "{a = 1}",
    "[{}]",
    "0001-01-01",
    "12:00:00",
)


@pytest.mark.parametrize("odd", ODD)
def test_a_value_of_the_wrong_kind_is_refused_or_read_and_never_a_crash(tmp_path: Path, odd: str) -> None:
    lines = EVERYTHING.splitlines()
    file = tmp_path / "odd.toml"
    refused = 0
    for index, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        if equals:
            file.write_text("\n".join([*lines[:index], f"{key} = {odd}", *lines[index + 1 :]]))
            try:
                read_world(file, now=NOW)
            except Misconfigured:
                refused += 1
    assert refused > len(lines) / 3


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    def words(table: str, *path: str) -> set[str]:
        found = SCHEMA["properties"][table]["items"]["properties"]
        for step in path:
            found = found[step]
        return set(found["enum"])

    assert words("dv", "profile") == set(PROFILES)
    assert words("dv", "interfaces", "items") == set(INTERFACES)
    assert words("client", "policy") == set(Policy)
    assert words("client", "signing") == set(ALGORITHMS)
    assert words("service", "grounds", "items") == set(Ground)
    assert words("service", "interest", "items") == set(Interest)
    means = SCHEMA["properties"]["service"]["items"]["properties"]["means"]["items"]
    assert means["pattern"] == f"^{MEANS_NAME.pattern}$"
    assert words("service", "action") == set(Action)
    assert words("service", "joint") == set(JointPolicy)
    assert words("service", "under_investigation") == set(UnderInvestigation)
    assert set(SCHEMA["properties"]["service"]["items"]["properties"]["max_age"]["properties"]) == set(PARENTAL)
    assert words("organisation", "state") == set(worldfile.ORGANISATION_STATES)
    assert words("employee", "authorised", "items", "properties", "state") == set(worldfile.LINK_STATES)
    assert words("gezag", "type") == set(worldfile.GEZAG_TYPES)
    assert words("measure", "kind") == set(COURT)
    assert words("measure", "state") == set(worldfile.MEASURE_STATES)
    assert words("measure", "scope") == set(worldfile.SCOPES)
    assert words("measure", "representatives", "items", "properties", "role") == set(worldfile.ROLES.values())
    assert words("measure", "representatives", "items", "properties", "authority") == set(worldfile.AUTHORITIES)
    assert words("machtiging", "state") == set(worldfile.MACHTIGING_STATES)
    assert words("functionaris", "kind") == set(worldfile.FUNCTIONARIS_KINDS)
    assert words("functionaris", "authority") == set(worldfile.FUNCTIONARIS_AUTHORITIES)
    assert words("chain", "state") == set(worldfile.LINK_STATES)
    assert words("remove", "table") == {*TABLES, FAULT}
    fault = SCHEMA["properties"]["fault"]
    assert set(fault["propertyNames"]["enum"]) == set(worldfile.SOURCES)
    assert set(fault["additionalProperties"]["properties"]["mode"]["enum"]) == set(worldfile.MODES)
    for word in SCHEMA["$defs"]["level"]["enum"]:
        LevelOfAssurance.from_word(word)
