"""What a client may ask, rule by rule, and where it is told that it may not."""

from typing import Any

import pytest

from catalog.clients import Policy
from gateway.interfaces.oidc.authorization import RULES, Asked, read_authorization
from gateway.interfaces.oidc.refused import OAuthRefused
from stelsel.failures import MessageRefused
from tests.gateway.factories import ISSUER, House
from tests.gateway.oidc.factories import CALLBACK, CLIENT_ID, SCOPE, Rp, a_client, answered, secret_client
from tests.stelsel.saml.factories import AD, BVD, SERVICE

# One request for each rule that breaks it, and how the client is told; None: on a page of ours.
BROKEN: dict[str, tuple[dict[str, Any], str | None]] = {
    "returns_where_it_is_registered": ({"redirect_uri": f"{CALLBACK}/"}, None),
    "was_pushed_where_it_must": ({"client_id": "streng"}, "invalid_request"),
    "brings_no_object": ({"request": "e30.e30."}, "request_not_supported"),
    "asks_for_a_code": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "is_openid": ({"scope": f"urn:uuid:{SERVICE.value}"}, "invalid_scope"),
    "is_bound_to_its_browser": ({"nonce": None}, "invalid_request"),
    "is_bound_to_its_client": ({"code_challenge_method": "plain"}, "invalid_request"),
    "prompts_as_it_may": ({"prompt": "none login"}, "invalid_request"),
    "is_aged_in_seconds": ({"max_age": "-1"}, "invalid_request"),
}


def test_every_rule_has_a_request_that_breaks_it() -> None:
    assert [rule.__name__ for rule in RULES] == list(BROKEN)


@pytest.mark.clause("OIDC-01", "OIDC-03", "OIDC-05", "OIDC-07", "O9", "O10", "SEC-01", "SEC-03", "SEC-04", "FAPI-02")
async def test_a_request_that_breaks_one_rule_begins_no_login(rp: Rp) -> None:
    await rp.joins(a_client(client_id="streng", policy=Policy.FAPI2))
    for rule, (changes, error) in BROKEN.items():
        response = await rp.authorize(**changes)
        if error is None:
            assert response.status_code == 400, rule
            assert "location" not in response.headers
            assert response.json()["page"] == "ReplyAddressUnknown"
            continue
        told = answered(response.headers["location"])
        assert (told["error"], told["state"], told["iss"]) == (error, "s" * 22, ISSUER), rule
        assert rp.house.reported.failures[-1].broken_clause


@pytest.mark.clause("O10", "SEC-01")
async def test_an_address_that_is_not_registered_to_the_letter_is_never_gone_to(rp: Rp) -> None:
    for uri in (
        "https://dv.test/oidc/callback/",
        "https://dv.test/oidc/callback?x=1",
        "https://dv.test/oidc/../oidc/callback",
        "https://dv.test@evil.test/oidc/callback",
        "https://DV.test/oidc/callback",
        "https://dv.test:443/oidc/callback",
        "http://dv.test/oidc/callback",
        "https://dv.test/oidc/callback#",
        "https://evil.test/?https://dv.test/oidc/callback",
        " https://dv.test/oidc/callback",
        "",
    ):
        response = await rp.authorize(redirect_uri=uri, response_type="token")
        assert response.status_code == 400, uri
        assert "location" not in response.headers


@pytest.mark.clause("OIDC-04")
@pytest.mark.parametrize(
    "scope", ["openid", f"{SCOPE} urn:uuid:0a1b2c3d-0000-4000-8000-000000000002", "openid urn:uuid:"]
)
async def test_a_scope_names_one_service(rp: Rp, scope: str) -> None:
    assert answered(await rp.begin(scope=scope))["error"] == "invalid_scope"


@pytest.mark.clause("DV-PRC-01")
async def test_a_service_that_is_not_the_dvs_is_told_as_saml_tells_it(rp: Rp) -> None:
    told = answered(await rp.begin(scope="openid urn:uuid:0a1b2c3d-0000-4000-8000-000000000002"))
    assert (told["error"], told["error_description"]) == ("invalid_request", "SERVICE_UNKNOWN")


async def test_a_client_asks_for_its_own_services_only(rp: Rp) -> None:
    other = type(SERVICE)("0a1b2c3d-0000-4000-8000-000000000002")
    await rp.joins(a_client(services=frozenset({other})))
    assert answered(await rp.begin())["error"] == "invalid_scope"


@pytest.mark.clause("PAR-01", "FAPI-02", "OIDC-14", "OIDC-16")
async def test_a_pushed_request_is_used_once_and_nothing_beside_it_counts(rp: Rp) -> None:
    pushed = await rp.push()
    assert pushed.status_code == 201
    assert pushed.json()["expires_in"] <= 60
    query = {"client_id": CLIENT_ID, "request_uri": pushed.json()["request_uri"], "redirect_uri": "https://evil.test/"}
    first = await rp.http.get("/oidc/authorize", params=query)
    assert first.headers["location"].startswith("/login/")
    login = await rp.house.login(first.headers["location"])
    assert login.reply == CALLBACK
    second = await rp.http.get("/oidc/authorize", params=query)
    assert second.status_code == 400
    assert "location" not in second.headers


