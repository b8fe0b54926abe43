"""What a provider answers behind the browser's back, and what of it counts: tokens, errors and neither."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws

from gateway.login import Outstanding
from stelsel.failures import AnswerRefused, Failure, MessageMalformed, PartyUnavailable
from tests.conftest import SettableClock
from tests.gateway.conform_means import LOGIN, asked
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench, means_at
from tests.gateway.oidc_provider import BSN, a_provider


@pytest.fixture
async def bench(house: House, clock: SettableClock, tmp_path: Path) -> AsyncIterator[OidcBench]:
    async with a_provider(clock) as provider:
        yield await OidcBench.at(house, provider, tmp_path)


async def refusal(bench: OidcBench, status: int = 200, raw: bytes | None = None, **answer: Any) -> Failure:
    """What becomes of a login whose code stands for a token in order, answered with these changes."""
    login, form = await asked(bench)
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
    bench.provider.status = status
    bench.provider.answer = raw or {
        name: value for name, value in (bench.provider.answer | answer).items() if value is not None
    }
    with pytest.raises(Failure) as refused:
        await bench.means.read(login, bench.provider.query(form))
    return refused.value


@pytest.mark.clause("O8")
async def test_tokens_beside_an_error_are_none(bench: OidcBench) -> None:
    for status, error in ((400, None), (400, "invalid_grant"), (200, "invalid_grant"), (200, ["invalid_grant"])):
        failure = await refusal(bench, status, error=error, error_description=f'"{BSN}\\')
        assert type(failure) is AnswerRefused, failure.facts()
        assert failure.broken_clause == "O8"
        assert BSN not in str(failure.facts())


@pytest.mark.clause("P1")
@pytest.mark.parametrize("status", [201, 302, 401, 403, 429, 500, 503])
async def test_tokens_of_another_status_are_none(bench: OidcBench, status: int) -> None:
    failure = await refusal(bench, status)
    assert type(failure) is PartyUnavailable
    assert failure.is_down is (status == 503)


@pytest.mark.clause("O15")
@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": "DPoP"},
        {"token_type": None},
        {"token_type": ["Bearer"]},
        {"id_token": None},
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a\r\nHost: another.example"},
        {"access_token": "é"},
        {"access_token": "a" * 8193},
    ],
    ids=lambda changes: str(changes)[:50],
)
async def test_tokens_that_are_none_are_refused(bench: OidcBench, changes: dict[str, Any]) -> None:
    assert type(await refusal(bench, **changes)) is MessageMalformed


@pytest.mark.clause("O4", "O6")
async def test_an_answer_of_two_meanings_or_without_end_is_of_a_provider_in_trouble(bench: OidcBench) -> None:
    for raw in (
        b'{"id_token": "a", "id_token": "b"}',
        b'{"id_token": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b"[]",
        b"\xff",
        b'{"id_token": "' + b"a" * 70_000 + b'"}',
    ):
        assert type(await refusal(bench, raw=raw)) is PartyUnavailable, raw[:40]


async def test_how_long_a_token_lives_is_nobodys_word(bench: OidcBench) -> None:
    for life in ("a while", -1, [1], 1e300, None):
        login, form = await asked(bench)
        token = bench.provider.signed(bench.provider.claims(form))
        bench.provider.gives(token, token_type="bearer", expires_in=life, expires_at=life)
        assert (await bench.means.read(login, bench.provider.query(form))).acting


@pytest.mark.clause("O7")
async def test_each_assertion_is_a_new_one_for_the_issuer_by_our_clock(bench: OidcBench, clock: SettableClock) -> None:
    login, form = await asked(bench)
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
    await bench.means.read(login, bench.provider.query(form))
    sent = [bench.provider.request_in(form)["client_assertion"], bench.provider.exchanged[-1]["client_assertion"]]
    claims = [json.loads(jws.extract_compact(each.encode()).payload) for each in sent]
    assert [each["aud"] for each in claims] == [bench.provider.issuer] * 2
    assert [each["exp"] - each["iat"] for each in claims] == [60, 60]
    assert {each["iat"] for each in claims} == {int(clock.now.timestamp())}
    assert len({each["jti"] for each in claims}) == 2


@pytest.mark.clause("O9")
async def test_a_code_is_exchanged_with_the_verifier_of_its_challenge(bench: OidcBench) -> None:
    """RFC 7636 4.6, computed here the long way."""
    login, form = await asked(bench)
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
    await bench.means.read(login, bench.provider.query(form))
    digest = hashlib.sha256(bench.provider.exchanged[-1]["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert bench.provider.request_in(form)["code_challenge"] == challenge


@pytest.mark.clause("O8")
async def test_a_code_arrives_as_it_was_given(bench: OidcBench) -> None:
    for code in ("a+b/c=", "a&client_id=thief", "%41", "é ü", "a" * 2000):
        login, form = await asked(bench)
        bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
        await bench.means.read(login, bench.provider.query(form, code=code))
        assert bench.provider.exchanged[-1]["code"] == code
        assert bench.provider.exchanged[-1]["client_id"] == "namens"


@pytest.mark.clause("S24")
async def test_no_redirect_is_followed_with_a_token_or_a_code(bench: OidcBench) -> None:
    bench.provider.moved = {"/token": "https://thief.example/token"}
    assert type(await refusal(bench)) is PartyUnavailable
    bench.provider.moved = {"/userinfo": "https://thief.example/userinfo"}
    means = means_at(bench.house, bench.provider, {**bench.terms, "userinfo": True})
    await means.keep_up()
    form = await means.ask(LOGIN, bench.authority, None, silent=False)
    login = replace(LOGIN, outstanding=Outstanding(form.request_id, form.party))
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
    with pytest.raises(PartyUnavailable):
        await means.read(login, bench.provider.query(form))


@pytest.mark.clause("S24", "O3")
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
async def test_what_a_provider_publishes_is_not_fetched_elsewhere(
    bench: OidcBench, clock: SettableClock, path: str
) -> None:
    bench.forget()
    bench.provider.moved = {path: "https://thief.example/jwks"}
    await bench.means.keep_up()
    assert not bench.means.is_known(bench.authority, clock.now)
