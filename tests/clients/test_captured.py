"""What real relying parties sent once (tests/messages) is read as they meant it, and with one bit changed it is not."""

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from catalog.connections import Connection, ResponseBinding
from exchange.sso import Circumstances
from gateway.interfaces.profiles.requests import RULES, relaxed
from metadata.certificates import Anchors
from metadata.descriptors import read_metadata
from metadata.descriptors.findings import PINNED_FOR
from metadata.entities import Entity
from pilot.pki import make_pki
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId
from stelsel.saml import artifact, authn_request, logout
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import decode_post
from stelsel.saml.freshness import check_issued
from stelsel.saml.redirect import read_query
from stelsel.saml.signatures import KeysOf, VerificationKey

FOLDER = Path(__file__).parents[1] / "messages"
CLIENTS = sorted(each.name for each in FOLDER.iterdir() if each.is_dir())


@dataclass(frozen=True)
class Sender:
    """One relying party as it was when its messages were captured."""

    name: str
    entity: Entity
    at: datetime
    gateway: str
    sso: str

    def sent(self, name: str) -> bytes:
        """The message as it went over the wire."""
        return (FOLDER / self.name / name).read_bytes()

    def keys_of(self, issuer: EntityId) -> tuple[VerificationKey, ...]:
        """Its signing keys, and nobody else's."""
        assert issuer == self.entity.entity_id
        return self.entity.signing_keys


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Anchors:
    """Authorities that made none of these certificates: the file alone vouches for them."""
    pki = make_pki(tmp_path_factory.mktemp("nobody"), datetime.now(UTC))
    return Anchors(x509.load_pem_x509_certificates(pki.anchors.read_bytes()))


@pytest.fixture
def sender_of(nobody: Anchors) -> Callable[[str], Sender]:
    def sender(name: str) -> Sender:
        told: dict[str, Any] = json.loads((FOLDER / name / "captured.json").read_text())
        at = datetime.fromisoformat(told["at"])
        metadata = (FOLDER / name / "metadata.xml").read_bytes()
        (entity,) = read_metadata(metadata, nobody, at, loopback=True, pinned_for=PINNED_FOR)
        return Sender(name, entity, at, told["entity_id"], told["sso"])

    return sender


Read = Callable[[bytes, KeysOf], Any]


def posted_request(sent: bytes, keys_of: KeysOf) -> AuthnRequest:
    return authn_request.read(decode_post(sent.decode()), keys_of)


def redirected_request(sent: bytes, keys_of: KeysOf) -> AuthnRequest:
    return authn_request.read_redirected(read_query(sent), keys_of)


def redirected_logout(sent: bytes, keys_of: KeysOf) -> Any:
    return logout.read_request(read_query(sent), keys_of)


READERS: dict[str, Read] = {
    "authn-request-post.txt": posted_request,
    "authn-request-redirect.txt": redirected_request,
    "logout-request-redirect.txt": redirected_logout,
    "artifact-resolve.xml": artifact.read_resolve,
}
MESSAGES = [(name, file) for name in CLIENTS for file in READERS if (FOLDER / name / file).exists()]
each_message = pytest.mark.parametrize(("name", "file"), MESSAGES)


def test_every_binding_that_clients_use_was_captured() -> None:
    assert {file for _, file in MESSAGES} == set(READERS)
    assert set(CLIENTS) == {"django-digid-eherkenning", "node-saml", "python3-saml"}


@each_message
def test_a_captured_message_is_read(name: str, file: str, sender_of: Callable[[str], Sender]) -> None:
    sender = sender_of(name)
    message = READERS[file](sender.sent(file), sender.keys_of)
    assert message.issuer == sender.entity.entity_id
    check_issued(message.issue_instant, sender.at)


@pytest.mark.parametrize(("name", "file"), [each for each in MESSAGES if each[1].startswith("authn")])
def test_a_captured_request_is_within_all_rules(name: str, file: str, sender_of: Callable[[str], Sender]) -> None:
    sender = sender_of(name)
    request = READERS[file](sender.sent(file), sender.keys_of)
    for rule in RULES:
        rule(request, Circumstances(sender.entity, sender.sso, sender.at))
    consumers = {each.binding for each in sender.entity.assertion_consumers}
    binding = ResponseBinding.POST if any(each.endswith("POST") for each in consumers) else ResponseBinding.ARTIFACT
    assert relaxed(Connection(response=binding)).reply(request, sender.entity) in sender.entity.assertion_consumers


@each_message
def test_with_one_bit_changed_it_is_refused(name: str, file: str, sender_of: Callable[[str], Sender]) -> None:
    sender = sender_of(name)
    for place, changed in changes(file, sender.sent(file)):
        with pytest.raises(MessageRefused):
            READERS[file](changed, strange(sender))
        assert changed != sender.sent(file), place


def strange(sender: Sender) -> KeysOf:
    """The keys of the sender, whatever name stands in the message: a name with a bit changed is another party's."""
    return lambda _: sender.entity.signing_keys


# Where what counts stands in a message; each must be there.
PLACES: Sequence[bytes] = (
    rb'\bID="..(.)',
    rb'\bIssueInstant="...(.)',
    rb'\bVersion="(.)',
    rb'\bDestination=".......(.)',
    rb"Issuer[^>]*>\s*....(.)",
    rb"DigestValue>\s*..(.)",
    rb"SignatureValue>\s*..(.)",
    rb'Reference URI="#..(.)',
)


def changes(file: str, sent: bytes) -> list[tuple[object, bytes]]:
    """The message with one bit changed, at each place that counts; a query at every fiftieth byte."""
    if file.endswith("redirect.txt"):
        return [(place, flipped(sent, place)) for place in range(12, len(sent), 50)]
    message = base64.b64decode(sent) if file.endswith("post.txt") else sent
    found = [(place, re.search(place, message)) for place in PLACES]
    made = [(place, flipped(message, match.start(1))) for place, match in found if match is not None]
    assert len(made) >= len(PLACES) - 1  # ArtifactResolve may do without Destination
    return [(place, base64.b64encode(each) if file.endswith("post.txt") else each) for place, each in made]


def flipped(message: bytes, place: int) -> bytes:
    return message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]
