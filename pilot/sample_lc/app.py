"""The sample LC as a web application: asks the gateway for its DVs, and hands each what came back, unopened.

A DV sends its user here with a request ID of its own making; the LC puts that on the AuthnRequest it signs. When the
gateway answers, the user goes back to the DV with a ticket, and the DV collects over mutual TLS. Only then the artifact
is resolved: what is encrypted in it passes through, and nothing of it is kept.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pilot.sample_dv import xml
from pilot.sample_dv.back_channel import BackChannel, NoAnswer, endpoint_index
from pilot.sample_dv.envelope import Broken, Envelope
from pilot.sample_dv.known import Clock, Known, KnownParties, MetadataOf
from pilot.sample_dv.messages import write_artifact_resolve
from pilot.sample_dv.peers import MetadataRefused
from pilot.sample_dv.published import Published
from pilot.sample_dv.requests import Wanted, write_authn_request
from pilot.sample_dv.settings import UUID
from pilot.sample_dv.signatures import Signatures, silence_pysaml2
from pilot.sample_dv.travelling import by_post
from pilot.sample_lc.leaving import LogoutDesk, dv_of
from pilot.sample_lc.logins import Login, Logins
from pilot.sample_lc.metadata import write_cluster_metadata
from pilot.sample_lc.settings import SampleLcSettings
from pilot.sample_lc.views import Pages, PassingOn
from runtime.offload import Offload

REQUEST_ID: Final = re.compile(r"_[0-9a-f]{40}")
STATE: Final = re.compile(r"[0-9A-Za-z_-]{16,128}")


def build_app(
    settings: SampleLcSettings, *, metadata: Sequence[MetadataOf], pages: Pages, offload: Offload, clock: Clock
) -> tuple[Starlette, Starlette]:
    """Front and back channel of one sample LC. `metadata` gives the gateway's. Closing is the front's lifespan."""
    silence_pysaml2()
    lc = SampleLc(settings, metadata, pages, offload, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await lc.close()

    front = [
        Route("/metadata", lc.published.answer),
        Route("/login", lc.login),
        Route("/acs", lc.consume),
        *lc.leaving.front(),
    ]
    back = [Route("/answers/{ticket}", lc.hand_on), *lc.leaving.back()]
    return Starlette(lifespan=lifespan, routes=front), Starlette(routes=back)


class SampleLc:
    """The endpoints of one sample LC."""

    def __init__(
        self,
        settings: SampleLcSettings,
        metadata: Sequence[MetadataOf],
        pages: Pages,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._pages = pages
        self._offload = offload
        self._clock = clock
        self._logins = Logins(clock)
        keys = settings.keys
        self._channel = BackChannel(keys.authority, keys.tls)
        self._signatures = Signatures(keys.signing, {})
        self._parties = KnownParties(
            settings.gateway, metadata, keys.authority, keys.signing, self._channel, offload, clock
        )
        self.leaving = LogoutDesk(settings, self._parties, self._signatures, pages, offload, clock)
        self.published = Published(self._written, offload, clock)
        secure = settings.public_url.startswith("https:")
        self._cookie = f"{'__Host-' if secure else ''}{settings.name}-login"

    async def close(self) -> None:
        """Closes the back channel."""
        await self._channel.close()

    def _written(self, at: datetime) -> bytes:
        return write_cluster_metadata(self._settings, self._signatures, at)

    async def login(self, request: Request) -> Response:
        """From a DV's site on to the gateway: `dv`, `service` (UUID), `id`, `state`, and `for=other`."""
        given = request.query_params
        dv, service = self._settings.dv(given.get("dv", "")), given.get("service", "")
        request_id, state = given.get("id", ""), given.get("state", "")
        in_order = UUID.fullmatch(service) and REQUEST_ID.fullmatch(request_id) and STATE.fullmatch(state)
        if dv is None or not in_order:
            return self._pages.told(request, 400)
        try:
            known = await self._parties.now()
        except (NoAnswer, MetadataRefused):
            return self._pages.told(request, 503)
        wanted = Wanted(
            issuer=self._settings.entity_id,
            destination=known.sign_on,
            request_id=request_id,
            bvd=self._settings.bvd if given.get("for") == "other" else None,
            dv=dv.entity_id,
            service=service,
        )
        handle, browser = self._logins.begin(dv.name, request_id, state, request.cookies.get(self._cookie))
        message = write_authn_request(wanted, self._clock())
        onward = await self._offload(by_post, message, known.sign_on, handle, self._signatures)
        response = self._pages.passing_on(request, PassingOn(dv, onward.address, onward.fields or {}))
        response.set_cookie(
            self._cookie, browser, path="/", httponly=True, samesite="lax", secure=self._cookie.startswith("__Host-")
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    async def consume(self, request: Request) -> Response:
        """The AssertionConsumerService for HTTP-Artifact: back to the DV that asked, in the browser that began."""
        given = request.query_params
        browser = request.cookies.get(self._cookie)
        arrived = self._logins.arrived(given.get("RelayState", ""), browser, given.get("SAMLart", ""))
        if arrived is None:
            return self._pages.told(request, 400)
        ticket, login = arrived
        dv = self._settings.dv(login.dv)
        site = dv.site if dv else self._settings.public_url
        onward = urlencode({"RelayState": login.state, "ticket": ticket})
        return RedirectResponse(f"{site}/acs?{onward}", status_code=303, headers={"Cache-Control": "no-store"})

    async def hand_on(self, request: Request) -> Response:
        """For the DV that shows its own TLS certificate: what the gateway answered, as it came, and to which message.

        404 for a ticket that is not this DV's, 502 when the answer is not the gateway's to our request.
        """
        dv = dv_of(request, self._settings)
        login = self._logins.collected(request.path_params["ticket"], dv.name) if dv else None
        if dv is None or login is None:
            return JSONResponse({"refused": "no such ticket"}, 404)
        try:
            known = await self._parties.now()
            resolve_id, soap = await self._resolve(login, known, request.headers.get("traceparent"))
            name = await self._offload(check_envelope, soap, resolve_id, login, self._settings, known)
        except (NoAnswer, MetadataRefused, Broken, xml.Unreadable, ValueError, KeyError) as error:
            return JSONResponse({"refused": type(error).__name__}, 502)
        if name is not None:
            self.leaving.logouts.handed(dv.name, name)
        return JSONResponse({"resolve_id": resolve_id, "soap": soap.decode()}, headers={"Cache-Control": "no-store"})

    async def _resolve(self, login: Login, known: Known, traceparent: str | None) -> tuple[str, bytes]:
        artifact = login.artifact or ""
        location = known.gateway.artifact_resolution[endpoint_index(artifact)]
        resolve_id, soap = await self._offload(
            write_artifact_resolve, self._settings.entity_id, self._signatures, artifact, location, self._clock()
        )
        return resolve_id, await self._channel.post(location, soap, traceparent)


def check_envelope(soap: bytes, resolve_id: str, login: Login, settings: SampleLcSettings, known: Known) -> str | None:
    """The NameID of the login that an answer is about, by which its DV may end it; None where nobody logged in.

    Raises `Broken` or `Unreadable` unless this is the gateway's signed answer to our two messages (DV-VAL-01, -04).
    Who logged in is for the DV to judge, which alone can read it. Runs xmlsec1: call it off the event loop.
    """
    envelope = Envelope(settings.gateway, known.signatures)
    answer = envelope.artifact_response(soap, resolve_id)
    if xml.children(answer, "samlp:Response"):
        response = xml.child(answer, "samlp:Response")
        if envelope.answers(response, login.request_id, settings.consumer_url):
            return xml.text(envelope.assertion(response), "saml:Subject/saml:NameID")
    return None
