"""Attacks on the doors between parties, over real HTTP and mutual TLS: who may resolve what (S18 to S20)."""

import ssl
from collections.abc import AsyncIterator

import pytest

from exchange.artifacts import Artifacts
from exchange.back_channel import ArtifactResolution, Enclose
from exchange.party import Self
from exchange.respond import Reply, write_failure
from exchange.routes import artifact_route
from exchange.service import application
from exchange.statuses import status_of
from gateway import pages
from metadata.entities import Entity
from metadata.keys import KeyRing, KeyUse
from metadata.trust import TrustStore
from pilot.pki import Holder, Pki, make_pki
from runtime.database import Database
from runtime.http import Answer, HttpClient
from runtime.journal import Journal
from runtime.offload import Offload
from runtime.reports import Reports
from runtime.sealing import Sealer
from runtime.serving import Listener, serving
from runtime.tls import client_context, server_context
from runtime.web.frame import Frame, Site
from stelsel import urns
from stelsel.failures import Cancelled, PartyUnavailable
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.artifact import Resolved, read_artifact_response, write_resolve
from stelsel.saml.bindings import soap_wrap
from tests.conftest import AN_HOUR_OF_TESTING, SettableClock
from tests.exchange.conftest import offload
from tests.exchange.factories import an_old_store
from tests.stelsel.saml.factories import a_resolve

__all__ = ["offload"]

PATH = "/saml/artifact"
OINS = {
    "dv": Oin("00000009999999999011"),
    "thief": Oin("00000009999999999012"),
    "rd": Oin("00000009999999999013"),
    "stranger": Oin("00000009999999999014"),
}
NAMES = {name: EntityId.of("RD" if name == "rd" else "DV", oin, 9000) for name, oin in OINS.items()}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Keys of the router and three DVs; the stranger is in nobody's metadata."""
    made = make_pki(tmp_path_factory.mktemp("pki"), AN_HOUR_OF_TESTING)
    uses: tuple[KeyUse, ...] = ("signing", "tls")
    made.issue_all(Holder(name=name, oin=oin, organisation=name, uses=uses) for name, oin in OINS.items())
    return made


class Door:
    """The RD's back channel on a port, and whoever knocks."""

    def __init__(self, pki: Pki, port: int, held: Artifacts, party: Self) -> None:
        self._pki = pki
        self._url = f"https://localhost:{port}{PATH}"
        self._party = party
        self.held = held

    async def knock(self, tls: ssl.SSLContext | None, body: bytes, content_type: str = "text/xml") -> Answer:
        """The answer to `body` over a connection of that party."""
        client = HttpClient(tls, loopback=True)
        try:
            return await client.send(
                "POST",
                self._url,
                content=body,
                headers={"Content-Type": content_type, "X-SSL-Client-Cert": "dv"},
                deadline_seconds=5,
                max_bytes=100_000,
            )
        finally:
            await client.close()

    def connection(self, name: str) -> ssl.SSLContext:
        """TLS as that party."""
        ring = KeyRing.from_folder(self._pki.ring(name))
        return client_context(self._pki.anchors, ring.tls(AN_HOUR_OF_TESTING))

    def question(self, artifact: str, issuer: str = "dv", signer: str | None = None) -> bytes:
        """An ArtifactResolve in SOAP."""
        key = KeyRing.from_folder(self._pki.ring(signer or issuer)).signing(AN_HOUR_OF_TESTING)
        message = a_resolve(
            issuer=NAMES[issuer], artifact=artifact, destination=None, issue_instant=self._party.clock()
        )
        return soap_wrap(write_resolve(message, key))

    def read(self, answer: Answer) -> Resolved:
        """What it says, its signature checked."""
        return read_artifact_response(answer.content, self._party.trust.keys_of(AN_HOUR_OF_TESTING))


