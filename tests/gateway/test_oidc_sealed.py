"""Tokens that a provider encrypts for us, userinfo that it signs, and our own keys that roll over while we run."""

import base64
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.requests import Request

from exchange.ask import Posted
from gateway.login import Login, Outstanding
from gateway.means.oidc.kind import Oidc
from stelsel.failures import AnswerRefused, Failure, MessageMalformed, MessageTooLarge, Misconfigured, SignatureRefused
from tests.conftest import SettableClock
from tests.gateway.conform_means import LOGIN
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench, means_at
from tests.gateway.oidc_provider import BSN, a_pem, a_provider, of_another_key, sealed


@pytest.fixture
async def bench(house: House, clock: SettableClock, tmp_path: Path) -> AsyncIterator[OidcBench]:
    """Its means has one key that signs and one that opens."""
    opening = tmp_path / "opening"
    opening.mkdir()
    (opening / "1.pem").write_bytes(a_pem("opening"))
    async with a_provider(clock) as provider:
        yield await OidcBench.at(house, provider, tmp_path, decryption_keys=str(opening))


async def sent(bench: OidcBench, means: Oidc | None = None) -> tuple[Login, Posted]:
    form = await (means or bench.means).ask(LOGIN, bench.authority, None, silent=False)
    return replace(LOGIN, outstanding=Outstanding(form.request_id, form.party)), form


def without(bench: OidcBench, key: str) -> dict[str, Any]:
    return {name: value for name, value in bench.terms.items() if name != key}


def a_curve() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


async def listed(means: Oidc) -> list[dict[str, Any]]:
    """As the provider reads it."""
    answer = await means.key_set(Request({"type": "http", "method": "GET"}))
    return [dict(row) for row in json.loads(bytes(answer.body))["keys"]]


async def the_opening(bench: OidcBench) -> dict[str, Any]:
    return next(row for row in await listed(bench.means) if row["use"] == "enc")


@pytest.mark.clause("O5")
async def test_an_encrypted_id_token_is_opened_and_then_judged_as_any(bench: OidcBench) -> None:
    key = await the_opening(bench)
    assert key["alg"] == "RSA-OAEP-256"
    assert "d" not in key
    login, form = await sent(bench)
    claims = bench.provider.claims(form)
    bench.provider.gives(sealed(bench.provider.signed(claims), key))
    assert (await bench.means.read(login, bench.provider.query(form))).acting
    login, form = await sent(bench)
    told = {"iss": bench.provider.issuer, "aud": bench.provider.client_id}  # RFC 7519 5.3
    bench.provider.gives(sealed(bench.provider.signed(bench.provider.claims(form)), key, told))
    assert (await bench.means.read(login, bench.provider.query(form))).acting
    forgeries = (
        (of_another_key(claims, bench.provider.key.kid), SignatureRefused),
        (bench.provider.signed({**claims, "nonce": "another"}), AnswerRefused),
        (json.dumps(claims), MessageMalformed),
        (sealed(bench.provider.signed(claims), key), MessageMalformed),
    )
    for inside, refusal in forgeries:
        login, form = await sent(bench)
        bench.provider.gives(sealed(inside, key))
        with pytest.raises(refusal):
            await bench.means.read(login, bench.provider.query(form))


@pytest.mark.clause("O5")
async def test_encryption_that_was_agreed_cannot_be_left_out_nor_brought_where_it_was_not(bench: OidcBench) -> None:
    key = await the_opening(bench)
    open_means = means_at(bench.house, bench.provider, without(bench, "decryption_keys"))
    await open_means.keep_up()
    for means, seal in ((bench.means, False), (open_means, True)):
        login, form = await sent(bench, means)
        token = bench.provider.signed(bench.provider.claims(form))
        bench.provider.gives(sealed(token, key) if seal else token)
        with pytest.raises(MessageMalformed):
            await means.read(login, bench.provider.query(form))


