"""The sample dienstverlener as a web application: start page, login, AssertionConsumerService, result, log out."""

import base64
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pilot.sample_dv.answers import read_answer
from pilot.sample_dv.back_channel import BackChannel, NoAnswer, endpoint_index
from pilot.sample_dv.checks import Asked, Trust
from pilot.sample_dv.decryption import EncryptionKey
from pilot.sample_dv.logout import NotLoggedOut, check_logged_out
from pilot.sample_dv.messages import (
    write_artifact_resolve,
    write_authn_request,
    write_logout_request,
    write_metadata,
)
from pilot.sample_dv.peers import MetadataRefused, Peer, read_peer
from pilot.sample_dv.received import Answer, Check, Distrusted, Name, Received
from pilot.sample_dv.sessions import LOGIN, Pending, Session, Sessions
from pilot.sample_dv.settings import SampleDvSettings
from pilot.sample_dv.signatures import Signatures, silence_pysaml2
from pilot.sample_dv.views import Band, Pages, PassingOn, ResultView, StartView, notice_of
from runtime.offload import Offload

Clock = Callable[[], datetime]
MetadataOf = Callable[[BackChannel], Awaitable[bytes]]
KEEP_METADATA: Final = timedelta(seconds=60)
SLACK_SECONDS: Final = 120


def from_address(url: str) -> MetadataOf:
    """Metadata that is fetched over HTTP."""

    async def fetch(channel: BackChannel) -> bytes:
        return await channel.get(url)

    return fetch


def from_bytes(document: bytes) -> MetadataOf:
    """Metadata that was handed over."""

    async def answer(_: BackChannel) -> bytes:
        return document

    return answer


@dataclass(frozen=True, slots=True)
class _Known:
    """The other parties, read at `at`, and what is needed to judge and answer them."""

    at: datetime
    gateway: Peer
    trust: Trust


def build_app(
    settings: SampleDvSettings,
    *,
    metadata: Sequence[MetadataOf],
    pages: Pages,
    offload: Offload,
    clock: Clock,
) -> Starlette:
    """The application of one sample DV. `metadata` gives that of the gateway, of each AD and of the BVD."""
    silence_pysaml2()
    dv = SampleDv(settings, metadata, pages, offload, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await dv.close()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", dv.start),
            Route("/metadata", dv.metadata),
            Route("/login", dv.login),
            Route("/acs", dv.consume),
            Route("/result", dv.result),
            Route("/resolve-again", dv.resolve_again, methods=["POST"]),
            Route("/logout", dv.log_out, methods=["POST"]),
            Route("/slo", dv.logged_out, methods=["POST"]),
        ],
    )


