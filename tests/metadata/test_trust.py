"""Whom we know, until when, and by which marks."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from metadata.entities import Entity
from metadata.trust import TrustStore
from stelsel.failures import MessageRefused, UnknownIssuer, WrongParty
from stelsel.identifiers import EntityId
from tests.metadata.factories import NOW, OINS, Network, a_certificate, a_key


@pytest.fixture
def trust(network: Network) -> TrustStore:
    """DigiD, the BVD and two DVs."""
    return TrustStore(
        (network.authority(), network.bvd(), network.provider("gemeente"), network.provider("ziekenhuis"))
    )


def many(network: Network, count: int) -> Sequence[Entity]:
    """As many DVs."""
    dv = network.provider()
    return [replace(dv, entity_id=EntityId.of("DV", OINS["gemeente"], index)) for index in range(count)]


def test_a_party_is_found_by_its_name(trust: TrustStore, network: Network) -> None:
    assert trust.find(network.bvd().entity_id, NOW) == network.bvd()


@pytest.mark.clause("DV-REQ-13")
def test_a_party_without_metadata_is_unknown(trust: TrustStore, network: Network) -> None:
    with pytest.raises(UnknownIssuer) as refused:
        trust.find(network.cluster().entity_id, NOW)
    assert refused.value.broken_clause == "DV-REQ-13"


@pytest.mark.clause("MD-GEN-03")
def test_a_party_whose_metadata_has_ended_is_unknown(trust: TrustStore, network: Network) -> None:
    dv = network.provider()
    assert dv.valid_until is not None
    trust.find(dv.entity_id, dv.valid_until - timedelta(seconds=1))
    with pytest.raises(UnknownIssuer) as refused:
        trust.find(dv.entity_id, dv.valid_until)
    assert refused.value.broken_clause == "MD-GEN-03"
    with pytest.raises(UnknownIssuer):
        trust.keys_of(dv.valid_until)(dv.entity_id)
    with pytest.raises(WrongParty):
        trust.by_certificate(dv.signing_keys[0].certificate, dv.valid_until)


@pytest.mark.clause("MD-LC-04", "MD-RS-01", "MD-RS-04", "UC-04")
def test_a_dv_behind_a_supplier_is_one_to_encrypt_for_and_no_party_of_its_own(network: Network) -> None:
    direct, listed = network.provider("gemeente"), network.provider("ziekenhuis")
    supplier = network.cluster()
    of_supplier = replace(listed, signing_keys=(), services=())
    trust = TrustStore([replace(supplier, providers=(of_supplier,)), direct])
    assert [each.entity_id for each in trust.providers(NOW)] == [direct.entity_id, listed.entity_id]
    assert trust.provider(listed.entity_id, supplier.entity_id, NOW) == of_supplier
    with pytest.raises(UnknownIssuer):
        trust.find(listed.entity_id, NOW)
    with pytest.raises(UnknownIssuer) as refused:
        trust.provider(direct.entity_id, supplier.entity_id, NOW)
    assert refused.value.broken_clause == "UC-04"


@pytest.mark.clause("MD-RS-04", "DV-ATT-07")
def test_a_dv_that_stands_in_two_documents_has_the_keys_of_both_its_own_first_and_two_at_most(
    network: Network,
) -> None:
    own, other = network.provider("gemeente"), network.provider("ziekenhuis")
    third = network.provider("gemeente").signing_keys
    listed = replace(own, signing_keys=(), encryption_keys=(*other.encryption_keys, *third))
    trust = TrustStore([own, replace(network.cluster(), providers=(listed,))])
    (found,) = trust.providers(NOW)
    assert found.encryption_keys == (*own.encryption_keys, *other.encryption_keys)
    assert found.signing_keys == own.signing_keys


@pytest.mark.clause("MD-RS-01", "MD-GEN-03")
def test_all_parties_are_listed_by_name_until_their_metadata_ends(network: Network) -> None:
    soon = network.provider("gemeente", valid_until=NOW + timedelta(days=1))
    trust = TrustStore([network.provider("ziekenhuis"), soon, network.bvd()])
    assert trust.entities(NOW) == (network.bvd(), soon, network.provider("ziekenhuis"))
    assert trust.entities(NOW + timedelta(days=1)) == (network.bvd(), network.provider("ziekenhuis"))


@pytest.mark.clause("DV-ART-05")
def test_an_artifacts_issuer_is_found_by_the_sha1_of_its_name(trust: TrustStore, network: Network) -> None:
    digid = network.authority()
    source = hashlib.sha1(digid.entity_id.value.encode()).digest()
    assert trust.by_source_id(source, NOW) == digid
    with pytest.raises(UnknownIssuer):
        trust.by_source_id(bytes(20), NOW)


@pytest.mark.clause("GEN-16")
def test_a_senders_keys_are_its_own_signing_keys(trust: TrustStore, network: Network) -> None:
    dv = network.provider()
    assert trust.keys_of(NOW)(dv.entity_id) == dv.signing_keys


@pytest.mark.clause("GEN-12")
def test_a_key_counts_only_while_its_certificate_holds(network: Network) -> None:
    last, first = NOW + timedelta(days=2), NOW + timedelta(days=1)
    old = a_key(a_certificate(network, OINS["gemeente"], last=last))
    new = a_key(a_certificate(network, OINS["gemeente"], first=first))
    dv = network.provider(signing_keys=(old, new), encryption_keys=(old, new))
    trust = TrustStore([dv])
    seen = {
        day: (trust.keys_of(at)(dv.entity_id), trust.find(dv.entity_id, at).recipient().keys)
        for day, at in enumerate((NOW, first, last + timedelta(seconds=1)))
    }
    assert seen == {0: ((old,), (old,)), 1: ((old, new), (old, new)), 2: ((new,), (new,))}
    with pytest.raises(WrongParty):
        trust.by_certificate(new.certificate, NOW)


@pytest.mark.clause("GEN-21")
def test_a_tls_client_is_known_by_its_certificate(trust: TrustStore, network: Network) -> None:
    tls = network.ring("gemeente").published(NOW).signing[1]
    assert trust.by_certificate(tls.certificate, NOW) == (network.provider(),)
    for stranger in (None, b"", network.cluster().signing_keys[0].certificate):
        with pytest.raises(WrongParty):
            trust.by_certificate(stranger, NOW)


def test_two_parties_may_share_a_certificate(network: Network) -> None:
    first, second = many(network, 2)
    trust = TrustStore([first, second])
    assert trust.by_certificate(first.signing_keys[0].certificate, NOW) == (first, second)


def test_a_new_set_takes_the_place_of_the_old_one(trust: TrustStore, network: Network) -> None:
    kept = network.cluster()
    trust.replace([kept, network.bvd()])
    assert trust.find(kept.entity_id, NOW) == kept
    with pytest.raises(UnknownIssuer):
        trust.find(network.authority().entity_id, NOW)


@pytest.mark.clause("MD-GEN-01")
def test_an_empty_or_much_smaller_set_leaves_the_old_one(trust: TrustStore, network: Network) -> None:
    for worse in ([], [network.bvd()], [network.bvd(), network.bvd()]):
        with pytest.raises(MessageRefused):
            trust.replace(worse)
        assert len(trust) == 4
    trust.replace([network.bvd()], even_if_smaller=True)
    assert len(trust) == 1


def test_three_thousand_parties_are_indexed_within_a_second(network: Network) -> None:
    parties = many(network, 3_000)
    began = time.process_time()
    TrustStore(parties)
    assert time.process_time() - began < 1
