"""What an OpenID Connect provider says: each rule broken alone, of its document, its ID tokens and its answers."""

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.means.oidc.agreed import Agreed
from gateway.means.oidc.published import RULES as PUBLISHED_RULES
from gateway.means.oidc.published import Wanted
from gateway.means.oidc.returned import check_returned, code_in, read_query
from gateway.means.oidc.rules import RULES, Expected
from gateway.means.terms import Terms
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, Failure, MessageMalformed, Misconfigured, outcome_of
from stelsel.identifiers import EntityId
from tests.conftest import SettableClock
from tests.gateway.oidc_bench import terms_in
from tests.gateway.oidc_provider import BSN, CLIENT, Provider, a_jwk, a_pem
from tests.stelsel.saml.factories import DV, LC, NOON

ISSUER = "https://idp.example"
AT = int(NOON.timestamp())
CLAIMS = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "somebody",
    "nonce": "nonce",
    "iat": AT,
    "exp": AT + 300,
    "auth_time": AT,
    "acr": "urn:acr:hoog",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def agreed(folder: Path, issuer: str = ISSUER, **changes: Any) -> Agreed:
    terms = Terms("werk", terms_in(folder, **changes))
    read = Agreed.of(terms, (EntityId(issuer),))
    terms.close()
    return read


def expected(folder: Path, **changes: Any) -> Expected:
    values: dict[str, Any] = {"nonce": "nonce", "access_token": "at", "asked_at": NOON, "anew": True, "now": NOON}
    return Expected(agreed=agreed(folder), **values | changes)


def broken(claims: dict[str, Any], wanted: Expected) -> list[str]:
    """The rules that these claims break."""
    found = []
    for rule in RULES:
        try:
            rule(claims, wanted)
        except Failure:
            found.append(rule.__name__)
    return found


STANDARD = "as_openid_connect_has_it"


@pytest.mark.clause("O8", "O11", "O15", "O17", "SSO-02", "RD-ASR-03", "GEN-22")
@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"iss": ISSUER + "/"}, [STANDARD]),
        ({"iss": None}, [STANDARD]),
        ({"iss": [ISSUER]}, [STANDARD]),
        ({"aud": "another"}, [STANDARD, "for_us_alone"]),
        ({"aud": [CLIENT, "another"]}, [STANDARD, "for_us_alone"]),
        ({"aud": [CLIENT, "another"], "azp": CLIENT}, ["for_us_alone"]),
        ({"aud": [CLIENT, CLIENT], "azp": CLIENT}, ["for_us_alone"]),
        ({"aud": []}, [STANDARD, "for_us_alone"]),
        ({"aud": None}, [STANDARD, "for_us_alone"]),
        ({"azp": "another"}, [STANDARD, "for_us_alone"]),
        ({"azp": ""}, ["for_us_alone"]),
        ({"nonce": "another"}, [STANDARD]),
        ({"nonce": None}, [STANDARD]),
        ({"nonce": 7}, [STANDARD]),
        ({"nonce": ["nonce"]}, [STANDARD]),
        ({"iat": AT - 301}, ["in_time"]),
        ({"iat": AT + 61}, ["in_time", STANDARD]),
        ({"exp": AT}, ["in_time"]),
        ({"exp": None}, ["in_time", STANDARD]),
        ({"exp": True}, ["in_time", STANDARD]),
        ({"exp": AT + 300.5}, ["in_time"]),
        ({"iat": str(AT)}, ["in_time", STANDARD]),
        ({"nbf": AT + 61}, ["in_time", STANDARD]),
        ({"auth_time": AT - 61}, ["of_who_logged_in_now"]),
        ({"auth_time": None}, ["of_who_logged_in_now"]),
        ({"at_hash": "another"}, [STANDARD]),
        ({"at_hash": ""}, ["with_a_hash_that_is_one"]),
        ({"at_hash": [1]}, ["with_a_hash_that_is_one", STANDARD]),
        ({"sub": ""}, [STANDARD]),
        ({"sub": None}, [STANDARD]),
        ({"sub": 7}, [STANDARD]),
        ({"acr": "urn:acr:HOOG"}, ["at_an_agreed_level"]),
        ({"acr": None}, ["at_an_agreed_level"]),
        ({"acr": ["urn:acr:hoog"]}, ["at_an_agreed_level"]),
    ],
    ids=str,
)
def test_a_claim_that_does_not_fit_breaks_its_rule(folder: Path, changes: dict[str, Any], rules: list[str]) -> None:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    assert broken(claims, expected(folder)) == sorted(rules, key=[each.__name__ for each in RULES].index)


