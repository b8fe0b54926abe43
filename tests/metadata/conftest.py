"""A small network of parties, its keys made once."""

from pathlib import Path

import pytest

from metadata.certificates import Anchors
from pilot.pki import make_pki
from tests.metadata.factories import HOLDERS, NOW, Network
from tests.metadata.operators import Operator


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """A municipality, a hospital, the router, DigiD, a BVD and an LC."""
    pki = make_pki(tmp_path_factory.mktemp("pki"), NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    return Network(pki)


@pytest.fixture(scope="session")
def anchors(network: Network) -> Anchors:
    """Whose certificates all take."""
    return network.anchors


@pytest.fixture
def operator(network: Network, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Of a service that knows nobody yet."""
    return Operator(network, sqlite_url, tmp_path, capsys)