@pytest.mark.clause("FAPI-02")
async def test_a_pushed_request_is_for_the_client_that_pushed_it(rp: Rp) -> None:
    await rp.joins(a_client(client_id="ander"))
    uri = (await rp.push()).json()["request_uri"]
    taken = await rp.http.get("/oidc/authorize", params={"client_id": "ander", "request_uri": uri})
    assert taken.status_code == 400
    own = await rp.http.get("/oidc/authorize", params={"client_id": CLIENT_ID, "request_uri": uri})
    assert own.status_code == 303


@pytest.mark.clause("FAPI-02", "PAR-01")
@pytest.mark.parametrize(
    "changes", [{"redirect_uri": None}, {"redirect_uri": "https://evil.test/"}, {"request_uri": "urn:x"}]
)
async def test_a_request_is_checked_when_it_is_pushed(rp: Rp, changes: dict[str, str | None]) -> None:
    refused = await rp.push(None, **changes)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.clause("O13")
@pytest.mark.parametrize("uri", ["https://dv.test/request.jwt", "http://169.254.169.254/", "file:///etc/passwd"])
async def test_nothing_is_fetched_for_a_request(rp: Rp, uri: str) -> None:
    refused = await rp.authorize(request_uri=uri)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request_uri"


@pytest.mark.clause("OIDC-08", "OIDC-10", "OIDC-11", "OIDC-33", "O17")
async def test_the_level_that_is_asked_is_reached_or_the_login_ends(rp: Rp) -> None:
    high = "http://eidas.europa.eu/LoA/high"
    login = await rp.house.login(await rp.begin(acr_values=high, vtr='["P1"]'))
    assert login.minimum is not None
    assert login.minimum.uri == high
    by_claims = await rp.house.login(await rp.begin(claims=f'{{"id_token":{{"acr":{{"value":"{high}"}}}}}}'))
    assert by_claims.minimum == login.minimum
    assert answered(await rp.begin(acr_values="urn:none"))["error"] == "unmet_authentication_requirements"


@pytest.mark.clause("OIDC-11", "OIDC-43")
async def test_a_client_may_insist_that_somebody_is_represented(rp: Rp) -> None:
    login = await rp.house.login(await rp.begin(claims='{"id_token":{"represents":{"essential":true}}}'))
    assert login.whom == (True,)
    plain = await rp.house.login(await rp.begin())
    assert plain.whom == (False, True)


@pytest.mark.clause("OIDC-48")
async def test_for_a_client_that_reads_no_mandate_nobody_is_represented(rp: Rp) -> None:
    await rp.joins(a_client(represents=False))
    assert (await rp.house.login(await rp.begin())).whom == (False,)
    refused = await rp.begin(claims='{"id_token":{"represents":{"essential":true}}}')
    assert answered(refused)["error"] == "invalid_target"


@pytest.mark.clause("OIDC-18", "EXT-01")
async def test_a_login_without_a_page_is_not_had(rp: Rp) -> None:
    assert answered(await rp.begin(prompt="none"))["error"] == "interaction_required"


@pytest.mark.clause("OIDC-30")
async def test_whoever_asks_for_an_age_gets_a_fresh_login_and_its_time(rp: Rp) -> None:
    assert (await rp.house.login(await rp.begin(max_age="0"))).force_authn
    claims = await rp.id_token(await rp.redeem((await rp.returned(max_age="60"))["code"]))
    assert isinstance(claims["auth_time"], int)


async def test_a_hint_chooses_a_means_and_another_text_counts_for_nothing(rp: Rp) -> None:
    assert (await rp.house.login(await rp.begin(login_hint="digid"))).authorities == (AD,)
    assert (await rp.house.login(await rp.begin(login_hint="Anna"))).authorities is None


async def test_a_login_asks_the_bvd_that_the_gateway_has(house: House) -> None:
    request = read_authorization(Asked(Rp(house).asks(), a_client()))
    assert request.service == SERVICE
    assert not request.represents
    assert house.oidc._tools.mandates.bvd == BVD


@pytest.mark.clause("O4", "O6")
@pytest.mark.parametrize(
    "claims",
    ['{"id_token":{},"id_token":{}}', "[]", '{"id_token":[]}', '{"id_token":{"acr":{"values":"x"}}}', "x" * 9000],
)
def test_claims_of_another_shape_are_refused(house: House, claims: str) -> None:
    with pytest.raises(OAuthRefused) as refused:
        read_authorization(Asked({**Rp(house).asks(), "claims": claims}, a_client()))
    assert refused.value.broken_clause == "OIDC-11"


async def test_a_parameter_that_comes_twice_is_refused(rp: Rp) -> None:
    response = await rp.http.get("/oidc/authorize?client_id=balie&client_id=ander")
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.clause("OIDC-06", "OIDC-07")
async def test_software_of_policy_compat_may_leave_out_its_nonce_and_others_not(house: House) -> None:
    fields = {name: value for name, value in Rp(house).asks().items() if name != "nonce"}
    assert read_authorization(Asked(fields, secret_client())).nonce is None
    with pytest.raises(MessageRefused):
        read_authorization(Asked(fields, a_client()))
