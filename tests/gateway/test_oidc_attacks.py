"""Attacks on a means that speaks OpenID Connect, by their names: forged signatures, other addresses, odd texts."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.login import Outstanding
from gateway.means.oidc.kind import Oidc
from gateway.means.terms import Terms
from runtime.http import HttpClient
from stelsel.failures import Failure, MessageMalformed, MessageRefused, PartyUnavailable, SignatureRefused
from stelsel.identifiers import EntityId
from tests.conftest import SettableClock
from tests.gateway.conform_means import LOGIN, asked
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench, means_at
from tests.gateway.oidc_provider import a_jwk, a_provider, written


@pytest.fixture
async def bench(house: House, clock: SettableClock, tmp_path: Path) -> AsyncIterator[OidcBench]:
    async with a_provider(clock) as provider:
        yield await OidcBench.at(house, provider, tmp_path)


@pytest.fixture
async def web() -> AsyncIterator[HttpClient]:
    """The way out to addresses that others name, on a machine where the pilot runs."""
    client = HttpClient(None, loopback=True, plain=True)
    yield client
    await client.close()


def part(value: Mapping[str, Any] | bytes) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def refusal(bench: OidcBench, forge: Any) -> Failure:
    """What becomes of a login for whose code the provider gives `forge(claims)`."""
    login, form = await asked(bench)
    bench.provider.gives(forge(bench.provider.claims(form)))
    with pytest.raises(Failure) as refused:
        await bench.means.read(login, bench.provider.query(form))
    return refused.value


@pytest.mark.clause("O1")
@pytest.mark.parametrize("spelling", ["none", "None", "nOnE", "", None])
@pytest.mark.parametrize("signature", ["", "AA"])
async def test_a_token_that_says_that_nobody_signed_it(bench: OidcBench, spelling: str | None, signature: str) -> None:
    header = {"alg": spelling, "kid": bench.provider.key.kid}
    failure = await refusal(bench, lambda claims: f"{part(header)}.{part(claims)}.{signature}")
    assert isinstance(failure, SignatureRefused | MessageMalformed)


@pytest.mark.clause("O2")
async def test_the_providers_public_key_as_a_secret(bench: OidcBench) -> None:
    key = bench.provider.key
    for secret in (key.key.as_pem(private=False), json.dumps(key.public).encode(), key.kid.encode(), b""):

        def forge(claims: Mapping[str, Any], secret: bytes = secret) -> str:
            signed = f"{part({'alg': 'HS256', 'kid': key.kid})}.{part(claims)}"
            return f"{signed}.{part(hmac.digest(secret or b'0', signed.encode(), hashlib.sha256))}"

        assert isinstance(await refusal(bench, forge), SignatureRefused)


@pytest.mark.clause("O2", "O3")
async def test_a_key_that_signs_for_us_signs_nothing_for_the_provider(bench: OidcBench) -> None:
    """Our own assertion, and an ID token signed with our own key under its own name or the provider's."""
    ours = a_jwk("client")
    for kid in (ours.kid, bench.provider.key.kid):
        failure = await refusal(
            bench, lambda claims, kid=kid: written(json.dumps(claims).encode(), {"alg": "PS256", "kid": kid}, ours.key)
        )
        assert isinstance(failure, SignatureRefused)
    _, form = await asked(bench)
    assertion = bench.provider.request_in(form)["client_assertion"]
    assert isinstance(await refusal(bench, lambda claims: assertion), SignatureRefused)


@pytest.mark.clause("O3")
@pytest.mark.parametrize(
    "kid", ["../1.pem", "' OR 1=1 --", "https://thief.example/jwks", "%00", "", ["a"], {"a": 1}, 0]
)
async def test_tricks_with_the_name_of_a_key(bench: OidcBench, kid: object) -> None:
    failure = await refusal(bench, lambda claims: f"{part({'alg': 'PS256', 'kid': kid})}.{part(claims)}.AA")
    assert isinstance(failure, MessageRefused)
    assert all(path in ("/.well-known/openid-configuration", "/jwks") for path in bench.provider.asked)


@pytest.mark.clause("S24")
@pytest.mark.parametrize(
    "address",
    ["https://169.254.169.254/latest/meta-data", "https://[fe80::1]/jwks", "https://0.0.0.0/", "https://224.0.0.1/"],
)
async def test_a_document_that_names_an_address_of_our_own_network(
    bench: OidcBench, web: HttpClient, clock: SettableClock, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    terms = Terms("werk", bench.terms)
    tools = replace(bench.house.means_tools(EntityId(bench.provider.issuer), terms=terms), web=web)
    bench.provider.document["jwks_uri"] = address
    means = Oidc(tools)
    with caplog.at_level(logging.WARNING, "namens.oidc"):
        await means.keep_up()
    assert not means.is_known(bench.authority, clock.now)
    assert [getattr(record, "why", "") for record in caplog.records] == [
        "an address of this machine or its link, which we do not ask"
    ]
    bench.provider.document |= {"jwks_uri": f"{bench.provider.issuer}/jwks", "token_endpoint": address}
    await means.keep_up()
    form = await means.ask(LOGIN, bench.authority, None, silent=False)
    with pytest.raises(PartyUnavailable):
        await means.read(
            replace(LOGIN, outstanding=Outstanding(form.request_id, form.party)), bench.provider.query(form)
        )


@pytest.mark.clause("O4")
@pytest.mark.parametrize("name", ["bsn", "sub", "acr", "nonce", "at_hash", "azp", "aud"])
async def test_half_a_character_in_a_claim_is_a_message_of_no_meaning(
    bench: OidcBench, tmp_path: Path, name: str
) -> None:
    (tmp_path / "pseudonyms").write_bytes(b"k" * 32)
    changes = {"identifies": "pseudonym", "pseudonym_key": str(tmp_path / "pseudonyms")}
    bench.means = means_at(bench.house, bench.provider, {**bench.terms, **changes})
    await bench.means.keep_up()
    failure = await refusal(bench, lambda claims: bench.provider.signed({**claims, name: "\ud800"}))
    assert isinstance(failure, MessageMalformed)


@pytest.mark.clause("O12")
async def test_a_callback_that_says_what_it_cannot(bench: OidcBench) -> None:
    for query in ("", "state=%ff", "state=%00&iss=%00&code=%00", "code=a;b", "=&=", "error=%ed%a0%80"):
        login, _ = await asked(bench)
        with pytest.raises(MessageRefused):
            await bench.means.read(login, query)
    assert bench.provider.exchanged == []
