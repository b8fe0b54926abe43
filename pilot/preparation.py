"""What a pilot network needs before its event loop runs: keys, empty databases, and the settings of each party."""

import fcntl
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from bvd.settings import BvdSettings
from catalog.services import STANDARD, Entries, Provider
from exchange.settings import PartySettings
from gateway.means.entries import Authority, MeansEntries, MeansEntry
from gateway.settings import GatewaySettings
from metadata.held import folder_of
from metadata.settings import MetadataSettings
from pilot.bsnk import Bsnk
from pilot.bsnk_files import hand_out
from pilot.clients import OIDC, clients_of
from pilot.makelaars import eherkenning_of, makelaars_of
from pilot.pki import Holder, Pki, make_pki
from pilot.places import (
    BRP,
    BVD,
    DIGID,
    EIDAS,
    GATEWAY,
    KVK,
    MACHTIGEN,
    MAKELAARS,
    MR,
    POSTVAK,
    RECHTSPRAAK,
    TITLES,
    Places,
    entity_of,
    oin_of,
)
from pilot.portalen import SERVICES, providers_of, services_of
from pilot.postvak import EVENTS, LETTERS, MESSAGES
from pilot.werkaccount import werkaccount_of
from pilot.world import World
from portals.machtigen.settings import MachtigenSettings
from runtime.database import upgrade
from runtime.settings import JournalSettings, Secret, StoreSettings

