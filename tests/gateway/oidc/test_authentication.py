"""How a client proves who it is: each way to fail, and what conflicts between profiles come to."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from catalog.clients import Policy
from gateway.interfaces.oidc.authentication import ASSERTION_TYPE
from tests.gateway.factories import ISSUER
from tests.gateway.oidc.factories import CLIENT_ID, Rp, a_client, b64, jwk, key_set, secret_client, signed

TOKEN = f"{ISSUER}/oidc/token"
PAR = f"{ISSUER}/oidc/par"


async def pushed(rp: Rp, assertion: str, **fields: str) -> tuple[int, str]:
    """Status and error of a pushed request with this assertion."""
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | fields
    response = await rp.push(proof)
    return response.status_code, response.json().get("error", "")


@pytest.mark.clause("OIDC-21", "OAU-01", "OAU-09", "OAU-10")
async def test_a_client_is_known_by_the_signature_of_its_key(rp: Rp) -> None:
    assert await pushed(rp, rp.assertion()) == (201, "")


@pytest.mark.clause("OAU-09", "FAPI-04", "O7")
async def test_an_assertion_that_says_something_else_proves_nothing(rp: Rp) -> None:
    for changes in (
        {"iss": "ander"},
        {"sub": "ander"},
        {"aud": "https://evil.test"},
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://evil.test"]},
        {"aud": None},
        {"jti": None},
        {"jti": "kort"},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 2**60},
        {"exp": True},
        {"nbf": "morgen"},
    ):
        assert await pushed(rp, rp.assertion(**changes)) == (401, "invalid_client"), changes


@pytest.mark.clause("FAPI-04")
async def test_a_clock_that_is_somewhat_ahead_is_borne(rp: Rp) -> None:
    for ahead, status in ((10, 201), (61, 401)):
        assert (await pushed(rp, rp.assertion(iat=rp.now() + ahead, exp=rp.now() + 120)))[0] == status


@pytest.mark.clause("OIDC-22", "OAU-09")
async def test_an_assertion_is_used_once(rp: Rp) -> None:
    assertion = rp.assertion()
    assert await pushed(rp, assertion) == (201, "")
    assert await pushed(rp, assertion) == (401, "invalid_client")


@pytest.mark.clause("O7", "OAU-09", "FAPI-01")
async def test_for_whom_an_assertion_is_meant_is_a_matter_of_policy(rp: Rp) -> None:
    for audience, status in ((ISSUER, 201), (PAR, 201), (TOKEN, 401)):
        assert (await pushed(rp, rp.assertion(aud=audience)))[0] == status
    await rp.joins(a_client(policy=Policy.FAPI2))
    for audience, status in ((ISSUER, 201), (PAR, 401)):
        assert (await pushed(rp, rp.assertion(aud=audience)))[0] == status


def forged(rp: Rp, header: dict[str, Any], secret: bytes = b"") -> str:
    """An assertion whose header says `header`, with an HMAC in place of a signature."""
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": rp.now(), "exp": rp.now() + 60, "jti": "j" * 16}
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(hmac.digest(secret or b'-', text.encode(), hashlib.sha256))}"


@pytest.mark.clause("O1", "O2", "O3", "O4", "OIDC-70", "OIDC-75", "FAPI-05")
async def test_no_header_talks_the_gateway_into_another_key_or_algorithm(rp: Rp) -> None:
    headers: tuple[dict[str, Any], ...] = (
        {"alg": "none"},
        {"alg": "NoNe", "kid": "c-1"},
        {"alg": "HS256", "kid": "c-1"},
        {"alg": "RS256", "kid": "c-1"},
        {"alg": "PS256", "kid": "c-1", "jwk": jwk("evil", "sig")},
        {"alg": "PS256", "kid": "c-1", "jku": "https://evil.test/jwks"},
        {"alg": "PS256", "kid": "c-1", "x5u": "https://evil.test/x5u"},
        {"alg": "PS256", "kid": "c-1", "crit": ["exp"]},
        {"alg": "PS256", "kid": "../../c-1"},
        {"alg": "PS256", "kid": "c-1", "typ": "at+jwt"},
        {"alg": "PS256", "kid": "c-1", "b64": False},
    )
    for header in headers:
        assert await pushed(rp, forged(rp, header, key_set().encode())) == (401, "invalid_client"), header


@pytest.mark.clause("O2", "O3")
async def test_the_key_of_another_signs_nothing(rp: Rp) -> None:
    claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": ISSUER, "iat": rp.now(), "exp": rp.now() + 60, "jti": "j" * 16}
    assert await pushed(rp, signed(claims, {"alg": "PS256", "kid": "c-1"}, "evil")) == (401, "invalid_client")


@pytest.mark.clause("O6")
async def test_what_is_no_token_is_no_proof(rp: Rp) -> None:
    for assertion in ("", "a.b", "e30.e30.e30.e30.e30", "x" * 20_000, "e30.bnVsbA.eA"):
        assert await pushed(rp, assertion) == (401, "invalid_client"), assertion[:40]


@pytest.mark.clause("OIDC-21", "OIDC-23")
async def test_two_proofs_at_once_are_one_too_many(rp: Rp) -> None:
    assert await pushed(rp, rp.assertion(), client_secret="geheim") == (400, "invalid_request")
    assert await pushed(rp, rp.assertion(), client_id="ander") == (401, "invalid_client")


@pytest.mark.clause("OIDC-21")
async def test_a_secret_is_for_software_of_policy_compat(rp: Rp) -> None:
    fields = rp.asks() | {"client_secret": "geheim"}
    assert (await rp.http.post("/oidc/par", data=fields)).status_code == 401
    await rp.joins(secret_client(client_id="oud"))
    own = fields | {"client_id": "oud"}
    assert (await rp.http.post("/oidc/par", data=own)).status_code == 201
    assert (await rp.http.post("/oidc/par", data=own | {"client_secret": "anders"})).status_code == 401
    refused = await rp.http.post("/oidc/par", data=rp.asks(client_id="oud"), auth=("oud", "anders"))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Basic"


@pytest.mark.clause("OIDC-21")
async def test_nobody_asks_without_a_proof(rp: Rp) -> None:
    refused = await rp.http.post("/oidc/token", data={"grant_type": "authorization_code", "client_id": CLIENT_ID})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert rp.house.reported.failures[-1].broken_clause == "OIDC-21"


@pytest.mark.clause("OIDC-24", "O8")
async def test_the_code_of_another_client_is_kept_for_its_owner(rp: Rp) -> None:
    await rp.joins(secret_client(client_id="oud"))
    code = (await rp.returned())["code"]
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": "v" * 43}
    stolen = await rp.http.post("/oidc/token", data=fields, auth=("oud", "geheim"))
    assert stolen.json()["error"] == "invalid_grant"
    assert (await rp.redeem(code)).status_code == 200


@pytest.mark.clause("OIDC-54", "SEC-03")
async def test_there_is_one_grant(rp: Rp) -> None:
    for grant in ("password", "client_credentials", "refresh_token", "implicit"):
        refused = await rp.redeem("x", grant_type=grant)
        assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type"), grant
