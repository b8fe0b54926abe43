"""The ArtifactResolutionService: who may ask, what is answered, and that nothing is given twice."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from exchange.artifacts import Artifacts
from exchange.back_channel import ArtifactResolution, Enclose
from exchange.party import Self
from exchange.respond import Reply, statement, write_success
from metadata.entities import Entity
from runtime.offload import Offload
from runtime.sealing import Sealer
from runtime.store import RedisStore, ShortLived
from stelsel import urns
from stelsel.failures import ArtifactUnknown, DatabaseUnavailable, WrongParty
from stelsel.identifiers import EntityId
from stelsel.saml.artifact import Resolved, make_artifact, read_artifact_response, write_resolve
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.rules.resolving import RESOLVE_RULES
from tests.conftest import SettableClock
from tests.exchange.factories import DV_CONSUMER, RESOLVE, Reported, a_party, an_old_store
from tests.stelsel.saml.factories import (
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_resolve,
    an_encrypted_id,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

DENIED = Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
SUCCESS = Status(urns.STATUS_SUCCESS)


class House:
    """The RD's service, with what it gave out and what it reported."""

    def __init__(self, party: Self, seconds: int = 60) -> None:
        self.reported = Reported()
        self.answered: list[str] = []
        self.away = False
        self.party = party
        self.held = Artifacts(party.store, RD, 0, seconds)
        self.service = ArtifactResolution(party, RESOLVE, self.held, self.answer, self.reported)

    async def answer(self, pending: str, requester: Entity, enclose: Enclose) -> bytes:
        if self.away:
            raise DatabaseUnavailable("the journal is away")
        self.answered.append(pending)
        reply = Reply(RD, pending, DV_CONSUMER, self.party.clock())
        said = Attribute(urns.SERVICE_UUID, (SERVICE.value,)), Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(),))
        made = statement(reply, audiences=(DV,), context_class=urns.LOA_HIGH, attributes=said)
        return enclose(write_success(reply, made, key_of(RD)))

    async def ask(self, *, caller: EntityId | None = None, signer: EntityId | None = None, **changes: Any) -> Resolved:
        """What the RD answers to an ArtifactResolve of the DV over its own TLS connection, unless changed."""
        message = a_resolve(**{"destination": RESOLVE} | changes)
        body = soap_wrap(write_resolve(message, key_of(signer or message.issuer)))
        return await self.send(body, caller or message.issuer)

    async def send(self, body: bytes, caller: EntityId) -> Resolved:
        """What the RD answers to `body`."""
        answer = await self.service.resolve(body, key_of(caller).certificate)
        return read_artifact_response(answer, keys_of_all())


@pytest.fixture
def house(router: Self) -> House:
    return House(router)


BROKEN: dict[str, dict[str, Any]] = {
    "meant_for_us": {"destination": "https://elsewhere.test/resolve"},
    "fresh": {"issue_instant": NOON - timedelta(minutes=5, seconds=1)},
}


