"""What a service and a provider may say of themselves."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from catalog.connections import BackChannel, Connection, ResponseBinding
from catalog.identities import BsnkKeys, IdentityType, PersonalFact
from catalog.services import Action, Inconsistent, Raise
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId, Oin, ServiceUuid
from stelsel.subjects import Ground, Interest, Period
from tests.catalog.factories import a_provider, a_service

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEW_YEAR = datetime(2027, 1, 1, tzinfo=AMSTERDAM)
RAISED = Raise(to=LevelOfAssurance.HOOG, at=NEW_YEAR)


@pytest.mark.clause("R-LOA")
def test_an_announced_raise_counts_from_its_instant_and_not_before() -> None:
    service = a_service(raised=RAISED)
    assert service.minimum_on(NEW_YEAR - timedelta(microseconds=1)) is LevelOfAssurance.SUBSTANTIEEL
    assert service.minimum_on(NEW_YEAR) is LevelOfAssurance.HOOG
    assert service.minimum_on(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) is LevelOfAssurance.HOOG


def test_eherkenning_may_need_more_than_digid() -> None:
    service = a_service(minimum=LevelOfAssurance.MIDDEN)
    assert service.minimum_on(NEW_YEAR) is LevelOfAssurance.MIDDEN
    assert service.minimum_on(NEW_YEAR, "eherkenning") is LevelOfAssurance.SUBSTANTIEEL


def test_eherkenning_never_needs_less_than_the_service() -> None:
    service = a_service(minimum=LevelOfAssurance.HOOG)
    assert service.minimum_on(NEW_YEAR, "eherkenning") is LevelOfAssurance.HOOG
    assert a_service(raised=RAISED).minimum_on(NEW_YEAR, "eherkenning") is LevelOfAssurance.HOOG


def test_without_a_minimum_of_its_own_eherkenning_needs_what_the_service_needs() -> None:
    assert a_service(eherkenning_minimum=None).minimum_on(NEW_YEAR, "eherkenning") is LevelOfAssurance.SUBSTANTIEEL


@pytest.mark.parametrize(
    ("at", "active"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=AMSTERDAM), False),
        (datetime(2026, 2, 1, 0, 0, tzinfo=AMSTERDAM), True),
        (datetime(2026, 2, 28, 23, 59, tzinfo=AMSTERDAM), True),
        (datetime(2026, 2, 28, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), False),  # 1 March in Amsterdam
        (datetime(2026, 3, 1, 0, 0, tzinfo=AMSTERDAM), False),
    ],
)
@pytest.mark.clause("R-SVC")
def test_a_service_is_active_on_whole_days_in_amsterdam_up_to_and_not_on_its_last_date(
    at: datetime, active: bool
) -> None:
    service = a_service(window=Period(date(2026, 2, 1), date(2026, 3, 1)))
    assert service.is_active(at) is active


def test_a_service_that_was_put_off_is_not_active_inside_its_window() -> None:
    assert a_service().is_active(NEW_YEAR)
    assert not a_service(active=False).is_active(NEW_YEAR)


def test_a_service_without_grounds_lets_nobody_be_represented() -> None:
    assert not a_service(grounds=frozenset()).representable
    assert a_service().representable


def test_a_child_outgrows_care_at_12_and_other_services_at_18_where_the_service_says_nothing() -> None:
    grounds = frozenset({Ground.OUDERLIJK_GEZAG})
    care = a_service(grounds=grounds, interests=frozenset({Interest.ZORG}))
    other = a_service(grounds=grounds, interests=frozenset({Interest.PERSOONLIJK}))
    assert care.age_limit(Ground.OUDERLIJK_GEZAG) == 12
    assert other.age_limit(Ground.OUDERLIJK_GEZAG) == 18


def test_joint_gezag_and_voogdij_follow_ouderlijk_gezag_unless_they_have_their_own_limit() -> None:
    service = a_service(
        grounds=frozenset({Ground.OUDERLIJK_GEZAG, Ground.GEZAMENLIJK_GEZAG, Ground.VOOGDIJ}),
        max_age={Ground.OUDERLIJK_GEZAG: 14, Ground.VOOGDIJ: 16},
    )
    assert service.age_limit(Ground.GEZAMENLIJK_GEZAG) == 14
    assert service.age_limit(Ground.VOOGDIJ) == 16
    assert service.age_limit(Ground.BEWIND) is None


def test_a_ground_that_cannot_cover_the_interest_may_be_listed_and_opens_nothing_by_itself() -> None:
    care = a_service(grounds=frozenset({Ground.EH_BEWIND}), interests=frozenset({Interest.ZORG}))
    assert Ground.EH_BEWIND in care.grounds  # scenario 7: the decision refuses it, for its scope


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"title": {"nl": "Bijstand"}}, "title.en"),
        ({"title": {"nl": "Bijstand", "en": "a\nb"}}, "title.en"),
        ({"title": {"nl": "Bijstand", "en": "Assistance", "fr": "Aide"}}, "title"),
        ({"means": frozenset(), "eherkenning_minimum": None}, "means"),
        ({"means": frozenset({"eherkenning", "Facebook"})}, "means"),
        ({"means": frozenset({"digid"})}, "eherkenning_minimum"),
        ({"raised": Raise(to=LevelOfAssurance.SUBSTANTIEEL, at=NEW_YEAR)}, "raised.to"),
        ({"raised": Raise(to=LevelOfAssurance.HOOG, at=datetime(2027, 1, 1))}, "raised.from"),
        ({"raised": Raise(to=LevelOfAssurance.HOOG, at=NEW_YEAR, message={"nl": "Straks"})}, "raised.message.en"),
        ({"upl": "bijstand"}, "upl"),
        ({"action": None}, "action"),
        ({"max_age": {Ground.BEWIND: 12}}, "max_age.BEWIND"),
        ({"max_age": {Ground.OUDERLIJK_GEZAG: 12}}, "max_age.OUDERLIJK_GEZAG"),
        (
            {"grounds": frozenset({Ground.VOOGDIJ}), "max_age": {Ground.GEZAMENLIJK_GEZAG: 9}},
            "max_age.GEZAMENLIJK_GEZAG",
        ),
        ({"grounds": frozenset({Ground.VOOGDIJ}), "max_age": {Ground.VOOGDIJ: 19}}, "max_age.VOOGDIJ"),
        ({"eidas": (IdentityType.BSN,)}, "eidas"),
        ({"eidas": (), "means": frozenset({"eidas"}), "eherkenning_minimum": None}, "eidas"),
        ({"eidas": (IdentityType.BSN,) * 2, "means": frozenset({"eidas"}), "eherkenning_minimum": None}, "eidas"),
        (
            {
                "eidas": (IdentityType.BSN, IdentityType.LEGACY_BSN),
                "means": frozenset({"eidas"}),
                "eherkenning_minimum": None,
            },
            "eidas",
        ),
        (
            {"eidas": (IdentityType.PSEUDONYM,), "means": frozenset({"eidas"}), "eherkenning_minimum": None},
            "eidas",
        ),
        ({"attributes": {PersonalFact.FIRST_NAME: {"nl": "a", "en": "b"}}}, "attributes"),
        (
            {
                "attributes": {PersonalFact.FIRST_NAME: {"nl": "a"}},
                "means": frozenset({"eidas"}),
                "eherkenning_minimum": None,
            },
            "attributes.FirstName.en",
        ),
        ({"chain": -1}, "chain"),
        ({"window": Period(date(2026, 3, 1), date(2026, 3, 1))}, "active_until"),
    ],
)
def test_a_service_that_contradicts_itself_cannot_be_made(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Inconsistent) as caught:
        a_service(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"oin": Oin("00000099000000030000")}, "entity"),
        ({"name": ""}, "name"),
        ({"title": {}}, "title.nl"),
        ({"profile": "shibboleth"}, "profile"),
        ({"interfaces": frozenset()}, "interfaces"),
        ({"interfaces": frozenset({"ws-federation"})}, "interfaces"),
        ({"connection": Connection(response=ResponseBinding.POST)}, "connection.response"),
        ({"connection": Connection(back_channel=BackChannel.SIGNATURE)}, "connection.back_channel"),
        ({"connection": Connection(default_service=ServiceUuid("ffffffff-1"))}, "connection.default_service"),
        ({"connection": Connection(federation="a b")}, "connection.federation"),
        ({"bsnk": BsnkKeys(key_set=100_000_000)}, "bsnk.key_set"),
        ({"bsnk": BsnkKeys(key_set=20260101), "profile": "generic"}, "bsnk"),
    ],
)
def test_a_provider_that_contradicts_itself_cannot_be_made(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Inconsistent) as caught:
        a_provider(**changes)
    assert caught.value.field == field


def test_a_party_with_an_entity_id_of_its_own_making_can_be_a_provider() -> None:
    assert a_provider(entity_id=EntityId("https://sp.example/metadata")).oin.value == "00000099000000010000"


def test_a_service_can_be_about_a_product_without_a_upl_name() -> None:
    assert a_service(upl=None, action=Action.INZIEN).action is Action.INZIEN
