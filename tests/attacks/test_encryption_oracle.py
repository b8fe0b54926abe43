"""Whoever may choose a ciphertext learns nothing from the answer, and nothing unsigned is ever decrypted (S17).

CBC without authentication tells its plain text to whoever may ask often enough and see whether the padding was right
(Jager and Somorovsky, CCS 2011); so does RSA 1.5 (ESORICS 2012).
"""

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter

import httpx
import pytest

from bvd.evidence import Authorities
from bvd.request import RepresentationDoor
from exchange.party import Self
from metadata.keys import KeyRing
from pilot.places import BVD, GATEWAY
from runtime.offload import Offload
from runtime.sealing import Sealer
from stelsel import urns
from stelsel.failures import SignatureRefused
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import DecryptionKey, EncryptedId
from tests.attacks.doors import evidence, posted, request_to
from tests.attacks.mutations import Mutation
from tests.attacks.parties import DV, Attacked, Party, sealed
from tests.conftest import SettableClock
from tests.exchange.conftest import offload
from tests.exchange.factories import AD_CONSUMER, BVD_SSO, a_form, a_party, a_ring, an_old_store
from tests.stelsel.saml.factories import AD, RD, SERVICE, a_request, an_assertion, an_encrypted_id, key_of
from tests.stelsel.saml.factories import BVD as A_BVD
from tests.stelsel.saml.factories import DV as A_DV

__all__ = ["offload"]

CIPHER = re.compile(rb"(?<=<xenc:CipherValue>)[^<]*")


def with_cipher(xml: bytes, which: int, change: Mutation) -> bytes:
    """The EncryptedID with one of its cipher texts changed: 0 is the data, the others are keys."""
    found = list(CIPHER.finditer(xml))[which]
    changed = base64.b64encode(change(base64.b64decode(found[0])))
    return xml[: found.start()] + changed + xml[found.end() :]


def flipped(at: int, by: int = 1) -> Mutation:
    """A cipher text with one byte changed."""

    def flip(cipher: bytes) -> bytes:
        at_ = at % len(cipher)
        return cipher[:at_] + bytes([cipher[at_] ^ by]) + cipher[at_ + 1 :]

    return flip


def malformed(xml: bytes) -> Iterator[tuple[str, bytes]]:
    """Ciphertexts as an attacker asks them."""
    for at in range(1, 33):
        yield f"byte {at} from the end", with_cipher(xml, 0, flipped(-at))
    for by in (2, 4, 8, 16, 32, 64, 128):
        yield f"padding length by {by}", with_cipher(xml, 0, flipped(-17, by))
    for at in (0, 15, 16):
        yield f"byte {at} of the vector", with_cipher(xml, 0, flipped(at))
    for length in (0, 1, 15, 16, 17, 32, 33):
        yield f"{length} bytes", with_cipher(xml, 0, itemgetter(slice(length)))
    yield "a block less", with_cipher(xml, 0, lambda cipher: cipher[:-16])
    yield "a block more", with_cipher(xml, 0, lambda cipher: cipher + bytes(16))
    for key in (1, 2):
        yield f"key {key} flipped", with_cipher(xml, key, flipped(5))
        yield f"key {key} short", with_cipher(xml, key, lambda cipher: cipher[:-1])
        yield f"key {key} empty", with_cipher(xml, key, lambda _: b"")
        yield f"key {key} of nothing", with_cipher(xml, key, lambda cipher: bytes(len(cipher)))
        yield f"key {key} too great", with_cipher(xml, key, lambda cipher: b"\xff" * len(cipher))
    yield "RSA 1.5", xml.replace(b"rsa-oaep-mgf1p", b"rsa-1_5")
    yield "AES-128", xml.replace(b"aes256-cbc", b"aes128-cbc")
    yield "3DES", xml.replace(b"aes256-cbc", b"tripledes-cbc")
    yield "OAEP with SHA-256", xml.replace(urns.SHA1.encode(), urns.SHA256.encode())


async def at_the_bvd(network: Attacked, xml: bytes) -> httpx.Response:
    """What the BVD answers to an AD, turned bad, that signs this EncryptedID."""
    pilot = network.pilot
    readers = (Party(pilot, DV).entity, Party(pilot, BVD).entity)
    declared = evidence(pilot, acting=EncryptedId(xml, readers))
    message = authn_request.write(request_to(pilot, BVD, GATEWAY, declared), Party(pilot, GATEWAY).key)
    return await posted(pilot, BVD, message)


def outside(answer: httpx.Response) -> tuple[object, ...]:
    """All that whoever asked can see of an answer, but for its code and its time."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "date")
    return answer.status_code, headers, re.sub(rb"Code [0-9A-Z]{8}", b"Code", answer.content)


@pytest.mark.clause("S17", "DV-ATT-06")
async def test_whatever_is_wrong_with_a_ciphertext_the_answer_is_the_same(attacked: Attacked) -> None:
    pilot = attacked.pilot
    genuine = sealed(pilot, Party(pilot, DV).entity, Party(pilot, BVD).entity, value="999990019").xml
    assert (await at_the_bvd(attacked, genuine)).status_code == 303
    answers = {name: outside(await at_the_bvd(attacked, xml)) for name, xml in malformed(genuine)}
    # What spoils the DV's key alone is none of the BVD's business, and it reads its own.
    ours = {name: answer for name, answer in answers.items() if answer[0] != 303}
    assert len(ours) > 50
    assert {name for name in answers if name not in ours} <= {
        f"key {key} {how}" for key in (1, 2) for how in ("flipped", "short", "empty", "of nothing", "too great")
    }
    assert len(set(map(repr, ours.values()))) == 1


class Watched(KeyRing):
    """A key ring that counts how often somebody wants to decrypt."""

    def __init__(self, ring: KeyRing) -> None:
        super().__init__(())
        self._ring = ring
        self.asked = 0

    def decryption(self, at: datetime) -> tuple[DecryptionKey, ...]:
        """See `KeyRing.decryption`."""
        self.asked += 1
        return self._ring.decryption(at)


@pytest.mark.clause("S17", "GEN-10")
async def test_nothing_is_decrypted_before_its_signature_is_found_good(
    clock: SettableClock, sealer: Sealer, offload: Offload
) -> None:
    ring = Watched(a_ring(A_BVD))
    party = a_party(A_BVD, clock, an_old_store(clock, sealer), offload)
    watched = Self(A_BVD, ring, party.trust, party.store, offload, clock)
    door = RepresentationDoor(watched, BVD_SSO, Authorities(frozenset({AD})), frozenset({RD}))

    async def knock(declared: bytes) -> None:
        request = a_request(issuer=RD, destination=BVD_SSO, acs_index=1, issue_instant=clock(), idp_assertion=declared)
        await door.receive(a_form(request, relay_state="here"))

    about = Attribute(urns.SERVICE_UUID, (SERVICE.value,))
    acting = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(A_DV, A_BVD),))
    made = an_assertion(audiences=(RD, A_BVD), recipient=AD_CONSUMER, attributes=(about, acting))
    genuine = assertions.write(made, key_of(AD))
    for at in range(1, 40):
        with pytest.raises(SignatureRefused):
            await knock(with_cipher(genuine, 0, flipped(-at)))
    assert ring.asked == 0
    await knock(genuine)
    assert ring.asked == 1
