"""What gateway, BVD and DigiD publish in a running network, judged by our own check, the OASIS schema and xmlsec1."""

import asyncio

import httpx
import pytest

from metadata.certificates import Anchors
from metadata.check import check
from metadata.refresh import duration_seconds
from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY
from stelsel.saml.xml import parse
from tests.flows.pilots import Pilot
from tests.flows.speakers import ring_in
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies


@pytest.mark.parametrize(
    ("party", "path"),
    [
        pytest.param(
            GATEWAY, "/metadata", marks=pytest.mark.clause("MD-RD-01", "MD-RD-02", "MD-RD-03", "MD-RD-04", "MD-GEN-01")
        ),
        pytest.param(
            GATEWAY,
            "/metadata/sp",
            marks=pytest.mark.clause("MD-RS-01", "MD-RS-02", "MD-RS-03", "MD-RS-04", "MD-GEN-02"),
        ),
        pytest.param(BVD, "/metadata", marks=pytest.mark.clause("BVD-01", "MD-AD-01", "MD-AD-02", "MD-AD-03")),
        pytest.param(DIGID, "/metadata", marks=pytest.mark.clause("MD-AD-01", "MD-AD-03", "MD-AD-04")),
    ],
)
async def test_what_a_party_publishes_is_without_findings(scenarios: Pilot, party: str, path: str) -> None:
    pki, now = scenarios.network.prepared.pki, scenarios.clock()
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        served = (await client.get(scenarios.places.front(party) + path)).content
    anchors = await asyncio.to_thread(Anchors.from_pem, pki.anchors)
    assert check(served, now, anchors).lines() == ["no findings"]
    check_schema(served)
    signature = "/*/*[local-name()='Signature']"
    assert await asyncio.to_thread(xmlsec1_verifies, served, ring_in(pki.ring(party)).signing(now), signature)


@pytest.mark.parametrize(
    ("party", "path"),
    [
        (GATEWAY, "/metadata"),
        (GATEWAY, "/metadata?profile=generic"),
        (GATEWAY, "/metadata/sp"),
        (BVD, "/metadata"),
        (DIGID, "/metadata"),
        ("gemeente", "/metadata"),
    ],
)
async def test_metadata_is_cheap_to_ask_for_again_and_no_script_of_another_site_reads_it(
    scenarios: Pilot, party: str, path: str
) -> None:
    url = scenarios.places.front(party) + path
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        whole = await client.get(url, headers={"Origin": "https://elsewhere.example"})
        head = await client.head(url)
        again = await client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert whole.headers["content-type"] == "application/samlmetadata+xml"
    assert (head.status_code, head.content) == (200, b"")
    assert (again.status_code, again.content) == (304, b"")
    assert whole.headers["etag"] == head.headers["etag"] == again.headers["etag"]
    kept = int(whole.headers["cache-control"].removeprefix("public, max-age="))
    assert 0 <= kept <= (duration_seconds(parse(whole.content).get("cacheDuration") or "") or 0)
    assert not [name for name in whole.headers if name.startswith("access-control")]
