"""Mutual TLS on a real port: who gets in, whose certificate the route sees, whose the client sees."""

import asyncio
import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from runtime.http import Answer, HttpClient
from runtime.serving import Listener, serving
from runtime.settings import ServerLimits
from runtime.tls import ServerTls, TlsIdentity, client_context, server_context
from stelsel.failures import Misconfigured, PartyUnavailable
from tests.runtime.factories import Authority, der_of


@dataclass(frozen=True, slots=True)
class BackChannel:
    """A port with mutual TLS on which two parties answer, each under a name of its own."""

    port: int

    def url(self, name: str) -> str:
        return f"https://{name}:{self.port}/"


@pytest.fixture
async def back_channel(app: ASGIApp, authority: Authority) -> AsyncIterator[BackChannel]:
    tls = server_context(
        authority.vouch("localhost"),
        authority.path,
        {"bvd.localhost": authority.vouch("bvd.localhost"), "digid.localhost": authority.vouch("digid.localhost")},
    )
    async with serving(Listener(app=app, port=0, tls=tls), limits=ServerLimits(stop_seconds=0)) as ports:
        yield BackChannel(ports[0])


async def get(tls: ssl.SSLContext, url: str) -> Answer:
    client = HttpClient(tls, loopback=False)
    try:
        return await client.send("GET", url, deadline_seconds=5, max_bytes=10_000)
    finally:
        await client.close()


@pytest.mark.clause("GEN-20")
async def test_the_route_sees_the_certificate_of_the_client(back_channel: BackChannel, authority: Authority) -> None:
    for name in ("gateway", "gemeente"):
        identity = authority.vouch(name)
        answer = await get(client_context(authority.path, identity), back_channel.url("localhost"))
        assert json.loads(answer.content)["peer"] == hashlib.sha256(der_of(identity)).hexdigest()


@pytest.mark.clause("GEN-20")
async def test_a_client_without_certificate_is_not_let_in(back_channel: BackChannel, authority: Authority) -> None:
    with pytest.raises(PartyUnavailable):
        await get(client_context(authority.path), back_channel.url("localhost"))


@pytest.mark.clause("GEN-20")
async def test_a_client_of_an_unknown_authority_is_not_let_in(
    back_channel: BackChannel, authority: Authority, stranger: Authority
) -> None:
    with pytest.raises(PartyUnavailable):
        await get(client_context(authority.path, stranger.vouch("gateway")), back_channel.url("localhost"))


