"""The DigiD stub: an authentication service at four levels, with a person chosen from a list (PAGES 2.4)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, Final

from catalog.repository import Catalog
from exchange.artifacts import Artifacts
from exchange.back_channel import Enclose
from exchange.party import Self
from exchange.respond import Reply, statement, write_failure, write_success
from exchange.sso import Asked, SsoDoor
from exchange.statuses import status_of
from metadata.entities import Entity
from pilot.digid_sessions import DigidSessions
from pilot.places import DIGID
from pilot.world import World
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    AuthenticationFailed,
    Cancelled,
    Failure,
    LoginExpired,
    LoginOvertaken,
    MeansRefused,
    MessageMalformed,
    NoSupportedIdp,
)
from stelsel.identifiers import Bsn, EntityId, ServiceUuid
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import artifact_url
from stelsel.saml.encryption import NameId, Recipient, encrypt_id
from stelsel.saml.response import Status
from stelsel.saml.signatures import SigningKey

SESSION_SECONDS: Final = 15 * 60


class Ending(StrEnum):
    """How a visit to the stub can end."""

    LOG_IN = "log_in"
    CANCEL = "cancel"
    FAIL = "fail"
    REFUSE = "refuse"


_FAILURES: Final[dict[Ending, type[Failure]]] = {
    Ending.CANCEL: Cancelled,
    Ending.FAIL: AuthenticationFailed,
    Ending.REFUSE: MeansRefused,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a router asked, between its request and its artifact; `bvd` when the user will represent.

    `force_authn`: a session that is open does not count. `search` and `no_level` are what the page shows; `leave_to` is
    where the browser goes once it has ended.
    """

    id: str
    router: EntityId
    request_id: str
    reply: str
    relay_state: str | None
    dv: EntityId
    service: ServiceUuid
    bvd: EntityId | None
    force_authn: bool = False
    browser: str | None = None
    search: str = ""
    no_level: bool = False
    leave_to: str = ""


class DigidStub:
    """An AD of its own: it trusts what its metadata store holds and answers whom it knows."""

    def __init__(
        self,
        party: Self,
        location: str,
        artifacts: Artifacts,
        catalog: Catalog,
        world: World,
        sessions: DigidSessions,
    ) -> None:
        self._party = party
        self._sessions = sessions
        self._door = SsoDoor(party, location)
        self._artifacts = artifacts
        self._catalog = catalog
        self._world = world

    async def receive(self, form: Mapping[str, str]) -> str:
        """Takes a router's AuthnRequest; the id of the visit, or the router's address when it ends here."""
        asked = await self._door.receive(form)
        visit = _visit(asked, await self._party.store.new_handle())
        try:
            await self._catalog.service(visit.service, visit.dv, self._party.clock())
            self._check_bvd(visit)
        except Failure as failure:
            return await self._answer(visit, {"status": _status(failure)})
        await self.keep(visit)
        return f"/inloggen/{visit.id}"

    async def keep(self, visit: Visit, **changes: Any) -> Visit:
        """The visit with these changes."""
        changed = replace(visit, **changes)
        await self._party.store.put(f"digid:{visit.id}", _dump(changed), SESSION_SECONDS)
        return changed

    async def find(self, visit_id: str) -> Visit:
        """The visit as it stands. Raises `LoginExpired`."""
        stored = await self._party.store.get(f"digid:{visit_id}")
        if stored is None:
            raise LoginExpired("no such visit")
        return _load(stored)

    async def end(
        self, visit: Visit, ending: Ending, person: str = "", level: LevelOfAssurance | None = None, cookie: str = ""
    ) -> Visit:
        """The visit with the router's address and an artifact for how it ended; once (`LoginOvertaken`).

        Whoever logs in has a session from then on, in the browser with this `cookie`.
        """
        if not await self._party.store.claim(f"digid:{visit.id}", SESSION_SECONDS):
            raise LoginOvertaken("this visit ended before")
        result = dict(await self._result(visit, ending, person, level))
        if "bsn" in result and level is not None:
            result["session"] = await self._sessions.open(cookie, person, level)
        return await self.keep(visit, leave_to=await self._answer(visit, result))

    async def end_silently(self, visit: Visit, cookie: str | None) -> Visit | None:
        """The visit ended by the session of this browser; None where somebody has to log in after all.

        That is so when the router forces it, when there is no session, or one that is not strong enough.
        """
        session = None if visit.force_authn else await self._sessions.find(cookie)
        if session is None or cookie is None:
            return None
        service = await self._catalog.service(visit.service, visit.dv, self._party.clock())
        if session.level < service.minimum_on(self._party.clock()):
            return None
        return await self.end(visit, Ending.LOG_IN, session.person, session.level, cookie)

    async def _result(
        self, visit: Visit, ending: Ending, person: str, level: LevelOfAssurance | None
    ) -> Mapping[str, object]:
        """What the artifact will stand for; below the service's minimum an AD declares nobody (RD-ASR-03)."""
        if ending in _FAILURES:
            return {"status": _status(_FAILURES[ending]())}
        service = await self._catalog.service(visit.service, visit.dv, self._party.clock())
        known = next((one for one in self._world.persons if one.name == person and DIGID in one.means), None)
        if known is None or level is None:
            return {"status": _status(AuthenticationFailed())}
        if level < service.minimum_on(self._party.clock()) or level > known.means[DIGID]:
            return {"status": _status(AssuranceTooLow())}
        return {"bsn": known.bsn.value, "loa": level.value}

    async def declare(self, pending: str, router: Entity, enclose: Enclose) -> bytes:
        """The Response behind an artifact, enclosed (RD-ASR-01 to RD-ASR-11)."""
        held = json.loads(pending)
        visit = _load(json.dumps(held["visit"]).encode())
        now = self._party.clock()
        reply = Reply(self._party.entity_id, visit.request_id, visit.reply, now)
        if "status" in held:
            status = Status(*held["status"])
            return await self._party.offload(lambda: enclose(write_failure(reply, status)))
        readers = tuple(
            self._party.trust.find(reader, now).recipient() for reader in (visit.dv, visit.bvd) if reader is not None
        )
        audiences = (visit.router,) if visit.bvd is None else (visit.router, visit.bvd)
        loa = LevelOfAssurance(held["loa"])
        write = partial(
            write_identity,
            reply,
            audiences,
            visit.service,
            Bsn(held["bsn"]),
            loa,
            readers,
            self._party.keys.signing(now),
        )

        def written() -> tuple[str, bytes]:
            subject, response = write()
            return subject, enclose(response)

        subject, answer = await self._party.offload(written)
        await self._sessions.name(subject, held["session"], router.entity_id)
        return answer

    async def _answer(self, visit: Visit, what: Mapping[str, object]) -> str:
        pending = json.dumps({"visit": json.loads(_dump(visit)), **what})
        artifact = await self._artifacts.issue(visit.router, pending)
        return artifact_url(visit.reply, artifact, visit.relay_state)

    def _check_bvd(self, visit: Visit) -> None:
        """RequesterID names a BVD that we can encrypt for (RD-REQ-07)."""
        if visit.bvd is not None and not self._party.trust.find(visit.bvd, self._party.clock()).encryption_keys:
            raise NoSupportedIdp("RequesterID names no BVD", clause="RD-REQ-07")


