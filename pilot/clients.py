"""The OpenID Connect clients of a pilot network: one for each DV that has that interface beside SAML."""

from typing import Final

from catalog.clients import Client
from pilot.pki import Pki
from pilot.places import Places
from pilot.sample_rp.tokens import key_set
from pilot.world import World

OIDC: Final = "oidc"  # the interface, in the catalogue


def clients_of(world: World, places: Places, pki: Pki) -> tuple[Client, ...]:
    """Each of its DV's name, with the keys of that DV's certificates."""
    return tuple(
        Client(
            client_id=dv.name,
            dv=dv.entity_id,
            redirect_uris=(f"{places.front(dv.name)}/oidc/callback",),
            key_set=key_set(pki.ring(dv.name) / "signing-1.pem", pki.ring(dv.name) / "encryption-1.pem"),
        )
        for dv in world.dvs
        if OIDC in dv.interfaces
    )
