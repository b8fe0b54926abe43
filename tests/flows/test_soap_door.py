"""Who may ask the gateway for a declaration, and what others get: mutual TLS, and messages that are not right."""

import ssl
from datetime import timedelta

import httpx
import pytest

from pilot.loopback import LoopbackTransport, NetworkAway
from stelsel import urns
from stelsel.saml import artifact as artifacts
from stelsel.saml.artifact import make_artifact
from stelsel.saml.bindings import soap_wrap
from tests.flows.pilots import Pilot
from tests.flows.speakers import SOAP, Speaker, anonymous_tls, keys_of

DENIED = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
UNSUPPORTED = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED)


def an_artifact(pilot: Pilot) -> str:
    """One that the gateway could have made, and did not."""
    return make_artifact(pilot.network.prepared.gateway.entity_id, 0, bytes(20))


def status_of(pilot: Pilot, answer: httpx.Response) -> tuple[str, str | None]:
    """The status pair in a signed ArtifactResponse."""
    assert answer.status_code == 200
    read = artifacts.read_artifact_response(answer.content, keys_of(pilot))
    assert read.response is None
    return read.answer.status.code, read.answer.status.sub


@pytest.mark.clause("GEN-20")
async def test_nobody_connects_without_a_certificate(scenarios: Pilot) -> None:
    dv = Speaker(scenarios, "gemeente")
    async with httpx.AsyncClient(transport=LoopbackTransport(anonymous_tls(scenarios)), trust_env=False) as client:
        with pytest.raises((NetworkAway, httpx.HTTPError, ssl.SSLError)):
            await client.post(dv.location, content=dv.resolve_message(an_artifact(scenarios)), headers=SOAP)


@pytest.mark.clause("GEN-20", "GEN-21")
async def test_a_certificate_of_ours_that_is_no_saml_party_gets_no_answer(scenarios: Pilot) -> None:
    dv, register = Speaker(scenarios, "gemeente"), Speaker(scenarios, "brp")
    answer = await register.post(dv.resolve_message(an_artifact(scenarios)))
    assert answer.status_code == 403
    assert b"Envelope" not in answer.content


@pytest.mark.clause("GEN-21")
async def test_one_party_does_not_bring_the_message_of_another(scenarios: Pilot) -> None:
    gemeente, ziekenhuis = Speaker(scenarios, "gemeente"), Speaker(scenarios, "ziekenhuis")
    answer = await ziekenhuis.post(gemeente.resolve_message(an_artifact(scenarios)))
    assert status_of(scenarios, answer) == DENIED


@pytest.mark.clause("GEN-09", "DV-RSV-01")
async def test_a_message_in_the_name_of_another_is_not_believed(scenarios: Pilot) -> None:
    gemeente, ziekenhuis = Speaker(scenarios, "gemeente"), Speaker(scenarios, "ziekenhuis")
    forged = ziekenhuis.resolve_message(an_artifact(scenarios), issuer=gemeente.entity)
    assert status_of(scenarios, await gemeente.post(forged)) == DENIED


@pytest.mark.clause("DV-RSV-01", "DV-RSV-02", "GEN-22")
async def test_a_message_for_another_address_or_time_is_denied(scenarios: Pilot) -> None:
    dv, artifact = Speaker(scenarios, "gemeente"), an_artifact(scenarios)
    elsewhere = dv.resolve_message(artifact, destination="https://elders.localhost/saml/artifact")
    old = dv.resolve_message(artifact, issue_instant=scenarios.clock() - timedelta(minutes=6))
    for message in (elsewhere, old):
        assert status_of(scenarios, await dv.post(message)) == DENIED


@pytest.mark.clause("GEN-24", "DV-ARR-04")
async def test_an_unknown_artifact_is_success_without_a_response_and_its_message_counts_once(
    scenarios: Pilot,
) -> None:
    dv = Speaker(scenarios, "gemeente")
    message = dv.resolve_message(an_artifact(scenarios))
    assert status_of(scenarios, await dv.post(message)) == (urns.STATUS_SUCCESS, None)
    assert status_of(scenarios, await dv.post(message)) == DENIED


@pytest.mark.clause("ERR-09", "DV-RSV-05")
@pytest.mark.parametrize(
    "message",
    [b"garbage", b"", soap_wrap(b"<a/>"), b'<!DOCTYPE a><a xmlns="urn:a"/>'],
    ids=["no XML", "nothing", "another message", "a DTD"],
)
async def test_what_is_no_message_is_answered_with_a_signed_status(scenarios: Pilot, message: bytes) -> None:
    assert status_of(scenarios, await Speaker(scenarios, "gemeente").post(message)) == UNSUPPORTED


@pytest.mark.clause("DV-RSV-05", "GEN-27")
async def test_the_door_takes_soap_by_post_within_bounds(scenarios: Pilot) -> None:
    dv = Speaker(scenarios, "gemeente")
    message = dv.resolve_message(an_artifact(scenarios))
    as_json = await dv.post(message, headers={"Content-Type": "application/json"})
    too_long = await dv.post(b"<a>" + b" " * 70_000 + b"</a>")
    elsewhere = await dv.post(message, dv.location + "/elders")
    assert [each.status_code for each in (as_json, too_long, elsewhere)] == [415, 413, 404]
    assert not any(b"Envelope" in each.content for each in (as_json, too_long, elsewhere))
