"""OpenID Connect towards DVs, in the NL GOV profile: one more interface of the one flow."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from catalog.clients import Client
from exchange.ask import Posted
from exchange.assembly import Assembly
from gateway.interfaces.contract import Begin, InterfaceTools, LoginRequest
from gateway.interfaces.oidc.authentication import CREDENTIALS, Authentication, Shown
from gateway.interfaces.oidc.authorization import Asked, Authorization, read_authorization
from gateway.interfaces.oidc.discovery import discovery
from gateway.interfaces.oidc.endpoints import browser_routes, program_routes, published_routes, with_parameters
from gateway.interfaces.oidc.handles import Granted, Kept
from gateway.interfaces.oidc.key_sets import KeySets
from gateway.interfaces.oidc.redemption import Redemption
from gateway.interfaces.oidc.refused import ClientRefused, OAuthRefused, told
from gateway.interfaces.oidc.terms import AUTHORIZE
from gateway.interfaces.oidc.userinfo import Userinfo
from gateway.login import Answer, Login
from stelsel.failures import Failure, LoginOvertaken, Origin, ReplyAddressUnknown, ServiceUnknown, refusing
from stelsel.identifiers import EntityId
from stelsel.jose.rsa import listed

ASKED: Final = "authorization request"


class OidcInterface:
    """Keeps the contract `Interface`. Without terms it is closed: no door of it is there."""

    name: Final = "oidc"

    def __init__(self, tools: InterfaceTools) -> None:
        self._tools = tools
        terms = tools.oidc
        if terms is None:
            return
        party = tools.party
        self._terms = terms
        self._kept = Kept(party.store, terms)
        self._keys = KeySets(tools.catalog, terms, party.offload, party.clock)
        self._authentication = Authentication(
            tools.catalog, self._keys, party.store, party.offload, party.clock, terms.issuer
        )
        self._redemption = Redemption(tools, terms, self._authentication, self._kept, self._keys)
        self._userinfo = Userinfo(tools, terms, self._kept, self._keys)
        terms.rounds.append(self._keys.keep_up)

    def front_routes(self, begin: Begin) -> list[Route]:
        """See `Interface.front_routes`."""
        if self._tools.oidc is None:
            return []

        async def begun(fields: Mapping[str, str]) -> str:
            return await self.begin(fields, begin)

        terms = self._terms
        return [
            *browser_routes(begun),
            *program_routes(terms, self._tools.report, self.push, self._redemption.redeem, self._userinfo.tell),
            *published_routes(lambda: discovery(terms), self._published),
        ]

    def back_routes(self, assembly: Assembly) -> list[Route]:
        """See `Interface.back_routes`: clients come in at the front."""
        return []

    def check_connected(self, dv: EntityId, requester: EntityId) -> None:
        """See `Interface.check_connected`: a client asks for its own DV, and no LC stands between."""
        if dv != requester:
            raise ServiceUnknown("an LC asks over SAML", clause="UC-04", expected=dv.value, found=requester.value)

    async def push(self, shown: Shown) -> Mapping[str, Any]:
        """RFC 9126 2: a request that is checked now, by a client that is proven now. Raises an `OAuthRefused`."""
        client = await self._authentication.prove(shown)
        fields = {name: value for name, value in shown.fields.items() if name not in CREDENTIALS}
        with refusing(Origin(ASKED, client.dv.value, client.client_id, proven=True)):
            if fields.get("client_id", client.client_id) != client.client_id:
                raise OAuthRefused(
                    "client_id is another's", clause="PAR-01", expected=client.client_id, found="another"
                )
            try:
                request = read_authorization(Asked(fields, client, pushed=True))
            except ReplyAddressUnknown as unknown:
                raise OAuthRefused(
                    unknown.why, clause=unknown.broken_clause, expected=unknown.expected, found=unknown.found
                ) from unknown
            uri = await self._kept.push(request)
        return {"request_uri": uri, "expires_in": self._terms.pushed_seconds}

    async def begin(self, fields: Mapping[str, str], begin: Begin) -> str:
        """Where the browser goes that brings an authorization request.

        Raises what is told on a page: who asks, or where the answer would go, is not known (O10).
        """
        client = await self._client(fields.get("client_id", ""))
        try:
            request = await self._request(fields, client)
        except OAuthRefused as refused:
            if fields.get("redirect_uri") not in client.redirect_uris or "request_uri" in fields:
                raise
            await self._tools.report(refused, {"door": AUTHORIZE, "dv": client.dv.value})
            return self._back(fields["redirect_uri"], fields.get("state"), refused)
        handle = await self._kept.begin(request)
        return await begin(self._login_request(request, client, handle))

    async def answer(self, login: Login, answer: Answer) -> str:
        """See `Interface.answer`. The BVD's artifact stays unresolved behind the code."""
        request = await self._kept.take_request(login.request_id)
        asked = login.outstanding.request_id if login.outstanding and answer.pending else None
        granted = Granted(
            authorization=request,
            dv=login.dv,
            requester=login.requester,
            means=login.means or "",
            identity=answer.identity,
            bvd_artifact=answer.pending,
            bvd_request=asked,
        )
        code = await self._kept.issue(granted)
        return with_parameters(login.reply, {"code": code, "state": login.relay_state, "iss": self._terms.issuer})

    async def refuse(self, login: Login, failure: Failure) -> str:
        """See `Interface.refuse`."""
        return self._back(login.reply, login.relay_state, failure)

    async def posted(self, login_id: str, cookie: str | None) -> Posted:
        """See `Interface.posted`: answers go in the query."""
        raise LoginOvertaken("this interface posts no answers")

    def _published(self) -> Mapping[str, Any]:
        party = self._tools.party
        return {"keys": [listed(key.public, key.certificate) for key in party.keys.for_tokens(party.clock())]}

    def _back(self, reply: str, state: str | None, failure: Failure) -> str:
        """RFC 6749 4.1.2.1, with `iss` as in every answer (SEC-04, O11)."""
        error, description, _ = told(failure)
        found = {"error": error, "error_description": description or None, "state": state or None}
        return with_parameters(reply, {**found, "iss": self._terms.issuer})

    async def _client(self, client_id: str) -> Client:
        client = await self._tools.catalog.client(client_id) if client_id else None
        if client is None:
            raise ClientRefused("no such client", clause="OAU-05", expected="a registered client", found="another")
        return client

    async def _request(self, fields: Mapping[str, str], client: Client) -> Authorization:
        """The request itself, or the one that was pushed: then nothing beside it is looked at (OIDC-16)."""
        if "request_uri" in fields:
            with refusing(Origin(ASKED, client.dv.value, client.client_id)):
                return await self._kept.take_pushed(fields["request_uri"], client.client_id)
        with refusing(Origin(ASKED, client.dv.value, client.client_id)):
            return read_authorization(Asked(fields, client))

    def _login_request(self, request: Authorization, client: Client, handle: str) -> LoginRequest:
        """In the words of the flow. A hint that names none of our means counts for nothing (Core 3.1.2.1)."""
        hinted = self._terms.authorities.get(request.login_hint)
        return LoginRequest(
            interface=self.name,
            dv=client.dv,
            requester=client.dv,
            request_id=handle,
            reply=request.redirect_uri,
            relay_state=request.state,
            service=request.service,
            force_authn="login" in request.prompt or request.max_age is not None,
            idp_list=hinted,
            requester_ids=(self._tools.mandates.bvd,) if request.represents else (),
            context_classes=request.classes,
            context_comparison="minimum" if request.classes else None,
            represents=client.represents,
            passive="none" in request.prompt,
        )
