"""Keys roll over while people log in, and nobody is refused: publish, wait, use, wait, remove (spec/security P5)."""

import asyncio
import shutil
import ssl
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from exchange.upkeep import keep_up
from metadata.entities import Entity
from metadata.held import folder_of
from metadata.settings import MetadataSettings
from pilot.places import BVD, DIGID, GATEWAY, entity_of, oin_of
from pilot.preparation import Prepared
from pilot.sample_dv.settings import KeyFiles
from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml.xml import parse
from tests.flows.load import Load, a_cache_time_later, everybody, go_round
from tests.flows.outsiders import LEGACY, OVER_SAML_ALONE, ROWS, Outsider
from tests.flows.pilots import Pilot, Start
from tests.flows.wire import Exchange

A_CACHE_TIME = MetadataSettings(least_seconds=10, usual_seconds=20, most_seconds=20)


def soon_refreshed(prepared: Prepared) -> Prepared:
    """Documents are fetched again after 20 seconds: less than an artifact lives, so that logins go on meanwhile."""
    settings = {name: replace(getattr(prepared, name), metadata=A_CACHE_TIME) for name in (GATEWAY, BVD, DIGID)}
    return replace(prepared, **settings)


async def a_network(start_pilot: Start) -> Pilot:
    """The scenarios, and a DV whose key the gateway holds."""
    return await start_pilot(ROWS + OVER_SAML_ALONE, changed=soon_refreshed)


def new_keys(pilot: Pilot, party: str, folder: Path, uses: Iterable[str], **dates: datetime) -> None:
    """A second key of each use beside the first; `dates` are of the new ones, and stand there before the keys do."""
    world, pki = pilot.world, pilot.network.prepared.pki
    oin = next((dv.oin for dv in world.dvs if dv.name == party), None) or oin_of(party)
    made = pki.issue(f"{party}-next", oin, hosts=(pilot.places.host(party),))
    rows = "".join(f"{name} = {at.isoformat()}\n" for name, at in dates.items())
    if rows:
        (folder / "keys.toml").write_text("".join(f"[{use}-2]\n{rows}" for use in uses))
    for use in uses:
        shutil.copyfile(made / f"{use}-1.pem", folder / f"{use}-2.pem")


def retire(folder: Path, uses: Iterable[str], at: datetime) -> None:
    """The first key of each use is over."""
    (folder / "keys.toml").write_text("".join(f"[{use}-1]\nretired_from = {at.isoformat()}\n" for use in uses))


def known_to(pilot: Pilot, reader: str, party: EntityId) -> Entity:
    """A party as another service has it now."""
    return pilot.network.services[reader].assembly.party.trust.find(party, pilot.clock())


def key_names(message: bytes) -> list[str]:
    """The KeyNames of all signatures in a message."""
    root = parse(message)
    return [str(each.text) for each in root.iter(f"{{{urns.DS}}}KeyName") if _in_signature(each)]


def _in_signature(element: etree._Element) -> bool:
    return any(each.tag == f"{{{urns.DS}}}Signature" for each in element.iterancestors())


async def shown_at_the_back(pilot: Pilot, party: str) -> bytes:
    """The certificate that a party's back channel shows to a connection that begins now (DER)."""
    pki = pilot.network.prepared.pki
    tls = await asyncio.to_thread(ssl.create_default_context, cafile=str(pki.anchors))
    await asyncio.to_thread(tls.load_cert_chain, pki.ring("gemeente") / "tls-1.pem")
    port, host = pilot.places.shared_back_port, pilot.places.host(party)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=host)
    der: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return der


@pytest.mark.clause("P5", "GEN-21", "MD-AD-02", "MD-RS-02")
@pytest.mark.parametrize(
    ("party", "reader", "uses"),
    [
        (GATEWAY, DIGID, ("signing", "tls")),
        (DIGID, GATEWAY, ("signing", "tls")),
        (BVD, GATEWAY, ("signing", "encryption", "tls")),
    ],
    ids=["the gateway", "an AD", "the BVD"],
)
async def test_nobody_is_refused_while_a_service_takes_new_keys(
    start_pilot: Start, party: str, reader: str, uses: tuple[str, ...]
) -> None:
    pilot = await a_network(start_pilot)
    assembly, now = pilot.network.services[party].assembly, pilot.clock()
    ring, folder = assembly.party.keys, assembly.settings.keys
    old, old_tls = ring.signing(now).name, await shown_at_the_back(pilot, party)
    async with Load(everybody(pilot)) as load:
        new_keys(pilot, party, folder, uses, active_from=now + timedelta(seconds=30))
        await a_cache_time_later(pilot, load, party)
        both = known_to(pilot, reader, entity_of(party))
        assert len(both.signing_keys) == 4
        assert len(both.encryption_keys) == (2 if "encryption" in uses else 0)
        assert (ring.signing(pilot.clock()).name, await shown_at_the_back(pilot, party)) == (old, old_tls)

        await a_cache_time_later(pilot, load, party)
        new, new_tls = ring.signing(pilot.clock()).name, await shown_at_the_back(pilot, party)
        assert new != old
        assert new_tls not in (old_tls, b"")
        assert new_tls in {key.certificate for key in both.signing_keys}

        said = len(pilot.wire)
        retire(folder, uses, pilot.clock())
        await a_cache_time_later(pilot, load, party)
        left = known_to(pilot, reader, entity_of(party))
        assert left.signing_keys[0].name == new
        assert len(left.signing_keys) == 2
        assert not left.accepts_tls(old_tls)
    names = {name for each in pilot.wire[said:] if b":ArtifactResponse" in each.answer for name in _signers(each)}
    assert new in names
    assert old not in names