@pytest.mark.clause("O15")
def test_claims_in_order_break_none(folder: Path) -> None:
    wanted = expected(folder)
    half = base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()[:16]).rstrip(b"=").decode()
    for more in ({}, {"aud": [CLIENT], "azp": CLIENT, "nbf": AT}, {"at_hash": half}):
        assert broken(CLAIMS | more, wanted) == [], more
    assert broken(CLAIMS, expected(folder, now=NOON + timedelta(minutes=4))) == []
    assert broken({**CLAIMS, "auth_time": AT - 9999}, expected(folder, anew=False)) == []


@pytest.mark.clause("O9", "O11", "O1", "S24")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"issuer": ISSUER + "/"}, "of_this_issuer"),
        ({"authorization_response_iss_parameter_supported": "true"}, "answers_with_its_name"),
        ({"response_types_supported": ["id_token"]}, "gives_codes"),
        ({"code_challenge_methods_supported": ["plain"]}, "binds_codes"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, "takes_our_signature"),
        ({"token_endpoint_auth_signing_alg_values_supported": ["HS256"]}, "takes_our_signature"),
        ({"id_token_signing_alg_values_supported": ["none"]}, "signs_as_agreed"),
        ({"token_endpoint": "http://idp.example/token"}, "can_be_reached"),
        ({"token_endpoint": "http://127.0.0.1/token"}, "can_be_reached"),
        ({"jwks_uri": "file:///etc/passwd"}, "can_be_reached"),
        ({"authorization_endpoint": "https://us@idp.example/auth"}, "can_be_reached"),
        ({"pushed_authorization_request_endpoint": None}, "can_be_reached"),
    ],
    ids=str,
)
def test_a_provider_that_cannot_do_what_we_ask_is_not_taken(
    folder: Path, clock: SettableClock, changes: dict[str, Any], rule: str
) -> None:
    document = Provider(ISSUER, clock).document
    assert [each.__name__ for each in PUBLISHED_RULES if not each(Wanted(agreed(folder), document))] == []
    changed = Wanted(agreed(folder), {name: value for name, value in (document | changes).items() if value is not None})
    assert [each.__name__ for each in PUBLISHED_RULES if not each(changed)] == [rule]


@pytest.mark.clause("O11", "O12")
@pytest.mark.parametrize(
    "query",
    [
        f"code=1&state=another&iss={ISSUER}",
        f"code=1&iss={ISSUER}",
        "code=1&state=mine",
        "code=1&state=mine&iss=https://another.example",
        f"error=access_denied&state=another&iss={ISSUER}",
    ],
)
def test_an_answer_of_another_request_or_provider_is_refused_before_its_code_is_looked_at(query: str) -> None:
    with pytest.raises(AnswerRefused):
        check_returned(read_query(query), "mine", ISSUER)


@pytest.mark.clause("O12")
@pytest.mark.parametrize("query", ["state=1&state=2", "code", "&" * 40, "a=1&" * 20 + "a=1", "x=" + "y" * 5000])
def test_a_query_of_two_meanings_is_refused(query: str) -> None:
    with pytest.raises(MessageMalformed):
        read_query(query)
    with pytest.raises(MessageMalformed):
        code_in({"code": ""})


