"""The user's visit to the BVD: what may be chosen, the choice, the look back, and the artifact that answers it."""

import hmac
import secrets
from dataclasses import dataclass

from bvd.choosing import Choosing, Choosings, Listed, Offered, Told
from bvd.decide import Decision, Page, check_before_asking, decide
from bvd.issue import Issue
from bvd.naming import Misses, Mistyped, read_bsn
from bvd.offer import Offer
from bvd.query import Sources, ask
from bvd.records import Records
from bvd.request import RepresentationRequest
from catalog.repository import Catalog
from catalog.services import Service
from exchange.statuses import check_told
from registers.question import Question
from runtime.handles import Handles
from runtime.settings import Clock
from stelsel.failures import (
    Cancelled,
    Failure,
    LoginOvertaken,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
)


@dataclass(frozen=True, slots=True)
class ShowList:
    """B1: choose a person."""

    choosing: Choosing
    service: Service


@dataclass(frozen=True, slots=True)
class ShowNaming:
    """B2: name somebody by BSN. `has_list`: there is a list to go back to."""

    choosing: Choosing
    service: Service
    has_list: bool


@dataclass(frozen=True, slots=True)
class ShowSummary:
    """B3: the last look before the declaration."""

    choosing: Choosing
    service: Service
    chosen: Offered


@dataclass(frozen=True, slots=True)
class ShowRefusal:
    """B4 or B5: nothing can be chosen; `told.page` says which."""

    choosing: Choosing
    service: Service
    told: Told


@dataclass(frozen=True, slots=True)
class GoOn:
    """The way back to the router, with our artifact."""

    choosing: Choosing
    service: Service
    url: str


Shown = ShowList | ShowNaming | ShowSummary | ShowRefusal | GoOn