OPERATOR: Final = "Namens (proef)"
DATABASES: Final = (GATEWAY, BVD, DIGID, MACHTIGEN, EIDAS)
# As an operator has it, but that nobody waits an hour to see a key roll over or a certificate refused.
REFRESHED: Final = MetadataSettings(look_seconds=5.0, least_seconds=30, usual_seconds=60, most_seconds=60)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Keys and settings of one network; `folder` holds its databases, made anew at each start.

    `eidas` is None in a world where no service takes it.
    """

    world: World
    places: Places
    folder: Path
    pki: Pki
    gateway: GatewaySettings
    bvd: BvdSettings
    digid: PartySettings
    machtigen: MachtigenSettings
    eidas: PartySettings | None = None
    bsnk: Bsnk = field(default_factory=Bsnk, repr=False)
    makelaars: Mapping[str, PartySettings] = field(default_factory=dict)

    @property
    def entries(self) -> Entries:
        """The catalogue as every party gets it: the world's, with each DV's own address, and the portals."""
        providers = tuple(
            provider if provider.url else replace(provider, url=self.places.front(provider.name) + "/")
            for provider in self.world.dvs
        )
        return Entries(
            (*providers, *providers_of(self.places)),
            (*self.world.services, *services_of()),
            self.world.lcs,
            self.world.clusters,
            (*self.world.clients, *clients_of(self.world, self.places, self.pki)),
        )


def prepare(world: World, folder: Path, places: Places, keys: Path | None = None) -> Prepared:
    """Makes what is missing: keys are used again from `keys` (default: in `folder`), databases never (CONTRACT)."""
    pki = _make_keys(world, places, keys or folder / "keys", folder / "keys")
    bsnk = Bsnk()
    scheme = hand_out(bsnk, world, pki) if takes_eidas(world) else None
    makelaars = makelaars_of(world)
    _make_databases(folder, (*DATABASES, *makelaars))
    gateway = GatewaySettings(
        **_common(GATEWAY, folder, places, pki),
        bvd=entity_of(BVD),
        means=_means(world, places, pki.folder),
        bsnk_scheme=scheme,
        subject_key=Secret(secrets.token_bytes(32)),
        bvd_title_nl=TITLES[BVD]["nl"],
        bvd_title_en=TITLES[BVD]["en"],
    )
    bvd = BvdSettings(
        **_common(BVD, folder, places, pki),
        routers=frozenset({entity_of(GATEWAY)}),
        authorities=frozenset(
            each.entity_id
            for means in gateway.means.by_name.values()
            if means.kind in ("st-saml", "etoegang")
            for each in means.authorities
        ),
        makelaars=frozenset(entity_of(name) for name in makelaars),
        bsnk_scheme=scheme,
        brp_url=places.back(BRP),
        rechtspraak_url=places.back(RECHTSPRAAK),
        machtigingen_url=places.back(MACHTIGEN),
        kvk_url=places.back(KVK),
        mr_url=places.back(MR),
    )
    digid = PartySettings(**_common(DIGID, folder, places, pki))
    machtigen = MachtigenSettings(
        **_common(MACHTIGEN, folder, places, pki),
        askers=frozenset({entity_of(BVD)}),
        gateway=entity_of(GATEWAY),
        service=SERVICES[MACHTIGEN],
        brp_url=places.back(BRP),
        rechtspraak_url=places.back(RECHTSPRAAK),
        events_url=places.back(POSTVAK) + EVENTS,
        messages_url=places.back(POSTVAK) + MESSAGES,
        letters_url=places.back(POSTVAK) + LETTERS,
    )
    eidas = PartySettings(**_common(EIDAS, folder, places, pki)) if takes_eidas(world) else None
    others = {name: PartySettings(**_common(name, folder, places, pki)) for name in makelaars}
    return Prepared(world, places, folder, pki, gateway, bvd, digid, machtigen, eidas, bsnk, others)


def takes_eidas(world: World) -> bool:
    """Whether anybody can log in with eIDAS: else there is no connector."""
    return any(EIDAS in service.means for service in world.services)


def _means(world: World, places: Places, keys: Path) -> MeansEntries:
    """The login means of this world, in the order in which they are offered."""
    names = (DIGID, *((EIDAS,) if takes_eidas(world) else ()))
    digid, *others = (
        MeansEntry(name=name, kind="st-saml", authorities=(Authority(entity_of(name)),)) for name in names
    )
    return MeansEntries.of(digid, *eherkenning_of(world), *others, *werkaccount_of(world, places, keys))


def _make_keys(world: World, places: Places, shelf: Path, folder: Path) -> Pki:
    """Keys from `shelf`, one network at a time. Each network reads a copy of its own in `folder`: another one, at
    another time, may need other certificates while this one runs."""
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pki = make_pki(shelf, world.at, lists=places.lists)
        pki.issue_all(_holders(world, places))
        if folder != shelf:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(shelf, folder)
    pki = replace(pki, folder=folder)
    for dv in _opened(world):
        held = folder_of(pki.ring(GATEWAY), dv.entity_id)
        shutil.copytree(pki.ring(_held_for(dv)), held, dirs_exist_ok=True)
    return pki


def _opened(world: World) -> tuple[Provider, ...]:
    """The DVs for which the gateway holds a key: they get values in clear, or tokens, or it has their keys of BSNk."""
    return tuple(dv for dv in world.dvs if dv.profile != STANDARD or dv.decrypted_here or OIDC in dv.interfaces)


def _held_for(dv: Provider) -> str:
    return f"held-{dv.name}"


def _holders(world: World, places: Places) -> tuple[Holder, ...]:
    """Every party with keys of its own; registers and their callers need TLS only, the DVs and the rest all three."""
    parties = [
        Holder(name=name, oin=oin_of(name), organisation=f"Proefpartij {name}", hosts=(places.host(name),))
        for name in (GATEWAY, BVD, DIGID, MACHTIGEN, *((EIDAS,) if takes_eidas(world) else ()))
    ]
    makelaars = [
        Holder(
            name=name,
            oin=oin_of(name),
            organisation=f"Proefpartij {name}",
            hosts=(places.host(name),),
            uses=("signing", "tls"),
        )
        for name in MAKELAARS
    ]
    registers = [
        Holder(name=name, oin=oin_of(name), organisation=f"Proefpartij {name}", uses=("tls",))
        for name in (RECHTSPRAAK, BRP, MR, KVK, POSTVAK)
    ]
    dvs = [Holder(name=dv.name, oin=dv.oin, organisation=dv.title["nl"]) for dv in world.dvs]
    lcs = [Holder(name=lc.name, oin=lc.oin, organisation=lc.title["nl"], uses=("signing", "tls")) for lc in world.lcs]
    held = [
        Holder(name=_held_for(dv), oin=oin_of(GATEWAY), organisation=dv.title["nl"], uses=("encryption",))
        for dv in _opened(world)
    ]
    return (*parties, *makelaars, *registers, *dvs, *lcs, *held)


def _make_databases(folder: Path, names: Sequence[str]) -> None:
    """One empty database a party, each with every table: migrated once, then copied."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sqlite*"):
        old.unlink()
    first, *others = (folder / f"{name}.sqlite" for name in names)
    upgrade(f"sqlite:///{first}")
    for other in others:
        shutil.copyfile(first, other)


def _common(name: str, folder: Path, places: Places, pki: Pki) -> Mapping[str, Any]:
    return {
        "entity_id": entity_of(name),
        "public_url": places.front(name),
        "back_channel_url": places.back(name),
        "keys": pki.ring(name),
        "anchors": pki.anchors,
        "handle_key": Secret(secrets.token_bytes(32)),
        "database_url": f"sqlite:///{folder / name}.sqlite",
        "store": StoreSettings(url="memory:", key=Secret(secrets.token_bytes(32))),
        "journal": JournalSettings(key=Secret(secrets.token_bytes(32))),
        "operator": OPERATOR,
        "pilot": True,
        "http_on_loopback": True,
        "metadata": REFRESHED,
        "port": places.front_port(name),
        "back_channel_port": places.back_port(name),
    }
