"""What the artifacts of the BVD stand for, and what is declared when the router resolves one (R-REISSUE)."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from bvd.choosing import Choosing
from bvd.decide import decide_again
from bvd.declaration import readable_for, representation_types, write_declaration
from bvd.query import Sources, ask_again
from bvd.records import Records
from bvd.stored import dump_representation, dump_subject, load_representation, load_subject
from catalog.repository import Catalog
from exchange.artifacts import Artifacts
from exchange.back_channel import Enclose
from exchange.party import Self
from exchange.respond import Reply, write_failure
from exchange.statuses import status_of
from metadata.entities import Entity
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Failure, Misconfigured
from stelsel.identifiers import EntityId, KvkNummer, ServiceUuid
from stelsel.saml.bindings import artifact_url
from stelsel.saml.response import Status
from stelsel.subjects import Ground, Identity, Mandate, Representation


class Issue:
    """Makes artifacts for the router and answers it when it resolves them."""

    def __init__(
        self,
        party: Self,
        artifacts: Artifacts,
        catalog: Catalog,
        sources: Sources,
        records: Records,
        types: Mapping[Ground, str],
        deadline_seconds: float,
    ) -> None:
        self._party = party
        self._artifacts = artifacts
        self._catalog = catalog
        self._sources = sources
        self._records = records
        self._types = types
        self._deadline_seconds = deadline_seconds

    async def promise(self, choosing: Choosing, chosen: Representation) -> str:
        """The router's address with an artifact for what was chosen; nothing is declared yet."""
        identity = choosing.identity
        pending = {
            "acting": dump_subject(identity.acting),
            "office": dump_subject(identity.office),
            "loa": identity.loa.value,
            "authority": identity.authority.value,
            "identified_at": identity.at.isoformat(),
            "chosen": dump_representation(chosen),
        }
        return await self._address(choosing, pending)

    async def refuse(self, choosing: Choosing, failure: Failure) -> str:
        """The router's address with an artifact that tells `failure`."""
        status = status_of(failure)
        return await self._address(choosing, {"status": [status.code, status.sub, status.message]})

    async def declare(self, pending: str, router: Entity, enclose: Enclose) -> bytes:
        """The Response behind an artifact, enclosed, decided anew at this moment and recorded before it is told.

        Raises `DatabaseUnavailable` when it cannot be recorded: then nothing is declared (P3).
        """
        held = json.loads(pending)
        if "status" in held:
            return await self._failure(held, Status(*held["status"]), enclose)
        dv, service = EntityId(held["dv"]), ServiceUuid(held["service"])
        identity, chosen = _identity(held), load_representation(held["chosen"])
        result: Mandate | Failure
        try:
            result, response = await self._declaration(held, dv, service, identity, chosen, router, enclose)
        except Failure as failure:
            result, response = failure, await self._failure(held, status_of(failure), enclose)
        await self._records.declared(held["trace"], dv, service, identity, chosen, result)
        return response

    async def _declaration(
        self,
        held: Mapping[str, Any],
        dv: EntityId,
        service_uuid: ServiceUuid,
        identity: Identity,
        chosen: Representation,
        router: Entity,
        enclose: Enclose,
    ) -> tuple[Mandate, bytes]:
        service = await self._catalog.service(service_uuid, dv, self._party.clock())
        employee = None if identity.office is None else identity.acting
        offer = await ask_again(chosen, self._sources, self._party.clock(), self._deadline_seconds, employee)
        now = self._party.clock()
        mandate = decide_again(identity, service, chosen, offer, now)
        write = partial(
            write_declaration,
            self._reply(held),
            router.entity_id,
            readable_for(self._party.trust.find(dv, now)),
            mandate,
            representation_types(mandate, service.interests, self._types),
            self._party.keys.signing(now),
        )
        return mandate, await self._party.offload(lambda: enclose(write()))

    async def _failure(self, held: Mapping[str, Any], status: Status, enclose: Enclose) -> bytes:
        reply = self._reply(held)
        return await self._party.offload(lambda: enclose(write_failure(reply, status)))

    def _reply(self, held: Mapping[str, Any]) -> Reply:
        return Reply(self._party.entity_id, held["request_id"], held["reply"], self._party.clock())

    async def _address(self, choosing: Choosing, pending: Mapping[str, Any]) -> str:
        held = {
            "trace": choosing.trace,
            "dv": choosing.dv.value,
            "service": choosing.service.value,
            "request_id": choosing.request_id,
            "reply": choosing.reply,
            **pending,
        }
        artifact = await self._artifacts.issue(choosing.router, json.dumps(held))
        return artifact_url(choosing.reply, artifact, choosing.relay_state)


def _identity(held: Mapping[str, Any]) -> Identity:
    acting, office = load_subject(held["acting"]), load_subject(held.get("office"))
    if acting is None or not isinstance(office, KvkNummer | None):
        raise Misconfigured("an artifact without an acting person")
    return Identity(
        acting,
        LevelOfAssurance(held["loa"]),
        EntityId(held["authority"]),
        datetime.fromisoformat(held["identified_at"]),
        office,
    )