async def test_we_do_not_speak_to_a_party_of_an_unknown_authority(
    back_channel: BackChannel, authority: Authority, stranger: Authority
) -> None:
    with pytest.raises(PartyUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await get(client_context(stranger.path, authority.vouch("gateway")), back_channel.url("localhost"))


@pytest.mark.parametrize("name", ["localhost", "bvd.localhost", "digid.localhost"])
async def test_each_name_on_the_port_shows_its_own_certificate(
    back_channel: BackChannel, authority: Authority, name: str
) -> None:
    answer = await get(client_context(authority.path, authority.vouch("gateway")), back_channel.url(name))
    told = json.loads(answer.content)
    assert told["host"] == f"{name}:{back_channel.port}"
    assert told["peer"] is not None


async def test_a_name_that_the_certificate_does_not_have_is_refused(
    back_channel: BackChannel, authority: Authority
) -> None:
    with pytest.raises(PartyUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await get(client_context(authority.path, authority.vouch("gateway")), back_channel.url("kvk.localhost"))


async def test_one_connection_is_not_used_for_another_party(back_channel: BackChannel, authority: Authority) -> None:
    """Both answer on the same address and port: a pool that went by those would mix them up (recipes C)."""
    client = HttpClient(client_context(authority.path, authority.vouch("gateway")), loopback=False)
    told = []
    for name in ("bvd.localhost", "digid.localhost", "bvd.localhost"):
        answer = await client.send("GET", back_channel.url(name), deadline_seconds=5, max_bytes=10_000)
        told.append(json.loads(answer.content)["client"])
    await client.close()
    assert told[0] == told[2] != told[1]


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str | None = "localhost") -> ssl.SSLObject:
    """Both sides in memory; raises what either would."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ours


def test_both_sides_agree_on_tls_1_3(authority: Authority) -> None:
    server = server_context(authority.vouch("localhost"), authority.path)
    agreed = handshake(client_context(authority.path, authority.vouch("gateway")), server)
    assert agreed.version() == "TLSv1.3"
    assert agreed.selected_alpn_protocol() == "http/1.1"


def test_tls_1_2_is_spoken_with_forward_secrecy_and_authenticated_encryption_only(authority: Authority) -> None:
    server = server_context(authority.vouch("localhost"), authority.path)
    old = client_context(authority.path, authority.vouch("gateway"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    cipher = handshake(old, server).cipher()
    assert cipher is not None
    assert cipher[0].startswith("ECDHE-")
    assert "GCM" in cipher[0]
    old.set_ciphers("AES256-GCM-SHA384:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        handshake(old, server)


def test_older_tls_is_not_spoken(authority: Authority) -> None:
    server = server_context(authority.vouch("localhost"), authority.path)
    assert server.minimum_version == ssl.TLSVersion.TLSv1_2
    assert client_context(authority.path).minimum_version == ssl.TLSVersion.TLSv1_2


def test_no_session_is_resumed_where_a_client_must_show_itself(authority: Authority) -> None:
    server = server_context(authority.vouch("localhost"), authority.path)
    assert server.num_tickets == 0
    assert server.options & ssl.OP_NO_TICKET


def test_files_that_are_no_certificates_stop_the_start(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    identity = authority.vouch("localhost")
    with pytest.raises(Misconfigured, match=r"empty\.pem"):
        server_context(identity, tmp_path / "empty.pem")
    with pytest.raises(Misconfigured, match=r"gone\.pem"):
        client_context(tmp_path / "gone.pem")
    with pytest.raises(Misconfigured, match="are no certificate and its key"):
        client_context(authority.path, TlsIdentity(identity.certificate, authority.vouch("other").key))


def test_a_port_shows_another_certificate_from_the_next_connection_on(authority: Authority) -> None:
    first, second = authority.vouch("localhost"), authority.vouch("localhost")
    bvd, bvd_next = authority.vouch("bvd.localhost"), authority.vouch("bvd.localhost")
    own, other = ServerTls(first, authority.path), ServerTls(bvd, authority.path)
    context = own.context({"bvd.localhost": other})
    client = client_context(authority.path, authority.vouch("gateway"))

    nameless = client_context(authority.path, authority.vouch("gateway"))
    nameless.check_hostname = False

    def shown(name: str | None) -> bytes | None:
        return handshake(client if name else nameless, context, name).getpeercert(binary_form=True)

    assert [shown("localhost"), shown("bvd.localhost")] == [der_of(first), der_of(bvd)]
    own.show(own.made(second))
    assert [shown("localhost"), shown(None), shown("bvd.localhost")] == [der_of(second), der_of(second), der_of(bvd)]
    other.show(other.made(bvd_next))
    assert [shown("localhost"), shown("bvd.localhost")] == [der_of(second), der_of(bvd_next)]


def test_who_is_trusted_beside_stays_so_with_another_certificate(authority: Authority, stranger: Authority) -> None:
    own = ServerTls(authority.vouch("localhost"), authority.path)
    context = own.context()
    client = client_context(authority.path, stranger.vouch("gateway"))
    own.trust(stranger.path.read_text())
    for _ in range(2):
        handshake(client, context)
        own.show(own.made(authority.vouch("localhost")))
    own.show(ServerTls(authority.vouch("localhost"), authority.path).made(authority.vouch("localhost")))
    with pytest.raises(ssl.SSLError):
        handshake(client, context)


async def test_a_client_shows_another_certificate_from_the_next_request_on(
    back_channel: BackChannel, authority: Authority
) -> None:
    old, new = authority.vouch("gateway"), authority.vouch("gateway")
    client = HttpClient(client_context(authority.path, old), loopback=False)
    told = []
    for identity in (old, old, new, new):
        if identity is new:
            client.show(await asyncio.to_thread(client_context, authority.path, new))
        answer = await client.send("GET", back_channel.url("localhost"), deadline_seconds=5, max_bytes=10_000)
        told.append(json.loads(answer.content)["peer"])
    await client.close()
    assert told == [hashlib.sha256(der_of(identity)).hexdigest() for identity in (old, old, new, new)]
