"""The eIDAS stub: a connector to two made-up countries, each of which says who its citizen is (PAGES 2.4).

Levels are those of eIDAS: low, substantial and high, under their own names (TYP-08). `basis` it does not have.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from catalog.repository import Catalog
from catalog.services import EIDAS, Service
from exchange.artifacts import Artifacts
from exchange.back_channel import Enclose
from exchange.party import Self
from exchange.respond import Reply, statement, write_failure, write_success
from exchange.sso import Asked, SsoDoor
from exchange.statuses import status_of
from metadata.entities import Entity
from pilot.bsnk import Bsnk
from pilot.cast import Person, Visitor
from pilot.eidas_identities import BVD_KEY_SET, Declared, Reader, acting, declared_as, facts_about, sealed_facts
from pilot.world import World
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    AuthenticationFailed,
    BadIdentifier,
    Failure,
    LoginExpired,
    LoginOvertaken,
    MessageMalformed,
    NoSupportedIdp,
)
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import artifact_url
from stelsel.saml.encryption import EncryptedId, Recipient
from stelsel.saml.response import Status

SESSION_SECONDS: Final = 15 * 60
LEVELS: Final = (LevelOfAssurance.MIDDEN, LevelOfAssurance.SUBSTANTIEEL, LevelOfAssurance.HOOG)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a router asked, between its request and its artifact; `bvd` when the user will represent.

    `country` is the one that was chosen, `search` and `no_level` are what the page shows; `leave_to` is where the
    browser goes once it has ended.
    """

    id: str
    router: str
    request_id: str
    reply: str
    relay_state: str | None
    dv: str
    service: str
    bvd: str | None
    browser: str | None = None
    country: str = ""
    search: str = ""
    no_level: bool = False
    leave_to: str = ""