@pytest.mark.clause("DV-ARR-01", "DV-ARR-02", "DV-ARR-06", "DV-RSV-01", "DV-RSV-04", "DV-RSP-01", "DV-RSP-02")
async def test_the_owner_of_an_artifact_receives_what_it_stands_for(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    resolved = await house.ask(id="_asked", artifact=artifact)
    assert (resolved.answer.in_response_to, resolved.answer.issuer, resolved.answer.status) == ("_asked", RD, SUCCESS)
    assert resolved.response is not None
    assert (resolved.response.in_response_to, resolved.response.destination) == ("_login", DV_CONSUMER)
    assert resolved.assertion is not None
    assert resolved.assertion.issuer == RD


@pytest.mark.clause("DV-ARR-02", "DV-RSP-03", "GEN-15", "DV-ASR-02")
async def test_the_answer_verifies_and_validates_outside(house: House) -> None:
    body = soap_wrap(write_resolve(a_resolve(artifact=await house.held.issue(DV, "_login")), key_of(DV)))
    answer = await house.service.resolve(body, key_of(DV).certificate)
    message = answer[answer.index(b"<samlp:ArtifactResponse") : answer.index(b"</samlp:ArtifactResponse>") + 25]
    check_schema(message)
    assert xmlsec1_verifies(message, key_of(RD))
    assert b"<ds:KeyName>" in message
    assert message.count(b"<ds:Signature ") == 2  # of the ArtifactResponse and of the Assertion, not of the Response


def test_every_rule_of_the_back_channel_has_a_message_that_breaks_it() -> None:
    assert {rule.__name__ for rule in RESOLVE_RULES} == BROKEN.keys()


@pytest.mark.clause("DV-RSV-02", "GEN-22", "ERR-09", "DV-ARR-03", "S16", "S27")
@pytest.mark.parametrize("rule", BROKEN)
async def test_a_message_that_breaks_one_rule_is_denied_and_uses_up_nothing(house: House, rule: str) -> None:
    artifact = await house.held.issue(DV, "_login")
    refused = await house.ask(id="_same", artifact=artifact, **BROKEN[rule])
    assert (refused.answer.status, refused.response) == (DENIED, None)
    assert (await house.ask(id="_same", artifact=artifact)).response is not None


@pytest.mark.clause("DV-RSV-02")
async def test_a_message_without_a_destination_is_answered(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    assert (await house.ask(destination=None, artifact=artifact)).response is not None


@pytest.mark.clause("DV-ARR-04", "DV-ART-03", "S18")
async def test_an_artifact_is_resolved_once(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    await house.ask(artifact=artifact)
    again = await house.ask(artifact=artifact)
    assert (again.answer.status, again.response) == (SUCCESS, None)
    assert house.answered == ["_login"]


@pytest.mark.clause("DV-ARR-04", "DV-ART-05")
@pytest.mark.parametrize("artifact", [make_artifact(RD, 0, b"x" * 20), "bm8gYXJ0aWZhY3Q=", "no artifact"])
async def test_an_artifact_that_nobody_made_is_success_without_a_response(house: House, artifact: str) -> None:
    resolved = await house.ask(artifact=artifact)
    assert (resolved.answer.status, resolved.response) == (SUCCESS, None)


@pytest.mark.clause("DV-ARR-04", "DV-ART-03")
async def test_an_artifact_that_is_too_old_is_success_without_a_response(house: House, clock: SettableClock) -> None:
    artifact = await house.held.issue(DV, "_login")
    clock.advance(seconds=60)
    resolved = await house.ask(artifact=artifact, issue_instant=clock())
    assert (resolved.answer.status, resolved.response) == (SUCCESS, None)


@pytest.mark.clause("DV-ARR-04", "S19")
async def test_another_party_gets_nothing_for_an_artifact_and_its_owner_still_does(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    stolen = await house.ask(issuer=LC, artifact=artifact)
    assert (stolen.answer.status, stolen.response) == (SUCCESS, None)
    assert [(type(each), each.found) for each in house.reported.failures] == [(ArtifactUnknown, LC.value)]
    assert (await house.ask(artifact=artifact)).response is not None


@pytest.mark.clause("GEN-20", "GEN-21", "S20", "DV-RSV-05")
async def test_who_signed_must_be_who_connected(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    refused = await house.ask(caller=LC, artifact=artifact)
    assert (refused.answer.status, refused.response) == (DENIED, None)
    assert (await house.ask(artifact=artifact)).response is not None


@pytest.mark.clause("GEN-20", "GEN-21", "S20")
async def test_a_tls_client_that_is_no_party_hears_nothing(house: House) -> None:
    with pytest.raises(WrongParty):
        await house.service.resolve(b"", key_of(EntityId("urn:stranger")).certificate)
    with pytest.raises(WrongParty):
        await house.service.resolve(b"", None)


@pytest.mark.clause("DV-RSV-03", "GEN-08", "GEN-11")
async def test_a_message_by_anothers_key_is_denied(house: House) -> None:
    artifact = await house.held.issue(DV, "_login")
    refused = await house.ask(signer=LC, artifact=artifact)
    assert (refused.answer.status, refused.response) == (DENIED, None)


@pytest.mark.clause("GEN-24", "S18")
async def test_an_artifact_resolve_is_taken_once(house: House) -> None:
    body = soap_wrap(write_resolve(a_resolve(artifact=await house.held.issue(DV, "_login")), key_of(DV)))
    assert (await house.send(body, DV)).response is not None
    assert (await house.send(body, DV)).answer.status == DENIED


@pytest.mark.clause("ERR-09")
async def test_what_is_no_soap_is_told_as_unsupported(house: House) -> None:
    resolved = await house.send(b"<nonsense/>", DV)
    assert resolved.answer.status == Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED)
    assert resolved.answer.in_response_to is None


@pytest.mark.clause("P3")
async def test_our_own_trouble_is_not_told_as_the_callers(house: House) -> None:
    house.away = True
    resolved = await house.ask(artifact=await house.held.issue(DV, "_login"))
    assert resolved.answer.status == Status(urns.STATUS_RESPONDER, None, "Internal error")
    assert resolved.response is None


@pytest.fixture(params=["memory", "redis"])
async def any_store(request: pytest.FixtureRequest, clock: SettableClock, sealer: Sealer) -> ShortLived:
    if request.param == "memory":
        return an_old_store(clock, sealer)
    store = RedisStore(request.getfixturevalue("redis_url"), sealer, clock)
    await store.ready()
    return store


@pytest.mark.clause("DV-ART-03", "M9", "S18")
async def test_of_two_resolves_at_once_one_gets_the_response(
    any_store: ShortLived, clock: SettableClock, offload: Offload
) -> None:
    house = House(a_party(RD, clock, any_store, offload))
    artifact = await house.held.issue(DV, "_login")
    answers = await asyncio.gather(*(house.ask(artifact=artifact, issue_instant=clock()) for _ in range(6)))
    assert [answer.answer.status for answer in answers] == [SUCCESS] * 6
    assert sum(answer.response is not None for answer in answers) == 1
    assert house.answered == ["_login"]
    await any_store.close()


@pytest.mark.clause("DV-ART-03")
@pytest.mark.parametrize("seconds", [0, 15 * 60 + 1])
def test_an_artifact_lives_at_most_15_minutes(router: Self, seconds: int) -> None:
    with pytest.raises(ValueError, match="15 minutes"):
        Artifacts(router.store, RD, 0, seconds)