@pytest.fixture
async def door(
    pki: Pki, clock: SettableClock, sealer: Sealer, offload: Offload, sqlite_url: str
) -> AsyncIterator[Door]:
    """The RD's, with every check that a service has."""

    def entity(name: str) -> Entity:
        published = KeyRing.from_folder(pki.ring(name)).published(AN_HOUR_OF_TESTING)
        return Entity(entity_id=NAMES[name], signing_keys=published.signing)

    ring = KeyRing.from_folder(pki.ring("rd"))
    party = Self(
        entity_id=NAMES["rd"],
        keys=ring,
        trust=TrustStore(entity(name) for name in ("dv", "thief", "rd")),
        store=an_old_store(clock, sealer),
        offload=offload,
        clock=clock,
    )
    held = Artifacts(party.store, party.entity_id, 0, 60)

    async def answer(pending: str, requester: Entity, enclose: Enclose) -> bytes:
        reply = Reply(party.entity_id, pending, "https://dv.test/acs", clock())
        return enclose(write_failure(reply, status_of(Cancelled())))

    database = Database(sqlite_url)
    journal = Journal(database, sealer, clock, "rd")
    report = Reports(journal, {})

    async def frame(_: object) -> Frame:
        return Frame(language="nl")

    look = pages.look_of(Site(operator="RD", help_url="", pilot=True))
    resolution = ArtifactResolution(party, "https://rd.test/saml/artifact", held, answer, report)
    app = application([artifact_route(PATH, resolution, report)], look, report, frame, https=True, for_programs=True)
    tls = server_context(ring.tls(AN_HOUR_OF_TESTING), pki.anchors)
    async with serving(Listener(app=app, port=0, tls=tls)) as (port,):
        yield Door(pki, port, held, party)
    await journal.close()
    await database.close()


@pytest.mark.clause("DV-RSV-05", "GEN-20", "GEN-21")
async def test_the_owner_gets_its_answer_over_its_own_connection(door: Door) -> None:
    artifact = await door.held.issue(NAMES["dv"], "_login")
    told = door.read(await door.knock(door.connection("dv"), door.question(artifact)))
    assert told.response is not None
    assert told.response.in_response_to == "_login"


@pytest.mark.clause("S19", "DV-ARR-04")
async def test_a_stolen_artifact_gives_the_thief_nothing_and_its_owner_everything(door: Door) -> None:
    artifact = await door.held.issue(NAMES["dv"], "_login")
    stolen = door.read(await door.knock(door.connection("thief"), door.question(artifact, "thief")))
    assert (stolen.answer.status.code, stolen.response) == (urns.STATUS_SUCCESS, None)
    assert door.read(await door.knock(door.connection("dv"), door.question(artifact))).response is not None


@pytest.mark.clause("S20", "GEN-21")
async def test_a_message_of_the_owner_over_the_thiefs_connection_is_denied(door: Door) -> None:
    artifact = await door.held.issue(NAMES["dv"], "_login")
    told = door.read(await door.knock(door.connection("thief"), door.question(artifact)))
    assert (told.answer.status.sub, told.response) == (urns.STATUS_REQUEST_DENIED, None)


@pytest.mark.clause("S20", "GEN-10")
async def test_the_owners_name_over_the_thiefs_key_is_denied(door: Door) -> None:
    artifact = await door.held.issue(NAMES["dv"], "_login")
    told = door.read(await door.knock(door.connection("thief"), door.question(artifact, "dv", signer="thief")))
    assert (told.answer.status.sub, told.response) == (urns.STATUS_REQUEST_DENIED, None)


@pytest.mark.clause("S20", "GEN-20", "DV-RSV-05")
async def test_who_shows_no_certificate_is_not_let_in(door: Door, pki: Pki) -> None:
    with pytest.raises(PartyUnavailable):
        await door.knock(client_context(pki.anchors), door.question("no artifact"))


@pytest.mark.clause("S20", "GEN-21")
async def test_a_good_certificate_of_nobody_we_know_hears_a_code_and_no_more(door: Door) -> None:
    artifact = await door.held.issue(NAMES["dv"], "_login")
    answer = await door.knock(door.connection("stranger"), door.question(artifact))
    assert answer.status == 403
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert b"certificate" not in answer.content
    assert door.read(await door.knock(door.connection("dv"), door.question(artifact))).response is not None


@pytest.mark.clause("DV-RSV-05", "P7")
async def test_what_is_no_soap_or_too_large_is_not_read(door: Door) -> None:
    assert (await door.knock(door.connection("dv"), b"{}", "application/json")).status == 415
    assert (await door.knock(door.connection("dv"), b"x" * (64 * 1024 + 1))).status == 413


@pytest.mark.clause("S18", "GEN-24")
async def test_the_same_question_twice_is_denied(door: Door) -> None:
    question = door.question(await door.held.issue(NAMES["dv"], "_login"))
    assert door.read(await door.knock(door.connection("dv"), question)).response is not None
    assert door.read(await door.knock(door.connection("dv"), question)).answer.status.sub == urns.STATUS_REQUEST_DENIED
