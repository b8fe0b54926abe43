"""Documents and lists are fetched again in the background; what is wrong with one leaves the last good one."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from starlette.responses import RedirectResponse, Response

from metadata.certificates import Anchors, Certificate
from metadata.parties import Parties
from metadata.refresh import Refresh, duration_seconds
from metadata.repository import Sources
from metadata.settings import MetadataSettings
from metadata.trust import TrustStore
from pilot.pki import Authority
from runtime.database import Database
from runtime.http import HttpClient
from runtime.offload import Offload
from stelsel.failures import MessageRefused, PartyUnavailable, UnknownIssuer
from tests.conftest import SettableClock
from tests.metadata.factories import NOW, OINS, Network, a_certificate, a_key, a_list
from tests.metadata.sites import Site, a_site


class Desk:
    """A service's database with a refresh, its clock at NOW, and a web site that it fetches from."""

    def __init__(self, database: Database, anchors: Anchors, site: Site, *, loopback: bool = True) -> None:
        self.clock = SettableClock(NOW)
        self.site = site
        self.anchors = anchors
        self.offload = Offload()
        self.parties = Parties(database, self.offload)
        self.sources = Sources(database)
        self.http = HttpClient(None, loopback, plain=True)
        settings = MetadataSettings(fetch_seconds=1.0, document_bytes=200_000, list_bytes=20_000)
        self.refresh = Refresh(
            self.parties, self.sources, self.http, anchors, self.clock, self.offload, settings, loopback=loopback
        )

    async def import_from(self, path: str) -> None:
        """As the command does."""
        url = self.site.url(path)
        await self.refresh.take(await self.refresh.fetch(url), url=url)

    async def later(self, **duration: float) -> None:
        """What is due after that time is fetched."""
        self.clock.advance(**duration)
        await self.refresh.once()

    async def errors(self) -> list[str]:
        """What went wrong the last time, by source."""
        return [each.error for each in (*await self.sources.documents(), *await self.sources.lists())]

    async def store(self) -> TrustStore:
        """What a service has that loads now."""
        store = TrustStore()
        loaded = await self.parties.load(self.clock())
        store.load(loaded, 1, await self.parties.revocations(self.anchors))
        return store


@pytest.fixture
async def desk(database: Database, anchors: Anchors) -> AsyncIterator[Desk]:
    """One that may ask this machine."""
    async with a_site() as site:
        desk = Desk(database, anchors, site)
        yield desk
        await desk.http.close()
        desk.offload.close()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H", 3600), ("P1DT1S", 86_401), ("PT0.5S", 0), ("P", None), ("PT", 0), ("-P1D", None), ("1h", None)],
)
def test_a_duration_is_read_as_the_schema_has_it(text: str, seconds: int | None) -> None:
    assert (duration_seconds(text) or 0) == (seconds or 0)


async def test_a_new_document_is_taken_without_anybody_asking(desk: Desk, network: Network) -> None:
    desk.site.pages["/dv"] = network.written(network.provider(services=()))
    await desk.import_from("/dv")
    desk.site.pages["/dv"] = network.written(network.provider())
    await desk.later(minutes=4)
    assert (await desk.parties.load(NOW))[0].services == ()
    await desk.later(hours=1)
    assert await desk.parties.load(NOW) == (network.provider(),)
    assert await desk.errors() == [""]


@pytest.mark.clause("MD-GEN-03")
async def test_the_last_good_document_is_kept_until_it_ends_and_no_longer(desk: Desk, network: Network) -> None:
    dv = network.provider(valid_until=NOW + timedelta(days=2))
    desk.site.pages["/dv"] = network.written(dv)
    await desk.import_from("/dv")
    desk.site.pages["/dv"] = Response(status_code=503)
    await desk.later(days=1)
    assert await desk.errors() == ["answered 503"]
    assert (await desk.store()).find(dv.entity_id, desk.clock()) == dv
    store = await desk.store()
    await desk.later(days=1)
    with pytest.raises(UnknownIssuer) as refused:
        store.find(dv.entity_id, desk.clock())
    assert refused.value.broken_clause == "MD-GEN-03"


@pytest.mark.clause("MD-GEN-01")
async def test_a_source_that_gives_anothers_document_changes_nothing(desk: Desk, network: Network) -> None:
    desk.site.pages["/dv"] = network.written(network.provider())
    await desk.import_from("/dv")
    desk.site.pages["/dv"] = network.written(network.bvd())
    await desk.later(hours=2)
    assert await desk.errors() == ["MD-GEN-01 of another publisher"]
    assert await desk.parties.load(NOW) == (network.provider(),)


async def test_of_several_processes_one_fetches(desk: Desk, network: Network, database: Database) -> None:
    desk.site.pages["/dv"] = network.written(network.provider())
    await desk.import_from("/dv")
    due = NOW + timedelta(hours=2)
    lease = timedelta(minutes=1)
    assert await desk.sources.claim_document(due, lease) is not None
    assert await Sources(database).claim_document(due, lease) is None
    assert await Sources(database).claim_document(due + lease, lease) is not None