def _signers(said: Exchange) -> list[str]:
    return key_names(said.answer) if said.host.endswith("/back") else []


@pytest.mark.clause("P5", "MD-RS-04")
async def test_nobody_is_refused_while_the_key_held_for_a_dv_is_renewed(start_pilot: Start) -> None:
    pilot = await a_network(start_pilot)
    gateway, dv = pilot.network.services[GATEWAY].assembly, Outsider(pilot, LEGACY).speaker.entity
    folder = folder_of(gateway.settings.keys, dv)
    old = gateway.held.published(dv, pilot.clock())
    async with Load(everybody(pilot)) as load:
        new_keys(pilot, GATEWAY, folder, ("encryption",))
        await a_cache_time_later(pilot, load)
        assert len(_listed(pilot, dv)) == 2
        retire(folder, ("encryption",), pilot.clock())
        await a_cache_time_later(pilot, load)
        (left,) = _listed(pilot, dv)
        assert left not in {key.certificate for key in old}


def _listed(pilot: Pilot, dv: EntityId) -> list[bytes]:
    """The keys with which DigiD encrypts for a DV."""
    return [key.certificate for key in known_to(pilot, DIGID, dv).encryption_keys]


@pytest.mark.clause("P5", "DV-ATT-07", "MD-DV-02", "GEN-21", "MD-RS-04")
async def test_nobody_is_refused_while_a_dv_takes_new_keys(start_pilot: Start) -> None:
    pilot = await a_network(start_pilot)
    pki, provider = pilot.network.prepared.pki, pilot.world.dv("gemeente")
    ring = pki.ring(provider.name)
    new_keys(pilot, provider.name, ring, ("signing", "encryption", "tls"))
    one, two = (KeyFiles.in_ring(ring, pki.anchors, number) for number in (1, 2))
    dv = pilot.network.samples[pilot.world.dvs.index(provider)].state.dv

    def beside(other: KeyFiles) -> tuple[tuple[Path, Path, Path], ...]:
        return ((other.signing, other.encryption, other.tls),)

    async with Load(everybody(pilot)) as load:
        dv.take_keys(replace(one, beside=beside(two)))
        await a_cache_time_later(pilot, load)
        published = known_to(pilot, GATEWAY, provider.entity_id)
        assert (len(published.signing_keys), len(published.encryption_keys)) == (4, 2)
        assert _copies(pilot, provider.entity_id) == 2

        dv.take_keys(replace(two, beside=beside(one)))
        await a_cache_time_later(pilot, load)

        dv.take_keys(replace(two, opened=(one.encryption,)))
        await a_cache_time_later(pilot, load)
        left = known_to(pilot, GATEWAY, provider.entity_id)
        assert (len(left.signing_keys), len(left.encryption_keys)) == (2, 1)
        assert not {key.certificate for key in left.signing_keys} & {
            key.certificate for key in published.signing_keys[::2]
        }
        assert _copies(pilot, provider.entity_id) == 1


def _copies(pilot: Pilot, dv: EntityId) -> int:
    """How often the content key was wrapped for a DV in what an AD or BVD answered last about it (DV-ATT-07)."""
    hosts = {f"{pilot.places.host(name)}/back" for name in (DIGID, BVD)}
    for each in reversed(pilot.wire):
        if each.host in hosts and b"EncryptedID" in each.answer:
            for sealed in parse(each.answer).iter(f"{{{urns.SAML}}}EncryptedID"):
                wrapped = [key for key in sealed.iter() if key.get("Recipient") == dv.value]
                if wrapped:
                    return len(wrapped)
    raise AssertionError("nothing was sealed for this DV")


async def test_a_key_that_signs_before_others_know_it_is_refused(start_pilot: Start) -> None:
    """What the order of the steps is for: without the wait the same logins fail."""
    pilot = await a_network(start_pilot)
    assembly = pilot.network.services[DIGID].assembly
    new_keys(pilot, DIGID, assembly.settings.keys, ("signing",))
    await keep_up(assembly)
    assert (await pilot.log_in("F1", "S1", "C2"))["outcome"] == "page"
    pilot.clock.advance(seconds=21)
    await go_round(pilot, DIGID)
    assert (await pilot.log_in("F1", "S1", "C2"))["outcome"] == "success"
