"""Signatures that are cryptographically right and must not count: algorithms, transforms, keys of others (S3, S11-S14).

Made outside our code (`forgeries`); what the same hands sign in order is read.
"""

import pytest

from stelsel.failures import Failure, SignatureRefused
from stelsel.identifiers import EntityId
from stelsel.saml import authn_request
from stelsel.saml.signatures import VerificationKey, sign
from tests.attacks.canary import Canary
from tests.attacks.forgeries import IN_ORDER, OF_ALGORITHMS, OF_KEYS, Forgery, certificate_text, of_shape
from tests.attacks.kinds import KINDS, Kind
from tests.attacks.mutations import unsigned
from tests.stelsel.saml.factories import DV, RD, a_key, a_request, key_of, public
from tests.stelsel.saml.foreign_signer import Signature

NOWHERE = of_shape("http://127.0.0.1:1/")


def signed_by(kind: Kind, forgery: Forgery) -> bytes:
    """The document with its element under that signature."""
    return kind.attacked(lambda genuine: forgery(unsigned(genuine), kind.key))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("hand", IN_ORDER)
def test_what_the_forgers_sign_in_order_is_read(name: str, hand: str) -> None:
    kind = KINDS[name]
    kind.meaning(signed_by(kind, IN_ORDER[hand]))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "attack", [pytest.param(attack, marks=pytest.mark.clause(NOWHERE[attack][0])) for attack in NOWHERE]
)
def test_a_signature_of_another_shape_counts_for_nothing_and_fetches_nothing(
    name: str, attack: str, canary: Canary
) -> None:
    kind = KINDS[name]
    document = signed_by(kind, of_shape(canary.url)[attack][1])
    with pytest.raises(SignatureRefused):
        kind.meaning(document)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "attack", [pytest.param(attack, marks=pytest.mark.clause(OF_ALGORITHMS[attack][0])) for attack in OF_ALGORITHMS]
)
def test_a_signature_by_another_algorithm_counts_for_nothing(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = signed_by(kind, OF_ALGORITHMS[attack][1])
    with pytest.raises(SignatureRefused):
        kind.meaning(document)


@pytest.mark.clause("S12", "GEN-16")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("attack", OF_KEYS)
def test_a_signature_by_another_key_counts_for_nothing(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = signed_by(kind, OF_KEYS[attack])
    with pytest.raises(SignatureRefused):
        kind.meaning(document)


@pytest.mark.clause("S14", "GEN-13")
@pytest.mark.parametrize("bits", [1024, 1536])
def test_a_short_key_counts_for_nothing_though_it_is_the_senders_own(bits: int) -> None:
    short, long = a_key("short", bits), a_key("long", 3072)
    for key in (short, long):
        message = authn_request.write(a_request(), key)
        if key is long:
            assert authn_request.read(message, lambda _: [public(long)]).issuer == DV
            continue
        with pytest.raises(SignatureRefused) as refused:
            authn_request.read(message, lambda _: [public(short)])
        assert refused.value.broken_clause == "GEN-13"


@pytest.mark.clause("S12")
def test_a_key_counts_for_the_party_that_registered_it_and_for_no_other() -> None:
    """Both parties are known, each with the certificate in its message."""
    message = unsigned(authn_request.write(a_request(), key_of(DV)))
    asked: list[EntityId] = []

    def keys_of(entity: EntityId) -> list[VerificationKey]:
        asked.append(entity)
        return [public(key_of(entity))]

    own = Signature(key_info=certificate_text(key_of(DV))).sign(message, key_of(DV))
    others = Signature(key_info=certificate_text(key_of(RD))).sign(message, key_of(RD))
    assert authn_request.read(own, keys_of).issuer == DV
    with pytest.raises(SignatureRefused):
        authn_request.read(others, keys_of)
    assert asked == [DV, DV]


@pytest.mark.clause("S12", "S9")
def test_no_key_is_looked_up_for_a_document_that_is_not_in_order() -> None:
    """A refusal before the signature costs no look at the trust store, and no cryptography."""
    asked: list[EntityId] = []

    def keys_of(entity: EntityId) -> list[VerificationKey]:
        asked.append(entity)
        return []

    for document in (b"<!DOCTYPE a><a/>", sign(b'<x xmlns="urn:x" ID="_1"><y/></x>', key_of(DV))):
        for kind in KINDS.values():
            with pytest.raises(Failure):
                kind.read(document, keys_of)
    assert asked == []
