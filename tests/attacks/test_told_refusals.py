"""What is told of each rule that is broken at IdpAssertion and at the artifact doors: to the caller, the user, the log.

Logout has its table in `test_logout.py`, an AuthnRequest of a DV in `tests/flows/test_bad_requests.py`.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from exchange.artifacts import Artifacts
from pilot.browser import Page
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel import urns
from stelsel.identifiers import ServiceUuid
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request
from stelsel.saml.artifact import ArtifactResolve, make_artifact
from stelsel.saml.assertion import Attribute
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.ids import new_id
from stelsel.saml.rules.declarations import EVIDENCE_RULES
from stelsel.saml.rules.resolving import RESOLVE_RULES
from tests.attacks.doors import evidence, on_a_page, posted, request_to
from tests.attacks.mutations import unsigned
from tests.attacks.parties import DV, Answering, Attacked, Party, sealed, service_of
from tests.flows.speakers import SOAP

ACTING: Final = "999990019"
IMPOSSIBLE: Final = "123456789"  # fails the eleven test
OTHER_DV: Final = "ziekenhuis"
ELSEWHERE: Final = "https://elsewhere.example/saml/artifact"
NO_SERVICE: Final = ServiceUuid("0a1b2c3d-0000-4000-8000-000000000002")
ROUTER: Final = entity_of(GATEWAY)
Facts = Mapping[str, str]


async def kept(network: Attacked, party: str, caplog: pytest.LogCaptureFixture, code: str = "") -> Facts:
    """What the journal of `party` has of the one refusal since, under the code that the log has (and the page)."""
    lines = [record for record in caplog.records if hasattr(record, "refusal_failure")]
    assert len(lines) == 1, lines
    noted = getattr(lines[0], "code", "")
    assert code in ("", noted)
    entry = await network.pilot.network.services[party].assembly.journal.find(noted)
    assert entry is not None
    assert entry.kind == "refusal"
    assert getattr(lines[0], "refusal_clause", "") == entry.facts["clause"]
    assert {"rule", "expected", "found", "door"} <= entry.facts.keys(), entry.facts
    return entry.facts


# --- IdpAssertion


def evidence_of(network: Attacked, **changes: Any) -> bytes:
    """What DigiD declared, changed before it was signed."""
    pilot = network.pilot
    asked = AuthnRequest(
        id=new_id(),
        issue_instant=pilot.clock(),
        destination=None,
        issuer=ROUTER,
        intended_audience=Party(pilot, DV).entity,
        service=service_of(pilot),
        requester_ids=(entity_of(BVD),),
    )
    authority = Answering(Party(pilot, DIGID))
    return assertions.write(authority.assertion(asked, **changes), authority.party.key)


def about(network: Attacked, service: ServiceUuid | None = None, *more: Attribute, **acting: Any) -> dict[str, Any]:
    """The attributes of an AD's assertion; `readers` and `value` are those of ActingSubjectID."""
    pilot = network.pilot
    readers = acting.get("readers", (Party(pilot, DV).entity, entity_of(BVD)))
    name = sealed(pilot, *readers, value=acting.get("value", ACTING))
    named = Attribute(urns.SERVICE_UUID, ((service or service_of(pilot)).value,))
    return {"attributes": (named, Attribute(urns.ACTING_SUBJECT_ID, (name,)), *more)}


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that is wrong with what a router brings: the clause, and what of it the journal has as found."""

    clause: str
    found: str
    assertion: Callable[[Attacked], bytes] | None
    request: Callable[[Attacked], dict[str, Any]] = lambda _: {}


def changed(clause: str, found: str, change: Callable[[Attacked], dict[str, Any]]) -> Broken:
    """An assertion that DigiD signed so."""
    return Broken(clause, found, lambda network: evidence_of(network, **change(network)))


EVIDENCE: Final[dict[str, Broken]] = {
    "meant_for_us": changed("RD-ASR-01", ROUTER.value, lambda _: {"audiences": (ROUTER,)}),
    "brought_by_its_recipient": changed("DV-VAL-02", ELSEWHERE, lambda _: {"recipient": ELSEWHERE}),
    "in_time": changed("DV-VAL-03", "", lambda network: {"not_on_or_after": network.pilot.clock()}),
    "about_this_service": changed("BVD-04", NO_SERVICE.value, lambda network: about(network, NO_SERVICE)),
    "about_one_person": changed(
        "RD-ASR-09",
        "RepresentationType",
        lambda network: about(network, None, Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",))),
    ),
}
BESIDE: Final[dict[str, Broken]] = {
    "six minutes old": changed(
        "GEN-22", "", lambda network: {"issue_instant": network.pilot.clock() - timedelta(minutes=6)}
    ),
    "at no level": changed(
        "RD-ASR-03", urns.UNSPECIFIED_CONTEXT, lambda _: {"context_class": urns.UNSPECIFIED_CONTEXT}
    ),
    "encrypted for the DV alone": changed(
        "RD-ASR-06",
        "encrypted for",
        lambda network: about(network, readers=(Party(network.pilot, DV).entity,)),
    ),
    "a number that no BSN has": changed("R-REQ", "others", lambda network: about(network, value=IMPOSSIBLE)),
    "not signed": Broken("GEN-08", "", lambda network: unsigned(evidence_of(network))),
    "of the router itself": changed("GEN-16", "", lambda _: {"issuer": ROUTER}),
    "none": Broken("RD-REQ-05", "none", None),
    "for no service": Broken("RD-REQ-03", "IntendedAudience alone", evidence_of, lambda _: {"service": None}),
    "to an unknown consumer": Broken("DV-REQ-04", "7", evidence_of, lambda _: {"acs_index": 7}),
}


def test_every_rule_of_the_evidence_is_in_the_table() -> None:
    assert [rule.__name__ for rule in EVIDENCE_RULES] == list(EVIDENCE)


@pytest.mark.clause("ERR-09", "BVD-04", "RD-REQ-05", "RD-ASR-01", "RD-ASR-06", "RD-ASR-09")
@pytest.mark.parametrize("broken", (EVIDENCE | BESIDE).values(), ids=(EVIDENCE | BESIDE).keys())
async def test_a_router_that_brings_what_may_not_be_is_told_on_a_page_and_the_log_says_why(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, broken: Broken
) -> None:
    pilot = attacked.pilot
    brought = None if broken.assertion is None else broken.assertion(attacked)
    request = replace(
        request_to(pilot, BVD, GATEWAY, evidence(pilot)), idp_assertion=brought, **broken.request(attacked)
    )
    with caplog.at_level(logging.WARNING):
        answer = await posted(pilot, BVD, authn_request.write(request, Party(pilot, GATEWAY).key))
    assert answer.status_code == 400
    facts = await kept(attacked, BVD, caplog, on_a_page(answer))
    assert (facts["clause"], facts["door"]) == (broken.clause, "/saml/sso")
    assert broken.found in facts["found"]
    assert not any(number in str(facts) for number in (ACTING, IMPOSSIBLE))
    said = Page(str(answer.url), answer.status_code, answer.content).texts("//main")
    assert not any(broken.clause in each or "urn:" in each for each in said)


# --- the artifact doors


@dataclass(frozen=True, slots=True)
class Asking:
    """A door where artifacts are resolved: of `party`, for whom who asks is `asker`; `by_tls`: at the back channel."""

    party: str
    asker: str
    by_tls: bool = True

    def location(self, network: Attacked) -> str:
        """Its address."""
        places = network.pilot.places
        return (places.back(self.party) if self.by_tls else places.front(self.party)) + "/saml/artifact"

    def message(self, network: Attacked, signer: str = "", **changes: Any) -> bytes:
        """An ArtifactResolve for an artifact that nobody made, in order but for the changes."""
        asking = Party(network.pilot, self.asker)
        asked = ArtifactResolve(
            id=new_id(),
            issue_instant=network.pilot.clock(),
            destination=self.location(network),
            issuer=asking.entity,
            artifact=make_artifact(entity_of(self.party), 0, b"n" * 20),
        )
        return artifacts.write_resolve(replace(asked, **changes), Party(network.pilot, signer or self.asker).key)

    async def hears(self, network: Attacked, message: bytes, caller: str = "") -> httpx.Response:
        """The answer to `message`."""
        if self.by_tls:
            return await network.soap(caller or self.asker, self.location(network), message)
        async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
            return await client.post(self.location(network), content=message, headers=SOAP)


DENIED: Final = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_DENIED)
UNSUPPORTED: Final = (urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED)
NOTHING: Final = (urns.STATUS_SUCCESS, None)
DOORS: Final[dict[str, Asking]] = {"gateway": Asking(GATEWAY, DV), "bvd": Asking(BVD, GATEWAY)}
IN_FRONT: Final = Asking(GATEWAY, DV, by_tls=False)
Said = Callable[[Asking, Attacked], bytes]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A message in SOAP that is refused: what its sender hears, and what the journal has."""

    status: tuple[str, str | None]
    clause: str
    found: str
    said: Said
    caller: str = ""


