"""A login over OpenID Connect, from the authorization request to what the client reads."""

import asyncio

import pytest

from gateway.interfaces.oidc.claims import AUTHORITIES, SESSION_UNTIL
from stelsel import urns
from stelsel.saml.response import Status
from tests.gateway.factories import ISSUER
from tests.gateway.oidc.factories import CLIENT_ID, Rp, answered, decrypted, secret_client, verified
from tests.stelsel.saml.factories import AD, BVD, SERVICE

BSN_OF_USER, BSN_OF_CLIENT = "999990019", "999990020"


@pytest.mark.clause("OIDC-25", "OIDC-28", "OIDC-33", "OIDC-34", "OIDC-40", "OIDC-41", "SEC-04", "OAU-08")
async def test_a_client_reads_who_logged_in_for_herself(rp: Rp) -> None:
    returned = await rp.returned()
    assert (returned["state"], returned["iss"]) == ("s" * 22, ISSUER)
    response = await rp.redeem(returned["code"])
    assert response.headers["cache-control"] == "no-store"
    claims = await rp.id_token(response)
    assert {"iss", "aud", "sub", "nonce", "jti", "exp", "iat", "nbf"} <= claims.keys()
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, CLIENT_ID, "n" * 22)
    assert claims["exp"] - claims["iat"] <= 300
    assert claims["nbf"] == claims["iat"]
    assert claims["acr"] == "http://eidas.europa.eu/LoA/high"
    assert claims["alt_sub"][0]["sub_id_type"] == urns.LEGACY_BSN
    assert claims["sub"] != claims["alt_sub"][0]["sub"]
    assert "amr" not in claims
    assert "represents" not in claims
    assert claims[AUTHORITIES] == [AD.value]
    assert claims[urns.SERVICE_UUID] == SERVICE.value


@pytest.mark.clause("OIDC-43", "OIDC-45", "OIDC-46", "OIDC-47")
async def test_a_client_reads_for_whom_somebody_acts(rp: Rp) -> None:
    returned = await rp.returned(represent=True)
    claims = await rp.id_token(await rp.redeem(returned["code"]))
    other = claims["represents"]
    assert other["alt_sub"][0]["sub"] == BSN_OF_CLIENT
    assert claims["alt_sub"][0]["sub"] != BSN_OF_CLIENT
    assert other["iss"] == ISSUER
    assert other["sub"] not in (claims["sub"], BSN_OF_CLIENT)
    assert other[urns.REPRESENTATION_TYPE] == ["urn:namens:rt:BEWIND"]
    assert not {"aud", "exp", "nbf", "iat"} & other.keys()
    assert claims[AUTHORITIES] == [AD.value, BVD.value]
    assert claims[SESSION_UNTIL] > claims["iat"]


@pytest.mark.clause("R-REISSUE")
async def test_a_mandate_that_ended_since_the_choice_is_told_at_the_token_endpoint(rp: Rp) -> None:
    denied = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "No valid representation")
    returned = await rp.returned(represent=True, bvd=denied)
    response = await rp.redeem(returned["code"])
    assert (response.status_code, response.json()["error"]) == (400, "access_denied")
    assert "token" not in response.text


@pytest.mark.clause("OIDC-50", "OIDC-51")
async def test_userinfo_tells_who_logged_in_and_nothing_of_who_is_represented(rp: Rp) -> None:
    tokens = await rp.redeem((await rp.returned(represent=True, scope=f"openid bsn urn:uuid:{SERVICE.value}"))["code"])
    claims = await rp.id_token(tokens)
    response = await rp.userinfo(tokens.json()["access_token"])
    assert response.headers["content-type"] == "application/jwt"
    told = verified(decrypted(response.text), await rp.keys())
    assert told["sub"] == claims["sub"]
    assert told["aud"] == CLIENT_ID
    assert "represents" not in told
    assert BSN_OF_CLIENT not in str(told)


