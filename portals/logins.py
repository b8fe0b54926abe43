"""Logging in at a portal through the gateway, as any DV does (ST-SAML 1.3 to 1.5): our request, and its answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from catalog.repository import Catalog
from exchange.ask import Posted, Wanted, ask
from exchange.party import Self
from exchange.resolve import Resolver
from exchange.statuses import failure_of
from portals.onward import Onward
from portals.provider import CONSUMER_INDEX
from portals.rules import Asked, acting_for, check_declared
from portals.sessions import LONGEST
from runtime.handles import Handle, Handles
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import new_value, with_flow
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, BadIdentifier, LoginExpired, LoginOvertaken
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.saml import assertion as assertions
from stelsel.saml.assertion import Assertion
from stelsel.saml.encryption import decrypt_id
from stelsel.saml.rules.answers import Expected
from stelsel.saml.rules.declarations import level_of

LOGIN_LIFE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who logged in, how surely, until when at most, and under which names the gateway knows it."""

    person: Bsn = field(repr=False)
    level: LevelOfAssurance
    subject: str = field(repr=False)
    index: str | None = field(repr=False)
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Begun:
    """A login that waits for its answer: in which browser, for which request, and at what level it is enough."""

    browser: str
    request_id: str
    minimum: LevelOfAssurance


_BEGUN: Final = TypeAdapter(_Begun)


class Logins:
    """Logins of one portal for `service`, at `gateway`; the answer comes to `consumer`."""

    def __init__(
        self,
        party: Self,
        resolver: Resolver,
        catalog: Catalog,
        handles: Handles,
        gateway: EntityId,
        service: ServiceUuid,
        consumer: str,
    ) -> None:
        self._party = party
        self._resolver = resolver
        self._catalog = catalog
        self._handles = handles
        self._gateway = gateway
        self._service = service
        self._consumer = consumer
        self._onward = Onward(party.store)

    async def begin(self, cookie: str | None) -> tuple[str, str]:
        """The handle of a login that begins now in the browser with this cookie, and the cookie as it is from now on.

        Raises `UnknownIssuer`, `ServiceInactive`.
        """
        now = self._party.clock()
        service = await self._catalog.service(self._service, self._party.entity_id, now)
        handle = self._handles.new(self._service.value)
        token, written = new_value(), self._handles.write(handle)
        wanted = Wanted(dv=self._party.entity_id, service=self._service, consumer_index=CONSUMER_INDEX)
        posted = await ask(self._party, self._gateway, wanted, written)
        begun = _Begun(hashed(token), posted.request_id, service.minimum_on(now))
        await self._party.store.put(_key(handle), _BEGUN.dump_json(begun), int(LOGIN_LIFE.total_seconds()))
        await self._onward.keep(handle, posted)
        return written, with_flow(cookie, token)

    async def pass_on(self, handle: Handle, cookie: str | None) -> Posted:
        """The form with our request, for the browser in which it was made. Once: a message is not sent twice (S18).

        Raises `LoginOvertaken`, `CookiesBlocked`.
        """
        check_browser((await self._find(handle)).browser, cookie)
        return await self._onward.take(handle)

    async def finish(self, handle: Handle, artifact: str, cookie: str | None) -> LoggedIn:
        """Who logged in, by the artifact that this browser brought for a login of its own (spec/security S21).

        A login is answered once, whatever came of it. Raises the failure that the gateway tells, `AnswerRefused` and
        its kin, `LoginOvertaken`, `PartyUnavailable`.
        """
        begun = await self._find(handle)
        check_browser(begun.browser, cookie)
        expected = Expected(self._gateway, begun.request_id, self._consumer, self._party.entity_id)
        self._resolver.endpoint(artifact, self._gateway)  # another party's uses up nothing (S19)
        if await self._party.store.take(_key(handle)) is None:
            raise LoginOvertaken("this login was answered at the same moment", clause="GEN-24")
        answered = await self._resolver.resolve(artifact, expected)
        if answered.assertion is None:
            raise failure_of(answered.status)
        now = self._party.clock()
        asked = Asked(self._party.entity_id, self._service, begun.minimum)
        person = await self._party.offload(self._read, answered.assertion, asked, now)
        return _logged_in(answered.assertion, person, now)

    async def _find(self, handle: Handle) -> _Begun:
        stored = await self._party.store.get(_key(handle))
        if stored is None:
            raise LoginExpired("no such login, or it was answered")
        return _BEGUN.validate_json(stored)

    def _read(self, summary: Assertion, asked: Asked, now: datetime) -> Bsn:
        """Nothing is decrypted before all around it was verified (spec/security 1.6)."""
        keys_of = self._party.trust.keys_of(now)
        evidence = tuple(assertions.read(each, keys_of) for each in summary.advice)
        check_declared(summary, evidence, asked)
        own = acting_for(summary, asked.dv)
        name = decrypt_id(own, asked.dv, self._party.keys.decryption(now))
        if name.qualifier != urns.LEGACY_BSN:
            raise AnswerRefused("no BSN", clause="TYP-03", expected=urns.LEGACY_BSN, found=name.qualifier)
        try:
            return Bsn(name.value)
        except BadIdentifier as bad:
            raise AnswerRefused(
                "a BSN that cannot exist",
                clause="R-REQ",
                expected="9 digits that pass the eleven test",
                found="others",
            ) from bad


def _logged_in(summary: Assertion, person: Bsn, now: datetime) -> LoggedIn:
    latest = now + LONGEST
    until = latest if summary.session_until is None else min(latest, summary.session_until)
    return LoggedIn(person, level_of(summary), summary.name_id, summary.session_index, now, until)


def _key(handle: Handle) -> str:
    return f"portal-login:{handle.flow}"
