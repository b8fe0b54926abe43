"""What the issuer publishes of itself, as Authlib's own validation reads it, and which keys ADs encrypt with."""

from dataclasses import replace

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata

from tests.gateway.factories import ISSUER
from tests.gateway.oidc.factories import Rp


@pytest.mark.clause("OIDC-53", "OIDC-54", "OIDC-55", "OIDC-56", "OIDC-58", "OAU-17", "SEC-02", "SEC-04", "O14")
async def test_the_documents_of_the_issuer_are_in_order(rp: Rp) -> None:
    response = await rp.http.get("/.well-known/openid-configuration")
    document = response.json()
    OpenIDProviderMetadata(document).validate()
    assert (await rp.http.get("/.well-known/oauth-authorization-server")).json() == document
    assert document["issuer"] == ISSUER
    assert (document["response_types_supported"], document["grant_types_supported"]) == (
        ["code"],
        ["authorization_code"],
    )
    assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["require_request_uri_registration"] is True
    assert document["subject_types_supported"] == ["pairwise"]
    assert "represents" in document["claims_supported"]
    assert "registration_endpoint" not in document
    assert response.headers["cache-control"] == "public, max-age=604800"


@pytest.mark.clause("OIDC-59", "OAU-17", "OAU-20")
async def test_a_key_is_published_with_its_certificate_and_nothing_secret(rp: Rp) -> None:
    listed = (await rp.http.get("/oidc/jwks")).json()["keys"]
    assert listed
    for key in listed:
        assert key.keys() == {"kty", "n", "e", "kid", "use", "x5c"}


@pytest.mark.clause("SEC-08", "OIDC-19")
async def test_no_other_site_reads_what_a_browser_asks_here(rp: Rp) -> None:
    response = await rp.http.get("/oidc/authorize", headers={"Origin": "https://evil.test"})
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_without_a_key_for_subjects_the_interface_is_closed(rp: Rp) -> None:
    tools = rp.house.oidc._tools
    assert type(rp.house.oidc)(replace(tools, oidc=None)).front_routes(rp.house.flow.begin) == []
