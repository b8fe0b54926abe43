"""What a SAML party is made of when it talks to others: its name, keys, trust, store, clock and cryptography."""

from dataclasses import dataclass

from metadata.keys import KeyRing
from metadata.trust import TrustStore
from runtime.offload import Offload
from runtime.settings import Clock
from runtime.store import ShortLived
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True)
class Self:
    """One party of ours, as the doors need it: given once, in `build_app`."""

    entity_id: EntityId
    keys: KeyRing
    trust: TrustStore
    store: ShortLived
    offload: Offload
    clock: Clock
