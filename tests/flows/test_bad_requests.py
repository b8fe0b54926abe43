"""AuthnRequests that cannot be trusted, at the doors of gateway and BVD: a page with a code, and nothing stored."""

import base64
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, GATEWAY
from runtime.store_memory import MemoryStore
from stelsel.identifiers import EntityId
from tests.flows.pilots import Pilot
from tests.flows.speakers import Speaker, post_form

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY = EntityId("urn:nl-eid-gdi:1.0:DV:00000099000000099000:entities:9001")
Body = Callable[[Pilot], bytes]


def form(message: bytes) -> bytes:
    """The body that a browser posts."""
    return urlencode(post_form(message)).encode()


def by(change: Callable[[Pilot, Speaker], bytes]) -> Body:
    """What the municipality posts."""
    return lambda pilot: change(pilot, Speaker(pilot, "gemeente"))


def another_key(pilot: Pilot, dv: Speaker) -> bytes:
    return form(Speaker(pilot, "ziekenhuis").signed(dv.request()))


def changed_after_signing(pilot: Pilot, dv: Speaker) -> bytes:
    message = dv.signed(dv.request())
    assert b'AssertionConsumerServiceIndex="0"' in message
    return form(message.replace(b'AssertionConsumerServiceIndex="0"', b'AssertionConsumerServiceIndex="1"'))


def unsigned(pilot: Pilot, dv: Speaker) -> bytes:
    message = dv.signed(dv.request())
    start, end = message.index(b"<ds:Signature"), message.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return form(message[:start] + message[end:])


def with_a_dtd(pilot: Pilot, dv: Speaker) -> bytes:
    return form(b'<!DOCTYPE a [<!ENTITY b "c">]>' + dv.signed(dv.request()))


REFUSED: dict[str, tuple[Body, int, str]] = {
    "unknown issuer": (by(lambda _, dv: form(dv.signed(dv.request(issuer=NOBODY)))), 400, "DV-REQ-13"),
    "another's key": (by(another_key), 400, "GEN-16"),
    "changed after signing": (by(changed_after_signing), 400, "GEN-10"),
    "no signature": (by(unsigned), 400, "GEN-08"),
    "another address": (
        by(lambda _, dv: form(dv.signed(dv.request(destination="http://elders.localhost/saml/sso")))),
        400,
        "DV-REQ-02",
    ),
    "no address": (by(lambda _, dv: form(dv.signed(dv.request(destination=None)))), 400, "DV-REQ-02"),
    "six minutes old": (
        by(lambda pilot, dv: form(dv.signed(dv.request(issue_instant=pilot.clock() - timedelta(minutes=6))))),
        400,
        "GEN-22",
    ),
    "from the future": (
        by(lambda pilot, dv: form(dv.signed(dv.request(issue_instant=pilot.clock() + timedelta(seconds=61))))),
        400,
        "GEN-22",
    ),
    "unregistered index": (by(lambda _, dv: form(dv.signed(dv.request(acs_index=7)))), 400, "DV-REQ-04"),
    "no index": (by(lambda _, dv: form(dv.signed(dv.request(acs_index=None)))), 400, "DV-REQ-04"),
    "an address to answer to": (
        by(lambda _, dv: form(dv.signed(dv.request(acs_index=None, acs_url="http://kwaad.localhost/acs")))),
        400,
        "DV-REQ-05",
    ),
    "two ways to name a service": (by(lambda _, dv: form(dv.signed(dv.request(attribute_index=0)))), 400, "DV-REQ-06"),
    "a DTD": (by(with_a_dtd), 400, "ERR-09"),
    "no XML": (lambda _: form(b"<samlp:AuthnRequest"), 400, "ERR-09"),
    "another message": (lambda _: form(b"<a/>"), 400, "ERR-09"),
    "no base64": (lambda _: b"SAMLRequest=%21%21", 400, "ERR-09"),
    "nothing": (lambda _: b"", 400, "GEN-27"),
    "no message": (lambda _: b"RelayState=abc", 400, "GEN-27"),
    "twice": (by(lambda _, dv: form(dv.signed(dv.request())) + b"&SAMLRequest=abc"), 400, "ERR-09"),
    "long RelayState": (
        by(lambda _, dv: form(dv.signed(dv.request())) + b"&RelayState=" + b"a" * 81),
        400,
        "DV-REQ-25",
    ),
    "too much": (lambda _: b"SAMLRequest=" + base64.b64encode(b"a" * 400_000).replace(b"+", b"-"), 413, "ERR-09"),
    "too much XML": (
        by(lambda _, dv: form(b"<a>" + b"<b/>" * 40_000 + b"</a>")),
        413,
        "ERR-09",
    ),
}


