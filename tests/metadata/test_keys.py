"""Keys have a life: next, in use, over; rolling over is adding a file."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from metadata.keys import KeyRing, KeyState
from pilot.pki import Holder
from stelsel.failures import Misconfigured
from tests.metadata.factories import NOW, OINS, Network

Rolling = Callable[..., KeyRing]
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def folder(network: Network) -> Path:
    """Two keys of each use."""
    holder = Holder(name="rolling", oin=OINS["gemeente"], organisation="Gemeente", numbers=2)
    return network.pki.issue_all([holder])[0]


@pytest.fixture
def rolling(folder: Path, tmp_path: Path) -> Rolling:
    """The ring of a party with two keys of each use, with dates for some."""

    def ring(**dates: str) -> KeyRing:
        for file in folder.iterdir():
            os.link(file, tmp_path / file.name)
        rows = [f"[{name.replace('_', '-')}]\n{row}\n" for name, row in dates.items()]
        (tmp_path / "keys.toml").write_text("".join(rows))
        return KeyRing.from_folder(tmp_path)

    return ring


def test_a_key_is_named_by_the_sha256_of_its_certificate(network: Network) -> None:
    key = network.ring("gemeente").signing(NOW)
    published = network.ring("gemeente").published(NOW).signing[0]
    assert key.name == published.name
    assert key.certificate == published.certificate
    assert len(key.name) == 64


def test_of_two_keys_in_use_the_later_one_signs(rolling: Rolling) -> None:
    ring = rolling()
    assert ring.signing(NOW).name == ring.published(NOW).signing[1].name


@pytest.mark.clause("MD-DV-02")
def test_a_next_key_is_published_and_not_used_until_its_day(rolling: Rolling) -> None:
    ring = rolling(signing_2=f"active_from = {TOMORROW.isoformat()}")
    first, second = (key.name for key in ring.published(NOW).signing[:2])
    assert ring.states(NOW)["signing-2"] is KeyState.NEXT
    assert (ring.signing(NOW).name, ring.signing(TOMORROW).name) == (first, second)


def test_a_key_that_is_over_is_neither_used_nor_published(rolling: Rolling) -> None:
    ring = rolling(signing_1=f"retired_from = {TOMORROW.isoformat()}")
    assert len(ring.published(NOW).signing) == 4
    assert len(ring.published(TOMORROW).signing) == 3
    assert ring.states(TOMORROW)["signing-1"] is KeyState.RETIRED
    assert ring.signing(TOMORROW).name == ring.published(TOMORROW).signing[0].name


def test_what_was_encrypted_for_a_key_that_is_over_can_still_be_read(rolling: Rolling) -> None:
    ring = rolling(encryption_2=f"retired_from = {NOW.isoformat()}")
    published = [key.name for key in ring.published(NOW).encryption]
    able = [key.name for key in ring.decryption(NOW)]
    assert len(published) == 1
    assert able[0] == published[0]
    assert len(able) == 2


@pytest.mark.clause("GEN-21")
def test_tls_certificates_are_published_for_signing(network: Network) -> None:
    ring = network.ring("gemeente")
    files = ring.tls(NOW)
    assert files.certificate == files.key == network.pki.ring("gemeente") / "tls-1.pem"
    names = [key.name for key in ring.published(NOW).signing]
    assert len(names) == 2
    assert ring.signing(NOW).name == names[0]


def test_without_a_key_in_use_nothing_is_signed(rolling: Rolling) -> None:
    later = f"active_from = {TOMORROW.isoformat()}"
    ring = rolling(signing_1=later, signing_2=later)
    with pytest.raises(Misconfigured):
        ring.signing(NOW)


@pytest.mark.parametrize(
    "row",
    [
        "active_from = 2026-01-01",
        "active_from = 2026-01-01T00:00:00",
        'active_from = "soon"',
        "since = 2026-01-01T00:00:00Z",
    ],
)
def test_dates_that_are_no_instants_stop_the_start(row: str, rolling: Rolling) -> None:
    with pytest.raises(Misconfigured):
        rolling(signing_1=row)


def test_dates_for_a_key_that_is_not_there_stop_the_start(rolling: Rolling) -> None:
    with pytest.raises(Misconfigured, match="signing-3"):
        rolling(signing_3=f"active_from = {TOMORROW.isoformat()}")


def test_a_file_of_another_name_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "private.pem").write_text("x")
    with pytest.raises(Misconfigured, match=r"private\.pem"):
        KeyRing.from_folder(tmp_path)


def test_a_file_without_a_key_stops_the_start(tmp_path: Path, network: Network) -> None:
    (tmp_path / "signing-1.pem").write_bytes(network.pki.anchors.read_bytes())
    with pytest.raises(Misconfigured, match=r"signing-1\.pem"):
        KeyRing.from_folder(tmp_path)


def test_a_certificate_of_another_key_stops_the_start(tmp_path: Path, network: Network) -> None:
    key = (network.pki.ring("gemeente") / "signing-1.pem").read_text().partition("-----BEGIN CERTIFICATE-----")[0]
    certificate = (
        (network.pki.ring("ziekenhuis") / "signing-1.pem").read_text().partition("-----END PRIVATE KEY-----\n")
    )
    (tmp_path / "signing-1.pem").write_text(key + certificate[2])
    with pytest.raises(Misconfigured):
        KeyRing.from_folder(tmp_path)


def test_a_key_that_does_not_fit_its_own_modulus_stops_the_start(tmp_path: Path, network: Network) -> None:
    whole = (network.pki.ring("gemeente") / "signing-1.pem").read_bytes()
    key = load_pem_private_key(whole, None)
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    broken = RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d + 2, numbers.dmp1 + 2, numbers.dmq1, numbers.iqmp, numbers.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)
    pem = broken.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "signing-1.pem").write_bytes(pem + whole.partition(b"-----END PRIVATE KEY-----\n")[2])
    with pytest.raises(Misconfigured, match="broken"):
        KeyRing.from_folder(tmp_path)


@pytest.mark.clause("GEN-13")
def test_a_key_for_another_use_stops_the_start(tmp_path: Path, network: Network) -> None:
    os.link(network.pki.ring("gemeente") / "encryption-1.pem", tmp_path / "signing-1.pem")
    with pytest.raises(Misconfigured, match="key usage"):
        KeyRing.from_folder(tmp_path)


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        KeyRing.from_folder(tmp_path / "nowhere")


def test_no_repr_shows_a_key(network: Network) -> None:
    ring = network.ring("gemeente")
    shown = repr((ring, ring.signing(NOW), ring.decryption(NOW), network.pki))
    assert "PRIVATE" not in shown
    assert "RSAPrivateKey" not in shown
