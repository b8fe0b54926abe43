"""The pilot network's own PKI: PKIoverheid's shape, good for both clocks, keys readable by their owner only."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from metadata.certificates import Anchors, Certificate, read_pem
from metadata.keys import KeyRing
from pilot.pki import Holder, Pki, make_pki
from runtime.tls import client_context, server_context
from stelsel.identifiers import Oin

OIN = Oin("00000004000000010000")
PILOT = datetime(2026, 3, 10, 11, tzinfo=UTC)
SYSTEM = datetime(2027, 9, 1, tzinfo=UTC)
HOLDER = Holder(name="gemeente", oin=OIN, organisation="Gemeente Voorbeeld")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """With one party."""
    made = make_pki(tmp_path_factory.mktemp("pki"), PILOT, clock=lambda: SYSTEM)
    made.issue_all([HOLDER])
    return made


def leaf(pki: Pki, use: str) -> Certificate:
    return read_pem((pki.ring("gemeente") / f"{use}-1.pem").read_bytes())[0]


@pytest.mark.clause("GEN-13", "MD-GEN-02")
def test_certificates_bear_organisation_and_oin(pki: Pki) -> None:
    for use in ("signing", "encryption", "tls"):
        certificate = leaf(pki, use)
        assert certificate.oin == OIN
        (organisation,) = certificate.parsed.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert organisation.value == "Gemeente Voorbeeld"


@pytest.mark.clause("GEN-12")
def test_certificates_hold_by_the_pilots_clock_and_by_the_systems(pki: Pki) -> None:
    anchors = Anchors.from_pem(pki.anchors)
    for use in ("signing", "encryption", "tls"):
        assert anchors.vouch_for(leaf(pki, use), PILOT)
        assert anchors.vouch_for(leaf(pki, use), SYSTEM + timedelta(days=365))
        assert not anchors.vouch_for(leaf(pki, use), PILOT - timedelta(days=2))


@pytest.mark.clause("GEN-13")
def test_each_certificate_is_for_its_own_use(pki: Pki) -> None:
    assert not list(leaf(pki, "signing").weaknesses("signing"))
    assert not list(leaf(pki, "encryption").weaknesses("encryption"))
    assert list(leaf(pki, "encryption").weaknesses("signing"))
    assert list(leaf(pki, "signing").weaknesses("encryption"))
    extended = leaf(pki, "tls").parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(extended) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def test_the_tls_certificate_names_the_partys_hosts(pki: Pki) -> None:
    names = leaf(pki, "tls").parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["gemeente.localhost", "localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_keys_are_readable_by_their_owner_only(pki: Pki) -> None:
    files = [path for path in pki.folder.rglob("*.pem") if path != pki.anchors]
    assert len(files) == 5
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert pki.ring("gemeente").stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in pki.anchors.read_bytes()


def test_what_is_there_is_used_again(pki: Pki) -> None:
    before = {path: path.read_bytes() for path in pki.folder.rglob("*.pem")}
    make_pki(pki.folder, PILOT, clock=lambda: SYSTEM).issue("gemeente", OIN, "Gemeente Voorbeeld")
    assert {path: path.read_bytes() for path in pki.folder.rglob("*.pem")} == before


def test_a_certificate_that_must_say_something_else_is_made_anew_for_the_same_key(tmp_path: Path) -> None:
    pki = make_pki(tmp_path, PILOT, clock=lambda: SYSTEM)
    tls = replace(HOLDER, uses=("tls",))
    (ring,) = pki.issue_all([tls])
    first = read_pem((ring / "tls-1.pem").read_bytes())[0]
    pki.issue_all([replace(tls, hosts=("other.localhost",))])
    second = read_pem((ring / "tls-1.pem").read_bytes())[0]
    later = make_pki(tmp_path, PILOT + timedelta(days=3000), clock=lambda: SYSTEM)
    later.issue_all([tls])
    third = read_pem((ring / "tls-1.pem").read_bytes())[0]
    assert len({first, second, third}) == 3
    assert len({each.parsed.public_key().public_numbers() for each in (first, second, third)}) == 1  # type: ignore[union-attr]
    assert Anchors.from_pem(later.anchors).vouch_for(third, PILOT + timedelta(days=3000))


def test_a_file_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    pki = make_pki(tmp_path, PILOT, clock=lambda: SYSTEM)
    ring = pki.issue("gemeente", OIN, uses=("signing",))
    file = ring / "signing-1.pem"
    file.write_bytes(file.read_bytes()[:500])
    pki.issue("gemeente", OIN, uses=("signing",))
    assert KeyRing.from_folder(ring).signing(PILOT)


@pytest.mark.clause("GEN-20")
async def test_parties_speak_mutual_tls_with_each_other(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    pki = make_pki(tmp_path, now)
    holders = [Holder(name=name, oin=OIN, organisation=name, uses=("tls",)) for name in ("gemeente", "gateway")]
    dv, gateway = (KeyRing.from_folder(ring).tls(now) for ring in pki.issue_all(holders))
    seen: list[bytes | None] = []

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: ssl.SSLObject = writer.get_extra_info("ssl_object")
        seen.append(connection.getpeercert(binary_form=True))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server_context(gateway, pki.anchors))
    async with server:
        port = server.sockets[0].getsockname()[1]
        context = client_context(pki.anchors, dv)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="gateway.localhost"
        )
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert seen == [read_pem(dv.certificate.read_bytes())[0].der]