@pytest.mark.clause(
    "ERR-09",
    "DV-REQ-02",
    "DV-REQ-04",
    "DV-REQ-05",
    "DV-REQ-06",
    "DV-REQ-13",
    "DV-REQ-25",
    "GEN-08",
    "GEN-10",
    "GEN-16",
    "GEN-22",
)
@pytest.mark.parametrize(("body", "http", "clause"), REFUSED.values(), ids=REFUSED.keys())
async def test_the_gateway_tells_the_user_and_nobody_else(
    scenarios: Pilot, caplog: pytest.LogCaptureFixture, body: Body, http: int, clause: str
) -> None:
    await refused_at(scenarios, caplog, GATEWAY, body(scenarios), http, clause)


@pytest.mark.clause("BVD-03", "GEN-16", "ERR-09")
@pytest.mark.parametrize(
    ("body", "http", "clause"),
    [
        # A DV's signature counts for nothing here, whatever it says: the BVD knows its encryption keys only.
        (by(lambda _, dv: form(dv.signed(dv.request()))), 400, "GEN-16"),
        (by(lambda pilot, dv: form(dv.signed(dv.request(destination=door_of(pilot, BVD))))), 400, "GEN-16"),
        REFUSED["unknown issuer"],
        REFUSED["no XML"],
        REFUSED["nothing"],
        REFUSED["too much"],
    ],
    ids=["of a DV for the gateway", "of a DV", "unknown issuer", "no XML", "nothing", "too much"],
)
async def test_the_bvd_tells_the_user_and_nobody_else(
    scenarios: Pilot, caplog: pytest.LogCaptureFixture, body: Body, http: int, clause: str
) -> None:
    await refused_at(scenarios, caplog, BVD, body(scenarios), http, clause)


@pytest.mark.clause("GEN-24", "DV-REQ-01")
async def test_a_request_counts_once(scenarios: Pilot, caplog: pytest.LogCaptureFixture) -> None:
    dv = Speaker(scenarios, "gemeente")
    body = form(dv.signed(dv.request()))
    first = await posted(scenarios, GATEWAY, body)
    assert (first.status_code, first.headers["location"].startswith("/login/")) == (303, True)
    await refused_at(scenarios, caplog, GATEWAY, body, 400, "GEN-24")


@pytest.mark.clause("GEN-24", "DV-REQ-04")
async def test_a_refused_request_does_not_use_up_its_id(scenarios: Pilot) -> None:
    dv = Speaker(scenarios, "gemeente")
    request = dv.request()
    wrong = form(dv.signed(replace(request, acs_index=7)))
    assert (await posted(scenarios, GATEWAY, wrong)).status_code == 400
    assert (await posted(scenarios, GATEWAY, form(dv.signed(request)))).status_code == 303


@pytest.mark.clause("GEN-27")
@pytest.mark.parametrize(
    ("party", "by_redirect"),
    [(GATEWAY, (400, "E1")), (BVD, (405, "E6"))],
    ids=["gateway, whose profiles may take a signed query", "bvd"],
)
async def test_a_request_comes_as_a_form_and_by_post_only(
    scenarios: Pilot, party: str, by_redirect: tuple[int, str]
) -> None:
    dv = Speaker(scenarios, "gemeente")
    message = dv.signed(dv.request())
    for content_type in ("text/xml", "multipart/form-data; boundary=a", "application/json", ""):
        is_the_page(await posted(scenarios, party, form(message), {"Content-Type": content_type}), 415)
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        answer = await client.get(door_of(scenarios, party), params=post_form(message))
    assert (answer.status_code, page_in(answer).name) == by_redirect


