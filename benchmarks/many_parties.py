"""What 3,000 parties cost, at import and at a start: `python -m benchmarks.many_parties [COUNT]`.

Two shapes, each in a database of its own: every DV's own signed document, as a gateway has them, and one group that a
router signed, as an AD or a BVD has it. Each DV has two certificates of its own. Load is what a service does when it
starts and after each import: `Parties.load` and `TrustStore.load`. DESIGN 5: under a second.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from metadata.descriptors import write_entities, write_entity
from metadata.entities import Entity
from metadata.parties import Parties
from metadata.trust import TrustStore
from pilot.pki import make_pki
from runtime.database import Database, upgrade
from runtime.offload import Offload
from stelsel.identifiers import EntityId, Oin
from stelsel.saml.signatures import SigningKey
from tests.metadata.factories import HOLDERS, NOW, Network, a_certificate, a_key

ROUNDS: Final = 5


def main() -> None:
    """Prints one line per shape."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), count))


async def _measure(folder: Path, count: int) -> None:
    pki = make_pki(folder / "pki", NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    network = Network(pki)
    private = generate_private_key(65537, 2048)  # one key in all certificates: making 6,000 would take an hour
    model = network.provider()
    dvs = [_a_dv(network, model, number, private) for number in range(count)]
    await _tell("one group", network, folder, [write_entities(network.router(), dvs, network.key("gateway"))])
    single = [write_entity(dv, SigningKey(dv.signing_keys[0].name, private, b"")) for dv in dvs]
    await _tell("own documents", network, folder, single)


def _a_dv(network: Network, model: Entity, number: int, private: RSAPrivateKey) -> Entity:
    oin = Oin(f"00000099{number:012d}")
    signing = a_certificate(network, oin, key=private)
    encryption = a_certificate(network, oin, key=private, usages=("key_encipherment",))
    return replace(
        model,
        entity_id=EntityId.of("DV", oin, 9000),
        signing_keys=(a_key(signing),),
        encryption_keys=(a_key(encryption),),
    )


async def _tell(shape: str, network: Network, folder: Path, documents: Sequence[bytes]) -> None:
    url = f"sqlite:///{folder / shape.replace(' ', '-')}.db"
    await asyncio.to_thread(upgrade, url)
    database, offload = Database(url), Offload()
    parties = Parties(database, offload)
    began = time.perf_counter()
    for document in documents:
        await parties.accept(document, network.anchors, NOW)
    imported = time.perf_counter() - began
    loads = []
    trust = TrustStore()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        entities = await parties.load(NOW)
        await offload(trust.load, entities, 1, await parties.revocations(network.anchors))
        loads.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = sum(map(len, documents)) / 1_048_576
    print(
        f"{shape}: {len(trust)} parties, {size:.1f} MiB; import {imported:.1f} s; load {min(loads):.2f} s at best, "
        f"{max(loads):.2f} s at worst of {ROUNDS}; {peak} MiB at most in this process",
        flush=True,
    )
    await database.close()
    offload.close()


if __name__ == "__main__":
    main()
