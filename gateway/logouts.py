"""Logging out: a DV ends the session of its federation, and its ADs are told before the DV is (SSO-03 to SSO-06).

Sessions that other DVs began of their own are theirs to end; the BVD keeps none.
"""

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter

from exchange.ask import Posted
from exchange.back_channel import ShowsCertificate
from exchange.logout import Circumstances, Incoming, LogoutAsked, LogoutDoor, Owed, Rule, from_form, from_query
from exchange.party import Self
from gateway.outages import Outages
from gateway.sessions import AtAuthority, Sessions
from stelsel import urns
from stelsel.failures import LoginOvertaken, PageUnknown, UnknownIssuer, WrongParty
from stelsel.identifiers import EntityId
from stelsel.saml.logout import LogoutRequest
from stelsel.saml.response import Status

DONE: Final = Status(urns.STATUS_SUCCESS)
# The AD did not confirm, so somebody may still be logged in there (SAML core 3.7.3.2).
PARTIAL: Final = Status(urns.STATUS_RESPONDER, urns.STATUS_PARTIAL_LOGOUT)
WAITS_SECONDS: Final = 15 * 60
HANDLE: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_LOG: Final = logging.getLogger("namens.logout")


@dataclass(frozen=True, slots=True)
class SentOn:
    """An answer by HTTP-Redirect: the address at `party` that the browser is to go to, the message in its query."""

    party: EntityId
    url: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The browser came back to the page that sent it to an AD, without an answer; `dv` is owed one."""

    authority: EntityId
    dv: EntityId


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An answer that is owed once the AD has answered us, and those in `left` after it. `partial`: one failed.

    `form` goes to the AD, from a page that is shown once: then it is gone.
    """

    owed: Owed
    authority: EntityId
    request_id: str
    left: tuple[AtAuthority, ...] = ()
    partial: bool = False
    form: Posted | None = None


_WAITING: Final = TypeAdapter(_Waiting)


def asked_for_the_login(request: LogoutRequest, at: Circumstances) -> None:
    """Who answers logins begins no logout: AD and BVD (SSO-06)."""
    if at.issuer.single_sign_on:
        raise WrongParty(
            "only who asked for the login ends it", clause="SSO-06", found=request.issuer, expected="a DV or LC"
        )


RULES: Final[tuple[Rule, ...]] = (asked_for_the_login,)