@pytest.mark.clause("ERR-09", "GEN-22", "DV-REQ-02")
@pytest.mark.parametrize(
    ("changes", "expected", "found"),
    [
        ({"destination": "http://elders.localhost/saml/sso"}, "http://", "http://elders.localhost/saml/sso"),
        ({"acs_index": 7}, "one of the metadata's: 0", "7"),
        ({"acs_index": None}, "an index", "none"),
    ],
)
async def test_the_log_says_whose_message_it_was_what_was_due_and_what_came(
    scenarios: Pilot, changes: dict[str, Any], expected: str, found: str
) -> None:
    dv = Speaker(scenarios, "gemeente")
    request = dv.request(**changes)
    facts = await facts_of(scenarios, form(dv.signed(request)))
    assert expected in facts["expected"]
    assert facts.get("found", "") == found
    assert (facts["message"], facts["message_id"], facts["issuer"]) == (
        "AuthnRequest",
        request.id,
        request.issuer.value,
    )
    assert (facts["signature"], facts["door"]) == ("verified", "/saml/sso")


@pytest.mark.clause("ERR-09", "GEN-10", "GEN-16")
@pytest.mark.parametrize(
    ("change", "why", "expected", "found"),
    [
        (another_key, "KeyInfo names no key of this sender", "KeyName", "KeyName"),
        (changed_after_signing, "the content was changed after signing", "digest", "digest"),
        (unsigned, "not signed", "", ""),
    ],
)
async def test_the_log_tells_apart_what_is_the_matter_with_a_signature(
    scenarios: Pilot, change: Callable[[Pilot, Speaker], bytes], why: str, expected: str, found: str
) -> None:
    dv = Speaker(scenarios, "gemeente")
    facts = await facts_of(scenarios, change(scenarios, dv))
    assert facts["why"].startswith(why)
    assert facts.get("expected", "").startswith(expected)
    assert facts.get("found", "").startswith(found)
    assert (facts["issuer"], facts["signature"]) == (dv.request().issuer.value, "unverified")


@pytest.mark.clause("GEN-22")
async def test_the_log_says_both_instants_and_how_far_they_are_apart(scenarios: Pilot) -> None:
    dv = Speaker(scenarios, "gemeente")
    now = scenarios.clock()
    facts = await facts_of(scenarios, form(dv.signed(dv.request(issue_instant=now - timedelta(minutes=6, seconds=5)))))
    assert facts["expected"] == "at most 5 min 00 s ago"
    assert f"{now - timedelta(minutes=6, seconds=5):%FT%TZ}, 6 min 05 s before {now:%FT%TZ}" in facts["found"]


async def facts_of(pilot: Pilot, body: bytes) -> Mapping[str, str]:
    """What the gateway's journal has of a refusal."""
    code = is_the_page(await posted(pilot, GATEWAY, body), 400)
    entry = await pilot.network.services[GATEWAY].assembly.journal.find(code)
    assert entry is not None
    return entry.facts


async def refused_at(
    pilot: Pilot, caplog: pytest.LogCaptureFixture, party: str, body: bytes, http: int, clause: str
) -> None:
    """The page in both languages with a code that leads to the clause, and no login begun."""
    service = pilot.network.services[party].assembly
    store = service.party.store
    assert isinstance(store, MemoryStore)
    before = len(store)
    with caplog.at_level(logging.WARNING):
        answer = await posted(pilot, party, body)
    code = is_the_page(answer, http)
    entry = await service.journal.find(code)
    assert entry is not None
    assert (entry.kind, entry.facts.get("clause", "")) == ("refusal", clause)
    if clause:
        assert {"rule", "expected", "found"} <= entry.facts.keys(), entry.facts
    logged = [record for record in caplog.records if getattr(record, "code", "") == code]
    assert [getattr(record, "refusal_clause", "") for record in logged] == [clause]
    assert len(store) == before


def is_the_page(answer: httpx.Response, http: int) -> str:
    """The code on page E1, which stands there in both languages and links to nowhere the message named."""
    assert answer.status_code == http
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    page = page_in(answer)
    assert page.name == "E1"
    said = " ".join(page.texts("//body"))
    assert "Inloggen kan nu niet" in said
    assert "You cannot log in now" in said
    assert b'="http' not in answer.content
    codes: set[str] = set(re.findall(r"Code ([0-9A-Z]{8})\b", said))
    assert len(codes) == 1
    return codes.pop()


def page_in(answer: httpx.Response) -> Page:
    """What the user reads."""
    return Page(str(answer.url), answer.status_code, answer.content)


def door_of(pilot: Pilot, party: str) -> str:
    """Where AuthnRequests go."""
    return pilot.places.front(party) + "/saml/sso"


async def posted(pilot: Pilot, party: str, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    """The answer to a form, as a browser that follows nothing sees it."""
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        return await client.post(door_of(pilot, party), content=body, headers=headers or FORM)
