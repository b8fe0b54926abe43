"""The same message twice, after each other and at once at two workers on one Redis: exactly one success (S18, S19)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel.saml.artifact import make_artifact
from tests.attacks.doors import DOORS, Change, outcome
from tests.attacks.mutations import Mutation
from tests.attacks.parties import DV, Attacked, Visitor, form_of, speaking_for, succeeded
from tests.flows.pilots import Pilot, start
from tests.flows.test_two_workers import on_redis, other_workers


class Recorded:
    """A change that changes nothing, and gives each time what came first."""

    def __init__(self) -> None:
        self._first: bytes | None = None

    def __call__(self, _: object) -> Mutation:
        return self._once

    def _once(self, message: bytes) -> bytes:
        self._first = self._first or message
        return self._first


@pytest.mark.clause("S18", "GEN-24", "M5")
@pytest.mark.parametrize("door", DOORS)
async def test_a_message_counts_once(attacked: Attacked, door: str) -> None:
    """Of each kind; a refused copy does not spoil what comes after it."""
    again: Change = Recorded()
    verdicts = [await DOORS[door].knock(attacked, again) for _ in range(3)]
    assert [verdict.taken for verdict in verdicts] == [True, False, False]
    assert (await DOORS[door].knock(attacked, Recorded())).taken


@pytest.mark.clause("S18")
async def test_an_ads_artifact_counts_once_and_is_asked_for_once(attacked: Attacked) -> None:
    async with speaking_for(attacked.pilot, DIGID) as ad, Visitor(attacked) as browser:
        sent = await browser.to_ad()
        artifact = ad.declares(sent.request)
        answers = await asyncio.gather(*(browser.come_back(ad.consumer, artifact, sent.relay_state) for _ in range(4)))
        assert sum([(await outcome(browser, answer)).taken for answer in answers]) == 1
        assert len(ad.asked) == 1


class InTurns:
    """ASGI: each request goes to the next of several workers."""

    def __init__(self, *workers: ASGIApp) -> None:
        self._workers = workers
        self._turn = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        self._turn += 1
        await self._workers[self._turn % len(self._workers)](scope, receive, send)


@pytest.fixture
async def two_workers(
    pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory, redis_url: str
) -> AsyncIterator[Attacked]:
    """A network in which gateway and BVD have two workers each, on one Redis, that take turns."""
    async with AsyncExitStack() as stack:
        pilot: Pilot = await start(
            stack,
            tmp_path_factory.mktemp("workers"),
            pilot_keys,
            changed=on_redis(redis_url),
        )
        for name, other in (await other_workers(stack, pilot)).items():
            first, host = pilot.network.services[name], pilot.places.host(name)
            pilot.doors[host].app = InTurns(first.front, other.front)
            pilot.doors[f"{host}/back"].app = InTurns(first.back, other.back)
        network = Attacked(pilot)
        stack.push_async_callback(network.close)
        yield network


@pytest.mark.clause("S18", "S19", "M9", "DV-ART-03")
async def test_of_all_that_comes_at_once_to_two_workers_each_counts_once(two_workers: Attacked) -> None:
    """A DV's request; its artifact, asked for by different questions; the same question; the artifact of an AD."""
    pilot = two_workers.pilot
    async with speaking_for(pilot, DIGID) as ad, Visitor(two_workers) as browser:
        body = form_of(browser.dv.signed(browser.dv.request()))
        url, headers = pilot.places.front(GATEWAY) + "/saml/sso", {"Content-Type": "application/x-www-form-urlencoded"}
        begun = await asyncio.gather(*(browser.http.post(url, content=body, headers=headers) for _ in range(6)))
        assert sorted(answer.status_code for answer in begun) == [303, 400, 400, 400, 400, 400]

        location = next(answer.headers["location"] for answer in begun if answer.status_code == 303)
        sent = await browser.asked(location)
        artifact = ad.declares(sent.request)
        back = await asyncio.gather(*(browser.come_back(ad.consumer, artifact, sent.relay_state) for _ in range(6)))
        assert len(ad.asked) == 1
        (answered,) = [answer for answer in back if answer.is_redirect]

        ours = httpx.URL(answered.headers["location"]).params["SAMLart"]
        told = await asyncio.gather(*(browser.resolved(ours) for _ in range(6)))
        assert sum(succeeded(each) for each in told) == 1

        question = browser.dv.resolve_message(make_artifact(entity_of(GATEWAY), 0, b"n" * 20))
        answers = await asyncio.gather(*(two_workers.soap(DV, browser.dv.location, question) for _ in range(6)))
        assert sum(b"RequestDenied" not in answer.content for answer in answers) == 1


@pytest.mark.clause("S18", "M9", "DV-ART-03")
async def test_a_bvds_declaration_asked_for_at_once_by_two_workers_is_made_once(two_workers: Attacked) -> None:
    pilot = two_workers.pilot
    async with speaking_for(pilot, DIGID) as ad, speaking_for(pilot, BVD) as bvd, Visitor(two_workers) as browser:
        to_ad = await browser.to_ad("other")
        identified = await browser.come_back(ad.consumer, ad.declares(to_ad.request), to_ad.relay_state)
        to_bvd = browser.sent_on(identified)
        artifact = bvd.declares(to_bvd.request)
        answers = await asyncio.gather(
            *(browser.come_back(bvd.consumer, artifact, to_bvd.relay_state) for _ in range(4))
        )
        ours = [
            httpx.URL(answer.headers["location"]).params["SAMLart"]
            for answer in answers
            if "SAMLart" in answer.headers.get("location", "")
        ]
        assert len(ours) == 1
        told = await asyncio.gather(*(browser.resolved(ours[0]) for _ in range(4)))
        assert sum(succeeded(each) for each in told) == 1
        assert len(bvd.asked) == 1
