"""Client metadata as a relying party hands it in: what becomes of it, and which key is told to be wrong."""

import hashlib
import json
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import RSAKey

from catalog.clients import Policy
from catalog.inconsistent import Inconsistent
from pilot.registration import Registered, name_of, read_registration
from stelsel.identifiers import EntityId, ServiceUuid

DV: Final = EntityId("urn:example:dv")
SERVICE: Final = ServiceUuid("7c1f5f0e-9a55-4a0e-8f57-3f1b6c1d2e01")
PUBLIC: Final = RSAKey.import_key(generate_private_key(65537, 2048)).as_dict(private=False)
SIGNING: Final = {**PUBLIC, "kid": "s", "use": "sig", "alg": "PS256"}
ENCRYPTING: Final = {**PUBLIC, "kid": "e", "use": "enc", "alg": "RSA-OAEP-256"}
WRAP: Final = "id_token_encrypted_response_alg"
SECRET: Final = {"client_secret": "not-much-of-one", "token_endpoint_auth_method": "client_secret_post"}


def metadata(**changes: Any) -> bytes:
    """What a client that signs and reads encrypted tokens hands in; None takes a key away."""
    whole = {
        "client_id": "balie",
        "redirect_uris": ["https://balie.example/callback"],
        "token_endpoint_auth_method": "private_key_jwt",
        WRAP: "RSA-OAEP-256",
        "jwks": {"keys": [SIGNING, ENCRYPTING]},
        **changes,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def read(policy: Policy = Policy.NLGOV, **changes: Any) -> Registered:
    """The client of these metadata."""
    return read_registration(metadata(**changes), policy, DV, SERVICE)


def test_a_client_asks_for_one_service_named_or_not() -> None:
    client = read().client
    assert (client.client_id, client.dv, client.default_service) == ("balie", DV, SERVICE)
    assert client.services == frozenset({SERVICE})
    assert (client.signing, client.signed_with, client.encrypted, client.identifiers) == ("PS256", "PS256", True, True)


@pytest.mark.clause("OIDC-26")
def test_a_client_whose_tokens_are_not_encrypted_is_told_no_number_of_anybody() -> None:
    client = read(id_token_encrypted_response_alg=None, jwks={"keys": [SIGNING]}).client
    assert (client.encrypted, client.identifiers) == (False, False)


def test_software_that_knows_a_secret_only_is_told_numbers_in_clear() -> None:
    found = read(Policy.COMPAT, **SECRET, jwks=None, id_token_encrypted_response_alg=None)
    assert (found.method, found.client.encrypted, found.client.identifiers) == ("client_secret_post", False, True)
    assert found.client.secret_digest == hashlib.sha256(SECRET["client_secret"].encode()).hexdigest()
    assert found.client.signed_with == "RS256"


def test_what_was_not_looked_at_is_told() -> None:
    assert read(contacts=["balie@example.nl"]).ignored == ("contacts",)


def test_keys_may_be_where_the_client_publishes_them() -> None:
    assert read(jwks=None, jwks_uri="https://balie.example/jwks").client.key_set_url == "https://balie.example/jwks"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"client_id": "999991127"}, "client_id"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": "https://balie.example/callback"}, "redirect_uris"),
        ({"redirect_uris": ["http://balie.example/callback"]}, "redirect_uris"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        (SECRET, "token_endpoint_auth_method"),
        ({"client_secret": "a"}, "client_secret"),
        ({"token_endpoint_auth_signing_alg": "ES256"}, "token_endpoint_auth_signing_alg"),
        ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({WRAP: "RSA1_5"}, WRAP),
        ({WRAP: "RSA-OAEP"}, WRAP),
        ({"id_token_encrypted_response_enc": "A128CBC-HS256"}, "id_token_encrypted_response_enc"),
        ({WRAP: None, "id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_enc"),
        ({"userinfo_signed_response_alg": "RS256"}, "userinfo_signed_response_alg"),
        ({"userinfo_encrypted_response_alg": "RSA-OAEP"}, "userinfo_encrypted_response_alg"),
        ({"jwks": {"keys": [SIGNING]}}, "jwks"),
        ({"jwks": {"keys": [{**SIGNING, "d": "AQAB"}]}}, "jwks"),
        ({"jwks": "https://balie.example/jwks"}, "jwks"),
        ({"jwks": None}, "jwks"),
        ({"jwks_uri": "https://balie.example/jwks"}, "jwks_uri"),
        ({"jwks": None, "jwks_uri": "ftp://balie.example/jwks"}, "jwks_uri"),
        ({"client_uri": "javascript:alert(1)"}, "client_uri"),
        ({"client_name": " "}, "client_name"),
        ({"response_types": ["code", "id_token"]}, "response_types"),
        ({"grant_types": ["authorization_code", "refresh_token"]}, "grant_types"),
        ({"subject_type": "public"}, "subject_type"),
        ({"tls_client_certificate_bound_access_tokens": True}, "tls_client_certificate_bound_access_tokens"),
    ],
    ids=lambda shown: shown if isinstance(shown, str) else "+".join(shown),  # a key is another one in each process
)
def test_the_key_that_is_wrong_is_named(changes: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Inconsistent) as refused:
        read(**changes)
    assert refused.value.field == wrong


def test_fapi_takes_no_weaker_signature() -> None:
    with pytest.raises(Inconsistent) as refused:
        read(Policy.FAPI2, id_token_signed_response_alg="RS256")
    assert refused.value.field == "id_token_signed_response_alg"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"client_id": "a", "client_id": "b"}'])
def test_what_is_no_json_object_of_one_meaning_is_no_metadata(content: bytes) -> None:
    with pytest.raises(Inconsistent) as refused:
        name_of(content)
    assert refused.value.field == "--oidc"


@pytest.mark.parametrize("name", [None, "", "two words", "é", "a" * 256, 7])
def test_a_client_has_a_name(name: object) -> None:
    with pytest.raises(Inconsistent) as refused:
        name_of(metadata(client_id=name))
    assert refused.value.field == "client_id"