class EidasStub:
    """An AD of its own: it trusts what its metadata store holds and answers whom it knows."""

    def __init__(
        self, party: Self, location: str, artifacts: Artifacts, catalog: Catalog, world: World, bsnk: Bsnk
    ) -> None:
        self._party = party
        self._door = SsoDoor(party, location)
        self._artifacts = artifacts
        self._catalog = catalog
        self._world = world
        self._bsnk = bsnk

    def citizens(self, country: str) -> list[tuple[Person | Visitor, LevelOfAssurance]]:
        """Who can log in through a country, and how strongly at most."""
        found: list[tuple[Person | Visitor, LevelOfAssurance]] = [
            (person, person.means[EIDAS]) for person in self._world.persons if EIDAS in person.means
        ]
        found += [(visitor, visitor.level) for visitor in self._world.visitors]
        return [(who, level) for who, level in found if who.eidas is not None and who.eidas.country == country]

    async def receive(self, form: Mapping[str, str]) -> str:
        """Takes a router's AuthnRequest; the address of the first page, or the router's when it ends here."""
        asked = await self._door.receive(form)
        crossing = _crossing(asked, await self._party.store.new_handle())
        try:
            await self.service(crossing)
            self._readers(crossing, self._party.clock())
        except Failure as failure:
            return await self._answer(crossing, {"status": _status(failure)})
        await self.keep(crossing)
        return f"/inloggen/{crossing.id}"

    async def service(self, crossing: Crossing) -> Service:
        """The service that is asked for. Raises as `Catalog.service`."""
        return await self._catalog.service(ServiceUuid(crossing.service), EntityId(crossing.dv), self._party.clock())

    async def keep(self, crossing: Crossing, **changes: Any) -> Crossing:
        """The crossing with these changes."""
        changed = replace(crossing, **changes)
        await self._party.store.put(f"eidas:{crossing.id}", json.dumps(asdict(changed)).encode(), SESSION_SECONDS)
        return changed

    async def find(self, crossing_id: str) -> Crossing:
        """The crossing as it stands. Raises `LoginExpired`."""
        stored = await self._party.store.get(f"eidas:{crossing_id}")
        if stored is None:
            raise LoginExpired("no such visit")
        return Crossing(**json.loads(stored))

    async def stop(self, crossing: Crossing, failure: Failure) -> Crossing:
        """The crossing with the way back for one that ended without a login; once (`LoginOvertaken`)."""
        await self._claim(crossing)
        return await self.keep(crossing, leave_to=await self._answer(crossing, {"status": _status(failure)}))

    async def log_in(self, crossing: Crossing, person: str, level: LevelOfAssurance) -> Crossing:
        """As `stop`, for a citizen of the chosen country at a level. What cannot be declared is told as a failure."""
        await self._claim(crossing)
        try:
            declared = await self._declared(crossing, person, level)
            result: dict[str, object] = {"person": person, "type": declared.type.value, "loa": level.value}
        except Failure as failure:
            result = {"status": _status(failure)}
        return await self.keep(crossing, leave_to=await self._answer(crossing, result))

    async def declare(self, pending: str, router: Entity, enclose: Enclose) -> bytes:
        """The Response behind an artifact, enclosed (RD-ASR-01 to RD-ASR-11)."""
        held = json.loads(pending)
        crossing = Crossing(**held["crossing"])
        now = self._party.clock()
        reply = Reply(self._party.entity_id, crossing.request_id, crossing.reply, now)
        if "status" in held:
            return await self._party.offload(lambda: enclose(write_failure(reply, Status(*held["status"]))))
        level = LevelOfAssurance(held["loa"])
        declared = await self._declared(crossing, held["person"], level)
        dv, bvd = self._readers(crossing, now)
        provider = await self._catalog.provider(dv.entity)
        reader = Reader(dv, provider.oin, provider.bsnk.key_set) if provider.bsnk else dv
        made = partial(acting, declared, self._bsnk, reader, bvd, now.date())
        citizen = self._citizen(crossing, held["person"])
        facts = tuple(facts_about(citizen[0], (await self.service(crossing)).attributes)) if citizen else ()
        audiences = tuple(EntityId(each) for each in (crossing.router, crossing.bvd) if each is not None)

        def written() -> bytes:
            assertion = statement(
                reply,
                audiences=audiences,
                context_class=level.uri,
                attributes=_attributes(crossing, made()),
                copied=tuple(each.xml for each in sealed_facts(facts, reader)),
            )
            return enclose(write_success(reply, assertion, self._party.keys.signing(now)))

        return await self._party.offload(written)

    def _citizen(self, crossing: Crossing, person: str) -> tuple[Person | Visitor, LevelOfAssurance] | None:
        return next((each for each in self.citizens(crossing.country) if each[0].name == person), None)

    async def _declared(self, crossing: Crossing, person: str, level: LevelOfAssurance) -> Declared:
        """Who is declared, by which type. Below the service's minimum an AD declares nobody (RD-ASR-03)."""
        service = await self.service(crossing)
        who, highest = self._citizen(crossing, person) or (None, LevelOfAssurance.BASIS)
        if who is None or level not in LEVELS:
            raise AuthenticationFailed("no such citizen of this country")
        if level < service.minimum_on(self._party.clock(), EIDAS) or level > highest:
            raise AssuranceTooLow("too low for the service, or higher than this means")
        return declared_as(who, service.eidas)

    async def _claim(self, crossing: Crossing) -> None:
        if not await self._party.store.claim(f"eidas:{crossing.id}", SESSION_SECONDS):
            raise LoginOvertaken("this visit ended before")

    async def _answer(self, crossing: Crossing, what: Mapping[str, object]) -> str:
        pending = json.dumps({"crossing": asdict(crossing), **what})
        artifact = await self._artifacts.issue(EntityId(crossing.router), pending)
        return artifact_url(crossing.reply, artifact, crossing.relay_state)

    def _readers(self, crossing: Crossing, at: datetime) -> tuple[Recipient, Reader | None]:
        """DV and BVD, each of which must have a key to encrypt for. Raises `NoSupportedIdp` (RD-REQ-07)."""
        named = [EntityId(each) for each in (crossing.dv, crossing.bvd) if each is not None]
        found = [self._party.trust.find(each, at).recipient() for each in named]
        if not all(each.keys for each in found):
            raise NoSupportedIdp("DV or BVD has no key to encrypt for", clause="RD-REQ-07")
        if len(found) == 1:
            return found[0], None
        oin = found[1].entity.oin
        if oin is None:
            raise NoSupportedIdp("RequesterID names no BVD of the scheme", clause="RD-REQ-07")
        return found[0], Reader(found[1], oin, BVD_KEY_SET)


def _attributes(crossing: Crossing, values: list[EncryptedId]) -> tuple[Attribute, ...]:
    return (
        Attribute(urns.SERVICE_UUID, (crossing.service,)),
        Attribute(urns.ACTING_SUBJECT_ID, tuple(values)),
    )


def _crossing(asked: Asked, crossing_id: str) -> Crossing:
    request = asked.request
    if request.intended_audience is None or request.service is None:
        raise MessageMalformed("Extensions need IntendedAudience and ServiceUUID", clause="RD-REQ-03")
    return Crossing(
        id=crossing_id,
        router=request.issuer.value,
        request_id=request.id,
        reply=asked.reply.location,
        relay_state=asked.relay_state,
        dv=request.intended_audience.value,
        service=request.service.value,
        bvd=request.requester_ids[0].value if request.requester_ids else None,
    )


def read_level(word: str) -> LevelOfAssurance:
    """The level of that word. Raises `BadIdentifier` for one that eIDAS does not have."""
    found = next((level for level in LEVELS if level.word == word), None)
    if found is None:
        raise BadIdentifier("no such level")
    return found


def _status(failure: Failure) -> list[str | None]:
    status = status_of(failure)
    return [status.code, status.sub, status.message] if status else [urns.STATUS_RESPONDER, None, None]
