"""Asking for what an artifact stands for: each rule of the answer broken alone, over real HTTP."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from exchange.party import Self
from exchange.resolve import Resolver
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.sealing import Sealer
from stelsel import urns
from stelsel.failures import (
    AnswerRefused,
    ArtifactUnknown,
    MessageExpired,
    MessageRefused,
    MessageReplayed,
    PartyUnavailable,
    SignatureRefused,
)
from stelsel.identifiers import EntityId
from stelsel.saml import assertion as assertions
from stelsel.saml import response as responses
from stelsel.saml.artifact import make_artifact, read_resolve, write_response
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.rules.answers import ASSERTION_RULES, RESPONSE_RULES, Expected
from tests.conftest import SettableClock
from tests.exchange.factories import (
    AD_CONSUMER,
    Correspondent,
    a_correspondent,
    a_party,
    a_resolver,
    an_authority,
    an_old_store,
    everybody,
)
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    NOON,
    RD,
    a_response,
    an_artifact_response,
    an_assertion,
    key_of,
    keys_of_all,
)

EXPECTED = Expected(authority=AD, request_id="_login", consumer=AD_CONSUMER, audience=RD)
ARTIFACT = make_artifact(AD, 0, b"a" * 20)
OF_RESPONSE: dict[str, dict[str, Any]] = {
    "from_whom_we_asked": {"issuer": BVD},
    "answers_our_request": {"in_response_to": "_another"},
    "arrives_where_meant": {"destination": "https://rd.test/acs/bvd"},
}
OF_ASSERTION: dict[str, dict[str, Any]] = {
    "by_the_responder": {"issuer": BVD},
    "recipient_is_our_consumer": {"recipient": "https://rd.test/acs/bvd"},
    "in_time": {"not_on_or_after": NOON},
    "answers_our_login": {"in_response_to": "_another"},
    "audience_holds_us": {"audiences": (DV,)},
}


class Authority:
    """An AD that answers as it should, but for what a test changes."""

    def __init__(self, correspondent: Correspondent, resolver: Resolver) -> None:
        self.correspondent = correspondent
        self.resolver = resolver

    async def answers(
        self,
        *,
        answer: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        assertion: dict[str, Any] | None = None,
        signer: EntityId = AD,
        artifact: str = ARTIFACT,
    ) -> Any:
        """What comes of asking it."""
        made = an_assertion(**{"recipient": AD_CONSUMER, "in_response_to": "_login"} | (assertion or {}))
        signed = assertions.write(made, key_of(made.issuer))
        inner: dict[str, Any] = {"issuer": AD, "in_response_to": "_login", "destination": AD_CONSUMER} | (
            response or {}
        )
        written = responses.write(a_response(None if "status" in inner else signed, **inner))

        def reply(body: bytes) -> bytes:
            asked = read_resolve(body, keys_of_all())
            values: dict[str, Any] = {"issuer": AD, "in_response_to": asked.id} | (answer or {})
            message = an_artifact_response(values.pop("response", written), **values)
            return soap_wrap(write_response(message, key_of(signer)))

        self.correspondent.answer = reply
        return await self.resolver.resolve(artifact, EXPECTED)


@pytest.fixture
async def authority(
    clock: SettableClock, sealer: Sealer, offload: Offload, http: HttpClient
) -> AsyncIterator[Authority]:
    async with a_correspondent() as (correspondent, url):
        trust = everybody(ad=an_authority(AD, url))
        party: Self = a_party(RD, clock, an_old_store(clock, sealer), offload, trust)
        yield Authority(correspondent, a_resolver(party, http))


@pytest.mark.clause("RD-ART-01", "RD-ASR-12", "DV-VAL-01", "DV-VAL-02", "DV-VAL-04", "DV-VAL-05")
async def test_an_answer_that_fits_is_taken_with_its_assertion_as_it_came(authority: Authority) -> None:
    answered = await authority.answers()
    assert answered.status.code == urns.STATUS_SUCCESS
    assert assertions.read(answered.assertion.evidence, keys_of_all()) == answered.assertion
    asked = read_resolve(authority.correspondent.received[0], keys_of_all())
    assert (asked.issuer, asked.artifact) == (RD, ARTIFACT)


@pytest.mark.clause("DV-RSP-07", "DV-ARR-03")
async def test_a_login_that_failed_is_told_without_an_assertion(authority: Authority) -> None:
    cancelled = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled")
    answered = await authority.answers(response={"status": cancelled})
    assert (answered.status, answered.assertion) == (cancelled, None)


def test_every_rule_of_an_answer_has_one_that_breaks_it() -> None:
    assert [rule.__name__ for rule in RESPONSE_RULES] == list(OF_RESPONSE)
    assert [rule.__name__ for rule in ASSERTION_RULES] == list(OF_ASSERTION)


@pytest.mark.clause("RD-ASR-12", "DV-RSP-01", "DV-RSP-02", "S16", "S21")
@pytest.mark.parametrize("rule", OF_RESPONSE)
async def test_a_response_that_breaks_one_rule_is_refused(authority: Authority, rule: str) -> None:
    with pytest.raises(AnswerRefused):
        await authority.answers(response=OF_RESPONSE[rule])


@pytest.mark.clause("RD-ASR-12", "DV-VAL-02", "DV-VAL-03", "DV-VAL-04", "DV-VAL-05", "S16")
@pytest.mark.parametrize("rule", OF_ASSERTION)
async def test_an_assertion_that_breaks_one_rule_is_refused_and_keeps_its_id(authority: Authority, rule: str) -> None:
    with pytest.raises((AnswerRefused, MessageExpired)):
        await authority.answers(assertion={"id": "_same"} | OF_ASSERTION[rule])
    assert (await authority.answers(assertion={"id": "_same"})).assertion.id == "_same"


@pytest.mark.clause("DV-VAL-03", "S27", "GEN-22")
@pytest.mark.parametrize("field", ["confirm_until", "not_on_or_after"])
async def test_an_assertion_holds_until_its_end_and_no_skew_lengthens_it(authority: Authority, field: str) -> None:
    await authority.answers(assertion={field: NOON + timedelta(seconds=1)})
    with pytest.raises(MessageExpired):
        await authority.answers(assertion={field: NOON})


@pytest.mark.clause("DV-VAL-03", "S27")
async def test_an_assertion_of_a_clock_that_runs_a_minute_ahead_is_taken(authority: Authority) -> None:
    ahead = NOON + timedelta(seconds=60)
    await authority.answers(assertion={"not_before": ahead, "issue_instant": ahead})
    with pytest.raises(MessageExpired):
        await authority.answers(assertion={"not_before": ahead + timedelta(seconds=1)})


@pytest.mark.clause("GEN-24", "S18")
async def test_an_assertion_is_taken_once(authority: Authority) -> None:
    await authority.answers(assertion={"id": "_same"})
    with pytest.raises(MessageReplayed):
        await authority.answers(assertion={"id": "_same"})


@pytest.mark.clause("DV-ARR-01", "DV-ARR-04")
@pytest.mark.parametrize(
    "answer",
    [
        {"in_response_to": "_another"},
        {"response": None},
        {"status": Status(urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)},
    ],
    ids=["to another resolve", "with nothing inside", "with a refusal"],
)
async def test_an_artifact_response_that_does_not_answer_is_refused(
    authority: Authority, answer: dict[str, Any]
) -> None:
    with pytest.raises(AnswerRefused):
        await authority.answers(answer=answer)


@pytest.mark.clause("DV-ARR-01", "S21")
async def test_an_artifact_response_of_another_party_is_refused(authority: Authority) -> None:
    with pytest.raises(AnswerRefused):
        await authority.answers(answer={"issuer": BVD}, signer=BVD)
    with pytest.raises(SignatureRefused):
        await authority.answers(signer=BVD)


@pytest.mark.clause("GEN-22")
async def test_an_artifact_response_of_long_ago_is_refused(authority: Authority) -> None:
    with pytest.raises(MessageExpired):
        await authority.answers(answer={"issue_instant": NOON - timedelta(minutes=5, seconds=1)})


@pytest.mark.clause("DV-RSP-07")
async def test_success_without_an_assertion_is_refused(authority: Authority) -> None:
    with pytest.raises(AnswerRefused):
        await authority.answers(response={"status": Status(urns.STATUS_SUCCESS)})


async def test_a_party_that_fails_is_away_and_not_a_liar(authority: Authority) -> None:
    with pytest.raises(PartyUnavailable):
        await authority.answers(answer={"status": Status(urns.STATUS_RESPONDER), "response": None})
    authority.correspondent.status = 500
    with pytest.raises(PartyUnavailable):
        await authority.answers()


@pytest.mark.clause("P1", "GEN-27")
@pytest.mark.parametrize("said", [b"", b"<html></html>", b"<a>", b"<!DOCTYPE a><a/>"])
async def test_a_party_that_answers_no_soap_is_away_too(authority: Authority, said: bytes) -> None:
    authority.correspondent.answer = lambda _: said
    with pytest.raises(PartyUnavailable) as away:
        await authority.resolver.resolve(ARTIFACT, EXPECTED)
    facts = away.value.facts()
    assert facts["clause"] == "GEN-27"
    assert facts["expected"]
    assert facts["found"]


@pytest.mark.clause("ERR-09", "GEN-27")
async def test_a_message_in_soap_that_is_no_answer_is_refused_as_a_message(authority: Authority) -> None:
    authority.correspondent.answer = lambda asked: asked
    with pytest.raises(MessageRefused) as refused:
        await authority.resolver.resolve(ARTIFACT, EXPECTED)
    assert refused.value.origin is not None


@pytest.mark.clause("DV-ART-05", "S19")
@pytest.mark.parametrize(
    ("artifact", "failure"),
    [
        (make_artifact(BVD, 0, b"a" * 20), AnswerRefused),
        (make_artifact(AD, 9, b"a" * 20), AnswerRefused),
        ("no artifact", ArtifactUnknown),
    ],
    ids=["of another party", "of a service it does not have", "of nobody"],
)
async def test_an_artifact_that_is_not_of_the_party_we_asked_is_not_sent_anywhere(
    authority: Authority, artifact: str, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        await authority.answers(artifact=artifact)
    assert authority.correspondent.received == []


@pytest.mark.clause("GEN-27")
async def test_a_party_that_cannot_be_reached_is_unavailable(
    router: Self, http: HttpClient, free_port: Callable[[], int]
) -> None:
    nobody = an_authority(AD, f"http://127.0.0.1:{free_port()}/resolve")
    router.trust.replace([nobody], even_if_smaller=True)
    with pytest.raises(PartyUnavailable):
        await a_resolver(router, http).resolve(ARTIFACT, EXPECTED)
