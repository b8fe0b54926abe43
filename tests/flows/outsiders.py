"""DVs outside ST-SAML in a network, spoken for with their own keys, and what they hold when a login is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from metadata.keys import KeyRing
from pilot.browser import Browser, Form, Page
from pilot.places import BVD, GATEWAY, entity_of
from pilot.steps import next_press
from stelsel import urns
from stelsel.saml.bindings import encode_post
from stelsel.saml.encryption import DecryptionKey
from stelsel.saml.signatures import SigningKey
from stelsel.saml.xml import parse
from tests.flows.pilots import Pilot
from tests.flows.speakers import Speaker

NS = {"samlp": urns.SAMLP, "saml": urns.SAML, "soap": "http://schemas.xmlsoap.org/soap/envelope/", "ds": urns.DS}


def a_dv(number: int, name: str, profile: str, *terms: str) -> str:
    """A DV of this profile and its one service, which it is asked for by default, as rows of a world."""
    uuid = f"0a1b2c3d-0000-4000-8000-00000000001{number}"
    connection = ", ".join((f'default_service = "{uuid}"', *terms))
    return f"""
[[dv]]
name = "{name}"
oin = "0000009900000007000{number}"
entity = "9001"
title = "Proefdienst {name}"
profile = "{profile}"
connection = {{{connection}}}
[[service]]
name = "bij {name}"
dv = "{name}"
uuid = "{uuid}"
title = "Dienst van {name}"
minimum = "substantieel"
grounds = ["BEWIND"]
interest = ["vermogen"]
"""


SEALED, CLEAR, LEGACY, BROKER = "verzegeld", "leesbaar", "oud", "makelaar"
ROWS = (
    a_dv(1, SEALED, "generic", 'response = "post"')
    + a_dv(2, CLEAR, "generic", 'response = "post", encrypt = false')
    + a_dv(3, LEGACY, "digid-legacy", 'back_channel = "signature"')
    + a_dv(4, BROKER, "etoegang")
)
# The gateway holds no key for this DV: with both interfaces it would.
OVER_SAML_ALONE = """
[[dv]]
name = "gemeente"
oin = "00000099000000010000"
entity = "9001"
title = "Gemeente Waterhoek"
"""


@dataclass(frozen=True, slots=True)
class Values:
    """An assertion as any reader takes it apart."""

    assertion: etree._Element

    def text(self, path: str) -> str:
        """The text at a path; empty where there is nothing."""
        return self.assertion.findtext(path, "", NS)

    def named(self) -> dict[str, list[str]]:
        """Attributes in clear."""
        return {
            str(each.get("Name")): [str(value.text) for value in each.findall("saml:AttributeValue", NS)]
            for each in self.assertion.findall("saml:AttributeStatement/saml:Attribute", NS)
        }

    @property
    def level(self) -> str:
        """How surely."""
        return self.text("saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef")

    @property
    def audiences(self) -> list[str]:
        """For whom."""
        path = "saml:Conditions/saml:AudienceRestriction/saml:Audience"
        return [str(each.text) for each in self.assertion.findall(path, NS)]


class AtTheDv(Exception):
    """The browser was about to open the DV's consumer, with an artifact."""

    def __init__(self, url: str) -> None:
        super().__init__("an artifact has come")
        self.artifact = parse_qs(urlsplit(url).query)["SAMLart"][0]


class Outsider:
    """The DV called `name`, and F1 before its login button."""

    def __init__(self, pilot: Pilot, name: str) -> None:
        self.pilot = pilot
        self.name = name
        self.speaker = Speaker(pilot, name)

    @property
    def consumer(self) -> str:
        """Where it is answered."""
        return f"{self.pilot.places.front(self.name)}/acs"

    @property
    def front_door(self) -> str:
        """Where it resolves by its signature alone."""
        return f"{self.pilot.places.front(GATEWAY)}/saml/artifact"

    def browser(self) -> Browser:
        """One that stops before it brings the DV an artifact."""

        async def stop(method: str, url: str) -> None:
            if url.startswith(f"{self.consumer}?"):
                raise AtTheDv(url)

        return Browser(stop)

    async def leads_to(self, browser: Browser, for_whom: str | None = None, **wish: Any) -> Page:
        """From a request of this DV to the page that would post it the answer. Raises `AtTheDv`."""
        service = f"bij {self.name}"
        request = self.speaker.request(
            service,
            acs_index=None,
            acs_url=self.consumer,
            intended_audience=None,
            requester_ids=(entity_of(BVD),) if for_whom else (),
        )
        wished = self.pilot.wish("F1", service, for_whom, **{"level": "substantieel", **wish})
        wished = replace(wished, identifier=self.pilot.bsn(for_whom) if for_whom else None)
        page, walked = await self.enter(browser, self.speaker.signed(request)), list[str]()
        while self.form(page) is None:
            press = next_press(page, wished, walked)
            assert press is not None, (page.name, page.status)
            walked.append(page.name)
            page = await browser.submit(press.form, press.button, press.fill)
        return page

    async def enter(self, browser: Browser, message: bytes) -> Page:
        """The page behind a request that the DV's own page posts."""
        sso = f"{self.pilot.places.front(GATEWAY)}/saml/sso"
        fields = {"SAMLRequest": encode_post(message), "RelayState": "hier"}
        return await browser.submit(Form(f"{self.consumer}/", sso, "post", fields, (), {}, ()))

    def form(self, page: Page) -> Form | None:
        """The form for this DV on a page."""
        return next((each for each in page.forms if each.action == self.consumer), None)

    def opens(self) -> tuple[DecryptionKey, ...]:
        """Its own keys."""
        return KeyRing.from_folder(self.pilot.network.prepared.pki.ring(self.name)).decryption(self.pilot.clock())

    def private(self) -> SigningKey:
        """Its encryption key as the judges take keys."""
        key = self.opens()[0]
        return SigningKey(key.name, key.private, b"")

    def gateway(self) -> SigningKey:
        """What the gateway signs with."""
        return self.pilot.network.services[GATEWAY].assembly.party.keys.signing(self.pilot.clock())


def elements(message: bytes, path: str) -> Sequence[etree._Element]:
    """What stands at a path in a message."""
    return parse(message).findall(path, NS)


def status(response: bytes) -> str:
    """The StatusMessage, or the code where there is none."""
    found = elements(response, ".//samlp:Response/samlp:Status") or elements(response, "samlp:Status")
    code = found[-1].find("samlp:StatusCode", NS)
    assert code is not None
    return found[-1].findtext("samlp:StatusMessage", "", NS) or str(code.get("Value"))
