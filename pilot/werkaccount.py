"""The work account as a party of a network: its keys and the gateway's, and how the gateway offers it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.means.entries import Authority, MeansEntry
from pilot.openid import CLIENT, LEVELS
from pilot.places import TITLES, WERKACCOUNT, Places
from pilot.world import World
from stelsel.identifiers import EntityId


def takes_werkaccount(world: World) -> bool:
    """Whether anybody could log in with it: else there is no provider."""
    return any(WERKACCOUNT in service.means for service in world.services)


def provider_key(keys: Path) -> Path:
    """The key that it signs with."""
    return _made(keys / WERKACCOUNT / "provider.pem")


def werkaccount_of(world: World, places: Places, keys: Path) -> tuple[MeansEntry, ...]:
    """The work account in the gateway's settings, as docs/means.md has it; one key of ours signs."""
    if not takes_werkaccount(world):
        return ()
    client = _made(keys / WERKACCOUNT / "client" / "1.pem")
    return (
        MeansEntry(
            name=WERKACCOUNT,
            kind="oidc",
            authorities=(Authority(EntityId(places.front(WERKACCOUNT))),),
            title=TITLES[WERKACCOUNT],
            line={"nl": "Voor medewerkers", "en": "For employees"},
            terms={
                "client_id": CLIENT,
                "keys": str(client.parent),
                "claim": "bsn",
                "identifies": "bsn",
                "levels": {acr: level.word for acr, level in LEVELS.items()},
            },
        ),
    )


def _made(path: Path) -> Path:
    """A private key of its own, made when it is not there yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        private = generate_private_key(65537, 2048)
        path.touch(0o600)
        path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path