class Choose:
    """The steps of a visit; HTTP, pages and cookies are the app's."""

    def __init__(
        self,
        choosings: Choosings,
        catalog: Catalog,
        sources: Sources,
        records: Records,
        issue: Issue,
        misses: Misses,
        handles: Handles,
        clock: Clock,
        deadline_seconds: float,
    ) -> None:
        self._choosings = choosings
        self._catalog = catalog
        self._sources = sources
        self._records = records
        self._issue = issue
        self._misses = misses
        self._handles = handles
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    async def begin(self, request: RepresentationRequest, trace: str) -> str:
        """Starts a visit; where the browser goes. What ends it before any register is asked ends it here."""
        asked = request.asked
        handle = self._handles.new(request.service.value)
        choosing = Choosing(
            id=handle.flow,
            handle=self._handles.write(handle),
            started_at=self._clock(),
            trace=trace,
            router=asked.issuer.entity_id,
            request_id=asked.request.id,
            reply=asked.reply.location,
            relay_state=asked.relay_state,
            dv=request.dv,
            service=request.service,
            identity=request.identity,
        )
        try:
            service = await self._service(choosing)
            check_before_asking(service, request.identity, self._clock())
            check_passed_on(service, request)
        except Failure as failure:
            return await self._refused(choosing, failure)
        await self._choosings.begin(choosing)
        return self.path(choosing)

    async def show(self, choosing: Choosing) -> Shown:
        """What the browser sees now; asks the registers the first time."""
        if choosing.leave_to is None and choosing.told is None:
            choosing = await self._decided(choosing)
        service = await self._catalog.service(choosing.service, choosing.dv, choosing.started_at)
        told = choosing.told
        if told is None or choosing.leave_to is not None:
            return GoOn(choosing, service, choosing.leave_to or choosing.reply)
        if choosing.naming:
            return ShowNaming(choosing, service, bool(_listed(choosing, told).offered))
        if told.page is not None:
            return ShowRefusal(choosing, service, told)
        chosen = due(choosing)
        return ShowSummary(choosing, service, chosen) if chosen else ShowList(choosing, service)

    async def pick(self, choosing: Choosing, token: str) -> str:
        """Takes a choice from the list. Raises `LoginOvertaken` for a token that this visit never offered (M1)."""
        chosen = _offered(choosing, token)
        return self.path(await self._choosings.advance(choosing, chosen=chosen))

    async def confirm(self, choosing: Choosing) -> str:
        """Takes the last look's yes: only now an artifact is made, and the source is asked again when it is resolved.

        Raises `LoginOvertaken` when there is nothing to say yes to.
        """
        chosen = due(choosing)
        if chosen is None or choosing.told is None:
            raise LoginOvertaken("nothing was chosen in this visit", clause="R-CHOICE")
        artifact = await self._issue.promise(choosing, chosen.representation)
        return self.path(await self._choosings.advance(choosing, chosen=chosen, leave_to=artifact))

    async def choose_again(self, choosing: Choosing) -> str:
        """Back from the summary, or from B2, to everybody who was found at first; to B2 where that is nobody."""
        if choosing.told is None:
            raise LoginOvertaken("there is no list yet")
        listed = _listed(choosing, choosing.told)
        if choosing.named is not None and not choosing.naming and not listed.offered:
            return await self.open_naming(choosing)
        return self.path(
            await self._choosings.advance(
                choosing,
                told=listed.told,
                offered=listed.offered,
                listed=None,
                named=None,
                naming=False,
                mistyped=None,
                chosen=None,
            )
        )

    async def open_naming(self, choosing: Choosing) -> str:
        """To B2. Raises `LoginOvertaken` where this service takes no BSN, or nothing is known (mandates 6)."""
        await self._check_naming(choosing)
        return self.path(await self._choosings.advance(choosing, naming=True, mistyped=None))

    async def name(self, choosing: Choosing, typed: str) -> str:
        """Takes a typed BSN: what is none is told on B2, and no register is asked (R-REQ).

        Raises `TooManyTries` after ten in an hour for whom this person may not act (R-ORACLE).
        """
        told = await self._check_naming(choosing)
        if not choosing.naming:
            raise LoginOvertaken("nobody was asked for a BSN", clause="R-CHOICE")
        await self._misses.check(choosing.identity.acting)
        read = read_bsn(typed)
        if isinstance(read, Mistyped):
            return self.path(await self._choosings.advance(choosing, mistyped=read))
        return self.path(
            await self._choosings.advance(
                choosing,
                listed=_listed(choosing, told),
                named=read,
                told=None,
                offered=(),
                chosen=None,
                naming=False,
                mistyped=None,
            )
        )

    async def _check_naming(self, choosing: Choosing) -> Told:
        service = await self._service(choosing)
        told = choosing.told
        if not service.by_bsn or told is None or told.page in (Page.AWAY, Page.ACTING, Page.EMPLOYEE):
            raise LoginOvertaken("nobody can be named by BSN here", clause="R-CHOICE")
        return told

    async def ask_again(self, choosing: Choosing) -> str:
        """Asks the registers once more, after one was away. Raises `LoginOvertaken` when all had answered."""
        if choosing.told is None or not (choosing.told.away or choosing.told.silent):
            raise LoginOvertaken("every register answered")
        return self.path(await self._choosings.advance(choosing, told=None, offered=(), chosen=None))

    async def look(self, choosing: Choosing, search: str, page: int) -> str:
        """Turns the list to another search or page."""
        return self.path(await self._choosings.advance(choosing, search=search[:100], page=page))

    async def cancel(self, choosing: Choosing) -> str:
        """The user stops where there was a choice. Raises `LoginOvertaken` where there was none (mandates 6)."""
        if choosing.told is None or (choosing.told.page is not None and not choosing.naming):
            raise LoginOvertaken("there is no choice to stop at")
        return await self._leave(choosing, Cancelled("the user stopped at the BVD"))

    async def go_back(self, choosing: Choosing) -> str:
        """The user leaves a page on which nothing could be chosen."""
        told = choosing.told
        if told is None or told.page is None:
            raise LoginOvertaken("there is a choice to make")
        if told.away is not None:
            return await self._leave(choosing, RegisterUnavailable(told.away))
        return await self._leave(choosing, NoValidRepresentation(told.reason or Reason.NO_MANDATE))

    async def find(self, choosing_id: str) -> Choosing:
        """The visit as it stands. Raises `LoginExpired`."""
        return await self._choosings.find(choosing_id)

    async def bind(self, choosing: Choosing, browser: str) -> Choosing:
        """Binds a visit to the first browser that shows it."""
        return await self._choosings.advance(choosing, browser=browser)

    async def speak(self, choosing: Choosing, language: str) -> Choosing:
        """Remembers the language for this visit."""
        return choosing if choosing.language == language else await self._choosings.advance(choosing, language=language)

    def path(self, choosing: Choosing) -> str:
        """The address of a visit's pages (PAGES 2, rule c)."""
        return "/choose/" + choosing.handle

    async def _service(self, choosing: Choosing) -> Service:
        return await self._catalog.service(choosing.service, choosing.dv, self._clock())

    async def _decided(self, choosing: Choosing) -> Choosing:
        """Asks, decides, records, and only then offers. What has no page goes straight back to the router."""
        now = self._clock()
        identity = choosing.identity
        try:
            service = await self._service(choosing)
            question = Question(acting=identity.known_as, represented=choosing.named, at=now)
            employee = None if identity.office is None else identity.acting
            offer = await ask(question, service, self._sources, self._deadline_seconds, employee)
            decision = decide(identity, service, offer, now)
        except Failure as failure:
            return await self._choosings.advance(choosing, leave_to=await self._refused(choosing, failure))
        await self._records.decided(
            choosing.trace, choosing.dv, choosing.service, identity, decision, named=choosing.named
        )
        if choosing.named is not None and decision.refusal is not None and not decision.silent:
            await self._misses.count(identity.acting)
        if decision.refusal is not None and decision.refusal.page is None:
            left = await self._issue.refuse(choosing, decision.refusal.failure)
            return await self._choosings.advance(choosing, leave_to=left)
        facts = offer.facts.get(identity.acting)
        return await self._choosings.advance(
            choosing,
            acting_name=offer.office.name if offer.office else facts.name if facts else "",
            told=_told(offer, decision),
            offered=tuple(
                Offered(secrets.token_urlsafe(16), mandate.representation, mandate.ends_at)
                for mandate in decision.usable
            ),
        )

    async def _refused(self, choosing: Choosing, failure: Failure) -> str:
        """Straight back to the router, once recorded; raises what is not for it to hear."""
        check_told(failure)
        await self._records.refused(choosing.trace, choosing.dv, choosing.service, choosing.identity, failure)
        return await self._issue.refuse(choosing, failure)

    async def _leave(self, choosing: Choosing, failure: Failure) -> str:
        url = await self._issue.refuse(choosing, failure)
        return self.path(await self._choosings.advance(choosing, leave_to=url))


