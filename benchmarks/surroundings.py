"""Everything a login needs besides the gateway and the BVD, in one process, on the front port PORT.

`python -m benchmarks.surroundings FOLDER PORT` writes into FOLDER the environment in which those two are started.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp

from benchmarks.light_dv import LightDv
from exchange.answering import published
from exchange.assembly import assemble
from exchange.resolve import Resolver
from gateway.means.entries import MeansEntries, MeansEntry
from pilot.network import Network, build_network
from pilot.places import BVD, DIGID, GATEWAY, Places, entity_of
from pilot.preparation import prepare
from pilot.world import DEMO, read_world
from runtime.serving import run
from runtime.settings import Secret, system_clock
from runtime.telemetry import configure_logging
from stelsel.identifiers import Identifier

DV: Final = "gemeente"
SERVICE: Final = "bijstand"


def places_from(port: int) -> Places:
    """The gateway and the BVD on front ports of their own, everybody else on `port`."""
    return Places(port, ((GATEWAY, port + 1), (BVD, port + 2)))


def environment_of(settings: object, prefix: str) -> Iterator[tuple[str, str]]:
    """Settings as the variables from which `read_settings` reads them."""
    for field in fields(settings):  # type: ignore[arg-type]
        name, value = f"{prefix}_{field.name.upper()}", getattr(settings, field.name)
        if isinstance(value, MeansEntries):
            yield name, "".join(map(_table, value.by_name.values()))
        elif is_dataclass(value) and not isinstance(value, Identifier | Secret):
            yield from environment_of(value, name)
        elif value is not None:
            yield name, _text(value)


def _table(means: MeansEntry) -> str:
    """A login means as TOML: JSON's texts and lists are TOML's too."""
    rows = [
        ", ".join(
            f"{key} = {json.dumps(value)}"
            for key, value in (
                ("entity", each.entity_id.value),
                ("title", each.title),
                ("only", sorted(dv.value for dv in each.only)),
            )
            if value
        )
        for each in means.authorities
    ]
    authorities = ", ".join(f"{{{row}}}" for row in rows)
    return f"[{means.name}]\nkind = {json.dumps(means.kind)}\nauthorities = [{authorities}]\n"


def _text(value: Any) -> str:
    match value:
        case Secret(secret):
            return base64.b64encode(secret).decode()
        case Identifier(text):
            return text
        case bool():
            return "true" if value else "false"
        case tuple() | frozenset():
            return ",".join(_text(each) for each in value)
    return str(value)


async def _light_dv(network: Network, stack: AsyncExitStack) -> LightDv:
    """The DV with the municipality's name and keys."""
    prepared = network.prepared
    provider = prepared.world.dv(DV)
    settings = replace(
        prepared.digid,
        entity_id=provider.entity_id,
        keys=prepared.pki.ring(DV),
        database_url=prepared.digid.database_url,
    )
    assembly = assemble(settings, system_clock, "dv")
    stack.push_async_callback(assembly.close)
    gateway = published(network.services[GATEWAY].assembly, system_clock())
    assembly.party.trust.replace([gateway])
    parties = {name: entity_of(name) for name in (GATEWAY, BVD, DIGID)}
    consumer = prepared.places.front(DV) + "/acs"
    resolver = Resolver(assembly.party, assembly.http, 10.0, 512 * 1024)
    return LightDv(assembly.party, resolver, consumer, prepared.world.service(SERVICE).uuid, parties)


def _write_secret(path: Path, text: str) -> None:
    """For the owner's eyes only: the settings hold keys."""
    path.touch(mode=0o600)
    path.write_text(text)


async def main(folder: Path, port: int) -> None:
    """Serves until it is told to stop."""
    # DigiD alone, so that nobody is asked how to log in: what is counted is the login.
    world = replace(read_world(DEMO, now=system_clock()), employees=())
    prepared = prepare(world, folder, places_from(port), keys=folder.parent / "keys")
    network = await build_network(prepared, system_clock)
    variables = {
        GATEWAY: dict(environment_of(prepared.gateway, "GATEWAY")),
        BVD: dict(environment_of(prepared.bvd, "BVD")),
    }
    _write_secret(folder / "environment.json", json.dumps(variables))
    async with AsyncExitStack() as stack:
        light = await _light_dv(network, stack)
        fronts: dict[str, ASGIApp] = {**network.fronts, prepared.places.host(DV): light.app()}
        await replace(network, fronts=fronts).serve(stack)
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging("surroundings", "ERROR")
    run(main(Path(sys.argv[1]), int(sys.argv[2])))