@pytest.mark.clause("O3", "O5")
async def test_what_is_not_encrypted_as_agreed_is_not_opened(bench: OidcBench) -> None:
    key = await the_opening(bench)
    for header in (
        {"alg": "RSA-OAEP"},
        {"enc": "A128GCM"},
        {"enc": "A256CBC-HS512"},
        {"zip": "DEF"},
        {"cty": None},
        {"cty": "json"},
        {"typ": "at+jwt"},
        {"kid": "../1.pem"},
        {"jku": "https://thief.example/jwks"},
        {"iss": "https://another.example"},
        {"aud": ["namens"]},
    ):
        login, form = await sent(bench)
        bench.provider.gives(sealed(bench.provider.signed(bench.provider.claims(form)), key, header))
        with pytest.raises(SignatureRefused) as refused:
            await bench.means.read(login, bench.provider.query(form))
        assert refused.value.broken_clause == "O5", header


@pytest.mark.clause("O1", "O4", "O5", "O6")
async def test_a_header_is_judged_before_a_key_is_used(bench: OidcBench) -> None:
    key = await the_opening(bench)
    good = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key["kid"], "cty": "JWT"}
    headers = [
        json.dumps(good | more).encode()
        for more in (
            {"alg": "RSA1_5"},
            {"alg": "dir"},
            {"alg": "none"},
            {"alg": "PBES2-HS256+A128KW", "p2c": 10**9, "p2s": "c2FsdA"},
            {"kid": 7},
            {"crit": ["exp"], "exp": 1},
            {"epk": {"kty": "EC"}},
            {"x": "y" * 9000},
        )
    ]
    twice = json.dumps(good).encode().replace(b"{", b'{"alg": "none", ', 1)
    for header in (*headers, twice, b"[" * 5000 + b"]" * 5000, b"\xff", b"{}", b"null"):
        login, form = await sent(bench)
        rest = sealed(bench.provider.signed(bench.provider.claims(form)), key).partition(".")[2]
        bench.provider.gives(f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{rest}")
        with pytest.raises((SignatureRefused, MessageMalformed)):
            await bench.means.read(login, bench.provider.query(form))
    login, form = await sent(bench)
    bench.provider.gives(sealed("a" * 20_000, key))
    with pytest.raises(MessageTooLarge):
        await bench.means.read(login, bench.provider.query(form))


@pytest.mark.clause("O5")
async def test_why_a_token_does_not_open_is_told_to_nobody(bench: OidcBench) -> None:
    """Another key's, a changed ciphertext, a changed tag: one refusal in the same words."""
    key = await the_opening(bench)
    login, form = await sent(bench)
    parts = sealed(bench.provider.signed(bench.provider.claims(form)), key).split(".")
    told = set()
    for place in (1, 2, 3, 4):
        changed = [part[::-1] if index == place else part for index, part in enumerate(parts)]
        login, form = await sent(bench)
        bench.provider.gives(".".join(changed))
        with pytest.raises(Failure) as refused:
            await bench.means.read(login, bench.provider.query(form))
        told.add(str(refused.value.facts()))
    assert len(told) == 1, told


@pytest.mark.clause("O15")
async def test_userinfo_that_is_signed_is_of_this_provider_for_us_and_no_id_token(bench: OidcBench) -> None:
    provider = bench.provider
    terms = {**without(bench, "decryption_keys"), "userinfo": True, "userinfo_signed": True}
    means = means_at(bench.house, provider, terms)
    await means.keep_up()
    about = {"iss": provider.issuer, "aud": provider.client_id, "sub": "somebody", "bsn": BSN}

    async def told(text: object) -> object:
        login, form = await sent(bench, means)
        provider.gives(provider.signed(provider.claims(form, bsn=None)))
        provider.about = text
        return await means.read(login, provider.query(form))

    assert await told(provider.signed(about))
    assert await told(provider.signed({**about, "aud": [provider.client_id]}))
    for text, refusal in (
        (provider.signed({**about, "sub": "another"}), AnswerRefused),
        (provider.signed({**about, "iss": "https://another.example"}), AnswerRefused),
        (provider.signed({**about, "aud": "another"}), AnswerRefused),
        (provider.signed({**about, "aud": [provider.client_id, "another"]}), AnswerRefused),
        (provider.signed({**about, "nonce": "of an ID token"}), AnswerRefused),
        (provider.signed(about, {"typ": "at+jwt"}), SignatureRefused),
        (of_another_key(about, provider.key.kid), SignatureRefused),
        (about, MessageMalformed),
        ("é", MessageMalformed),
    ):
        with pytest.raises(refusal):
            await told(text)


@pytest.mark.clause("O5", "O15")
async def test_a_provider_that_cannot_encrypt_or_sign_as_agreed_is_not_taken(
    bench: OidcBench, clock: SettableClock
) -> None:
    terms = {**bench.terms, "userinfo": True, "userinfo_signed": True}
    for name in (
        "id_token_encryption_alg_values_supported",
        "id_token_encryption_enc_values_supported",
        "userinfo_signing_alg_values_supported",
    ):
        kept = bench.provider.document.pop(name)
        means = means_at(bench.house, bench.provider, terms)
        await means.keep_up()
        assert not means.is_known(bench.authority, clock.now), name
        bench.provider.document[name] = kept


async def test_keys_roll_over_without_a_restart(bench: OidcBench, tmp_path: Path) -> None:
    """A next key behind each, then the first goes: both are listed between, and nothing stops."""
    old_signing, old_opening = await listed(bench.means)
    (tmp_path / "client" / "2.pem").write_bytes(a_pem("next client"))
    (tmp_path / "opening" / "2.pem").write_bytes(a_pem("next opening"))
    assert len(await listed(bench.means)) == 2
    await bench.means.keep_up()
    rows = await listed(bench.means)
    assert [row["use"] for row in rows] == ["sig", "sig", "enc", "enc"]
    assert (rows[0], rows[2]) == (old_signing, old_opening)

    async def logs_in(opening: dict[str, Any]) -> str:
        login, form = await sent(bench)
        bench.provider.gives(sealed(bench.provider.signed(bench.provider.claims(form)), opening))
        await bench.means.read(login, bench.provider.query(form))
        return bench.provider.signer_of(form)

    assert await logs_in(old_opening) == await logs_in(rows[3]) == old_signing["kid"]
    (tmp_path / "client" / "1.pem").unlink()
    (tmp_path / "opening" / "1.pem").unlink()
    await bench.means.keep_up()
    assert await listed(bench.means) == [rows[1], rows[3]]
    assert await logs_in(rows[3]) == rows[1]["kid"]
    with pytest.raises(SignatureRefused):
        await logs_in(old_opening)


async def test_keys_that_cannot_be_read_leave_those_that_were(
    bench: OidcBench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = await listed(bench.means)
    (tmp_path / "client" / "0.pem").write_text("half of a")
    with caplog.at_level(logging.WARNING, "namens.oidc"):
        await bench.means.keep_up()
    assert await listed(bench.means) == before
    assert [record.message for record in caplog.records] == ["our keys are not read anew"]
    assert "half of a" not in caplog.text


def test_a_key_either_signs_or_opens(house: House, tmp_path: Path, bench: OidcBench) -> None:
    for name, named in (("client", "has a key that signs"), ("curve", "no RSA key")):
        (tmp_path / "opening" / "1.pem").write_bytes(a_pem("client") if name == "client" else a_curve())
        with pytest.raises(Misconfigured, match=named):
            means_at(house, bench.provider, bench.terms)
    for changes in ({"encryption": "A256CBC-HS512"}, {"userinfo_signed": True}):
        with pytest.raises(Misconfigured, match=next(iter(changes))):
            means_at(house, bench.provider, {**without(bench, "decryption_keys"), **changes})