def check_passed_on(service: Service, request: RepresentationRequest) -> None:
    """What a makelaar said of its own mandate (R-RESTR, R-CHAIN): never widened, never dropped.

    Raises `NoValidRepresentation`. No office acts for a client through another office.
    """
    if request.restricted and not service.vestiging:
        raise NoValidRepresentation(Reason.RESTRICTION_NOT_SUPPORTED, "the HM's mandate is for a part only")
    if request.chained:
        raise NoValidRepresentation(Reason.CHAIN_NOT_ALLOWED, "the office acts through another")


def _listed(choosing: Choosing, told: Told) -> Listed:
    """What was found when the registers were asked for everybody."""
    return choosing.listed or Listed(told, choosing.offered)


def due(choosing: Choosing) -> Offered | None:
    """What the last look is about: what was picked, or the only one there is (PAGES 2.2, B1 with one person)."""
    return choosing.offered[0] if len(choosing.offered) == 1 else choosing.chosen


def _offered(choosing: Choosing, token: str) -> Offered:
    for offered in choosing.offered:
        if hmac.compare_digest(offered.token, token):
            return offered
    raise LoginOvertaken("this was not offered in this visit", clause="R-CHOICE")


def _told(offer: Offer, decision: Decision) -> Told:
    refusal = decision.refusal
    failure = refusal.failure if refusal else None
    return Told(
        notices=decision.notices,
        answered=tuple(name for name in offer.asked if name not in offer.silent),
        silent=decision.silent,
        page=refusal.page if refusal else None,
        reason=failure.reason if isinstance(failure, NoValidRepresentation) else None,
        away=failure.source if isinstance(failure, RegisterUnavailable) else None,
    )
