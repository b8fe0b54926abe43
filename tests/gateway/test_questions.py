"""What the gateway asks in a login with several means: what works, what was chosen last, what is announced."""

import re
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request
from starlette.responses import Response

from catalog.services import Raise, Service
from gateway import pages
from gateway.flow import Ask
from gateway.login import ChooseAuthority, ChooseMeans, ChooseWhom, Offer, Question, choice_of
from gateway.means.entries import Authority, MeansEntries, MeansEntry
from gateway.offer import offer_of
from gateway.questions import Questions
from gateway.remembered import RememberedMeans
from gateway.titles import Titles
from runtime.web.frame import Frame, Site
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from tests.catalog.factories import a_service
from tests.gateway.factories import House
from tests.gateway.test_login import LOGIN, OTHER_AD
from tests.stelsel.saml.factories import AD

UNKNOWN = EntityId("urn:nl-eid-gdi:1.0:AD:00000099000000004000:entities:9099")
ENTRIES = MeansEntries.of(
    MeansEntry(name="digid", kind="st-saml", authorities=(Authority(AD),)),
    MeansEntry(
        name="eherkenning", kind="st-saml", authorities=(Authority(OTHER_AD, "Een"), Authority(UNKNOWN, "Twee"))
    ),
)
SERVICE = replace(a_service(), means=frozenset({"digid", "eherkenning"}), eherkenning_minimum=LevelOfAssurance.HOOG)
LOOK = pages.look_of(Site(operator="Logius"))


