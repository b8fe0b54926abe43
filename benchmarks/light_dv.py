"""A DV that costs little to run, so that a benchmark spends its time on the gateway: our own messages, no pages."""

import base64
from collections.abc import Mapping
from html import escape
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from exchange.party import Self
from exchange.resolve import Resolver
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.ids import new_id
from stelsel.saml.rules.answers import Expected

FORM: Final = (
    '<!DOCTYPE html><html lang="nl"><body><main data-page="pass"><form method="post" action="{action}">'
    '<input type="hidden" name="SAMLRequest" value="{message}">'
    '<input type="hidden" name="RelayState" value="{relay_state}"><button>Verder</button></form></main></body></html>'
)


class LightDv:
    """`/login` sends a preselected request, `/login?for=other` one for somebody else; `/acs` resolves and judges."""

    def __init__(
        self,
        party: Self,
        resolver: Resolver,
        consumer: str,
        service: ServiceUuid,
        parties: Mapping[str, EntityId],
    ) -> None:
        self._party = party
        self._resolver = resolver
        self._consumer = consumer
        self._service = service
        self._parties = parties
        self._asked: dict[str, str] = {}

    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=[Route("/login", self.login), Route("/acs", self.consume)])

    async def login(self, request: Request) -> Response:
        """A request with a RelayState of its own, by which its answer is known."""
        party, now = self._party, self._party.clock()
        for_other = request.query_params.get("for") == "other"
        asked = AuthnRequest(
            id=new_id(),
            issue_instant=now,
            destination=party.trust.find(self._parties["gateway"], now).sso_location(),
            issuer=party.entity_id,
            acs_index=0,
            intended_audience=party.entity_id,
            service=self._service,
            idp_list=(self._parties["digid"], *((self._parties["bvd"],) if for_other else ())),
            requester_ids=(self._parties["bvd"],) if for_other else (),
        )
        relay_state = new_id()
        self._asked[relay_state] = asked.id
        message = base64.b64encode(authn_request.write(asked, party.keys.signing(now))).decode()
        action = escape(asked.destination or "")
        return HTMLResponse(FORM.format(action=action, message=message, relay_state=relay_state))

    async def consume(self, request: Request) -> Response:
        """Says whether an assertion came, and how many in Advice."""
        request_id = self._asked.pop(request.query_params["RelayState"])
        expected = Expected(self._parties["gateway"], request_id, self._consumer, self._party.entity_id)
        answered = await self._resolver.resolve(request.query_params["SAMLart"], expected)
        told = f"{len(answered.assertion.advice)} in Advice" if answered.assertion else str(answered.status)
        return HTMLResponse(
            f'<!DOCTYPE html><html lang="nl"><body><main data-page="done">{escape(told)}</main></body></html>'
        )