def soap(**changes: Any) -> Said:
    """An ArtifactResolve in SOAP, signed so."""
    return lambda door, network: soap_wrap(door.message(network, **changes))


RESOLVES: Final[dict[str, Wrong]] = {
    "meant_for_us": Wrong(DENIED, "DV-RSV-02", ELSEWHERE, soap(destination=ELSEWHERE)),
    "fresh": Wrong(
        DENIED,
        "GEN-22",
        "by the receiver's clock",
        lambda door, network: soap_wrap(
            door.message(network, issue_instant=network.pilot.clock() - timedelta(minutes=6))
        ),
    ),
}
BESIDES: Final[dict[str, Wrong]] = {
    "by another's key": Wrong(DENIED, "GEN-16", "", soap(signer=OTHER_DV)),
    "over another's connection": Wrong(DENIED, "GEN-21", "", soap(), caller=DIGID),
    "not signed": Wrong(DENIED, "GEN-08", "", lambda door, network: soap_wrap(unsigned(door.message(network)))),
    "another message": Wrong(UNSUPPORTED, "ERR-09", "", lambda *_: soap_wrap(b"<a/>")),
    "no SOAP": Wrong(UNSUPPORTED, "ERR-09", "", lambda door, network: door.message(network)),
    "an artifact that nobody made": Wrong(NOTHING, "DV-ARR-04", "none that waits", soap()),
    "no artifact": Wrong(NOTHING, "DV-ART-05", "", soap(artifact="bm8gYXJ0aWZhY3Q=")),
}