class Device:
    """A browser's cookies, as far as these pages need them."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def request(self) -> Request:
        """What it asks with."""
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", sent.encode())]})

    def take(self, response: Response) -> None:
        """Keeps what a response sets."""
        for name, value in response.raw_headers:
            for key, morsel in (SimpleCookie(value.decode()) if name == b"set-cookie" else SimpleCookie()).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = morsel.value


class Asked:
    """The questions of a gateway with DigiD and two suppliers of eHerkenning, of whom nobody knows the second."""

    def __init__(self, house: House) -> None:
        self.means = {"digid": house.means_at(AD), "eherkenning": house.means_at(OTHER_AD, UNKNOWN)}
        self.now = house.party.clock()
        self.remembered = RememberedMeans("http://localhost")
        self.questions = Questions(LOOK, Titles(ENTRIES), self.means, self.remembered, house.party.clock)

    def page(self, device: Device, step: Question, service: Service = SERVICE, *down: EntityId) -> str:
        """The page of that question while some ADs are down."""
        offer: Offer = offer_of(LOGIN, service, self.means, self.now)
        asked = Ask(LOGIN, service, step, frozenset(down))
        frame = Frame(language="nl", dv="Gemeente", service="Bijstand", path="/login/h", token="t")
        return bytes(self.questions.draw(device.request(), asked, offer, frame).body).decode()


@pytest.fixture
def asked(house: House) -> Asked:
    known = house.party.trust.entities(house.party.clock())
    digid = house.party.trust.find(AD, house.party.clock())
    house.party.trust.replace([*known, replace(digid, entity_id=OTHER_AD)])
    return Asked(house)


def choices(page: str) -> list[str]:
    return re.findall(r'name="choice" value="([^"]*)"', page)


def test_each_means_tells_the_level_that_it_must_reach(asked: Asked) -> None:
    page = asked.page(Device(), ChooseMeans(represent=False))
    assert choices(page) == ["means:digid", "means:eherkenning", "cancel"]
    assert "minimaal niveau EH4" in page


def test_a_supplier_that_nobody_knows_is_a_line_of_text(asked: Asked) -> None:
    page = asked.page(Device(), ChooseAuthority("eherkenning", represent=False))
    assert "Welke leverancier van eHerkenning hebt u?" in page
    assert choices(page) == [choice_of(OTHER_AD), "cancel"]
    assert "Twee werkt nu niet." in page


def test_a_means_is_away_when_none_of_its_ads_is_known(asked: Asked, house: House) -> None:
    house.forgets(OTHER_AD)
    page = asked.page(Device(), ChooseMeans(represent=False))
    assert choices(page) == ["means:digid", "cancel"]
    assert "eHerkenning werkt nu niet." in page


@pytest.mark.clause("P1")
def test_a_means_whose_ad_did_not_answer_others_just_now_is_a_line_of_text(asked: Asked) -> None:
    page = asked.page(Device(), ChooseMeans(represent=False), SERVICE, AD)
    assert choices(page) == ["means:eherkenning", "cancel"]
    assert "DigiD werkt nu niet." in page
    assert 'data-page="G2.down"' in page


@pytest.mark.clause("P1")
def test_of_several_suppliers_only_the_one_that_is_down_is_left_out(asked: Asked, house: House) -> None:
    known = house.party.trust.entities(house.party.clock())
    house.party.trust.replace([*known, replace(house.party.trust.find(AD, asked.now), entity_id=UNKNOWN)])
    assert choices(asked.page(Device(), ChooseMeans(represent=False), SERVICE, OTHER_AD))[1] == "means:eherkenning"
    page = asked.page(Device(), ChooseAuthority("eherkenning", represent=False), SERVICE, OTHER_AD)
    assert choices(page) == [choice_of(UNKNOWN), "cancel"]
    assert "Een werkt nu niet." in page


@pytest.mark.clause("P1")
@pytest.mark.parametrize("step", [ChooseMeans(represent=False), ChooseAuthority("eherkenning", represent=False)])
def test_where_all_that_is_left_is_down_the_buttons_stay(asked: Asked, step: Question) -> None:
    assert choices(asked.page(Device(), step, SERVICE, AD, OTHER_AD)) == choices(asked.page(Device(), step))


@pytest.mark.parametrize("choice", ["means:eherkenning", choice_of(OTHER_AD)])
def test_the_means_that_was_chosen_last_comes_first_until_it_is_forgotten(asked: Asked, choice: str) -> None:
    device, response = Device(), Response()
    asked.questions.remember(response, choice)
    device.take(response)
    first = asked.page(device, ChooseMeans(represent=False))
    assert choices(first) == ["means:eherkenning", "means:digid", "forget", "cancel"]
    assert "Vorige keer gekozen" in first
    forgotten = Response()
    asked.questions.forget(forgotten)
    device.take(forgotten)
    assert choices(asked.page(device, ChooseMeans(represent=False))) == ["means:digid", "means:eherkenning", "cancel"]


def test_a_supplier_is_remembered_with_its_means(asked: Asked) -> None:
    device, response = Device(), Response()
    asked.questions.remember(response, choice_of(OTHER_AD))
    device.take(response)
    page = asked.page(device, ChooseAuthority("eherkenning", represent=False))
    assert choices(page) == [choice_of(OTHER_AD), "forget", "cancel"]


@pytest.mark.parametrize("choice", ["means:other", choice_of(EntityId("urn:example:nobody")), "cancel", "self", ""])
def test_only_a_means_or_supplier_of_ours_is_remembered(asked: Asked, choice: str) -> None:
    response = Response()
    asked.questions.remember(response, choice)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("value", ["", "DigiD", "digid.!", "digid." + "A" * 2000, "<script>"])
def test_a_cookie_that_we_would_not_have_set_says_nothing(asked: Asked, value: str) -> None:
    device = Device()
    device.cookies["gateway-means"] = value
    assert "forget" not in choices(asked.page(device, ChooseMeans(represent=False)))


def test_a_higher_level_is_announced_until_it_counts(asked: Asked) -> None:
    coming = Raise(
        to=LevelOfAssurance.HOOG,
        at=asked.now + timedelta(days=30),
        message={"nl": "Straks meer.", "en": "More, later."},
    )
    service = replace(SERVICE, minimum=LevelOfAssurance.MIDDEN, raised=coming)
    assert "Straks meer." in asked.page(Device(), ChooseMeans(represent=False), service)
    assert "Straks meer." not in asked.page(Device(), ChooseWhom(), service)
    only = replace(service, means=frozenset({"digid"}), eherkenning_minimum=None)
    assert "Straks meer." in asked.page(Device(), ChooseWhom(), only)  # no page of means will follow
    now = replace(service, raised=replace(coming, at=asked.now))
    assert "Straks meer." not in asked.page(Device(), ChooseMeans(represent=False), now)