def write_identity(
    reply: Reply,
    audiences: tuple[EntityId, ...],
    service: ServiceUuid,
    bsn: Bsn,
    loa: LevelOfAssurance,
    readers: tuple[Recipient, ...],
    key: SigningKey,
) -> tuple[str, bytes]:
    """The NameID of the subject, and the Response with the assertion about him.

    Who logged in is encrypted for the DV and, when representing, for the BVD.
    """
    assertion = statement(
        reply,
        audiences=audiences,
        context_class=loa.uri,
        attributes=(
            Attribute(urns.SERVICE_UUID, (service.value,)),
            Attribute(urns.ACTING_SUBJECT_ID, (encrypt_id(NameId(urns.LEGACY_BSN, bsn.value), readers),)),
        ),
    )
    return assertion.name_id, write_success(reply, assertion, key)


def _visit(asked: Asked, visit_id: str) -> Visit:
    request = asked.request
    if request.intended_audience is None or request.service is None:
        raise MessageMalformed("Extensions need IntendedAudience and ServiceUUID", clause="RD-REQ-03")
    return Visit(
        id=visit_id,
        router=request.issuer,
        request_id=request.id,
        reply=asked.reply.location,
        relay_state=asked.relay_state,
        dv=request.intended_audience,
        service=request.service,
        bvd=request.requester_ids[0] if request.requester_ids else None,
        force_authn=request.force_authn,
    )


def _status(failure: Failure) -> list[str | None]:
    status = status_of(failure)
    return [status.code, status.sub, status.message] if status else [urns.STATUS_RESPONDER, None, None]


def _dump(visit: Visit) -> bytes:
    names = {"router": visit.router, "dv": visit.dv, "service": visit.service, "bvd": visit.bvd}
    texts = {name: value.value if value else None for name, value in names.items()}
    return json.dumps({**asdict(visit), **texts}).encode()


def _load(stored: bytes) -> Visit:
    held = json.loads(stored)
    return Visit(
        **held
        | {
            "router": EntityId(held["router"]),
            "dv": EntityId(held["dv"]),
            "service": ServiceUuid(held["service"]),
            "bvd": EntityId(held["bvd"]) if held["bvd"] else None,
        }
    )
