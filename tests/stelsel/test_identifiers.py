"""Names and numbers of parties and people: what exists, and what looks like it."""

import pytest

from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel.failures import BadIdentifier
from stelsel.identifiers import ROLES, Bsn, EntityId, KvkNummer, Oin, Role, ServiceUuid

OIN = Oin("00000099000000001000")


@pytest.mark.clause("TYP-01", "TYP-02")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("index", "written"), [(0, "0000"), (42, "0042"), (8999, "8999"), (9001, "9001")])
def test_an_entity_id_names_role_oin_and_four_digits(role: Role, index: int, written: str) -> None:
    made = EntityId.of(role, OIN, index)
    assert made.value == f"urn:nl-eid-gdi:1.0:{role}:{OIN.value}:entities:{written}"
    assert made.oin == OIN


@pytest.mark.clause("TYP-02")
@pytest.mark.parametrize("index", [-1, 10_000])
def test_an_index_of_more_digits_cannot_be_made(index: int) -> None:
    with pytest.raises(BadIdentifier, match="four digits"):
        EntityId.of("DV", OIN, index)


@pytest.mark.clause("TYP-02")
@pytest.mark.parametrize("party", [GATEWAY, BVD, DIGID])
def test_every_party_of_the_pilot_is_a_test_system_by_name(party: str) -> None:
    assert int(entity_of(party).value.rpartition(":")[2]) >= 9000


@pytest.mark.clause("TYP-01")
@pytest.mark.parametrize(
    "value",
    [
        "urn:nl-eid-gdi:1.0:DV:0000009900000000100:entities:9001",
        "urn:nl-eid-gdi:1.0:DV:00000099000000001000:entities:901",
        "urn:nl-eid-gdi:1.0:XX:00000099000000001000:entities:9001",
        "https://sp.example/metadata",
    ],
)
def test_a_name_of_another_form_has_no_oin(value: str) -> None:
    assert EntityId(value).oin is None


@pytest.mark.clause("S26")
@pytest.mark.parametrize(
    "value",
    [
        "٩٩٩٩٩٠٠١٩",
        "９９９９９００１９",
        "999990019\u200b",
        "\u202e999990019",
        "999990019\n",
        "999990019\r\n",
        " 999990019",
        "999990019\x00",
        "99999001９",
    ],
    ids=["arabic digits", "wide digits", "zero width", "right to left", "LF", "CRLF", "space", "NUL", "one wide digit"],
)
def test_what_only_looks_like_a_bsn_is_none(value: str) -> None:
    with pytest.raises(BadIdentifier) as refused:
        Bsn(value)
    assert value not in str(refused.value)


@pytest.mark.clause("S26")
@pytest.mark.parametrize(
    "value", ["urn:nl\n:x", "urn:nl\u200b:x", "urn:nl:\u202ex", "urn nl", "", "urn:ñl", "x" * 1025]
)
def test_what_only_looks_like_an_entity_id_is_none(value: str) -> None:
    with pytest.raises(BadIdentifier):
        EntityId(value)


@pytest.mark.clause("S26", "TYP-10")
@pytest.mark.parametrize("value", ["0a1b2c3d\n", "0a1b2c3d\u200b", "٠a1b2c3d-0000", "0a1b2c3", "0a1b2c3d 0000"])
def test_what_only_looks_like_a_service_uuid_is_none(value: str) -> None:
    with pytest.raises(BadIdentifier):
        ServiceUuid(value)


@pytest.mark.clause("S26")
@pytest.mark.parametrize("value", ["١٢٣٤٥٦٧٨", "1234567", "12345678\n"])
def test_what_only_looks_like_a_kvk_nummer_is_none(value: str) -> None:
    with pytest.raises(BadIdentifier):
        KvkNummer(value)
