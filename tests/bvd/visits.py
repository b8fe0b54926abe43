"""Visits to a BVD in one process: real messages, keys, catalogue, journal and store; its register is in a script."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bvd.choose import Choose
from bvd.choosing import Choosing, Choosings
from bvd.declaration import REPRESENTATION_TYPES
from bvd.evidence import Authorities
from bvd.issue import Issue
from bvd.naming import Misses
from bvd.query import Sources
from bvd.records import DECLARATION, Records
from bvd.request import RepresentationDoor, RepresentationRequest
from catalog.repository import Catalog
from catalog.services import Entries
from exchange.artifacts import Artifacts
from exchange.back_channel import ArtifactResolution
from exchange.party import Self
from runtime.database import Database
from runtime.handles import Handles
from runtime.journal import Entry, Journal
from runtime.sealing import Sealer
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import EntityId
from stelsel.saml import assertion as assertions
from stelsel.saml.artifact import Resolved, read_artifact_response, write_resolve
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import soap_wrap
from stelsel.subjects import COURT
from tests.bvd.relations import ANNA, a_bewind
from tests.bvd.scripted import KnownPeople, Scripted
from tests.catalog.factories import a_provider, a_service
from tests.exchange.factories import AD_CONSUMER, BVD_SSO, Reported, a_form
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    RD,
    SERVICE,
    a_request,
    a_resolve,
    an_assertion,
    an_encrypted_id,
    key_of,
    keys_of_all,
)

RESOLVE = "https://bvd.test/resolve"
HOUR_AGO = timedelta(hours=1)


class Visits:
    """The BVD between a router and a register."""

    def __init__(self, party: Self, database: Database, sealer: Sealer) -> None:
        self.party = party
        self._database = database
        self.reported = Reported()
        self.catalog = Catalog(database)
        self.journal = Journal(database, sealer, party.clock, "bvd")
        self.court = Scripted("rechtspraak", COURT, (a_bewind(),))
        sources = Sources(registers={"rechtspraak": self.court}, persons=KnownPeople())
        held = Artifacts(party.store, BVD, 0, 300)
        records = Records(self.journal)
        self.issue = Issue(party, held, self.catalog, sources, records, REPRESENTATION_TYPES, 3.0)
        self.door = RepresentationDoor(party, BVD_SSO, Authorities(frozenset({AD})), frozenset({RD}))
        self.choosings = Choosings(party.store, party.clock)
        self.handles = Handles(b"k" * 32)
        self.steps = Choose(
            self.choosings,
            self.catalog,
            sources,
            records,
            self.issue,
            Misses(party.store),
            self.handles,
            party.clock,
            3.0,
        )
        self.back = ArtifactResolution(party, RESOLVE, held, self.issue.declare, self.reported)

    async def close(self) -> None:
        """Lets go of the journal."""
        await self.journal.close()

    async def break_journal(self) -> None:
        """Takes the journal's table away."""
        async with self._database.session(writes=True) as session:
            await (await session.connection()).exec_driver_sql("DROP TABLE journal_entry")
            await session.commit()

    async def offers(self, **changes: Any) -> None:
        """Puts the DV's service into the catalogue."""
        oin = DV.oin
        assert oin is not None
        values = {"uuid": SERVICE, "provider": DV} | changes
        await self.catalog.store(Entries((a_provider(entity_id=DV, oin=oin),), (a_service(**values),)))

    def evidence(self, signer: EntityId = AD, **changes: Any) -> bytes:
        """The AD's assertion that Anna logged in at level high, unless changed."""
        values: dict[str, Any] = {
            "issue_instant": self.party.clock(),
            "recipient": AD_CONSUMER,
            "audiences": (RD, BVD),
            "confirm_until": self.party.clock() + timedelta(minutes=2),
            "not_before": self.party.clock() - timedelta(minutes=2),
            "not_on_or_after": self.party.clock() + timedelta(minutes=2),
            "context_class": LevelOfAssurance.HOOG.uri,
            "attributes": about(an_encrypted_id(DV, BVD, value=ANNA.value)),
        }
        return assertions.write(an_assertion(**values | changes), key_of(signer))

    async def receive(self, evidence: bytes | None = None, **changes: Any) -> RepresentationRequest:
        """What the door makes of the router's request with that evidence."""
        values: dict[str, Any] = {
            "issuer": RD,
            "destination": BVD_SSO,
            "acs_index": 1,
            "issue_instant": self.party.clock(),
            "idp_assertion": self.evidence() if evidence is None else evidence,
        }
        return await self.door.receive(a_form(a_request(**values | changes), relay_state="here"))

    async def begin(self, **changes: Any) -> str:
        """Where the browser goes after a router's request with evidence that is changed so."""
        return await self.steps.begin(await self.receive(self.evidence(**changes)), "a" * 32)

    async def visit(self, url: str) -> Choosing:
        """The visit whose page is at `url`."""
        handle = self.handles.read(url.rpartition("/")[2])
        assert handle is not None, url
        return await self.steps.find(handle.flow)

    async def chosen(self) -> str:
        """The router's address after Anna confirmed the only one she may choose."""
        url = await self.begin()
        await self.steps.show(await self.visit(url))
        await self.steps.confirm(await self.visit(url))
        leave_to = (await self.visit(url)).leave_to
        assert leave_to is not None
        return leave_to

    async def told(self, url: str) -> Resolved:
        """What the router finds behind the artifact in an address."""
        asked = a_resolve(
            issuer=RD,
            destination=RESOLVE,
            artifact=parse_qs(urlsplit(url).query)["SAMLart"][0],
            issue_instant=self.party.clock(),
        )
        body = soap_wrap(write_resolve(asked, key_of(RD)))
        return read_artifact_response(await self.back.resolve(body, key_of(RD).certificate), keys_of_all())

    async def recorded(self, kind: str = DECLARATION) -> tuple[Entry, ...]:
        """The records of a kind."""
        return await self.journal.entries(kind, self.party.clock() - HOUR_AGO)


def about(*acting: Any) -> tuple[Attribute, ...]:
    """Attributes of an AD's assertion."""
    return Attribute(urns.SERVICE_UUID, (SERVICE.value,)), Attribute(urns.ACTING_SUBJECT_ID, acting)