def test_every_rule_of_resolving_is_in_the_table() -> None:
    assert [rule.__name__ for rule in RESOLVE_RULES] == list(RESOLVES)


def status_in(network: Attacked, door: Asking, answer: httpx.Response) -> tuple[str, str | None]:
    """What the signed answer says."""
    assert answer.status_code == 200
    keys = network.pilot.network.services[door.party].assembly.party.keys
    told = artifacts.read_artifact_response(answer.content, lambda _: keys.published(network.pilot.clock()).signing)
    assert told.response is None
    return told.answer.status.code, told.answer.status.sub


@pytest.mark.clause("ERR-09", "DV-ARR-03", "DV-ARR-04", "DV-RSV-02", "GEN-08", "GEN-16", "GEN-21", "GEN-22")
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
@pytest.mark.parametrize("wrong", (RESOLVES | BESIDES).values(), ids=(RESOLVES | BESIDES).keys())
async def test_who_asks_wrongly_hears_a_status_and_the_log_says_why(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, wrong: Wrong, door: Asking
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await door.hears(attacked, wrong.said(door, attacked), wrong.caller)
    assert status_in(attacked, door, answer) == wrong.status
    facts = await kept(attacked, door.party, caplog)
    assert (facts["clause"], facts["door"]) == (wrong.clause, "/saml/artifact")
    assert wrong.found in facts["found"]


@pytest.mark.clause("DV-ARR-04", "S19", "GEN-24")
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
async def test_an_artifact_of_another_and_a_message_that_came_before_are_in_the_log_as_what_they_are(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, door: Asking
) -> None:
    party = attacked.pilot.network.services[door.party].assembly.party
    theirs = await Artifacts(party.store, party.entity_id, 0, 60).issue(Party(attacked.pilot, OTHER_DV).entity, "{}")
    message = soap_wrap(door.message(attacked, artifact=theirs))
    for status, clause, failure in ((NOTHING, "DV-ARR-04", "ArtifactUnknown"), (DENIED, "GEN-24", "MessageReplayed")):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            answer = await door.hears(attacked, message)
        assert status_in(attacked, door, answer) == status
        facts = await kept(attacked, door.party, caplog)
        assert (facts["clause"], facts["failure"]) == (clause, failure)


@pytest.mark.clause("GEN-20", "GEN-21", "ERR-09")
@pytest.mark.parametrize(
    ("door", "said", "caller", "http", "clause"),
    [
        (DOORS["gateway"], soap(), "brp", 403, "GEN-21"),
        (DOORS["bvd"], soap(), "brp", 403, "GEN-21"),
        (IN_FRONT, soap(signer=OTHER_DV), "", 400, "GEN-16"),
        (IN_FRONT, BESIDES["not signed"].said, "", 400, "GEN-08"),
        (IN_FRONT, BESIDES["no SOAP"].said, "", 400, "ERR-09"),
    ],
    ids=["no party of the gateway", "no party of the BVD", "another's key", "not signed", "no SOAP"],
)
async def test_who_is_nobody_we_know_hears_a_code_and_no_more(
    attacked: Attacked,
    caplog: pytest.LogCaptureFixture,
    door: Asking,
    said: Said,
    caller: str,
    http: int,
    clause: str,
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await door.hears(attacked, said(door, attacked), caller)
    assert answer.status_code == http
    assert set(answer.json()) == {"type", "title", "status", "code"}
    assert (await kept(attacked, door.party, caplog, answer.json()["code"]))["clause"] == clause


@pytest.mark.clause("GEN-20")
async def test_a_dv_that_should_show_a_certificate_and_does_not_is_denied_what_it_signed_for(
    attacked: Attacked, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await IN_FRONT.hears(attacked, soap_wrap(IN_FRONT.message(attacked)))
    assert status_in(attacked, IN_FRONT, answer) == DENIED
    assert (await kept(attacked, GATEWAY, caplog))["clause"] == "GEN-20"
