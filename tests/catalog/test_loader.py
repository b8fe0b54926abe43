"""Filling the catalogue from a file: all or nothing, and how mistakes are told."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalog.connections import BackChannel, Connection, ResponseBinding
from catalog.identities import BsnkKeys, Holder, IdentityType, PersonalFact
from catalog.loader import read_file
from catalog.services import Action, JointPolicy, UnderInvestigation
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Misconfigured
from stelsel.subjects import Ground, Interest, Period
from tests.catalog.factories import GEMEENTE, GEMEENTE_ROW, SERVICE_ROW, a_file

NOW = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)

FULL = (
    GEMEENTE_ROW
    + """bsnk = {key_set = 20260101, holder = "gateway"}

[[service]]
name = "zorg"
dv = "gemeente"
uuid = "41fd9994-9707-4e3b-9bde-b05f7e9d4eb0"
title = {nl = "Zorg", en = "Care"}
upl = "http://standaarden.overheid.nl/owms/terms/jeugdhulp"
action = "aanvragen"
minimum = "midden"
eherkenning_minimum = "loa3"
grounds = ["OUDERLIJK_GEZAG", "KETEN"]
interest = ["zorg", "persoonlijk"]
max_age = {OUDERLIJK_GEZAG = 14}
under_investigation = "allow"
joint = "both"
chain = 1
vestiging = true
by_bsn = true
means = ["eherkenning", "digid", "eidas"]
eidas = ["bsn", "pseudonym"]
attributes = {FirstName = {nl = "Aanhef", en = "Salutation"}, DateOfBirth = "Leeftijd"}
active = true
active_from = 2026-01-01
active_until = 2027-01-01
raised = {to = "hoog", from = 2026-06-01T00:00:00+02:00, message = {nl = "Straks", en = "Soon"}}
"""
)


def problems(folder: Path, text: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        read_file(a_file(folder, text), NOW)
    return caught.value.why


def test_every_key_of_a_service_is_read(tmp_path: Path) -> None:
    (service,) = read_file(a_file(tmp_path, FULL), NOW).services
    assert service.provider == GEMEENTE
    assert service.title == {"nl": "Zorg", "en": "Care"}
    assert (service.upl, service.action) == ("http://standaarden.overheid.nl/owms/terms/jeugdhulp", Action.AANVRAGEN)
    assert service.minimum is LevelOfAssurance.MIDDEN
    assert service.eherkenning_minimum is LevelOfAssurance.SUBSTANTIEEL
    assert service.grounds == {Ground.OUDERLIJK_GEZAG, Ground.KETEN}
    assert service.interests == {Interest.ZORG, Interest.PERSOONLIJK}
    assert service.max_age == {Ground.OUDERLIJK_GEZAG: 14}
    assert service.under_investigation is UnderInvestigation.ALLOW
    assert service.joint is JointPolicy.BOTH
    assert (service.chain, service.vestiging, service.by_bsn, service.active) == (1, True, True, True)
    assert service.means == {"digid", "eherkenning", "eidas"}
    assert service.eidas == (IdentityType.BSN, IdentityType.PSEUDONYM)
    assert list(service.attributes) == [PersonalFact.FIRST_NAME, PersonalFact.DATE_OF_BIRTH]
    assert service.attributes[PersonalFact.FIRST_NAME] == {"nl": "Aanhef", "en": "Salutation"}
    assert service.window == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert service.raised is not None
    assert service.raised.to is LevelOfAssurance.HOOG
    assert service.raised.at == datetime(2026, 5, 31, 22, 0, tzinfo=UTC)
    assert service.raised.message == {"nl": "Straks", "en": "Soon"}


def test_what_a_service_leaves_out_is_refused_there(tmp_path: Path) -> None:
    (service,) = read_file(a_file(tmp_path, GEMEENTE_ROW + SERVICE_ROW), NOW).services
    assert service.title == {"nl": "bijstand", "en": "bijstand"}
    assert not service.representable
    assert service.means == {"digid"}
    assert (service.chain, service.vestiging, service.by_bsn) == (0, False, False)
    assert service.eidas == (IdentityType.LEGACY_BSN,)
    assert service.attributes == {}
    assert service.under_investigation is UnderInvestigation.REFUSE
    assert service.is_active(NOW)


@pytest.mark.clause("DV-ATT-13")
def test_a_dv_whose_answers_have_no_attributes_is_told_nothing_more(tmp_path: Path) -> None:
    text = f'{GEMEENTE_ROW}profile = "digid-legacy"\n{SERVICE_ROW}means = ["eidas"]\nattributes = {{FirstName = "x"}}'
    assert "services[0].attributes: is given, and gemeente has profile digid-legacy" in problems(tmp_path, text)


def test_a_service_that_speaks_of_organisations_takes_eherkenning_too(tmp_path: Path) -> None:
    text = GEMEENTE_ROW + SERVICE_ROW + 'grounds = ["KETEN"]'
    (service,) = read_file(a_file(tmp_path, text), NOW).services
    assert service.means == {"digid", "eherkenning"}


def test_what_a_dv_leaves_out_has_a_default(tmp_path: Path) -> None:
    (dv,) = read_file(a_file(tmp_path, GEMEENTE_ROW), NOW).providers
    assert (dv.entity_id, dv.profile, dv.interfaces) == (GEMEENTE, "st-saml", frozenset({"saml"}))
    assert dv.title == {"nl": "gemeente", "en": "gemeente"}


def test_a_dv_has_its_keys_of_bsnk_itself_unless_it_says_otherwise(tmp_path: Path) -> None:
    (dv,) = read_file(a_file(tmp_path, GEMEENTE_ROW + "bsnk = {key_set = 20260101}"), NOW).providers
    assert dv.bsnk == BsnkKeys(key_set=20260101, holder=Holder.DV)


def test_what_is_agreed_with_a_dv_is_read_whole(tmp_path: Path) -> None:
    agreed = 'connection = {response = "post", back_channel = "signature", encrypt = false, federation = "stad"}'
    (dv,) = read_file(a_file(tmp_path, f'{GEMEENTE_ROW}profile = "generic"\n{agreed}\n'), NOW).providers
    assert dv.connection == Connection(
        response=ResponseBinding.POST, back_channel=BackChannel.SIGNATURE, encrypt=False, federation="stad"
    )
    assert Connection.from_json(dv.connection.as_json()) == dv.connection


@pytest.mark.parametrize("entity", ["9001", '"9001"'])
def test_the_index_of_a_dv_may_be_a_number_or_a_text(tmp_path: Path, entity: str) -> None:
    text = GEMEENTE_ROW.replace('"9001"', entity)
    assert read_file(a_file(tmp_path, text), NOW).providers[0].entity_id == GEMEENTE


def test_a_dv_may_bear_a_whole_entity_id(tmp_path: Path) -> None:
    text = GEMEENTE_ROW.replace('"9001"', '"https://sp.example/metadata"')
    assert read_file(a_file(tmp_path, text), NOW).providers[0].entity_id.value == "https://sp.example/metadata"


def test_the_other_tables_of_a_world_are_left_alone(tmp_path: Path) -> None:
    text = GEMEENTE_ROW + SERVICE_ROW + '[[person]]\nname = "whoever"\nbsn = "no matter"\n'
    assert len(read_file(a_file(tmp_path, text), NOW).services) == 1


def test_an_error_of_syntax_names_its_line(tmp_path: Path) -> None:
    assert "catalogue.toml: line 2, column 5: " in problems(tmp_path, "a = 1\nb = = 2\n")
    assert "catalogue.toml: line 3: " in problems(tmp_path, 'a = 1\nb = 2\nc = "')


def test_a_file_that_is_not_utf_8_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes(b'a = 1\nb = "caf\xe9"\n')
    with pytest.raises(Misconfigured, match="line 2: is not UTF-8"):
        read_file(file, NOW)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.toml: cannot be read: No such file"):
        read_file(tmp_path / "nowhere.toml", NOW)


def test_a_file_without_a_dv_fills_nothing(tmp_path: Path) -> None:
    assert problems(tmp_path, "") == f"{tmp_path}/catalogue.toml: holds no dv"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('minimum = "midden"', 'minimum = "hoger"', "services[0].minimum: 'hoger' is none of basis, midden"),
        ('minimum = "midden"', "", "services[0].minimum: is missing"),
        ('minimum = "midden"', "minimum = 20", "services[0].minimum: is no text"),
        (
            'minimum = "midden"',
            'minimun = "midden"\nminimum = "midden"',
            "services[0].minimun: is no key of this table",
        ),
        ('dv = "gemeente"', 'dv = "provincie"', "services[0].dv: 'provincie' is none of gemeente"),
        ("uuid = ", "uuid = 5 #", "services[0].uuid: is no text"),
        ('"41fd9994-9707-4e3b-9bde-b05f7e9d4eb0"', '"four"', "services[0].uuid: ServiceUuid is malformed"),
        ('en = "Care"', 'de = "Pflege"', "services[0].title.en: is missing"),
        ('title = {nl = "Zorg", en = "Care"}', "title = 1", "services[0].title: is no table"),
        ('"aanvragen"', '"kopen"', "services[0].action: 'kopen' is none of aanvragen, wijzigen, inzien"),
        ('action = "aanvragen"', "", "services[0].action: is missing: a UPL product"),
        ('"KETEN"]', '"KETTING"]', "services[0].grounds[1]: 'KETTING' is none of VRIJWILLIG"),
        ('"KETEN"]', '"OUDERLIJK_GEZAG"]', "services[0].grounds[1]: stands there twice"),
        ('grounds = ["OUDERLIJK_GEZAG", "KETEN"]', 'grounds = "KETEN"', "services[0].grounds: is no list"),
        ('"persoonlijk"]', '"geld"]', "services[0].interest[1]: 'geld' is none of vermogen"),
        ("{OUDERLIJK_GEZAG = 14}", "{OUDERLIJK_GEZAG = 99}", "services[0].max_age.OUDERLIJK_GEZAG: is no whole number"),
        ("{OUDERLIJK_GEZAG = 14}", "{OMA = 14}", "services[0].max_age.OMA: 'OMA' is none of"),
        ("{OUDERLIJK_GEZAG = 14}", "{VOOGDIJ = 14}", "services[0].max_age.VOOGDIJ: is not among grounds"),
        ('"allow"', '"maybe"', "services[0].under_investigation: 'maybe' is none of refuse, allow"),
        ('"both"', '"one"', "services[0].joint: 'one' is none of alone, both"),
        ("chain = 1", "chain = true", "services[0].chain: is no whole number from 0 to 9"),
        ("vestiging = true", "vestiging = 1", "services[0].vestiging: is neither true nor false"),
        ('"eidas"]', '"eIDAS"]', "services[0].means: 'eIDAS' is no name: small letters, digits and dashes"),
        ("FirstName", "Nickname", "services[0].attributes.Nickname: 'Nickname' is none of FirstName"),
        ('nl = "Aanhef", ', "", "services[0].attributes.FirstName.nl: is missing"),
        ('"pseudonym"]', '"nickname"]', "services[0].eidas[1]: 'nickname' is none of legacy-bsn, bsn, pseudonym"),
        ('"pseudonym"]', '"legacy-bsn"]', "services[0].eidas: has the BSN twice"),
        ("bsnk = {", "# bsnk = {", "services[0].eidas: takes what BSNk encrypts, and gemeente has no bsnk"),
        ("key_set = 20260101", "key_set = -1", "dvs[0].bsnk.key_set: is no whole number from 0"),
        ('"gateway"}', '"bvd"}', "dvs[0].bsnk.holder: 'bvd' is none of dv, gateway"),
        ("active_from = 2026-01-01", 'active_from = "soon"', "services[0].active_from: is no day"),
        ("active_from = 2026-01-01", "active_from = 2028-01-01", "services[0].active_until: is not after active_from"),
        ('to = "hoog"', 'to = "basis"', "services[0].raised.to: is not above minimum"),
        (
            "2026-06-01T00:00:00+02:00",
            "2026-06-01T00:00:00",
            "services[0].raised.from: is an instant without an offset",
        ),
        ("2026-06-01T00:00:00+02:00", "2026-06-01", "services[0].raised.from: is no instant"),
        ('message = {nl = "Straks", en = "Soon"}', "why = 1", "services[0].raised.why: is no key of this table"),
        ('oin = "00000099000000010000"', 'oin = "123"', "dvs[0].oin: Oin is malformed"),
        ('entity = "9001"', 'entity = "901"', "dvs[0].entity: is no index of 4 digits"),
        ('entity = "9001"', "entity = 10000", "dvs[0].entity: is no whole number from 0 to 9999"),
        ('entity = "9001"', "entity = true", "dvs[0].entity: is no whole number from 0 to 9999"),
        ("2026-06-01T00:00:00+02:00", "1899-06-01T00:00:00Z", "services[0].raised.from: lies outside the years 1900"),
        ('entity = "9001"', 'entity = "é"', "dvs[0].entity: EntityId is malformed"),
        ('entity = "9001"', 'entity = "9001"\nprofile = "x"', "dvs[0].profile: 'x' is none of st-saml"),
        (
            'entity = "9001"',
            'entity = "9001"\ninterfaces = ["ftp"]',
            "dvs[0].interfaces[0]: 'ftp' is none of saml, oidc",
        ),
        ("[[dv]]", "[[dvs]]", "dvs: is no table or key of this file: did you mean dv?"),
        ("[[dv]]", "[dv]", "dvs: is no list of tables"),
        ('name = "zorg"', "", "services[0].name: is missing; every row has one"),
    ],
)
def test_a_mistake_is_told_with_its_path(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in FULL
    told = problems(tmp_path, FULL.replace(old, new, 1))
    assert told.startswith(f"{tmp_path}/catalogue.toml: {problem}")
    assert "\n" not in told


def test_every_wrong_row_is_told_at_once(tmp_path: Path) -> None:
    second = SERVICE_ROW.replace('"bijstand"', '"tweede"').replace("894af375", "894af376")
    text = GEMEENTE_ROW + (SERVICE_ROW + second).replace("substantieel", "veel")
    told = problems(tmp_path, text).splitlines()
    assert [line.split(": ")[1] for line in told] == ["services[0].minimum", "services[1].minimum"]


def test_a_service_is_not_blamed_for_its_dv(tmp_path: Path) -> None:
    told = problems(tmp_path, GEMEENTE_ROW.replace("0000009900", "x") + SERVICE_ROW)
    assert told == f"{tmp_path}/catalogue.toml: dvs[0].oin: Oin is malformed"


@pytest.mark.clause("TYP-10")
def test_two_services_cannot_share_a_uuid(tmp_path: Path) -> None:
    told = problems(tmp_path, GEMEENTE_ROW + SERVICE_ROW + SERVICE_ROW.replace('"bijstand"', '"tweede"'))
    assert told.endswith("services[1].uuid: is that of services[0] already")


def test_two_dvs_cannot_share_an_entity_id(tmp_path: Path) -> None:
    told = problems(tmp_path, GEMEENTE_ROW + GEMEENTE_ROW.replace('"gemeente"', '"tweede"'))
    assert told.endswith("dvs[1].entity: is that of dvs[0] already")


def test_two_rows_of_a_table_cannot_share_a_name(tmp_path: Path) -> None:
    told = problems(tmp_path, GEMEENTE_ROW + SERVICE_ROW + SERVICE_ROW.replace("894af375", "894af376"))
    assert told.endswith("services[1].name: 'bijstand' is the name of services[0] already")
