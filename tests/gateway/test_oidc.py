"""Logging in at an OpenID Connect provider: what is sent, what is kept, and each published way to cheat by its name."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws

from exchange.ask import Posted
from gateway.login import Login, Outstanding, SealedIdentity
from gateway.means.oidc.published import AGAIN, KEEP, REFRESH
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AnswerRefused,
    AssuranceTooLow,
    MessageRefused,
    MessageReplayed,
    Misconfigured,
    PartyUnavailable,
    SignatureRefused,
)
from tests.conftest import SettableClock
from tests.gateway.conform_means import LOGIN, asked
from tests.gateway.factories import House
from tests.gateway.oidc_bench import OidcBench, means_at
from tests.gateway.oidc_provider import BSN, a_jwk, a_provider, written
from tests.stelsel.saml.factories import BVD, NOON


@pytest.fixture
async def bench(house: House, clock: SettableClock, tmp_path: Path) -> AsyncIterator[OidcBench]:
    async with a_provider(clock) as provider:
        yield await OidcBench.at(house, provider, tmp_path)


async def came_back(bench: OidcBench, login: Login, form: Posted, **claims: Any) -> SealedIdentity:
    """After a code that stands for an ID token with these claims."""
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form, **claims)))
    return await bench.means.read(login, bench.provider.query(form))


@pytest.mark.clause("O7", "O9", "O12")
async def test_a_request_is_pushed_and_the_browser_carries_its_name_alone(bench: OidcBench) -> None:
    _, form = await asked(bench)
    assert form.fields == {}
    query = parse_qs(urlsplit(form.action).query)
    assert query.keys() == {"client_id", "request_uri"}
    request = bench.provider.request_in(form)
    assert request["code_challenge_method"] == "S256"
    assert request["acr_values"].split() == [f"urn:acr:{level.word}" for level in LevelOfAssurance]
    assert len({request["state"], request["nonce"], request["code_challenge"]}) == 3
    assert all(len(request[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    claims = jws.extract_compact(request["client_assertion"].encode()).payload
    assert bench.provider.issuer.encode() in claims
    assert b"token" not in claims


@pytest.mark.clause("O17", "UC-02")
async def test_only_levels_that_are_enough_are_asked_for(bench: OidcBench) -> None:
    _, form = await asked(bench, replace(LOGIN, minimum=LevelOfAssurance.SUBSTANTIEEL))
    assert bench.provider.request_in(form)["acr_values"] == "urn:acr:substantieel urn:acr:hoog"
    low = means_at(bench.house, bench.provider, {**bench.terms, "levels": {"1": "basis"}})
    await low.keep_up()
    with pytest.raises(AssuranceTooLow):
        await low.ask(replace(LOGIN, minimum=LevelOfAssurance.HOOG), bench.authority, None, silent=False)


@pytest.mark.clause("RD-ASR-06")
async def test_nobody_is_sent_there_for_another(bench: OidcBench) -> None:
    with pytest.raises(Misconfigured):
        await bench.means.ask(LOGIN, bench.authority, BVD, silent=False)


@pytest.mark.clause("O8")
async def test_an_id_token_of_another_login_says_nothing_in_this_one(bench: OidcBench) -> None:
    thief, its_form = await asked(bench, replace(LOGIN, id="2", handle="thief"))
    _, form = await asked(bench)
    bench.provider.gives(bench.provider.signed(bench.provider.claims(form)))
    with pytest.raises(AnswerRefused) as refused:
        await bench.means.read(thief, bench.provider.query(its_form))
    assert refused.value.broken_clause == "O8"


@pytest.mark.clause("O8")
async def test_an_injected_code_meets_the_verifier_of_this_login(bench: OidcBench) -> None:
    """The provider compares: what we send beside a code is of the login that it arrived in, never of its own."""
    _, of_victim = await asked(bench, replace(LOGIN, id="2", handle="victim"))
    thief, form = await asked(bench)
    stolen = parse_qs(bench.provider.query(of_victim))["code"][0]
    bench.provider.status, bench.provider.answer = 400, {"error": "invalid_grant", "error_description": BSN}
    with pytest.raises(AnswerRefused) as refused:
        await bench.means.read(thief, bench.provider.query(form, code=stolen))
    assert refused.value.broken_clause == "O8"
    assert BSN not in str(refused.value.facts())
    sent = bench.provider.exchanged[-1]
    assert sent["code"] == stolen
    assert sent["redirect_uri"] == "https://rd.test/means/werk/callback"


@pytest.mark.clause("O8", "O12")
async def test_an_answer_to_an_earlier_request_of_the_same_login_is_refused(bench: OidcBench) -> None:
    _, earlier = await asked(bench)
    login, _ = await asked(bench)
    with pytest.raises(AnswerRefused) as refused:
        await bench.means.read(login, bench.provider.query(earlier))
    assert refused.value.broken_clause == "O12"
    assert bench.provider.exchanged == []


@pytest.mark.clause("O8")
async def test_an_answer_that_was_refused_cannot_be_tried_again_with_another_code(bench: OidcBench) -> None:
    login, form = await asked(bench)
    with pytest.raises(AnswerRefused):
        await came_back(bench, login, form, nonce="another")
    with pytest.raises(MessageReplayed):
        await came_back(bench, login, form)


@pytest.mark.clause("O11")
async def test_providers_cannot_be_mixed_up(bench: OidcBench, clock: SettableClock, tmp_path: Path) -> None:
    """The bad one sends the browser on to the good one, whose answer the gateway would bring to the bad one."""
    async with a_provider(clock) as bad:
        at_bad = await OidcBench.at(bench.house, bad, tmp_path)
        login, form = await asked(at_bad)
        with pytest.raises(AnswerRefused) as refused:
            await at_bad.means.read(login, bad.query(form, iss=bench.provider.issuer))
        assert refused.value.broken_clause == "O11"
        assert bad.exchanged == []
        bad.gives(bench.provider.signed({**bad.claims(form), "iss": bench.provider.issuer}))
        with pytest.raises(SignatureRefused):
            await at_bad.means.read(login, bad.query(form))


@pytest.mark.clause("O11", "S21")
async def test_a_provider_cannot_speak_for_another(bench: OidcBench, clock: SettableClock, tmp_path: Path) -> None:
    async with a_provider(clock) as bad:
        at_bad = await OidcBench.at(bench.house, bad, tmp_path)
        login, form = await asked(at_bad)
        with pytest.raises(AnswerRefused) as refused:
            await came_back(at_bad, login, form, iss=bench.provider.issuer)
        assert refused.value.broken_clause == "O11"


@pytest.mark.clause("O1", "O2", "O3")
async def test_a_token_that_is_not_signed_as_agreed_ends_the_visit(bench: OidcBench) -> None:
    provider, key = bench.provider, bench.provider.key
    for forge in (
        lambda claims: provider.signed(claims, {"jku": f"{provider.issuer}/jwks"}),
        lambda claims: provider.signed(claims, {"kid": "../1"}),
        lambda claims: written(b"{}", {"alg": "RS256", "kid": key.kid}, key.key),
        lambda claims: ".".join((*provider.signed(claims).split(".")[:2], "")),
        lambda claims: 7,
        lambda claims: None,
    ):
        login, form = await asked(bench)
        provider.gives(forge(provider.claims(form)))
        before = list(provider.asked)
        with pytest.raises(MessageRefused):
            await bench.means.read(login, provider.query(form))
        assert provider.asked in (before, [*before, "/jwks"])


@pytest.mark.clause("O17")
async def test_a_level_raised_on_the_way_breaks_the_signature(bench: OidcBench) -> None:
    login, form = await asked(bench)
    low = bench.provider.signed(bench.provider.claims(form, acr="urn:acr:basis"))
    high = bench.provider.signed(bench.provider.claims(form))
    header, _, signature = low.split(".")
    bench.provider.gives(f"{header}.{high.split('.')[1]}.{signature}")
    with pytest.raises(SignatureRefused):
        await bench.means.read(login, bench.provider.query(form))


@pytest.mark.clause("O15")
async def test_userinfo_is_of_the_person_of_the_id_token(bench: OidcBench) -> None:
    means = means_at(bench.house, bench.provider, {**bench.terms, "userinfo": True})
    await means.keep_up()
    for about, fails in (({"sub": "somebody", "bsn": BSN}, False), ({"sub": "another", "bsn": BSN}, True), ({}, True)):
        bench.provider.about = about
        form = await means.ask(LOGIN, bench.authority, None, silent=False)
        login = replace(LOGIN, outstanding=Outstanding(form.request_id, form.party))
        bench.provider.gives(bench.provider.signed(bench.provider.claims(form, bsn=None)))
        if fails:
            with pytest.raises(AnswerRefused):
                await means.read(login, bench.provider.query(form))
        else:
            assert (await means.read(login, bench.provider.query(form))).acting


async def test_a_dv_without_a_key_is_told_nothing_instead_of_in_clear(bench: OidcBench) -> None:
    login, form = await asked(bench)
    bench.house.knows(encryption_keys=())
    with pytest.raises(Misconfigured):
        await came_back(bench, login, form)


@pytest.mark.clause("P1")
async def test_a_provider_that_takes_no_request_is_away(bench: OidcBench) -> None:
    bench.provider.is_away = True
    with pytest.raises(PartyUnavailable):
        await asked(bench)


@pytest.mark.clause("P1", "MD-GEN-03")
async def test_what_was_published_last_stays_for_a_day_and_no_longer(bench: OidcBench, clock: SettableClock) -> None:
    asked_before = len(bench.provider.asked)
    await bench.means.keep_up()
    assert len(bench.provider.asked) == asked_before
    bench.provider.is_away = True
    clock.now += REFRESH
    await bench.means.keep_up()
    assert bench.means.is_known(bench.authority, clock.now)
    clock.now = NOON + KEEP
    assert not bench.means.is_known(bench.authority, clock.now)
    bench.provider.is_away = False
    await bench.means.keep_up()
    assert bench.means.is_known(bench.authority, clock.now)


@pytest.mark.clause("S24")
async def test_a_document_of_another_provider_is_not_taken_over(bench: OidcBench, clock: SettableClock) -> None:
    bench.provider.document["issuer"] = "https://another.example"
    clock.now += REFRESH
    await bench.means.keep_up()
    _, form = await asked(bench)
    assert form.action.startswith(bench.provider.issuer)


@pytest.mark.clause("O3")
async def test_a_new_key_of_the_provider_is_found_and_names_do_not_make_us_ask_without_end(
    bench: OidcBench, clock: SettableClock
) -> None:
    newer = a_jwk("newer")
    bench.provider.keys.append(newer.public)

    async def signed_with_it() -> SealedIdentity:
        login, form = await asked(bench)
        claims = json.dumps(bench.provider.claims(form)).encode()
        bench.provider.gives(written(claims, {"alg": "PS256", "kid": newer.kid}, newer.key))
        return await bench.means.read(login, bench.provider.query(form))

    assert (await signed_with_it()).authority == bench.authority
    newer = a_jwk("unlisted")
    asked_before = len(bench.provider.asked)
    for _ in range(2):
        with pytest.raises(SignatureRefused):
            await signed_with_it()
    assert len(bench.provider.asked) == asked_before
    clock.now += AGAIN
    with pytest.raises(SignatureRefused):
        await signed_with_it()
    assert len(bench.provider.asked) == asked_before + 1
