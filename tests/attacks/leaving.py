"""A logout in a running network: its messages, in order but for what a test changes, and a browser in its midst."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from exchange.logout import SLO_PATH
from pilot.browser import Form, Page
from pilot.places import DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.saml import logout
from stelsel.saml.assertion import Assertion
from stelsel.saml.bindings import decode_post, encode_post
from stelsel.saml.ids import new_id
from stelsel.saml.logout import LogoutRequest, LogoutResponse
from stelsel.saml.response import Status
from tests.attacks.parties import DV, Answering, Attacked, Party, Visitor, speaking_for
from tests.flows.pilots import Pilot
from tests.flows.speakers import keys_of


def slo(pilot: Pilot, party: str) -> str:
    """Where `party` takes logout messages."""
    return pilot.places.front(party) + SLO_PATH


def a_logout(pilot: Pilot, party: str, sender: str, **changes: Any) -> LogoutRequest:
    """A LogoutRequest of `sender` for a login that nobody has."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": pilot.clock(),
        "destination": slo(pilot, party),
        "issuer": Party(pilot, sender).entity,
        "name_id": new_id(),
    }
    return LogoutRequest(**values | changes)


def an_answer(pilot: Pilot, request_id: str, **changes: Any) -> LogoutResponse:
    """DigiD says that the login is over."""
    values: dict[str, Any] = {
        "id": new_id(),
        "issue_instant": pilot.clock(),
        "destination": slo(pilot, GATEWAY),
        "issuer": entity_of(DIGID),
        "in_response_to": request_id,
        "status": Status(urns.STATUS_SUCCESS),
    }
    return LogoutResponse(**values | changes)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A browser with a login at the DV, which rests on a session at the gateway."""

    browser: Visitor
    ad: Answering
    began: Assertion

    async def begin(self) -> tuple[str, str]:
        """The DV ends the login: the id of the gateway's LogoutRequest to the AD, and its RelayState."""
        pilot = self.browser.pilot
        names = {"name_id": self.began.name_id, "session_index": self.began.session_index}
        message = logout.write_request(a_logout(pilot, GATEWAY, DV, **names), self.browser.dv.key)
        form = await self.post(SAMLRequest=encode_post(message), RelayState="home")
        request = logout.read_request(decode_post(form.fields["SAMLRequest"]), keys_of(pilot))
        return request.id, form.fields["RelayState"]

    async def post(self, **fields: str) -> Form:
        """The form that the gateway answers with."""
        answer = await self.browser.http.post(slo(self.browser.pilot, GATEWAY), data=fields)
        if answer.status_code == 303:  # the page from which the browser goes to the AD
            answer = await self.browser.http.get(urljoin(str(answer.url), answer.headers["location"]))
        (form,) = Page(str(answer.url), answer.status_code, answer.content).forms
        return form

    async def still_serves(self) -> bool:
        """Whether the AD is asked for no new login."""
        return not (await self.browser.to_ad()).request.force_authn


@asynccontextmanager
async def leaving(network: Attacked) -> AsyncIterator[Leaving]:
    """Somebody who logged in a moment ago; the test speaks for DigiD."""
    async with speaking_for(network.pilot, DIGID) as ad, Visitor(network) as browser:
        sent = await browser.to_ad()
        told = await browser.told(await browser.come_back(ad.consumer, ad.declares(sent.request), sent.relay_state))
        assert told is not None
        assert told.assertion is not None
        yield Leaving(browser, ad, told.assertion)