class Logouts:
    """Carries out logouts: each message that comes in leads the browser on, by a form or to an address."""

    def __init__(
        self,
        party: Self,
        door: LogoutDoor,
        sessions: Sessions,
        shows_certificate: ShowsCertificate,
        outages: Outages,
    ) -> None:
        self._party = party
        self._outages = outages
        self._door = door
        self._sessions = sessions
        self._shows_certificate = shows_certificate

    async def posted(self, form: Mapping[str, str]) -> Posted | SentOn:
        """As `receive`, for the fields of an HTTP-POST form."""
        return await self.receive(await self._party.offload(from_form, form))

    async def redirected(self, query: bytes) -> Posted | SentOn:
        """As `receive`, for a raw query string (HTTP-Redirect)."""
        return await self.receive(await self._party.offload(from_query, query))

    async def receive(self, incoming: Incoming) -> Posted | SentOn:
        """What the browser does next. Raises a `MessageRefused` of some kind; then no session has ended."""
        if incoming.kind == "SAMLRequest":
            return await self._asked(await self._door.receive(incoming))
        return await self._answered(incoming)

    async def leave(self, handle: str) -> Posted | Unanswered:
        """What the page of a logout that waits for an AD shows: the form that goes there, and who comes back to it
        without an answer reads that there was none. Raises `LoginOvertaken` once the logout has gone on."""
        waiting = await self._waiting(handle)
        if waiting.form is None:
            return Unanswered(waiting.authority, waiting.owed.issuer)
        await self._keep(handle, replace(waiting, form=None))
        return waiting.form

    async def give_up(self, handle: str) -> Posted | SentOn:
        """Goes on without the AD's answer: the DV reads PartialLogout. Raises as `leave`."""
        waiting = await self._waiting(handle)
        if await self._party.store.take(_key(handle)) is None:
            raise LoginOvertaken("went on at the same moment")
        _LOG.warning("an AD did not answer a logout", extra={"authority": waiting.authority.value})
        return await self._go_on(waiting.owed, waiting.left, PARTIAL)

    async def _waiting(self, handle: str) -> _Waiting:
        if not HANDLE.fullmatch(handle):
            raise PageUnknown("no handle of ours")
        kept = await self._party.store.get(_key(handle))
        if kept is None:
            raise LoginOvertaken("no logout waits here")
        return _WAITING.validate_json(kept)

    async def _keep(self, handle: str, waiting: _Waiting) -> None:
        await self._party.store.put(_key(handle), _WAITING.dump_json(waiting), WAITS_SECONDS)

    async def _asked(self, asked: LogoutAsked) -> Posted | SentOn:
        """A DV's LogoutRequest. A name that is not of a session of its own ends nothing, and is answered the same:
        a session that is over is no fault of the DV's, and nobody learns whose another name is (S23)."""
        request = asked.request
        begun = await self._sessions.begun_with(request.issuer, request.session_index, request.name_id)
        session = None if begun is None else await self._sessions.end(begun.session)
        if session is None:
            _LOG.info("no such session is open", extra={"issuer": request.issuer.value, "message_id": request.id})
            return await self._answer(asked.owed, DONE)
        return await self._go_on(asked.owed, session.at_authorities, DONE)

    async def _go_on(self, owed: Owed, left: tuple[AtAuthority, ...], status: Status) -> Posted | SentOn:
        """Tells the next AD that listens, and keeps what is owed until it answers (SSO-04); after the last the DV.

        One that did not answer others just now is passed by: the browser would find nobody there to send it back.
        """
        down = await self._outages.among([one.authority for one in left])
        for number, one in enumerate(left, start=1):
            try:
                # Only an AD that keeps sessions listens (MD-AD-04).
                listens = self._party.trust.find(one.authority, self._party.clock()).single_logout
            except UnknownIssuer as gone:  # the session is over here all the same
                _LOG.warning("an AD hears of no logout", extra={"authority": one.authority.value, "why": gone.why})
                status = PARTIAL
                continue
            if one.authority in down:
                _LOG.warning("an AD that is down hears of no logout", extra={"authority": one.authority.value})
                status = PARTIAL
            elif listens:
                handle = secrets.token_urlsafe(24)
                form = await self._door.ask(one.authority, one.subject, one.index, handle)
                waiting = _Waiting(owed, one.authority, form.request_id, left[number:], status == PARTIAL, form)
                await self._keep(handle, waiting)
                return form
        return await self._answer(owed, status)

    async def _answered(self, incoming: Incoming) -> Posted | SentOn:
        """An AD's LogoutResponse. One that does not fit leaves the logout waiting for the one that does."""
        key = _key(incoming.relay_state or "")
        kept = await self._party.store.get(key)
        if kept is None:
            raise LoginOvertaken(
                "no logout waits for this answer",
                clause="SSO-06",
                expected="the RelayState of a logout that waits",
                found="another" if incoming.relay_state else "none",
            )
        waiting = _WAITING.validate_json(kept)
        status = await self._door.read_answer(incoming, waiting.authority, waiting.request_id)
        if await self._party.store.take(key) is None:  # two at once: one leads on
            raise LoginOvertaken("answered at the same moment", clause="SSO-06", expected="one answer", found="two")
        confirmed = status.code == urns.STATUS_SUCCESS and not waiting.partial
        return await self._go_on(waiting.owed, waiting.left, DONE if confirmed else PARTIAL)

    async def _answer(self, owed: Owed, status: Status) -> Posted | SentOn:
        answer = await self._door.answer(owed, status, x509=await self._shows_certificate(owed.issuer))
        return SentOn(owed.issuer, answer) if isinstance(answer, str) else answer


def _key(handle: str) -> str:
    return f"logout:{handle}"
