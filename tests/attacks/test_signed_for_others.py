"""Answers that are genuine, and meant for somebody else, another login, another moment (S16, S19, S21, S27).

The AD or the BVD signs them with its own key: no signature is wrong here.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.artifact import make_artifact
from stelsel.saml.assertion import Attribute
from stelsel.saml.response import Status
from tests.attacks.doors import Verdict, outcome
from tests.attacks.parties import Attacked, Party, Visitor, sealed, service_of, speaking_for

NOBODY: Final = EntityId.of("DV", Oin("00000099000000099000"), 9001)
FAILED: Final = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication failed")
Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class At:
    """Where and when an answer is made."""

    network: Attacked

    def moment(self, seconds: float = 0) -> datetime:
        """Now, or so much later."""
        return self.network.pilot.clock() + timedelta(seconds=seconds)

    def url(self, path: str) -> str:
        """An address of the gateway."""
        return self.network.pilot.places.front(GATEWAY) + path


Make = Callable[[At], Parts]


def _assertion(**values: Any) -> Make:
    return _part("assertion", values)


def _response(**values: Any) -> Make:
    return _part("response", values)


def _answer(**values: Any) -> Make:
    return _part("answer", values)


def _part(part: str, values: dict[str, Any]) -> Make:
    return lambda at: {part: {name: value(at) if callable(value) else value for name, value in values.items()}}


def _moment(seconds: float) -> Callable[[At], datetime]:
    return lambda at: at.moment(seconds)


def _url(path: str) -> Callable[[At], str]:
    return lambda at: at.url(path)


# Just within the bounds: so the tests can fail.
IN_ORDER: Final[Mapping[str, Make]] = {
    "nothing-changed": lambda _: {},
    "a-clock-a-minute-ahead": _assertion(not_before=_moment(60), issue_instant=_moment(60)),
    "one-second-left": _assertion(confirm_until=_moment(1), not_on_or_after=_moment(1)),
    "five-minutes-old": _answer(issue_instant=_moment(-300)),
    "another-audience-beside-us": _assertion(audiences=(NOBODY, entity_of(GATEWAY))),
}
# By name: the threat, and what is changed before it is signed.
MISDIRECTED: Final[Mapping[str, tuple[str, Make]]] = {
    "audience-another": ("S16", _assertion(audiences=(NOBODY,))),
    "audience-the-dv": ("S16", _assertion(audiences=lambda at: (Party(at.network.pilot, "gemeente").entity,))),
    "recipient-another": ("S16", _assertion(recipient="https://evil.test/acs")),
    "recipient-in-capitals": ("S16", _assertion(recipient=lambda at: at.url("/saml/acs/ad").upper())),
    "recipient-with-a-query": ("S16", _assertion(recipient=_url("/saml/acs/ad?x=1"))),
    "recipient-our-sso": ("S16", _assertion(recipient=_url("/saml/sso"))),
    "assertion-for-another-request": ("S16", _assertion(in_response_to="_another")),
    "assertion-of-another-issuer": ("S16", _assertion(issuer=NOBODY)),
    "assertion-of-the-gateway-itself": ("S16", _assertion(issuer=entity_of(GATEWAY))),
    "assertion-over": ("S27", _assertion(not_on_or_after=_moment(0))),
    "confirmation-over": ("S27", _assertion(confirm_until=_moment(0))),
    "over-a-second-ago-within-the-skew": ("S27", _assertion(confirm_until=_moment(-1))),
    "not-yet": ("S27", _assertion(not_before=_moment(61))),
    "of-the-future": ("S27", _assertion(issue_instant=_moment(61))),
    "of-long-ago": ("S27", _assertion(issue_instant=_moment(-301))),
    "another-service": ("S16", _assertion(attributes=lambda at: other_service(at.network))),
    "no-service": ("S16", _assertion(attributes=lambda at: other_service(at.network)[1:])),
    "response-of-another-issuer": ("S21", _response(issuer=NOBODY)),
    "response-to-another-request": ("S16", _response(in_response_to="_another")),
    "response-to-nothing": ("S21", _response(in_response_to=None)),
    "response-for-another-address": ("S16", _response(destination="https://evil.test/acs")),
    "response-for-no-address": ("S16", _response(destination=None)),
    "failure-with-an-assertion": ("S16", _response(status=FAILED)),
    "success-without-an-assertion": ("S16", _response(assertion=None)),
    "success-below-a-failure": ("S16", _response(status=Status(urns.STATUS_REQUESTER, urns.STATUS_SUCCESS))),
    "answer-of-another-issuer": ("S21", _answer(issuer=NOBODY)),
    "answer-of-the-gateway-itself": ("S21", _answer(issuer=entity_of(GATEWAY))),
    "answer-to-another-question": ("S16", _answer(in_response_to="_another")),
    "answer-to-nothing": ("S16", _answer(in_response_to=None)),
    "answer-denied-with-a-response": ("S16", _answer(status=Status(urns.STATUS_REQUESTER))),
    "answer-of-long-ago": ("S27", _answer(issue_instant=_moment(-301))),
    "answer-of-the-future": ("S27", _answer(issue_instant=_moment(61))),
}


def other_service(network: Attacked) -> tuple[Attribute, ...]:
    """What is said about a service that was not asked for."""
    pilot = network.pilot
    acting = sealed(pilot, Party(pilot, "gemeente").entity)
    return (
        Attribute(urns.SERVICE_UUID, (service_of(pilot, "S2").value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (acting,)),
        Attribute(urns.LEGAL_SUBJECT_ID, (acting,)),
        Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",)),
    )


async def answered_by(network: Attacked, party: str, parts: Parts) -> Verdict:
    """What comes of an answer of AD or BVD with these changes."""
    pilot = network.pilot
    async with speaking_for(pilot, DIGID) as ad, speaking_for(pilot, BVD) as bvd, Visitor(network) as browser:
        if party == DIGID:
            sent = await browser.to_ad()
            artifact = ad.declares(sent.request, **parts)
            return await outcome(browser, await browser.come_back(ad.consumer, artifact, sent.relay_state))
        to_ad = await browser.to_ad("other")
        identified = await browser.come_back(ad.consumer, ad.declares(to_ad.request), to_ad.relay_state)
        sent = browser.sent_on(identified)
        artifact = bvd.declares(sent.request, **parts)
        return await outcome(browser, await browser.come_back(bvd.consumer, artifact, sent.relay_state))


@pytest.mark.parametrize("name", IN_ORDER)
@pytest.mark.parametrize("party", [DIGID, BVD])
async def test_an_answer_within_the_bounds_is_taken(attacked: Attacked, party: str, name: str) -> None:
    assert (await answered_by(attacked, party, IN_ORDER[name](At(attacked)))).taken


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.clause(threat)) for name, (threat, _) in MISDIRECTED.items()]
)
@pytest.mark.parametrize("party", [DIGID, BVD])
async def test_an_answer_for_somebody_else_or_another_moment_is_refused(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, party: str, name: str
) -> None:
    with caplog.at_level(logging.WARNING):
        verdict = await answered_by(attacked, party, MISDIRECTED[name][1](At(attacked)))
    assert not verdict.taken
    assert any(getattr(record, "refusal_clause", "") for record in caplog.records)


@pytest.mark.clause("S21", "S12")
async def test_a_bvd_does_not_sign_for_an_ad(attacked: Attacked) -> None:
    """IdP mix-up by a member: the BVD's own signature, in the AD's name and in its own."""
    pilot = attacked.pilot
    for changes in ({}, {"issuer": entity_of(BVD)}):
        async with speaking_for(pilot, DIGID) as ad, Visitor(attacked) as browser:
            sent = await browser.to_ad()
            artifact = ad.declares(sent.request, assertion=changes, signer=Party(pilot, BVD).key)
            answer = await browser.come_back(ad.consumer, artifact, sent.relay_state)
            assert not (await outcome(browser, answer)).taken


@pytest.mark.clause("S19", "S21")
async def test_an_artifact_of_another_party_is_sent_to_nobody(attacked: Attacked) -> None:
    """SourceID of the BVD, of the gateway, of nobody; and what is no artifact."""
    pilot = attacked.pilot
    foreign = [make_artifact(each, 0, b"h" * 20) for each in (entity_of(BVD), entity_of(GATEWAY), NOBODY)]
    foreign += [make_artifact(entity_of(DIGID), 9, b"h" * 20), "AAQ=", "x", "é", "A" * 5_000, foreign[0] + "\n"]
    async with speaking_for(pilot, DIGID) as ad, speaking_for(pilot, BVD) as bvd:
        for artifact in foreign:
            async with Visitor(attacked) as browser:
                sent = await browser.to_ad()
                answer = await browser.come_back(ad.consumer, artifact, sent.relay_state)
                assert not (await outcome(browser, answer)).taken, artifact[:60]
        assert (ad.asked, bvd.asked) == ([], [])
