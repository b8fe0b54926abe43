"""Carries out the steps of a login and always returns to `next_step`; steps do not call each other."""

from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import partial

from catalog.repository import Catalog
from catalog.services import Service
from exchange.ask import Posted
from exchange.back_channel import Report
from exchange.statuses import check_told
from gateway.federations import federation_of, is_silent, keep_session
from gateway.interfaces.contract import Interface, LoginRequest
from gateway.login import (
    Answer,
    AskBvd,
    Authenticate,
    CannotRepresent,
    ChooseAuthority,
    ChooseMeans,
    ChooseWhom,
    Login,
    Offer,
    Outstanding,
    Question,
    SealedIdentity,
    Step,
    Via,
    answer_to,
    next_step,
)
from gateway.logins import Logins
from gateway.mandates import Mandates
from gateway.means.contract import Means
from gateway.offer import (
    NOBODYS,
    at_least,
    authorities_left,
    check_asks,
    check_told_no_more,
    level_left,
    offer_of,
    whom_left,
)
from gateway.outages import NOBODY, Outages
from gateway.sessions import Sessions
from runtime.handles import Handles
from runtime.settings import Clock
from stelsel.failures import (
    ArtifactUnknown,
    Cancelled,
    Failure,
    LoginOvertaken,
    MeansRefused,
    MeansUnavailable,
    MessageRefused,
    Origin,
    PageUnknown,
    PartyUnavailable,
    RegisterUnavailable,
    UnknownIssuer,
)
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a question: `step` says which; `login` and `service` fill the page in; `down` are ADs not to offer now."""

    login: Login
    service: Service
    step: Question
    down: frozenset[EntityId] = NOBODY


@dataclass(frozen=True, slots=True)
class PassOn:
    """Show the page from which the browser posts `form` to another party."""

    login: Login
    service: Service
    form: Posted


@dataclass(frozen=True, slots=True)
class GoOn:
    """Send the browser to `url`: the DV's own address with its artifact, or a page of ours."""

    url: str


Shown = Ask | PassOn | GoOn


@dataclass(frozen=True, slots=True)
class Identified:
    """What comes after an AD's answer, and the new cookie of the browser's session, if it has one from now on.

    The page that leads to the BVD is that very answer: a page of ours in between would ask nothing.
    """

    shown: Shown
    cookie: str | None = field(default=None, repr=False)