@pytest.mark.clause("GEN-12")
async def test_a_later_list_takes_a_key_out_of_a_running_service(desk: Desk, network: Network) -> None:
    issuing = network.pki.issuing
    der = a_certificate(network, OINS["gemeente"], points=(desk.site.url("/crl"),))
    dv = network.provider(signing_keys=(*network.provider().signing_keys, a_key(der)))
    desk.site.pages |= {"/crl": a_list(issuing), "/dv": network.written(dv)}
    await desk.import_from("/dv")
    assert len((await desk.store()).find(dv.entity_id, NOW).signing_keys) == len(dv.signing_keys)
    desk.site.pages["/crl"] = a_list(issuing, Certificate.read(der).parsed.serial_number, first=NOW)
    before = await desk.parties.revision()
    await desk.later(hours=2)
    assert await desk.parties.revision() != before
    left = (await desk.store()).find(dv.entity_id, desk.clock()).signing_keys
    assert a_key(der) not in left
    assert len(left) == len(dv.signing_keys) - 1


@pytest.mark.clause("GEN-12")
async def test_a_key_on_the_list_is_refused_at_import(desk: Desk, network: Network) -> None:
    der = a_certificate(network, OINS["gemeente"], points=(desk.site.url("/crl"),))
    dv = network.provider(signing_keys=(*network.provider().signing_keys, a_key(der)))
    desk.site.pages["/crl"] = a_list(network.pki.issuing, Certificate.read(der).parsed.serial_number)
    with pytest.raises(MessageRefused, match="certificate: revoked"):
        await desk.refresh.take(network.written(dv))


@pytest.mark.clause("GEN-12")
@pytest.mark.parametrize("what", ["nothing", "too much", "ended", "of nobody", "a redirect"])
async def test_without_a_list_that_holds_nothing_is_determined(desk: Desk, network: Network, what: str) -> None:
    issuing = network.pki.issuing
    der = a_certificate(network, OINS["gemeente"], points=(desk.site.url("/crl"),))
    dv = network.provider(signing_keys=(*network.provider().signing_keys, a_key(der)))
    desk.site.pages["/good"] = a_list(issuing)
    pages: dict[str, bytes | Response] = {
        "nothing": Response(status_code=404),
        "too much": a_list(issuing, *range(1, 1_000)),
        "ended": a_list(issuing, until=NOW - timedelta(seconds=1)),
        "of nobody": a_list(issuing)[:-1] + b"x",
        "a redirect": RedirectResponse(desk.site.url("/good")),
    }
    desk.site.pages["/crl"] = pages[what]
    with pytest.raises(MessageRefused, match="cannot be determined"):
        await desk.refresh.take(network.written(dv))
    assert "/good" not in desk.site.sent


@pytest.mark.clause("GEN-12")
async def test_an_older_list_does_not_bring_a_revoked_key_back(desk: Desk, network: Network) -> None:
    issuing = network.pki.issuing
    der = a_certificate(network, OINS["gemeente"], points=(desk.site.url("/crl"),))
    serial = Certificate.read(der).parsed.serial_number
    desk.site.pages["/crl"] = a_list(issuing, serial)
    await desk.refresh.take(network.written(network.bvd()))
    with pytest.raises(MessageRefused):
        await desk.refresh.take(network.written(network.provider(signing_keys=(a_key(der),))))
    desk.site.pages["/crl"] = a_list(issuing, until=NOW + timedelta(days=1))
    await desk.later(hours=2)
    assert await desk.errors() == ["", "an older list than the one we have"]
    revocations = await desk.parties.revocations(desk.anchors)
    assert revocations.end_of(Certificate.read(der)) is not None


@pytest.mark.parametrize(
    "answer",
    [
        RedirectResponse("http://site.localhost:1/secret"),
        Response(b"x" * 200_001),
        Response(status_code=500),
    ],
    ids=["a redirect", "too large", "a failure"],
)
async def test_an_answer_that_is_no_document_is_none(desk: Desk, answer: Response) -> None:
    desk.site.pages["/dv"] = answer
    with pytest.raises(PartyUnavailable):
        await desk.refresh.fetch(desk.site.url("/dv"))


@pytest.mark.parametrize(
    "url", ["http://dv.example/metadata", "file:///etc/passwd", "https://user@dv.example/", "ftp://dv.example/", ""]
)
async def test_only_https_addresses_are_fetched(desk: Desk, url: str) -> None:
    with pytest.raises(MessageRefused):
        await desk.refresh.fetch(url)


async def test_outside_a_pilot_this_machine_is_never_asked(
    database: Database, anchors: Anchors, network: Network
) -> None:
    async with a_site() as site:
        desk = Desk(database, anchors, site, loopback=False)
        site.pages["/crl"] = a_list(network.pki.issuing)
        der = a_certificate(network, OINS["gemeente"], points=(site.url("/crl"),))
        with pytest.raises(MessageRefused):
            await desk.refresh.fetch(site.url("/crl"))
        with pytest.raises(MessageRefused, match="cannot be determined"):
            await desk.refresh.take(network.written(network.provider(signing_keys=(a_key(der),))))
        assert site.sent == []
        desk.offload.close()
        await desk.http.close()


async def test_a_certificate_that_chains_to_nobody_makes_us_ask_nobody(desk: Desk, network: Network) -> None:
    stranger = Authority(network.pki.issuing.certificate, generate_private_key(65537, 2048))
    der = a_certificate(network, OINS["gemeente"], points=(desk.site.url("/crl"),), issuer=stranger)
    dv = network.provider(signing_keys=(*network.provider().signing_keys, a_key(der)))
    with pytest.raises(MessageRefused, match="no authority that we trust"):
        await desk.refresh.take(network.written(dv))
    assert desk.site.sent == []
