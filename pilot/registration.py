"""Client metadata (RFC 7591, OpenID Connect Registration) as an outside relying party hands it in, into a client."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from catalog.clients import ALGORITHMS, Client, Policy, is_loopback_url
from catalog.inconsistent import Inconsistent
from gateway.interfaces.oidc.discovery import SIGNED_WITH
from stelsel.failures import Failure
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.jose.encryption import CONTENT, WRAPS, read_encryption_keys
from stelsel.jose.keys import read_key_set
from stelsel.jose.objects import read_object

_NAME: Final = re.compile(r"[!-~]{1,255}")
BY_KEY: Final = "private_key_jwt"
BY_SECRET: Final = ("client_secret_basic", "client_secret_post")
# What there is one answer to: whoever registers another would wait for what does not come.
_ONLY: Final[Mapping[str, object]] = {
    "response_types": ["code"],
    "grant_types": ["authorization_code"],
    "subject_type": "pairwise",
    "application_type": "web",
    "tls_client_certificate_bound_access_tokens": False,
    "dpop_bound_access_tokens": False,
    "require_signed_request_object": False,
}
_READ: Final = frozenset(
    {
        *("client_id", "client_name", "client_uri", "redirect_uris", "client_secret", "jwks", "jwks_uri"),
        *("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "require_pushed_authorization_requests"),
        *("id_token_signed_response_alg", "id_token_encrypted_response_alg", "id_token_encrypted_response_enc"),
        *("userinfo_signed_response_alg", "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"),
        *_ONLY,
    }
)
# The key of client metadata that decides a key of the catalogue.
_NAMED: Final[Mapping[str, str]] = {
    "name": "client_id",
    "signing": "token_endpoint_auth_signing_alg",
    "signed_with": "id_token_signed_response_alg",
    "encrypted": "id_token_encrypted_response_alg",
    "identifiers": "id_token_encrypted_response_alg",
    "secret_digest": "client_secret",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as its metadata has it. `method` is how it proves itself, `wrap` how what it is told is encrypted (or
    empty), `ignored` what we did not look at."""

    client: Client
    method: str
    wrap: str
    title: str
    url: str
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    values: Mapping[str, Any] = field(repr=False)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise Inconsistent(name, "is no text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Inconsistent(name, "is no list of text")
        return tuple(value)

    def one_of(self, name: str, known: tuple[str, ...], default: str = "") -> str:
        value = self.text(name, default)
        if value not in known and (value or name in self.values):
            raise Inconsistent(name, f"is none of {', '.join(known)}")
        return value


def name_of(metadata: bytes) -> str:
    """The `client_id`. Raises `Inconsistent`."""
    name = _Given(_read(metadata)).text("client_id")
    if not _NAME.fullmatch(name):
        raise Inconsistent("client_id", "is missing, over 255 characters, or not of ASCII without blanks")
    return name


def read_registration(metadata: bytes, policy: Policy, dv: EntityId, service: ServiceUuid) -> Registered:
    """The client of this DV, which asks for this one service, named or not.

    Without `id_token_encrypted_response_alg` nothing is encrypted, and then a client that is not `compat` is told its
    pairwise `sub` alone (OIDC-26). Raises `Inconsistent` with the key of the metadata that is wrong.
    """
    given = _Given(_read(metadata))
    for name, only in _ONLY.items():
        if given.values.get(name, only) != only:
            raise Inconsistent(name, f"is {json.dumps(only)} here, or left out")
    method = _method(given, policy)
    wrap = given.one_of("id_token_encrypted_response_alg", WRAPS)
    signed = given.one_of("id_token_signed_response_alg", SIGNED_WITH, "RS256" if policy is Policy.COMPAT else "PS256")
    secret = given.text("client_secret")
    try:
        client = Client(
            client_id=given.text("client_id"),
            dv=dv,
            redirect_uris=given.texts("redirect_uris"),
            policy=policy,
            key_set=json.dumps(given.values["jwks"]) if "jwks" in given.values else "",
            key_set_url=given.text("jwks_uri"),
            secret_digest=hashlib.sha256(secret.encode()).hexdigest() if secret else "",
            signing=given.one_of("token_endpoint_auth_signing_alg", ALGORITHMS, "PS256"),
            signed_with=signed,
            encrypted=bool(wrap),
            identifiers=bool(wrap) or policy is Policy.COMPAT,
            services=frozenset({service}),
            default_service=service,
        )
    except Inconsistent as wrong:
        raise Inconsistent(_NAMED.get(wrong.field, wrong.field), wrong.why) from wrong
    _check_keys(client, method, wrap)
    _check_answers(given, client, wrap)
    return Registered(
        client,
        method,
        wrap,
        _title(given, client.client_id),
        _url(given),
        tuple(sorted(given.values.keys() - _READ)),
    )


def _read(metadata: bytes) -> dict[str, Any]:
    try:
        return read_object(metadata, "client metadata")
    except Failure as refused:
        raise Inconsistent("--oidc", f"is no client metadata: {refused.why}") from refused


def _method(given: _Given, policy: Policy) -> str:
    """How it proves itself: one way (OIDC-21), and with a secret in policy `compat` alone."""
    methods = (BY_KEY, *BY_SECRET) if policy is Policy.COMPAT else (BY_KEY,)
    secret = given.text("client_secret")
    usual = BY_SECRET[0] if secret and policy is Policy.COMPAT else BY_KEY
    method = given.one_of("token_endpoint_auth_method", methods, usual)
    if method == BY_KEY and secret:
        raise Inconsistent("client_secret", f"is given, and this client proves itself by {BY_KEY}")
    if method in BY_SECRET and not secret:
        raise Inconsistent("client_secret", f"is missing, and this client proves itself by {method}")
    return method


def _title(given: _Given, default: str) -> str:
    title = given.text("client_name", default)
    if not title.strip() or len(title) > 255 or not title.isprintable():
        raise Inconsistent("client_name", "is empty, over 255 characters, or not one line")
    return title


def _url(given: _Given) -> str:
    """Where users find it: a link on our pages, so nothing but an address of the web."""
    url = given.text("client_uri")
    if url and urlsplit(url).scheme != "https" and not is_loopback_url(url):
        raise Inconsistent("client_uri", "is no https address")
    return url


def _check_keys(client: Client, method: str, wrap: str) -> None:
    """The keys that stand in the metadata do what was registered; those at `jwks_uri` are asked at the first login."""
    if not client.key_set:
        return
    try:
        signing, encrypting = read_key_set(client.key_set.encode()), read_encryption_keys(client.key_set.encode())
    except Failure as refused:
        raise Inconsistent("jwks", f"{refused.why}: {refused.found}") from refused
    if method == BY_KEY and not any(client.signing in each.algorithms for each in signing):
        raise Inconsistent("token_endpoint_auth_signing_alg", f"is {client.signing}, and no key of jwks signs with it")
    if wrap and not encrypting:
        raise Inconsistent("jwks", 'has no RSA key with "use": "enc", and tokens are encrypted')
    if wrap and encrypting[0].wrap != wrap:
        raise Inconsistent(
            "id_token_encrypted_response_alg", f'is {wrap}, and the first key of jwks for it has not "alg": "{wrap}"'
        )


def _check_answers(given: _Given, client: Client, wrap: str) -> None:
    """Userinfo is signed and encrypted as the ID token is; in clear for `compat` alone."""
    for kind in ("id_token", "userinfo"):
        if given.one_of(f"{kind}_encrypted_response_enc", (CONTENT,)) and not wrap:
            raise Inconsistent(f"{kind}_encrypted_response_enc", "is given without id_token_encrypted_response_alg")
    plain = client.policy is Policy.COMPAT and not client.encrypted
    for name, told in (
        ("userinfo_signed_response_alg", "" if plain else client.signed_with),
        ("userinfo_encrypted_response_alg", wrap),
    ):
        if name in given.values and given.text(name) != told:
            raise Inconsistent(name, f"is {told} here, as of the ID token" if told else "is left out here")
