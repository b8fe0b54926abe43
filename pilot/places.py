"""Where each party of the pilot network lives: host name, port, OIN and EntityID (CONTRACT, host names and ports)."""

from dataclasses import dataclass
from typing import Final

from stelsel.identifiers import EntityId, Oin, Role

DEFAULT_PORT: Final = 8000
BACK_CHANNEL_OFFSET: Final = 443

GATEWAY: Final = "gateway"
BVD: Final = "bvd"
DIGID: Final = "digid"
EIDAS: Final = "eidas"
RECHTSPRAAK: Final = "rechtspraak"
BRP: Final = "brp"
MACHTIGEN: Final = "machtigen"
POSTVAK: Final = "postvak"  # the Berichtenbox, the post, and a follower of the register
MR: Final = "mr"  # the machtigingenregister of eHerkenning
KVK: Final = "kvk"  # the Handelsregister
MAKELAAR_EEN: Final = "makelaar-een"
MAKELAAR_TWEE: Final = "makelaar-twee"
OWN_MAKELAAR: Final = "makelaar-eigen"  # contracted by one DV, for its own users
MAKELAARS: Final = (MAKELAAR_EEN, MAKELAAR_TWEE, OWN_MAKELAAR)
WERKACCOUNT: Final = "werkaccount"  # speaks OpenID Connect: its name is its address
CONTROL: Final = "pilot"

# 00000099 is the free prefix for test OINs (mandates 9); EntityID index 9000 and up are test systems (TYP-02).
_OINS: Final = {
    GATEWAY: "00000099000000001000",
    BVD: "00000099000000003000",
    DIGID: "00000099000000004000",
    RECHTSPRAAK: "00000099000000005000",
    BRP: "00000099000000006000",
    MACHTIGEN: "00000099000000012000",
    POSTVAK: "00000099000000013000",
    EIDAS: "00000099000000008000",
    MAKELAAR_EEN: "00000099000000004100",
    MAKELAAR_TWEE: "00000099000000004200",
    OWN_MAKELAAR: "00000099000000004300",
    MR: "00000099000000005100",
    KVK: "00000099000000005200",
}
_ROLES: Final[dict[str, Role]] = {GATEWAY: "RD", BVD: "BVD", DIGID: "AD", EIDAS: "AD", MACHTIGEN: "DV"}
TITLES: Final = {
    BVD: {"nl": "het overzicht van uw taken en machtigingen", "en": "the list of your tasks and authorisations"},
    DIGID: {"nl": "DigiD", "en": "DigiD"},
    EIDAS: {"nl": "eIDAS", "en": "eIDAS"},
    MACHTIGEN: {"nl": "Machtigen", "en": "Authorise"},
    WERKACCOUNT: {"nl": "Werkaccount", "en": "Work account"},
}


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses in a network whose front port is `port`; each party may have ports of its own (`moved`).

    The front is plain http on loopback, the back channel mutual TLS on the port 443 further.
    """

    port: int = DEFAULT_PORT
    moved: tuple[tuple[str, int], ...] = ()

    def host(self, name: str) -> str:
        """`localhost` for the gateway, `<name>.localhost` for everybody else."""
        return "localhost" if name == GATEWAY else f"{name}.localhost"

    def front_port(self, name: str) -> int:
        """The port of a party's pages."""
        return dict(self.moved).get(name, self.port)

    def back_port(self, name: str) -> int:
        """The port of a party's back channel."""
        return self.front_port(name) + BACK_CHANNEL_OFFSET

    @property
    def lists(self) -> str:
        """Under which address the network's authorities keep their revocation lists."""
        return f"{self.front(CONTROL)}/crl"

    @property
    def shared_back_port(self) -> int:
        """The back channel of everybody who was not moved."""
        return self.port + BACK_CHANNEL_OFFSET

    def front(self, name: str) -> str:
        """The origin of a party's pages."""
        return f"http://{self.host(name)}:{self.front_port(name)}"

    def back(self, name: str) -> str:
        """The origin of a party's back channel."""
        return f"https://{self.host(name)}:{self.back_port(name)}"


def oin_of(name: str) -> Oin:
    """The OIN of a party that is no DV; a DV's stands in the world file."""
    return Oin(_OINS[name])


def entity_of(name: str) -> EntityId:
    """The EntityID of a party that is no DV of the world; eTD has names of its own form."""
    if name in MAKELAARS or name == MR:
        return _in_etoegang("MR" if name == MR else "HM", name)
    return EntityId.of(_ROLES[name], oin_of(name), 9001)


def authority_of(makelaar: str) -> EntityId:
    """The EntityID of the authenticatiedienst that a makelaar rests on."""
    return _in_etoegang("AD", makelaar)


def _in_etoegang(role: str, name: str) -> EntityId:
    return EntityId(f"urn:etoegang:{role}:{oin_of(name).value}:entities:9001")
