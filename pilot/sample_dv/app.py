"""The sample dienstverlener as a web application: start page, login, AssertionConsumerService, result, log out."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pilot.sample_dv.back_channel import BackChannel, NoAnswer
from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.fetching import Fetching, away, distrusted
from pilot.sample_dv.forms import read_fields
from pilot.sample_dv.known import Clock, KnownParties, MetadataOf
from pilot.sample_dv.leaving import MOST_BYTES, Leaving
from pilot.sample_dv.logout import NotLoggedOut, PartlyLoggedOut, check_logged_out
from pilot.sample_dv.marks import new_id
from pilot.sample_dv.messages import write_metadata
from pilot.sample_dv.peers import MetadataRefused
from pilot.sample_dv.published import Published
from pilot.sample_dv.received import Answer, Name, Received
from pilot.sample_dv.requests import wanted_by, write_authn_request
from pilot.sample_dv.sessions import LOGIN, Pending, Session, Sessions
from pilot.sample_dv.settings import KeyFiles, SampleDvSettings, SampleService
from pilot.sample_dv.signatures import NotSigned, Signatures, silence_pysaml2
from pilot.sample_dv.travelling import Travelling, by_post, by_redirect
from pilot.sample_dv.views import Band, Notice, Pages, PassingOn, ResultView, StartView, notice_of
from pilot.sample_rp.client import NoRequest, client_of
from runtime.offload import Offload


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
    # An LC publishes for the DVs that it connects.
    own = [] if settings.supplier else [Route("/metadata", dv.published.answer)]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await dv.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *own,
            Route("/", dv.start),
            Route("/login", dv.login),
            Route("/acs", dv.consume, methods=["GET"]),
            Route("/acs", dv.bring, methods=["POST"]),
            Route("/oidc/callback", dv.redeem, methods=["GET"]),
            Route("/result", dv.result),
            Route("/resolve-again", dv.resolve_again, methods=["POST"]),
            Route("/userinfo", dv.userinfo, methods=["POST"]),
            Route("/logout", dv.log_out, methods=["POST"]),
            Route("/slo", dv.logged_out, methods=["GET", "POST"]),
        ],
    )
    app.state.dv = dv
    return app


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
        self._pages = pages
        self._offload = offload
        self._clock = clock
        self._sessions = Sessions(clock)
        self._metadata = tuple(metadata)
        self._channels: list[BackChannel] = []
        self._use(settings.keys)
        self._client = client_of(settings, offload, clock)
        self.published = Published(self._written, offload, clock)
        self._carry = by_redirect if DIALECTS[settings.agreed.profile].redirect else by_post
        secure = settings.public_url.startswith("https:")
        self._cookie = f"{'__Host-' if secure else ''}{settings.name}-session"

    async def close(self) -> None:
        """Closes the back channel."""
        for channel in self._channels:
            await channel.close()
        if self._client is not None:
            await self._client.close()

    def take_keys(self, keys: KeyFiles) -> None:
        """The next step of a roll-over: from now on the DV speaks and reads with these, and its logins go on."""
        self._settings = replace(self._settings, keys=keys)
        self._use(keys)
        self.published.changed()

    def _use(self, keys: KeyFiles) -> None:
        settings, offload, clock = self._settings, self._offload, self._clock
        channel = BackChannel(keys.authority, keys.tls if settings.agreed.shows_tls else None)
        self._channels.append(channel)  # those of before end what they are at
        self._signatures = Signatures(keys.signing, {})
        self._parties = KnownParties(
            settings.gateway, self._metadata, keys.authority, keys.signing, channel, offload, clock, keys.encryption
        )
        self._fetching = Fetching(settings, self._signatures, self._parties, channel, offload, clock)
        self._leaving = Leaving(settings, self._signatures, self._parties, channel, offload, clock)

    def _written(self, at: datetime) -> bytes:
        return write_metadata(self._settings, self._signatures, at)

    async def start(self, request: Request) -> Response:
        """D1, or D3 with what went wrong. `?service=` shows that one service only."""
        return self._start(request, self._session(request))

    async def login(self, request: Request) -> Response:
        """Sends the user to the gateway: `?service=NAME_OR_UUID`, and `for=other` to act for somebody else."""
        service = self._settings.asked_for(request.query_params.get("service", ""))
        if service is None:
            return self._start(request, self._session(request), status=404)
        for_other = request.query_params.get("for") == "other"
        by_token = request.query_params.get("interface") == "oidc"
        handle = secrets.token_urlsafe(24)
        try:
            asking = self._pushing if by_token else self._asking
            request_id, onward = await asking(service, handle, for_other=for_other)
        except (NoAnswer, MetadataRefused, NoRequest) as error:
            return self._start(request, Session(self._clock(), answer=away(error)), status=503)
        pending = Pending(request_id, service, for_other, self._clock() + LOGIN)
        key = self._sessions.begin(request.cookies.get(self._cookie), handle, pending)
        return self._with_cookie(self._leading(request, onward), key)

    async def _asking(self, service: SampleService, handle: str, *, for_other: bool) -> tuple[str, Travelling]:
        """A request of our own to the gateway; a DV behind an LC asks that to ask, under an ID that it made itself."""
        supplier = self._settings.supplier
        if supplier is not None:
            request_id = new_id()
            asked = {"dv": self._settings.name, "service": service.uuid, "id": request_id, "state": handle}
            return request_id, Travelling(
                f"{supplier.login_url}?{urlencode(asked | ({'for': 'other'} if for_other else {}))}"
            )
        known = await self._parties.now()
        wanted = wanted_by(self._settings, service, known.sign_on, for_other=for_other)
        message = write_authn_request(wanted, self._clock())
        return message.id, await self._offload(self._carry, message, known.sign_on, handle, self._signatures)

    async def _pushing(self, service: SampleService, handle: str, *, for_other: bool) -> tuple[str, Travelling]:
        """As `_asking`, over OpenID Connect: our request is at the gateway already when the browser goes there."""
        if self._client is None:
            raise NoRequest("no client of OpenID Connect")
        return new_id(), Travelling(await self._client.ask(service, handle, for_other=for_other))

    def _leading(self, request: Request, onward: Travelling) -> Response:
        """Never a redirect: Chromium would block one to another site after a form of ours (clients 7.7)."""
        view = PassingOn(dv=self._settings, action=onward.address, fields=onward.fields or {})
        return self._pages.passing_on(request, view)

    async def bring(self, request: Request) -> Response:
        """The AssertionConsumerService for HTTP-POST: sends the browser on to here, since it came without cookie."""
        form = await read_fields(request, MOST_BYTES)
        if form is None or not self._settings.agreed.posts:
            return Response(status_code=413 if form is None else 405)
        answer = self._sessions.bring(form.get("SAMLResponse", ""))
        onward = urlencode({"RelayState": form.get("RelayState", ""), "answer": answer})
        return RedirectResponse(f"/acs?{onward}", status_code=303)

    async def consume(self, request: Request) -> Response:
        """The AssertionConsumerService: fetches or takes the answer, judges it, starts a session or tells why not.

        Whatever comes back, a session that was open is over (DV-VAL-10).
        """
        key, given = request.cookies.get(self._cookie), request.query_params
        pending = self._sessions.take_pending(key, given.get("RelayState", ""))
        if pending is None:
            unknown = distrusted("RelayState", "een login van deze browser", "onbekend", "DV-VAL-04")
            return self._start(request, Session(self._clock(), answer=unknown), status=400)
        artifact = None
        if self._settings.agreed.posts:
            brought = self._sessions.take_brought(given.get("answer", ""))
            answer = self._used_once(await self._fetching.posted(brought or "", pending))
        else:
            artifact = given.get("ticket" if self._settings.supplier else "SAMLart", "")
            answer = await self._fetched(artifact, pending, request)
        key = self._sessions.renew(key, answer=answer, answered=pending, artifact=artifact)
        onward = "/result" if isinstance(answer, Received) else f"/?service={pending.service.name}"
        return self._with_cookie(RedirectResponse(onward, status_code=303), key)

    async def redeem(self, request: Request) -> Response:
        """Where the browser comes back with a code: the token behind it is fetched and judged, as in `consume`."""
        key, given = request.cookies.get(self._cookie), request.query_params
        pending = self._sessions.take_pending(key, given.get("state", ""))
        if pending is None or self._client is None:
            unknown = distrusted("state", "een login van deze browser", "onbekend", "OIDC-06")
            return self._start(request, Session(self._clock(), answer=unknown), status=400)
        answer = self._used_once(await self._client.redeem(given, request.headers.get("traceparent")))
        key = self._sessions.renew(key, answer=answer, answered=pending, artifact=str(given))
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
        given = dict(parse_qsl(session.artifact))
        if self._client is not None and "code" in given:
            answer = self._used_once(await self._client.redeem(given, request.headers.get("traceparent")))
        else:
            answer = await self._fetched(session.artifact, session.answered, request)
        return JSONResponse(answer.as_json(), headers={"Cache-Control": "no-store"})

    async def userinfo(self, request: Request) -> Response:
        """What the gateway's userinfo endpoint says of the last login, once more."""
        session = self._session(request)
        given = dict(parse_qsl(session.artifact or "")) if session else {}
        if self._client is None or "state" not in given:
            return JSONResponse(None, status_code=404)
        told = await self._client.userinfo(given["state"], request.headers.get("traceparent"))
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def log_out(self, request: Request) -> Response:
        """Ends the session here, and where it was begun together with others, at the gateway too (SSO-03)."""
        session = self._session(request)
        self._sessions.close(request.cookies.get(self._cookie))
        received = session.received if session else None
        response: Response = RedirectResponse("/", status_code=303)
        if received is not None and self._settings.shares_logins:
            handle = secrets.token_urlsafe(24)
            asked = await self._leaving.ask(received, handle)
            if asked is None:
                response = self._start(request, None, 503, Notice.LOGOUT)
            else:
                self._sessions.leave(handle, asked[0])
                response = self._leading(request, asked[1])
        response.delete_cookie(self._cookie)
        return response

    async def logged_out(self, request: Request) -> Response:
        """The gateway's LogoutResponse, as it comes to us or to the LC. The session here is over, whatever it says."""
        try:
            text, handle = await self._leaving.answer(request)
            request_id = self._sessions.take_leave(handle)
            if request_id is None:
                raise NotLoggedOut("nobody asked")
            check_logged_out(text, self._settings.gateway, request_id, self._settings.logged_out_at)
        except (NotLoggedOut, NotSigned, NoAnswer, MetadataRefused) as error:
            status = 200 if isinstance(error, PartlyLoggedOut) else 400
            return self._start(request, None, status, Notice.LOGOUT)
        return RedirectResponse("/", status_code=303)

    async def _fetched(self, artifact: str, pending: Pending, request: Request) -> Answer:
        return self._used_once(await self._fetching.fetched(artifact, pending, request.headers.get("traceparent")))

    def _used_once(self, answer: Answer) -> Answer:
        if isinstance(answer, Received) and not self._sessions.claim(answer.assertion_id):
            return distrusted("Assertion/@ID", "niet eerder gebruikt", "gebruikt", "DV-SES-02")
        return answer

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(self._cookie))

    def _start(
        self, request: Request, session: Session | None, status: int = 200, notice: Notice | None = None
    ) -> Response:
        wanted = self._settings.service(request.query_params.get("service", ""))
        answer = session.answer if session else None
        view = StartView(
            dv=self._settings,
            services=(wanted,) if wanted else self._settings.services,
            notice=notice or notice_of(answer),
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
