"""How an LC passes on its DVs' logouts: a DV asks at the back channel, the LC signs, and the answer goes to that DV.

As with a login, the browser carries a ticket and no more; what the gateway said, the DV judges itself.
"""

import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.sample_dv.back_channel import NoAnswer
from pilot.sample_dv.forms import read_fields
from pilot.sample_dv.known import Clock, KnownParties
from pilot.sample_dv.logout import NotLoggedOut, read_posted_logout
from pilot.sample_dv.messages import write_logout_request
from pilot.sample_dv.peers import MetadataRefused
from pilot.sample_dv.signatures import Signatures
from pilot.sample_dv.travelling import by_post
from pilot.sample_lc.logouts import Logouts
from pilot.sample_lc.settings import ConnectedDv, SampleLcSettings
from pilot.sample_lc.views import Pages, PassingOn
from runtime.connections import PEER_CERTIFICATE
from runtime.offload import Offload

MOST_BYTES: Final = 64 * 1024


class LogoutDesk:
    """The logout endpoints of one LC, in front and at its back channel."""

    def __init__(
        self,
        settings: SampleLcSettings,
        parties: KnownParties,
        signatures: Signatures,
        pages: Pages,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._parties = parties
        self._signatures = signatures
        self._pages = pages
        self._offload = offload
        self._clock = clock
        self.logouts = Logouts(clock)

    def front(self) -> list[Route]:
        """For browsers."""
        return [Route("/logout/{ticket}", self.leave), Route("/slo", self.answered, methods=["POST"])]

    def back(self) -> list[Route]:
        """For DVs, which show their own TLS certificates."""
        return [
            Route("/logouts", self.ask, methods=["POST"]),
            Route("/logouts/{ticket}", self.hand_on),
        ]

    async def ask(self, request: Request) -> Response:
        """A DV's wish to log out a login of its own: where the browser is to go, and the ID of the LogoutRequest.

        404 for a login that was not handed to this DV, 503 while the gateway cannot be asked.
        """
        dv = dv_of(request, self._settings)
        asked = await read_fields(request, MOST_BYTES) or {}
        name, index, state = (asked.get(each, "") for each in ("name_id", "session_index", "state"))
        if dv is None or not state or not self.logouts.is_of(dv.name, name):
            return JSONResponse({"refused": "no such login"}, 404)
        try:
            destination = (await self._parties.now()).gateway.single_logout
        except (NoAnswer, MetadataRefused):
            destination = None
        if destination is None:
            return JSONResponse({"refused": "the gateway takes no logout now"}, 503)
        message = write_logout_request(self._settings.entity_id, name, index or None, destination, self._clock())
        handle = secrets.token_urlsafe(24)
        onward = await self._offload(by_post, message, destination, handle, self._signatures)
        ticket = self.logouts.begin(dv.name, message.id, state, handle, onward)
        return JSONResponse({"request_id": message.id, "url": f"{self._settings.public_url}/logout/{ticket}"})

    async def leave(self, request: Request) -> Response:
        """From a DV's site on to the gateway, with the LogoutRequest."""
        leaving = self.logouts.leaves(request.path_params["ticket"])
        dv = self._settings.dv(leaving.dv) if leaving else None
        if leaving is None or dv is None:
            return self._pages.told(request, 400)
        onward = leaving.onward
        response = self._pages.passing_on(request, PassingOn(dv, onward.address, onward.fields or {}))
        response.headers["Cache-Control"] = "no-store"
        return response

    async def answered(self, request: Request) -> Response:
        """The gateway's LogoutResponse (LGO-02), whatever it says: on to the DV, which collects it."""
        given = await read_fields(request, MOST_BYTES) or {}
        handle = given.get("RelayState", "")
        leaving = self.logouts.sent(handle)
        dv = self._settings.dv(leaving.dv) if leaving else None
        if leaving is None or dv is None:
            return self._pages.told(request, 400)
        try:
            known = await self._parties.now()
            value, gateway = given.get("SAMLResponse", ""), self._settings.gateway
            message = await self._offload(read_posted_logout, value, gateway, known.signatures)
        except (NoAnswer, MetadataRefused):
            return self._pages.told(request, 503)
        except NotLoggedOut:
            return self._pages.told(request, 400)
        return self._pages.back(request, dv, leaving.state, self.logouts.answered(handle, message))

    async def hand_on(self, request: Request) -> Response:
        """For the DV whose logout it was: the gateway's LogoutResponse, as it came. 404 for any other ticket."""
        dv = dv_of(request, self._settings)
        message = self.logouts.collected(request.path_params["ticket"], dv.name) if dv else None
        if message is None:
            return JSONResponse({"refused": "no such ticket"}, 404)
        return JSONResponse({"message": message.decode()}, headers={"Cache-Control": "no-store"})


def dv_of(request: Request, settings: SampleLcSettings) -> ConnectedDv | None:
    """The DV whose TLS certificate is shown."""
    certificate = request.scope.get("state", {}).get(PEER_CERTIFICATE)
    return next((each for each in settings.dvs if each.tls == certificate), None)
