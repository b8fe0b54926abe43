"""A supplier (LC) with two DVs of its own, for tests of cluster connections: their world, keys and requests."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from pilot.browser import Browser
from pilot.places import GATEWAY
from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import DecryptionKey
from tests.flows.pilots import Pilot
from tests.flows.speakers import Speaker, post_form

# Two water boards go through one supplier, one of them with a single service; nothing else of the world changes.
CLUSTER = """
[[lc]]
name = "leverancier"
oin = "00000099000000070000"
entity = "9001"
title = "Leverancier van waterschappen"
[[dv]]
name = "rijnland"
oin = "00000099000000071000"
entity = "9001"
title = "Waterschap Rijnland"
[[dv]]
name = "delfland"
oin = "00000099000000072000"
entity = "9001"
title = "Waterschap Delfland"
connection = {second_audience = false}
[[cluster]]
name = "rijnland"
lc = "leverancier"
dv = "rijnland"
[[cluster]]
name = "delfland"
lc = "leverancier"
dv = "delfland"
services = ["D1"]
[[service]]
name = "R1"
dv = "rijnland"
uuid = "0d1f7d3c-5b0e-4f3e-9a55-0c5b6f3a7101"
title = "Kwijtschelding aanvragen"
minimum = "substantieel"
grounds = ["BEWIND"]
interest = ["vermogen"]
[[service]]
name = "D1"
dv = "delfland"
uuid = "0d1f7d3c-5b0e-4f3e-9a55-0c5b6f3a7102"
title = "Kwijtschelding aanvragen"
minimum = "midden"
[[service]]
name = "D2"
dv = "delfland"
uuid = "0d1f7d3c-5b0e-4f3e-9a55-0c5b6f3a7103"
title = "Vergunning aanvragen"
minimum = "midden"
"""


def lc_of(pilot: Pilot, name: str = "leverancier") -> EntityId:
    """A supplier's EntityID."""
    return next(each.entity_id for each in pilot.world.lcs if each.name == name)


def dv_of(pilot: Pilot, name: str) -> EntityId:
    """A DV's EntityID."""
    return pilot.world.dv(name).entity_id


def keys_of_party(pilot: Pilot, name: str, names: Iterable[str]) -> tuple[DecryptionKey, ...]:
    """Every private key of a party, whatever its use, under each of these KeyNames: so that each is really tried."""
    files = sorted(pilot.network.prepared.pki.ring(name).glob("*.pem"))
    found = [load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True) for file in files]
    return tuple(DecryptionKey(each, key) for key in found if isinstance(key, RSAPrivateKey) for each in names)


def encrypted_in(message: bytes) -> Iterator[etree._Element]:
    """Every EncryptedID of a message, in whatever it stands: summary and Advice alike."""
    yield from etree.fromstring(message).iter(f"{{{urns.SAML}}}EncryptedID")


async def sent(pilot: Pilot, speaker: Speaker, **changes: Any) -> tuple[int, str]:
    """What the browser gets that brings a request of `speaker`: status, and where it is sent."""
    return await brought(pilot, speaker.signed(replace(speaker.request("R1"), **changes)))


async def brought(pilot: Pilot, message: bytes, to: str = GATEWAY) -> tuple[int, str]:
    """As `sent`, for a message as it is, to a party by name."""
    async with Browser() as browser:
        answer = await browser._send("POST", pilot.places.front(to) + "/saml/sso", post_form(message))
        return answer.status_code, answer.headers.get("location", "")