class Flow:
    """The steps of a login for one gateway; HTTP, pages and cookies are the app's."""

    def __init__(
        self,
        logins: Logins,
        catalog: Catalog,
        interfaces: Mapping[str, Interface],
        means: Mapping[str, Means],
        mandates: Mandates,
        handles: Handles,
        clock: Clock,
        report: Report,
        sessions: Sessions,
        outages: Outages,
        reserved: Mapping[EntityId, Set[EntityId]] = NOBODYS,
    ) -> None:
        self._logins = logins
        self._catalog = catalog
        self._interfaces = interfaces
        self._means = means
        self._mandates = mandates
        self._handles = handles
        self._clock = clock
        self._report = report
        self._sessions = sessions
        self._outages = outages
        self._reserved = reserved

    async def begin(self, request: LoginRequest) -> str:
        """Starts a login for a DV's request; the address to send the browser to.

        A failure that the DV is told leads straight back to the DV (mandates 6); nothing is stored then. An AD that
        is not known at this moment counts for nothing (DV-REQ-19); one that is lost later leads to another choice.
        """
        now = self._clock()
        handle = self._handles.new(request.service.value)
        login = Login(
            id=handle.flow,
            handle=self._handles.write(handle),
            started_at=now,
            interface=request.interface,
            dv=request.dv,
            requester=request.requester,
            request_id=request.request_id,
            reply=request.reply,
            relay_state=request.relay_state,
            service=request.service,
            force_authn=request.force_authn,
            whom=(False,),
        )
        try:
            self._interfaces[request.interface].check_connected(request.dv, request.requester)
            service = await self._catalog.asked(request.service, request.dv, request.requester, now)
            login = replace(login, federation=await federation_of(self._catalog, request.dv))
            check_asks(request)
            login = whom_left(login, request, service, self._mandates.bvd)
            login = level_left(login, request)
            known = [each for one in self._means.values() for each in one.authorities if one.is_known(each, now)]
            login = authorities_left(login, request, set(known))
            # An AD that is lost later leads to another choice; one that is not known now is nobody (DV-REQ-19).
            today = login if login.authorities is not None else replace(login, authorities=tuple(known))
            self._next(today, service)
        except Failure as failure:
            return await self.refuse(login, failure)
        await self._logins.begin(login)
        return self.path(login)

    async def show(self, login: Login, *, fresh: bool = False) -> Shown:
        """What the browser sees now. Reload or Back on a page that passed it on is `LoginOvertaken`.

        `fresh`: `bind` made this login, and nothing stored it yet.
        """
        if login.leave_to is not None:
            return GoOn(login.leave_to)
        try:
            return await self._carry_out(login, await self._service(login), fresh=fresh)
        except Failure as failure:
            return GoOn(await self.end(login, failure))

    async def choose(self, login: Login, choice: str) -> str:
        """Takes what the user chose on a page; the address of our page that comes next.

        Never one elsewhere: Chromium blocks a redirect from a form to another site (PAGES 2, rule b). Whoever presses
        once more after the end is led on.
        """
        if login.leave_to is not None:
            return self.path(login)
        try:
            return self.path(await self._chosen(login, choice))
        except Failure as failure:
            return self.path(await self._logins.advance(login, leave_to=await self.refuse(login, failure)))

    async def identified(self, login: Login, brought: str, cookie: str | None = None) -> Identified:
        """Takes an AD's answer (`Means.read`). `cookie` is the browser's for its session in the DV's federation."""
        try:
            service = await self._service(login)
            step = self._next(login, service)
        except Failure as failure:
            return Identified(GoOn(await self.end(login, failure)))
        if not isinstance(step, Authenticate) or login.outstanding is None:
            raise LoginOvertaken("no answer of an AD is due")
        if login.outstanding.party != step.via.authority:
            raise LoginOvertaken("the AD that was asked is no longer the one to ask")
        # The step is taken before the artifact is: of two at once one asks the AD, and the other spoils nothing.
        asked, is_first = await self._logins.lend(login)
        try:
            identity = await self._means[step.via.means].read(login, brought)
            check_told_no_more(identity, service)
        except MeansRefused as refused:
            return Identified(GoOn(await self._choose_again(asked, step.via, refused)))
        except PartyUnavailable as away:
            return Identified(GoOn(await self._without(asked, step.via, away)))
        except (MessageRefused, ArtifactUnknown) as refused:
            if not is_first:  # a worker that was killed had asked for it: no other answer is due
                ended = PartyUnavailable("a worker ended while it asked the AD", clause="DV-ART-03", found=refused.why)
                return Identified(GoOn(await self._without(asked, step.via, ended)))
            await self._logins.advance(asked, outstanding=login.outstanding)  # the answer that is due may still come
            raise
        except Failure as failure:
            return Identified(GoOn(await self.end(asked, failure)))
        await self._outages.answered(step.via.authority)
        if is_silent(login) and self._is_below(identity, step.via, login, service):
            # The AD's own session is no longer what ours says: somebody logs in anew (SSO-02).
            return Identified(GoOn(self.path(await self._logins.advance(asked, outstanding=None, session=None))))
        kept = await keep_session(self._sessions, asked, step.via.means, identity, cookie, self._clock())
        known = replace(asked, identity=identity, outstanding=None, represent=step.represent, session_key=kept.key)
        return Identified(await self._go_on(known, service), kept.cookie)

    async def represented(self, login: Login, artifact: str) -> Shown:
        """Takes the BVD's artifact, unresolved (DESIGN 2, step 9); leads to the DV's address with our own artifact."""
        try:
            service = await self._service(login)
            step = self._next(login, service)
        except Failure as failure:
            return GoOn(await self.end(login, failure))
        if not isinstance(step, AskBvd) or login.outstanding is None:
            raise LoginOvertaken("no answer of the BVD is due")
        try:
            self._mandates.check_artifact(artifact)
        except RegisterUnavailable as away:
            return GoOn(await self.end(login, away))
        return await self._go_on(replace(login, pending=artifact), service)

    async def posted(self, interface: str, login_id: str, cookie: str | None) -> Posted:
        """The form with which a login's answer goes to the DV through the browser. Raises as `Interface.posted`."""
        if interface not in self._interfaces:
            raise PageUnknown("no such interface")
        return await self._interfaces[interface].posted(login_id, cookie)

    async def find(self, login_id: str) -> Login:
        """The login as it stands. Raises `LoginOvertaken` when it was answered, `LoginExpired` when it is gone."""
        return await self._logins.find(login_id)

    async def bind(self, login: Login, browser: str, cookie: str | None = None) -> Login:
        """The login bound to the first browser that shows it (`runtime.web.binding.hashed`): `show` stores it.

        `cookie` is the browser's for its session in the DV's federation, if there is one.
        """
        session = None if login.federation is None else await self._sessions.find(cookie, login.federation)
        return replace(login, browser=browser, session=session)

    async def speak(self, login: Login, language: str) -> Login:
        """Remembers the language for this login."""
        return login if login.language == language else await self._logins.advance(login, language=language)

    def offer(self, login: Login, service: Service) -> Offer:
        """What is left to choose now."""
        return offer_of(login, service, self._means, self._clock(), self._sessions.limits, self._reserved)

    def path(self, login: Login) -> str:
        """The address of a login's pages: which DV and service began stands in it, signed (PAGES 2, rule c)."""
        return "/login/" + login.handle

    async def refuse(self, login: Login, failure: Failure) -> str:
        """The DV's address with an artifact that tells `failure`; raises it when it is not for the DV to hear."""
        check_told(failure)
        # A login began with a message that was checked. Where that asked for what cannot be, it is refused.
        proven = login.interface == "saml"  # an authorization request is signed by nobody
        kind = "AuthnRequest" if proven else "authorization request"
        failure.origin = failure.origin or Origin(kind, login.requester.value, login.request_id, proven=proven)
        await self._report(failure, {"dv": login.dv.value, "service": login.service.value})
        return await self._interfaces[login.interface].refuse(login, failure)

    async def _service(self, login: Login) -> Service:
        return await self._catalog.asked(login.service, login.dv, login.requester, self._clock())

    def _is_below(self, identity: SealedIdentity, via: Via, login: Login, service: Service) -> bool:
        """Whether a level is too low for what is asked of that means."""
        left = self.offer(login, service).find(via.means)
        return left is not None and identity.loa < left.minimum

    def _next(self, login: Login, service: Service) -> Step:
        return next_step(login, self.offer(login, service))

    async def _chosen(self, login: Login, choice: str) -> Login:
        """The login after a button of the page that is due."""
        service = await self._service(login)
        step = self._next(login, service)
        if not isinstance(step, Question):
            raise LoginOvertaken("no choice is due")
        if choice == "cancel" and login.unanswered:
            raise MeansUnavailable("the user stopped after the AD did not answer")
        if choice == "cancel":
            raise Cancelled("the user stopped at the gateway")
        return await self._logins.advance(login, **answer_to(step, self.offer(login, service), choice))

    async def _carry_out(self, login: Login, service: Service, *, fresh: bool) -> Shown:
        step = self._next(login, service)
        match step:
            case ChooseWhom() | ChooseMeans() | ChooseAuthority() | CannotRepresent():
                down = NOBODY if isinstance(step, ChooseWhom | CannotRepresent) else await self._down(login, service)
                return Ask(await self._logins.advance(login) if fresh else login, service, step, down)
            case Authenticate(via, represent, silent):
                bvd = self._mandates.bvd if represent else None
                asked = at_least(login, self.offer(login, service).find(via.means))
                ask = partial(self._means[via.means].ask, asked, via.authority, bvd, silent=silent)
                try:
                    return await self._pass_on(login, service, ask, via, silent=silent)
                except (UnknownIssuer, PartyUnavailable) as gone:
                    return GoOn(await self._without(login, via, gone))
            case AskBvd(identity):
                return await self._pass_on(login, service, lambda: self._mandates.ask(login, identity))
            case Answer():
                return GoOn(await self._answer(login, step))

    async def _pass_on(
        self,
        login: Login,
        service: Service,
        ask: Callable[[], Awaitable[Posted]],
        via: Via | None = None,
        *,
        silent: bool = False,
    ) -> PassOn:
        """Makes the one request of this step (PAGES 2.1, G3). With `via`, that is chosen by it."""
        if login.outstanding is not None:
            raise LoginOvertaken("this page passed the browser on before")
        form = await ask()
        outstanding = Outstanding(form.request_id, form.party, silent)
        chosen = {} if via is None else {"means": via.means, "authority": via.authority}
        login = await self._logins.advance(login, outstanding=outstanding, **chosen)
        return PassOn(login, service, form)

    async def _down(self, login: Login, service: Service) -> frozenset[EntityId]:
        """The ADs on a page of choices that did not answer others just now."""
        return await self._outages.among(each for left in self.offer(login, service).means for each in left.authorities)

    async def _without(self, login: Login, via: Via, gone: UnknownIssuer | PartyUnavailable) -> str:
        """What comes where an AD did not answer, of which others are told too."""
        if isinstance(gone, PartyUnavailable) and gone.is_down:
            await self._outages.failed(via.authority)
        return await self._choose_again(login, via, _unavailable(gone))

    async def _choose_again(self, login: Login, via: Via, failure: MeansRefused | MeansUnavailable) -> str:
        """ERR-08: another means, or the failure forwarded when the DV preselected."""
        if login.authorities is not None:
            return await self.end(login, failure)
        code = await self._report(failure, {"dv": login.dv.value, "service": login.service.value})
        again = await self._logins.advance(
            login,
            means=None,
            authority=None,
            outstanding=None,
            refused_means=(*login.refused_means, via.means),
            unanswered=isinstance(failure, MeansUnavailable),
            refused_code=str(code),
        )
        return self.path(again)

    async def _go_on(self, login: Login, service: Service) -> Shown:
        """What comes next, at once. What changed in `login` is not stored yet: that takes its step, once."""
        try:
            return await self._carry_out(login, service, fresh=True)
        except Failure as failure:
            return GoOn(await self.end(login, failure))

    async def _answer(self, login: Login, answer: Answer) -> str:
        await self._logins.end(login)
        return await self._interfaces[login.interface].answer(login, answer)

    async def end(self, login: Login, failure: Failure) -> str:
        """Ends a login with a failure that the DV is told; its address. Raises a failure that is not for the DV."""
        check_told(failure)
        await self._logins.end(login)
        return await self.refuse(login, failure)


def _unavailable(failure: Failure) -> MeansUnavailable:
    """What that is to a login: its DV may hear of it, and the user has other ways (ERR-08)."""
    unavailable = MeansUnavailable(failure.why, clause=failure.broken_clause, expected=failure.expected)
    unavailable.found, unavailable.origin, unavailable.__cause__ = failure.found, failure.origin, failure
    return unavailable
