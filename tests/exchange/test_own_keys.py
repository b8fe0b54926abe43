"""A running service takes its own new keys: at both sides of TLS, at their moment, and never a broken one."""

import logging
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.own_keys import OwnKeys
from metadata.folders import KeyFolder
from metadata.held import HeldKeys
from pilot.pki import Holder, Pki, make_pki
from runtime.http import HttpClient
from runtime.offload import Offload
from runtime.tls import ServerTls, client_context
from stelsel.identifiers import Oin
from tests.conftest import AN_HOUR_OF_TESTING, SettableClock


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """A party with two keys of each use."""
    made = make_pki(tmp_path_factory.mktemp("pki"), AN_HOUR_OF_TESTING)
    made.issue_all([Holder(name="party", oin=Oin("00000099000000001000"), organisation="Partij", numbers=2)])
    return made


@dataclass(frozen=True, slots=True)
class House:
    """A party's folder with its first keys, and what it shows."""

    folder: Path
    shelf: Path
    keys: KeyFolder
    port: ssl.SSLContext
    own: OwnKeys
    clock: SettableClock
    offload: Offload
    anchors: Path

    def add(self, name: str) -> None:
        """A file comes."""
        shutil.copyfile(self.shelf / name, self.folder / name)

    async def look(self) -> None:
        """One round."""
        await self.own.look(self.clock, self.offload)

    def shown(self) -> bytes | None:
        """The certificate that a connection gets that begins now."""
        return handshaken(client_context(self.anchors, KeyFolder(self.shelf).ring.tls(self.clock())), self.port)

    def certificate(self, name: str) -> bytes:
        """The certificate in a file."""
        return ssl.PEM_cert_to_DER_cert(
            "-----BEGIN CERTIFICATE-----" + (self.shelf / name).read_text().split("-----BEGIN CERTIFICATE-----")[1]
        )


def handshaken(client: ssl.SSLContext, server: ssl.SSLContext) -> bytes | None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ours.getpeercert(binary_form=True)


@pytest.fixture
def house(pki: Pki, tmp_path: Path, clock: SettableClock) -> Iterator[House]:
    """One with the first key of each use."""
    for file in pki.ring("party").glob("*-1.pem"):
        shutil.copyfile(file, tmp_path / file.name)
    folder = KeyFolder(tmp_path)
    shown = folder.ring.tls(clock())
    port = ServerTls(shown, pki.anchors)
    http = HttpClient(client_context(pki.anchors, shown), loopback=False)
    own = OwnKeys(folder, HeldKeys(tmp_path), port, http, pki.anchors, shown)
    offload = Offload()
    yield House(tmp_path, pki.ring("party"), folder, port.context(), own, clock, offload, pki.anchors)
    offload.close()


async def test_a_tls_certificate_is_shown_from_its_moment_on_by_itself(house: House) -> None:
    later = house.clock() + timedelta(hours=2)
    (house.folder / "keys.toml").write_text(f"[tls-2]\nactive_from = {later.isoformat()}\n")
    house.add("tls-2.pem")
    await house.look()
    assert len(house.keys.ring.published(house.clock()).signing) == 3
    assert house.shown() == house.certificate("tls-1.pem")
    house.clock.advance(hours=2)
    await house.look()
    assert house.shown() == house.certificate("tls-2.pem")


async def test_a_tls_certificate_that_is_renewed_in_its_own_file_is_shown(house: House) -> None:
    shutil.copyfile(house.shelf / "tls-2.pem", house.folder / "tls-1.pem")
    await house.look()
    assert house.shown() == house.certificate("tls-2.pem")


async def test_a_broken_file_is_told_by_its_name_and_the_last_good_keys_work_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    signing = house.keys.ring.signing(house.clock()).name
    for name in ("signing-1.pem", "tls-1.pem"):
        (house.folder / name).write_text("x")
    with caplog.at_level(logging.ERROR, "namens.keys"):
        await house.look()
    assert house.own.trouble
    assert any("signing-1.pem" in str(vars(each)) for each in caplog.records)
    assert house.keys.ring.signing(house.clock()).name == signing
    assert house.shown() == house.certificate("tls-1.pem")
    for name in ("signing-1.pem", "tls-1.pem"):
        house.add(name)
    await house.look()
    assert not house.own.trouble
