"""A certificate that its authority took back is nobody's: not at import, and not a moment later."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from metadata.certificates import Anchors, Certificate
from metadata.revocation import Revocations, Standing, points_of, read_list
from metadata.trust import TrustStore
from pilot.pki import make_pki
from stelsel.failures import MessageRefused, WrongParty
from tests.metadata.factories import NOW, OINS, Network, a_certificate, a_key, a_list

URL = "http://crl.example/issuing.crl"
pytestmark = pytest.mark.clause("GEN-12")


@pytest.fixture(scope="module")
def der(network: Network) -> bytes:
    """A certificate that names a list."""
    return a_certificate(network, OINS["gemeente"], points=(URL, "ldap://crl.example/x"))


def serial_of(der: bytes) -> int:
    """What a list names it by."""
    return Certificate.read(der).parsed.serial_number


def revocations(network: Network, *lists: bytes, required: bool = True) -> Revocations:
    """With these lists read."""
    anchors = network.anchors
    return Revocations(anchors, [read_list(each, URL, anchors) for each in lists], required=required)


def test_only_http_addresses_of_lists_are_seen(der: bytes) -> None:
    assert points_of(Certificate.read(der).parsed) == (URL,)


def test_the_three_answers_are_never_mixed(network: Network, der: bytes) -> None:
    certificate, issuing = Certificate.read(der), network.pki.issuing
    assert revocations(network, a_list(issuing)).standing(certificate, NOW) is Standing.GOOD
    assert revocations(network, a_list(issuing, serial_of(der))).standing(certificate, NOW) is Standing.REVOKED
    assert revocations(network).standing(certificate, NOW) is Standing.UNDETERMINED
    assert revocations(network, required=False).standing(certificate, NOW) is Standing.GOOD


def test_a_list_that_has_ended_says_no_more_than_who_was_revoked(network: Network, der: bytes) -> None:
    ended, certificate = NOW - timedelta(minutes=1), Certificate.read(der)
    old = a_list(network.pki.issuing, until=ended)
    assert revocations(network, old).standing(certificate, NOW) is Standing.UNDETERMINED
    old = a_list(network.pki.issuing, serial_of(der), until=ended)
    assert revocations(network, old).standing(certificate, NOW) is Standing.REVOKED


def test_what_a_revoked_authority_made_is_revoked_with_it(network: Network, der: bytes) -> None:
    root, issuing = network.pki.root, network.pki.issuing
    above = a_list(root, issuing.certificate.serial_number)
    known = revocations(network, a_list(issuing), above)
    assert known.standing(Certificate.read(der), NOW) is Standing.REVOKED
    end = known.end_of(Certificate.read(der))
    assert end is not None
    assert end < NOW


def test_a_key_that_is_revoked_drops_out_for_signing_encryption_and_tls(network: Network, der: bytes) -> None:
    spare = a_certificate(network, OINS["gemeente"], points=(URL,))
    sealing = a_certificate(network, OINS["gemeente"], points=(URL,), usages=("key_encipherment",))
    dv = network.provider(signing_keys=(a_key(der), a_key(spare)), encryption_keys=(a_key(sealing),))
    store = TrustStore()
    store.load([dv], 1, revocations(network, a_list(network.pki.issuing)))
    assert store.find(dv.entity_id, NOW) == dv
    lists = revocations(network, a_list(network.pki.issuing, serial_of(der), serial_of(sealing)))
    store.load([dv], 2, lists)
    assert store.find(dv.entity_id, NOW) == replace(dv, signing_keys=(a_key(spare),), encryption_keys=())
    assert store.by_certificate(spare, NOW)
    with pytest.raises(WrongParty):
        store.by_certificate(der, NOW)


def test_without_a_newer_list_a_key_is_used_until_the_last_one_ends(network: Network, der: bytes) -> None:
    dv, store = network.provider(signing_keys=(a_key(der),)), TrustStore()
    end = NOW + timedelta(days=2)
    store.load([dv], 1, revocations(network, a_list(network.pki.issuing, until=end)))
    assert store.find(dv.entity_id, end).signing_keys
    assert not store.find(dv.entity_id, end + timedelta(seconds=1)).signing_keys
    store.load([dv], 2, revocations(network, a_list(network.pki.issuing, until=end), required=False))
    assert store.find(dv.entity_id, end + timedelta(seconds=1)).signing_keys


def test_a_list_of_somebody_elses_authority_is_refused(
    network: Network, anchors: Anchors, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = make_pki(tmp_path_factory.mktemp("other"), NOW, clock=lambda: NOW)
    with pytest.raises(MessageRefused, match="no authority of ours"):
        read_list(a_list(other.issuing, 7), URL, anchors)
    forged = bytearray(a_list(network.pki.issuing, 7))
    forged[-1] ^= 1
    with pytest.raises(MessageRefused, match="no authority of ours"):
        read_list(bytes(forged), URL, anchors)


def test_a_list_over_sha_1_a_part_of_one_and_no_list_are_refused(network: Network, anchors: Anchors) -> None:
    for wrong in (b"<html/>", b"", a_list(network.pki.issuing, delta=True)):
        with pytest.raises(MessageRefused):
            read_list(wrong, URL, anchors)
    with pytest.raises(MessageRefused, match="weak hash"):
        # The name of the algorithm is the last arc of its OID: sha256WithRSAEncryption, sha1WithRSAEncryption.
        read_list(a_list(network.pki.issuing).replace(b"\x0d\x01\x01\x0b", b"\x0d\x01\x01\x05"), URL, anchors)


def test_a_list_in_pem_is_read_too(network: Network, anchors: Anchors) -> None:
    crl = x509.load_der_x509_crl(a_list(network.pki.issuing, 7))
    pem = crl.public_bytes(Encoding.PEM)
    assert read_list(pem, URL, anchors).serials == {7}