class SampleDv:
    """The endpoints of one sample DV."""

    def __init__(
        self,
        settings: SampleDvSettings,
        metadata: Sequence[MetadataOf],
        pages: Pages,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._metadata = tuple(metadata)
        self._pages = pages
        self._offload = offload
        self._clock = clock
        self._sessions = Sessions(clock)
        self._channel = BackChannel(settings.keys)
        self._key = EncryptionKey.from_file(settings.entity_id, settings.keys.encryption)
        self._signatures = Signatures(settings.keys.signing, {})
        self._known: _Known | None = None
        secure = settings.public_url.startswith("https:")
        self._cookie = f"{'__Host-' if secure else ''}{settings.name}-session"

    async def close(self) -> None:
        """Closes the back channel."""
        await self._channel.close()

    async def metadata(self, request: Request) -> Response:
        """The DV's own metadata, for the gateway."""
        document = await self._offload(write_metadata, self._settings, self._signatures, self._clock())
        return Response(document, media_type="application/samlmetadata+xml")

    async def start(self, request: Request) -> Response:
        """D1, or D3 with what went wrong. `?service=` shows that one service only."""
        return self._start(request, self._session(request))

    async def login(self, request: Request) -> Response:
        """Sends the user to the gateway: `?service=NAME_OR_UUID`, and `for=other` to act for somebody else."""
        service = self._settings.asked_for(request.query_params.get("service", ""))
        if service is None:
            return self._start(request, self._session(request), status=404)
        for_other = request.query_params.get("for") == "other"
        try:
            known = await self._peers()
        except (NoAnswer, MetadataRefused) as error:
            return self._start(request, Session(self._clock(), answer=_away(error)), status=503)
        request_id, message = await self._offload(
            write_authn_request,
            self._settings,
            self._signatures,
            service,
            known.gateway.single_sign_on or "",
            for_other=for_other,
            at=self._clock(),
        )
        handle = secrets.token_urlsafe(24)
        pending = Pending(request_id, service, for_other, self._clock() + LOGIN)
        key = self._sessions.begin(request.cookies.get(self._cookie), handle, pending)
        fields = {"SAMLRequest": base64.b64encode(message).decode(), "RelayState": handle}
        view = PassingOn(dv=self._settings, action=known.gateway.single_sign_on or "", fields=fields)
        return self._with_cookie(self._pages.passing_on(request, view), key)

    async def consume(self, request: Request) -> Response:
        """The AssertionConsumerService for HTTP-Artifact: resolves, judges, and starts a session or tells why not.

        Whatever comes back, a session that was open is over (DV-VAL-10).
        """
        key = request.cookies.get(self._cookie)
        pending = self._sessions.take_pending(key, request.query_params.get("RelayState", ""))
        artifact = request.query_params.get("SAMLart", "")
        if pending is None:
            unknown = _distrusted("RelayState", "een login van deze browser", "onbekend", "DV-VAL-04")
            return self._start(request, Session(self._clock(), answer=unknown), status=400)
        answer = await self._resolve(artifact, pending, request.headers.get("traceparent"))
        key = self._sessions.renew(key, answer=answer, answered=pending, artifact=artifact)
        onward = "/result" if isinstance(answer, Received) else f"/?service={pending.service.name}"
        return self._with_cookie(RedirectResponse(onward, status_code=303), key)

    async def result(self, request: Request) -> Response:
        """D2, or with `format=json` the last answer in the shape of CONTRACT (the pilot's people are made up)."""
        session = self._session(request)
        answer = session.answer if session else None
        if request.query_params.get("format") == "json":
            return JSONResponse(answer.as_json() if answer else None, headers={"Cache-Control": "no-store"})
        if session is None or session.received is None or session.answered is None:
            return RedirectResponse("/", status_code=303)
        received = session.received
        view = ResultView(
            dv=self._settings,
            service=session.answered.service,
            received=received,
            acting=self._called(received.acting),
            represented=self._called(received.represented) if received.represented else None,
            band=self._band(session),
        )
        return self._pages.result(request, view)

    async def resolve_again(self, request: Request) -> Response:
        """What the gateway says when the last artifact is resolved once more; changes nothing in the session."""
        session = self._session(request)
        if session is None or session.answered is None or session.artifact is None:
            return JSONResponse(None, status_code=404)
        answer = await self._resolve(session.artifact, session.answered, request.headers.get("traceparent"))
        return JSONResponse(answer.as_json(), headers={"Cache-Control": "no-store"})

    async def log_out(self, request: Request) -> Response:
        """Ends the session here, and where it was begun together with others, at the gateway too (SSO-03)."""
        session = self._session(request)
        self._sessions.close(request.cookies.get(self._cookie))
        received = session.received if session else None
        response: Response = RedirectResponse("/", status_code=303)
        if received is not None and self._settings.shares_logins:
            response = await self._log_out_there(request, received) or response
        response.delete_cookie(self._cookie)
        return response

    async def logged_out(self, request: Request) -> Response:
        """The gateway's LogoutResponse (HTTP-POST). The session here is over already, whatever it says."""
        form = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
        request_id = self._sessions.take_leave(form.get("RelayState", ""))
        try:
            if request_id is None:
                raise NotLoggedOut("nobody asked")
            known = await self._peers()
            await self._offload(
                check_logged_out,
                form.get("SAMLResponse", ""),
                self._settings.gateway,
                request_id,
                self._settings.logout_url,
                known.trust.signatures,
            )
        except (NotLoggedOut, NoAnswer, MetadataRefused) as error:
            told = _distrusted("LogoutResponse", "uitgelogd", str(error), "LGO-02")
            return self._start(request, Session(self._clock(), answer=told), status=400)
        return RedirectResponse("/", status_code=303)

    async def _log_out_there(self, request: Request, received: Received) -> Response | None:
        """The form with a LogoutRequest for the gateway; None where that cannot be reached or does not listen."""
        try:
            destination = (await self._peers()).gateway.single_logout
        except (NoAnswer, MetadataRefused):
            destination = None
        if destination is None:
            return None
        request_id, message = await self._offload(
            write_logout_request,
            self._settings,
            self._signatures,
            received.name_id,
            received.session_index,
            destination,
            self._clock(),
        )
        handle = secrets.token_urlsafe(24)
        self._sessions.leave(handle, request_id)
        fields = {"SAMLRequest": base64.b64encode(message).decode(), "RelayState": handle}
        return self._pages.passing_on(request, PassingOn(dv=self._settings, action=destination, fields=fields))

    async def _resolve(self, artifact: str, pending: Pending, traceparent: str | None) -> Answer:
        """One ArtifactResolve, and everything there is to check about its answer."""
        try:
            known = await self._peers()
            location = known.gateway.artifact_resolution[endpoint_index(artifact)]
        except (NoAnswer, MetadataRefused) as error:
            return _away(error)
        except (ValueError, KeyError):
            return _distrusted("SAMLart", "een artifact van de gateway", "iets anders", "DV-ART-05")
        resolve_id, soap = await self._offload(
            write_artifact_resolve, self._settings, self._signatures, artifact, location, self._clock()
        )
        try:
            reply = await self._channel.post(location, soap, traceparent)
        except NoAnswer as error:
            return _away(error)
        asked = Asked(
            resolve_id=resolve_id,
            request_id=pending.request_id,
            consumer=self._settings.consumer_url,
            service=pending.service.uuid,
            minimum=pending.service.minimum,
            for_other=pending.for_other,
            at=self._clock(),
            code=_code(),
        )
        answer = await self._offload(read_answer, reply, asked, known.trust)
        if isinstance(answer, Received) and not self._sessions.claim(answer.assertion_id):
            return _distrusted("Assertion/@ID", "niet eerder gebruikt", "gebruikt", "DV-SES-02")
        return answer

    async def _peers(self) -> _Known:
        """The other parties, read anew when what we have is older than KEEP_METADATA."""
        now = self._clock()
        if self._known is None or now - self._known.at >= KEEP_METADATA:
            documents = [await fetch(self._channel) for fetch in self._metadata]
            self._known = await self._offload(self._read_peers, documents, now)
        return self._known

    def _read_peers(self, documents: Sequence[bytes], at: datetime) -> _Known:
        settings = self._settings
        peers = {peer.entity_id: peer for peer in (read_peer(each, settings.keys, at) for each in documents)}
        gateway = peers.get(settings.gateway)
        if gateway is None or gateway.single_sign_on is None:
            raise MetadataRefused("the gateway's metadata names no place for requests")
        certificates = {peer.entity_id: peer.certificates for peer in peers.values()}
        trust = Trust(
            gateway=settings.gateway,
            entity_id=settings.entity_id,
            signatures=Signatures(settings.keys.signing, certificates),
            key=self._key,
            slack_seconds=abs(settings.offset_seconds) + SLACK_SECONDS,
        )
        return _Known(at, gateway, trust)

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(self._cookie))

    def _start(self, request: Request, session: Session | None, status: int = 200) -> Response:
        wanted = self._settings.service(request.query_params.get("service", ""))
        answer = session.answer if session else None
        view = StartView(
            dv=self._settings,
            services=(wanted,) if wanted else self._settings.services,
            notice=notice_of(answer),
            noticed_service=session.answered.service if session and session.answered else wanted,
            code=answer.code if answer and not isinstance(answer, Received) else "",
            band=self._band(session),
            logged_in=bool(session and session.received),
        )
        return self._pages.start(request, view, status)

    def _band(self, session: Session | None) -> Band | None:
        if session is None or session.answered is None or session.received is None:
            return None
        if session.received.represented is None:
            return None
        return Band(represented=self._called(session.received.represented), service=session.answered.service)

    def _called(self, name: Name) -> str:
        """The name in the DV's own administration, else the last three digits."""
        return self._settings.known_people.get(name.value, f"… {name.value[-3:]}")

    def _with_cookie(self, response: Response, key: str) -> Response:
        response.set_cookie(
            self._cookie, key, path="/", httponly=True, samesite="lax", secure=self._cookie.startswith("__Host-")
        )
        response.headers["Cache-Control"] = "no-store"
        return response


def _code() -> str:
    """What the user reads out to the DV's own desk."""
    return secrets.token_hex(4).upper()


def _away(error: Exception) -> Distrusted:
    return Distrusted(_code(), 503, (Check("bereikbaarheid", False, "een antwoord", str(error), "DV-RSV-05"),))


def _distrusted(name: str, expected: str, received: str, clause: str) -> Distrusted:
    return Distrusted(_code(), 400, (Check(name, False, expected, received, clause),))
