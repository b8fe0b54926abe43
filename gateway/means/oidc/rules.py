"""The rules of an ID token, in the order in which they are looked at (OIDC Core 3.1.3.7; spec/security 2.2).

`as_openid_connect_has_it` is the standard's own, as Authlib reads it. The others ask more than that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from authlib.oidc.core import CodeIDToken

from gateway.means.oidc.agreed import Agreed
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, MessageExpired
from stelsel.jose.tokens import ClaimError

OLDEST: Final = timedelta(minutes=5)  # as every message (GEN-22)
SKEW: Final = timedelta(seconds=60)
_CLAUSES: Final[Mapping[str, str]] = {"iss": "O11", "nonce": "O8"}
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must fit. `asked_at` is when the browser was sent; `anew`: somebody logged in since."""

    agreed: Agreed
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    asked_at: datetime
    anew: bool
    now: datetime


Rule = Callable[[Claims, Expected], None]


def as_openid_connect_has_it(claims: Claims, expected: Expected) -> None:
    """Of this provider, for us, of this login, of somebody, at_hash that of the token beside it (O8, O11, O12)."""
    options = {
        "iss": {"essential": True, "value": expected.agreed.issuer.value},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": expected.agreed.client_id},
    }
    params = {
        "client_id": expected.agreed.client_id,
        "nonce": expected.nonce,
        "access_token": expected.access_token,
    }
    read = CodeIDToken(dict(claims), {"alg": expected.agreed.algorithm}, options, params)
    try:
        read.validate(now=int(expected.now.timestamp()), leeway=int(SKEW.total_seconds()))
    except ClaimError as error:
        raise AnswerRefused(
            "the ID token is not of this login",
            clause=_CLAUSES.get(error.claim, "O15"),
            expected=f"the {error.claim} of this login",
            found="another, or none",
        ) from error


def for_us_alone(claims: Claims, expected: Expected) -> None:
    """`aud` is we, and nobody beside us; `azp`, where it is given, is we too."""
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if (
        named != [expected.agreed.client_id]
        or claims.get("azp", expected.agreed.client_id) != expected.agreed.client_id
    ):
        raise AnswerRefused(
            "the ID token is not for us alone",
            clause="O15",
            expected=expected.agreed.client_id,
            found="others in aud or azp",
        )


def in_time(claims: Claims, expected: Expected) -> None:
    """`iat`, `exp` and, where it is given, `nbf` hold now."""
    issued, ends, begins = _instant(claims, "iat"), _instant(claims, "exp"), claims.get("nbf")
    now = expected.now.timestamp()
    holds = issued - SKEW.total_seconds() <= now < ends and now - issued <= OLDEST.total_seconds()
    if begins is not None:
        holds = holds and _instant(claims, "nbf") <= now + SKEW.total_seconds()
    if not holds:
        raise MessageExpired(
            "the ID token does not hold now",
            expected=f"{expected.now.isoformat()} between iat and exp, iat of the last 5 minutes",
            found=f"iat {issued}, exp {ends}",
        )


def of_who_logged_in_now(claims: Claims, expected: Expected) -> None:
    """`auth_time` is after we asked, where the provider had to ask for a login (SSO-02)."""
    if not expected.anew:
        return
    if _instant(claims, "auth_time") < (expected.asked_at - SKEW).timestamp():
        raise AnswerRefused(
            "nobody logged in for this",
            clause="SSO-02",
            expected=f"auth_time from {expected.asked_at.isoformat()} on",
            found=claims["auth_time"],
        )


def with_a_hash_that_is_one(claims: Claims, expected: Expected) -> None:
    """`at_hash`, where it is given, is text: what is empty would be compared with nothing (OIDC Core 3.1.3.6)."""
    if "at_hash" in claims and not (isinstance(claims["at_hash"], str) and claims["at_hash"]):
        raise AnswerRefused("at_hash is none", clause="O15", expected="a hash, or no at_hash", found="no text")


def at_an_agreed_level(claims: Claims, expected: Expected) -> None:
    """`acr` is one of those that were agreed (RD-ASR-03)."""
    level_of(claims, expected.agreed)


RULES: Final[tuple[Rule, ...]] = (
    in_time,
    with_a_hash_that_is_one,
    as_openid_connect_has_it,
    for_us_alone,
    of_who_logged_in_now,
    at_an_agreed_level,
)


def level_of(claims: Claims, agreed: Agreed) -> LevelOfAssurance:
    """The level that `acr` means by what was agreed with this provider. Raises `AnswerRefused`."""
    acr = claims.get("acr")
    level = agreed.levels.get(acr) if isinstance(acr, str) else None
    if level is None:
        raise AnswerRefused(
            "unknown level", clause="RD-ASR-03", expected=" or ".join(agreed.levels), found=str(acr)[:200]
        )
    return level


def _instant(claims: Claims, name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise AnswerRefused(
            "a moment is missing", clause="O15", expected=f"{name} in whole seconds", found=type(value).__name__
        )
    return value
