"""A relying party off the shelf joins the running network: pysaml2 by itself, with keys and metadata of its own."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from lxml import html
from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.sigver import get_xmlsec_binary

from catalog.repository import Catalog
from metadata.entities import Entity
from pilot.browser import Browser, Form
from pilot.loopback import LoopbackTransport
from pilot.places import DIGID, GATEWAY, entity_of
from pilot.steps import next_press
from tests.flows.pilots import Pilot, start

ENTITY: Final = "https://balie.example/saml"
CONSUMER: Final = "http://balie.localhost:9/acs"
SERVICE: Final = "S1"


@pytest.fixture(scope="module")
async def network(pilot_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pilot]:
    """The scenarios today, for the library reads the clock of the machine."""
    async with AsyncExitStack() as stack:
        today = datetime.now(UTC).isoformat(timespec="seconds")
        yield await start(stack, tmp_path_factory.mktemp("joining"), pilot_keys, at=today)


def key_pair(folder: Path) -> dict[str, str]:
    """A key and a certificate that only its owner signed, as the settings of the library name them."""
    key = generate_private_key(65537, 2048)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(self_signed(key).public_bytes(serialization.Encoding.PEM))
    return {"key_file": str(folder / "key.pem"), "cert_file": str(folder / "cert.pem")}


def self_signed(key: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "balie")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return (
        builder.not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )


def settings(folder: Path, entity: str = ENTITY, **more: Any) -> SPConfig:
    """What a developer writes who knows the library alone."""
    pair = key_pair(folder)
    return SPConfig().load(
        {
            "entityid": entity,
            "xmlsec_binary": get_xmlsec_binary(),
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(CONSUMER, BINDING_HTTP_POST)]},
                    "authn_requests_signed": True,
                    "want_response_signed": True,
                    "want_assertions_signed": True,
                    "signing_algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                    "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                }
            },
            "encryption_keypairs": [pair],
            "allow_unknown_attributes": True,
            "accepted_time_diff": 60,
            **pair,
            **more,
        }
    )


def application(config: SPConfig, **changes: str | None) -> dict[str, str | None]:
    """What `pilot connect` sends for it."""
    return {"metadata": str(entity_descriptor(config)), "profile": "generic", "service": SERVICE, **changes}


@pytest.mark.clause("DV-REQ-01")
async def test_pysaml2_joins_a_running_network_and_logs_somebody_in(network: Pilot, tmp_path: Path) -> None:
    config = await asyncio.to_thread(settings, tmp_path)
    let_in, told = await network.running.connect(application(config))
    assert let_in, told
    assert (told["response"], told["profile"], told["back_channel"]) == ("post", "generic", None)
    assert told["gives_up"]
    assert told["consumers"] == [CONSUMER]
    assert datetime.fromisoformat(told["valid_until"]) > network.clock()
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False, timeout=20) as client:
        published = (await client.get(told["gateway"]["metadata_generic"])).text
    config.metadata = config.load_metadata({"inline": [published]})
    client_of = Saml2Client(config)
    (gateway,) = client_of.metadata.with_descriptor("idpsso")
    asked, request = client_of.prepare_for_authenticate(gateway, relay_state="hier", binding=BINDING_HTTP_POST)[:2]
    async with Browser() as browser:
        answer = await answered(network, browser, form_in(request["data"]))
    assert answer.fields["RelayState"] == "hier"
    posted = answer.fields["SAMLResponse"]
    read = await asyncio.to_thread(
        client_of.parse_authn_request_response, posted, BINDING_HTTP_POST, outstanding={asked: "/"}
    )
    assert network.bsn("F1") in f"{read.ava} {read.name_id}"
    assert network.bsn("F1").encode() not in base64.b64decode(posted)


async def test_who_hands_in_another_file_is_known_by_that_one(network: Pilot, tmp_path: Path) -> None:
    entity, moved = "https://moving.example/saml", "http://balie.localhost:9/moved"
    first = await asyncio.to_thread(settings, tmp_path, entity, encryption_keypairs=[])
    let_in, told = await network.running.connect(application(first))
    assert let_in, told
    (tmp_path / "new").mkdir()
    second = await asyncio.to_thread(settings, tmp_path / "new", entity)
    changed = str(entity_descriptor(second)).replace(CONSUMER, moved)
    let_in, again = await network.running.connect(application(second, metadata=changed))
    assert let_in, again
    assert (again["consumers"], again["service"]) == ([moved], told["service"])
    (known,) = [each for each in known_to_gateway(network) if each.entity_id.value == entity]
    assert [each.location for each in known.assertion_consumers] == [moved]
    assert [each.certificate for each in known.signing_keys] == [der_of(tmp_path / "new/cert.pem")]


def der_of(file: Path) -> bytes:
    return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(serialization.Encoding.DER)


def form_in(page: str) -> Form:
    """What the library would have the browser post."""
    document: Any = html.fromstring(page)
    (form,) = document.forms
    return Form(CONSUMER, str(form.action), "post", dict(form.form_values()), (), {}, ())


async def answered(network: Pilot, browser: Browser, form: Form) -> Form:
    """The form that would bring the consumer its answer, after a login."""
    page, walked = await browser.submit(form), list[str]()
    wish = network.wish("F1", SERVICE, level="substantieel")
    while not (arrived := [each for each in page.forms if each.action == CONSUMER]):
        press = next_press(page, wish, walked)
        assert press is not None, (page.name, page.status)
        walked.append(page.name)
        page = await browser.submit(press.form, press.button, press.fill)
    return arrived[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "oidc"}, "there is no profile oidc"),
        ({"service": "X9"}, "there is no service X9"),
        ({"trust": "no PEM"}, "--trust holds no certificates"),
        ({"response": "artifact"}, "MD-DV-04"),
        ({"profile": "st-saml"}, "MD-GEN-02"),
        ({"metadata": "<md/>"}, "MD-GEN-01"),
        ({"metadata": None}, "not the fields"),
    ],
    ids=str,
)
async def test_who_cannot_join_is_told_why_and_stays_a_stranger(
    network: Pilot, tmp_path: Path, changes: dict[str, str | None], told: str
) -> None:
    config = await asyncio.to_thread(settings, tmp_path, f"https://stranger.example/{abs(hash(told))}")
    let_in, answer = await network.running.connect(application(config, **changes))
    assert not let_in
    assert told in " ".join(answer["refused"])
    assert config.entityid not in {each.entity_id.value for each in known_to_gateway(network)}


async def test_nobody_joins_under_the_name_of_a_party_of_the_network(network: Pilot, tmp_path: Path) -> None:
    before = known_to_gateway(network)
    config = await asyncio.to_thread(settings, tmp_path, entity_of(DIGID).value)
    let_in, answer = await network.running.connect(application(config))
    assert not let_in
    assert entity_of(DIGID).value in " ".join(answer["refused"])
    assert known_to_gateway(network) == before


def client_metadata(**changes: object) -> str:
    """Of a client that knows a secret only."""
    whole = {"client_id": "stranger", "redirect_uris": ["https://stranger.example/cb"], "client_secret": "s" * 32}
    return json.dumps({**whole, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "generic"}, "there is no profile generic over OpenID Connect"),
        ({"profile": "nlgov"}, "client_secret: "),
        ({"service": "X9"}, "there is no service X9"),
        ({"trust": "no PEM"}, "--trust holds no certificates"),
        ({"response": "post"}, "--response is for SAML"),
        ({"interface": "other"}, "not the fields"),
        ({"metadata": "<md/>"}, "--oidc: "),
        ({"metadata": client_metadata(redirect_uris=[])}, "redirect_uris: "),
    ],
    ids=str,
)
async def test_a_client_that_cannot_join_is_told_which_key_is_wrong(
    network: Pilot, changes: dict[str, str | None], told: str
) -> None:
    asked = {"interface": "oidc", "metadata": client_metadata(), "profile": "compat", "service": SERVICE}
    let_in, answer = await network.running.connect({**asked, **changes})
    assert not let_in
    assert told in " ".join(answer["refused"])
    assert await Catalog(network.network.services[GATEWAY].assembly.database).client("stranger") is None


async def test_no_client_joins_under_the_name_of_another(network: Pilot) -> None:
    known = network.world.dvs[0].name
    catalog = Catalog(network.network.services[GATEWAY].assembly.database)
    before = await catalog.client(known)
    asked = {"interface": "oidc", "metadata": client_metadata(client_id=known), "profile": "compat", "service": SERVICE}
    let_in, answer = await network.running.connect(asked)
    assert not let_in
    assert answer["refused"] == [f"client_id: {known} is another client of this network"]
    assert before is not None
    assert await catalog.client(known) == before


async def test_a_client_that_joins_again_is_known_by_what_it_handed_in_last(network: Pilot) -> None:
    told = []
    for callback in ("https://moving.example/one", "https://moving.example/two"):
        asked = {"interface": "oidc", "profile": "compat", "service": SERVICE}
        asked["metadata"] = client_metadata(client_id="moving", redirect_uris=[callback])
        let_in, answer = await network.running.connect(asked)
        assert let_in, answer
        told.append(answer)
    assert told[0]["service"] == told[1]["service"]
    assert told[1]["service"]["scope"] == f"urn:uuid:{told[1]['service']['uuid']}"
    client = await Catalog(network.network.services[GATEWAY].assembly.database).client("moving")
    assert client is not None
    assert client.redirect_uris == ("https://moving.example/two",)


def known_to_gateway(network: Pilot) -> list[Entity]:
    """The parties that the gateway knows."""
    return list(network.network.services[GATEWAY].assembly.party.trust.entities(network.clock()))