@pytest.mark.clause("ERR-02")
def test_an_error_that_nobody_knows_is_a_login_that_failed() -> None:
    with pytest.raises(Failure) as failed:
        code_in({"error": "<script>"})
    assert outcome_of(failed.value).message == "Authentication failed"
    assert "script" not in str(failed.value.facts())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"client_id": None}, "client_id"),
        ({"claim": 7}, "claim"),
        ({"claims": "bsn"}, "claims"),
        ({"scopes": ["bsn"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["openid", "openid"]}, "scopes"),
        ({"levels": {}}, "levels"),
        ({"levels": {"a": "torenhoog"}}, "levels.a"),
        ({"algorithm": "HS256"}, "algorithm"),
        ({"algorithm": "none"}, "algorithm"),
        ({"identifies": "mail"}, "identifies"),
        ({"identifies": "pseudonym"}, "pseudonym_key"),
        ({"identifies": "pseudonym", "pseudonym_key": "/nowhere"}, "pseudonym_key"),
        ({"keys": "/nowhere"}, "keys"),
        ({"keys": "/"}, "keys"),
        ({"userinfo": "yes"}, "userinfo"),
    ],
    ids=str,
)
def test_terms_that_mean_nothing_stop_the_start_by_name(folder: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Misconfigured, match=rf"werk\.terms\.{named}"):
        agreed(folder, **changes)


def test_a_key_file_that_is_none_stops_the_start_and_is_not_told(folder: Path) -> None:
    terms = terms_in(folder)
    (folder / "client" / "2.pem").write_text("my secret")
    with pytest.raises(Misconfigured) as failed:
        Agreed.of(Terms("werk", terms), (EntityId(ISSUER),))
    assert "secret" not in str(failed.value.facts())
    for authorities in ((), (EntityId("urn:x"),), (EntityId(ISSUER), EntityId(f"{ISSUER}/2"))):
        with pytest.raises(Misconfigured):
            Agreed.of(Terms("werk", terms), authorities)


def test_the_first_key_signs_and_all_are_listed(folder: Path) -> None:
    terms = terms_in(folder)
    (folder / "client" / "0.pem").write_bytes(a_pem("newer"))
    keys = Agreed.of(Terms("werk", terms), (EntityId(ISSUER),)).keys
    assert keys.signing.kid == a_jwk("newer").kid
    assert [each["kid"] for each in keys.listed] == [a_jwk("newer").kid, a_jwk("client").kid]
    assert all("d" not in each for each in keys.listed)


@pytest.mark.clause("RD-ASR-06")
@pytest.mark.parametrize("value", [None, "", "123456789", 999990019, "x" * 256, [BSN]])
def test_a_claim_that_names_nobody_is_refused_and_not_told(folder: Path, value: object) -> None:
    with pytest.raises(AnswerRefused) as refused:
        agreed(folder).name_for(value, DV)
    assert "99999" not in str(refused.value.facts())
    assert agreed(folder).name_for(BSN, DV).value == BSN


@pytest.mark.clause("TYP-03")
def test_a_name_of_the_providers_is_another_pseudonym_at_each_dv(folder: Path) -> None:
    (folder / "pseudonyms").write_bytes(b"k" * 32)
    more = {"identifies": "pseudonym", "pseudonym_key": str(folder / "pseudonyms")}
    one, other = agreed(folder, **more), agreed(folder, "https://other.example", **more)
    names = [one.name_for("anna", DV), one.name_for("anna", LC), one.name_for("bram", DV), other.name_for("anna", DV)]
    assert {name.qualifier for name in names} == {urns.OWN_PSEUDONYM}
    assert len({name.value for name in names}) == 4
    assert one.name_for("anna", DV) == names[0]
    assert all("anna" not in name.value for name in names)


def test_levels_are_those_that_were_agreed(folder: Path) -> None:
    assert agreed(folder, levels={"2": "midden"}).levels == {"2": LevelOfAssurance.MIDDEN}