@pytest.mark.clause("O8", "FAPI-03", "OIDC-24", "OIDC-22")
async def test_a_code_gives_one_token_and_used_again_takes_it_back(rp: Rp) -> None:
    code = (await rp.returned())["code"]
    first = await rp.redeem(code)
    access = first.json()["access_token"]
    assert (await rp.userinfo(access)).status_code == 200
    again = await rp.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    gone = await rp.userinfo(access)
    assert (gone.status_code, gone.json()["error"]) == (401, "invalid_token")
    assert gone.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.clause("O8")
async def test_of_two_that_redeem_a_code_at_once_one_gets_tokens(rp: Rp) -> None:
    code = (await rp.returned())["code"]
    answers = await asyncio.gather(*(rp.redeem(code) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 400, 400, 400]


@pytest.mark.clause("OIDC-03", "SEC-01", "SEC-02")
@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": "v" * 42},
        {"redirect_uri": "https://x.test/"},
    ],
    ids=["another verifier", "no verifier", "too short a verifier", "another address"],
)
async def test_a_code_is_burnt_by_its_client_that_does_not_hold_what_it_is_bound_to(
    rp: Rp, changed: dict[str, str | None]
) -> None:
    code = (await rp.returned())["code"]
    assert (await rp.redeem(code, None, **changed)).json()["error"] == "invalid_grant"
    assert (await rp.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.clause("OIDC-36", "OAU-19", "O15")
async def test_no_token_of_one_kind_is_taken_for_another(rp: Rp) -> None:
    tokens = (await rp.redeem((await rp.returned())["code"])).json()
    claims = verified(tokens["access_token"], await rp.keys())
    assert (claims["azp"], claims["client_id"], claims["aud"]) == (CLIENT_ID, CLIENT_ID, f"{ISSUER}/oidc/userinfo")
    assert BSN_OF_USER not in str(claims)
    refused = await rp.userinfo(decrypted(tokens["id_token"]))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")


@pytest.mark.clause("ERR-03", "SEC-04")
async def test_who_stops_is_told_to_the_client_with_its_state_and_our_name(rp: Rp) -> None:
    house = rp.house
    page = await house.flow.choose(await house.login(await rp.begin()), "cancel")
    left = await house.left(page)
    assert answered(left) | {"error_description": ""} == {
        "error": "access_denied",
        "error_description": "",
        "state": "s" * 22,
        "iss": ISSUER,
    }


@pytest.mark.clause("OIDC-40")
async def test_two_logins_of_one_user_have_one_sub(rp: Rp) -> None:
    first = await rp.id_token(await rp.redeem((await rp.returned())["code"]))
    second = await rp.id_token(await rp.redeem((await rp.returned())["code"]))
    assert first["sub"] == second["sub"]
    assert first["jti"] != second["jti"]


async def test_software_that_knows_a_secret_only_gets_flat_claims_in_clear(rp: Rp) -> None:
    await rp.joins(secret_client(client_id="oud"))
    returned = await rp.returned(client_id="oud", scope="openid bsn", nonce=None)
    fields = {
        "grant_type": "authorization_code",
        "code": returned["code"],
        "redirect_uri": rp.asks()["redirect_uri"],
        "code_verifier": "v" * 43,
    }
    tokens = (await rp.http.post("/oidc/token", data=fields, auth=("oud", "geheim"))).json()
    claims = verified(tokens["id_token"], await rp.keys())
    assert claims["bsn"] == claims["alt_sub"][0]["sub"]
    assert (await rp.userinfo(tokens["access_token"])).json()["bsn"] == claims["bsn"]


async def test_a_flat_bsn_is_left_out_where_somebody_is_represented(rp: Rp) -> None:
    returned = await rp.returned(represent=True, scope=f"openid bsn urn:uuid:{SERVICE.value}")
    claims = await rp.id_token(await rp.redeem(returned["code"]))
    assert "bsn" not in claims
    assert claims[urns.LEGAL_SUBJECT_ID] == BSN_OF_CLIENT
    assert claims[urns.ACTING_SUBJECT_ID] == claims["alt_sub"][0]["sub"]
