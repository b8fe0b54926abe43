"""Tokens: what verifies is read, and each published way to forge one is refused."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OctKey

from stelsel.failures import MessageMalformed, MessageRefused, MessageTooLarge, Misconfigured, SignatureRefused
from stelsel.jose.keys import PublicJwk, read_key_set, read_private
from stelsel.jose.tokens import UnknownKid, read, sign
from tests.gateway.oidc_provider import a_jwk, a_pem, written
from tests.stelsel.saml.factories import a_key

TYPES: frozenset[str | None] = frozenset({None, "jwt"})
KEY = a_jwk("one")
CLAIMS = {"sub": "somebody"}


def set_of(*rows: Mapping[str, Any]) -> tuple[PublicJwk, ...]:
    return read_key_set(json.dumps({"keys": rows}).encode())


def known() -> tuple[PublicJwk, ...]:
    return set_of(KEY.public)


def token(header: Mapping[str, Any] | None = None, payload: bytes = b'{"sub":"somebody"}', key: Any = None) -> str:
    """One in order, but for what the test changes."""
    return written(payload, {"alg": "PS256", "kid": KEY.kid} | dict(header or {}), key or KEY.key)


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def refused(text: str, *, algorithm: str = "PS256") -> MessageRefused:
    with pytest.raises(MessageRefused) as failed:
        read(text, known(), algorithm, TYPES)
    return failed.value


def test_what_one_party_signs_another_reads() -> None:
    assert read(sign(CLAIMS, KEY), known(), "PS256", TYPES) == CLAIMS
    curve = read_private(ECKey.generate_key("P-256").as_pem(private=True))
    assert curve.algorithm == "ES256"
    assert read(sign(CLAIMS, curve), set_of(curve.public), "ES256", TYPES) == CLAIMS


@pytest.mark.clause("O1")
@pytest.mark.parametrize("spelling", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_that_nobody_signed_is_refused(spelling: str) -> None:
    for signature in ("", "AA", token().rpartition(".")[2]):
        header = part(json.dumps({"alg": spelling, "kid": KEY.kid}))
        assert isinstance(refused(f"{header}.{part('{}')}.{signature}"), SignatureRefused | MessageMalformed)


@pytest.mark.clause("O2")
def test_a_public_key_is_no_secret_to_sign_with() -> None:
    public = KEY.key.as_pem(private=False)
    spki = a_key("one").private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (public, spki, KEY.public["n"].encode()):
        forged = token({"alg": "HS256"}, key=OctKey.import_key(base64.urlsafe_b64encode(secret)))
        assert refused(forged).broken_clause == "O1"
        with pytest.raises(SignatureRefused):
            read(forged, known(), "HS256", TYPES)


@pytest.mark.clause("O2")
def test_the_algorithm_is_the_one_that_was_agreed_though_the_key_could_do_another() -> None:
    assert refused(token({"alg": "RS256"})).broken_clause == "O1"
    only = set_of({**KEY.public, "alg": "RS256"})
    with pytest.raises(SignatureRefused):
        read(token(), only, "PS256", TYPES)


@pytest.mark.clause("O3")
@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://thief.example/keys"},
        {"x5u": "https://thief.example/cert"},
        {"jwk": a_jwk("thief").public},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_header_that_brings_a_key_or_changes_the_meaning_is_refused(more: Mapping[str, Any]) -> None:
    header = part(json.dumps({"alg": "PS256", "kid": KEY.kid} | dict(more)))
    assert refused(f"{header}.{part('{}')}.AA").broken_clause == "O3"


@pytest.mark.clause("O3")
@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "http://thief.example", "", "x" * 300, "another"])
def test_a_key_is_found_by_its_exact_name_or_not_at_all(kid: str) -> None:
    assert isinstance(refused(token({"kid": kid})), UnknownKid | SignatureRefused)


@pytest.mark.clause("O3")
def test_a_key_of_ones_own_under_the_name_of_anothers_verifies_nothing() -> None:
    assert refused(token(key=a_jwk("thief").key)).broken_clause == "O2"


@pytest.mark.clause("O15")
@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", 7, ["JWT"]])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    header = part(json.dumps({"alg": "PS256", "kid": KEY.kid, "typ": typ}))
    assert isinstance(refused(f"{header}.{part('{}')}.AA"), SignatureRefused | MessageMalformed)


@pytest.mark.clause("O4")
@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"one","sub":"two"}',
        b'{"exp":NaN}',
        b'{"exp":-Infinity}',
        b'{"exp":1e400}',
        b'{"sub":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"exp":' + b"9" * 400 + b"}",
        b'["sub"]',
        b"",
        b"\xff",
        b"[" * 5000,
    ],
)
def test_claims_of_two_meanings_or_none_are_refused(payload: bytes) -> None:
    assert isinstance(refused(token(payload=payload)), MessageMalformed)


@pytest.mark.clause("O4")
def test_a_header_that_says_two_things_is_refused() -> None:
    header = part(f'{{"alg":"none","alg":"PS256","kid":"{KEY.kid}"}}')
    assert isinstance(refused(f"{header}.{part('{}')}.AA"), MessageMalformed)


@pytest.mark.clause("O5")
@pytest.mark.parametrize(
    "form", ["a.b", "a.b.c.d.e", "a.b.", ".b.c", "a.b.c\n", " a.b.c", "a=.b.c", '{"payload":""}', ""]
)
def test_other_forms_are_not_read(form: str) -> None:
    assert isinstance(refused(form), MessageMalformed)


@pytest.mark.clause("O6")
def test_a_token_without_end_is_refused() -> None:
    assert isinstance(refused(token(payload=json.dumps({"x": "y" * 16384}).encode())), MessageTooLarge)


def test_each_changed_character_breaks_it() -> None:
    whole = token()
    for at in range(0, len(whole), 37):
        changed = whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :]
        refused(changed)


@pytest.mark.clause("O3")
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [KEY.key.as_dict(private=True)],
        [{"kty": "oct", "k": "AAAA", "kid": "s"}],
        [KEY.public, {**a_jwk("two").public, "kid": KEY.kid}],
        [KEY.public, {k: v for k, v in a_jwk("two").public.items() if k != "kid"}],
        [{**KEY.public, "n": "AQAB"}],
        [{**KEY.public, "kid": 7}],
        [{**KEY.public, "use": "enc"}],
        [KEY.public] * 33,
        ["key"],
    ],
    ids=["none", "private", "secret", "one name", "no name", "small", "number", "use", "many", "text"],
)
def test_a_set_that_cannot_be_trusted_is_refused_whole(rows: list[Any]) -> None:
    with pytest.raises(MessageRefused):
        read_key_set(json.dumps({"keys": rows}).encode())


def test_keys_of_other_uses_and_kinds_are_left_out_of_a_set() -> None:
    more = [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "o"}, {**a_jwk("two").public, "use": "enc"}]
    assert [each.kid for each in set_of(KEY.public, *more)] == [KEY.kid]


def test_a_private_key_is_large_enough_and_never_told() -> None:
    assert "BEGIN" not in repr(read_private(a_pem("one")))
    for pem in (b"", b"-----BEGIN NOTHING-----\n", KEY.key.as_pem(private=False)):
        with pytest.raises(Misconfigured):
            read_private(pem)
