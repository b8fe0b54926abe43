"""The rules of an ID token, in the order in which they are looked at (OIDC Core 3.1.3.7; spec/security 2.2)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.means.oidc.agreed import Agreed
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, MessageExpired

OLDEST: Final = timedelta(minutes=5)  # as every message (GEN-22)
SKEW: Final = timedelta(seconds=60)
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


def of_the_provider(claims: Claims, expected: Expected) -> None:
    """`iss` is the provider that was asked, letter for letter."""
    if claims.get("iss") != expected.agreed.issuer.value:
        raise AnswerRefused(
            "the ID token is of another provider", clause="O11", expected=expected.agreed.issuer, found="another iss"
        )


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


def of_this_login(claims: Claims, expected: Expected) -> None:
    """`nonce` is the one that was pushed for this login (O8, O12)."""
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise AnswerRefused(
            "the ID token is of another login",
            clause="O8",
            expected="the nonce of this login",
            found="another, or none",
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


def with_its_own_access_token(claims: Claims, expected: Expected) -> None:
    """`at_hash`, where it is given, is that of the access token beside it (OIDC Core 3.1.3.6)."""
    if "at_hash" not in claims:
        return
    digest = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}[expected.agreed.algorithm[2:]]
    whole = digest(expected.access_token.encode()).digest()
    half = base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()
    if claims["at_hash"] != half:
        raise AnswerRefused(
            "the access token is not that of the ID token", clause="O15", expected="at_hash of it", found="another"
        )


def of_somebody(claims: Claims, expected: Expected) -> None:
    """`sub` is there: without it userinfo could be anybody's."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise AnswerRefused("the ID token is of nobody", clause="O15", expected="sub", found="none, or no text")


def at_an_agreed_level(claims: Claims, expected: Expected) -> None:
    """`acr` is one of those that were agreed (RD-ASR-03)."""
    level_of(claims, expected.agreed)


RULES: Final[tuple[Rule, ...]] = (
    of_the_provider,
    for_us_alone,
    of_this_login,
    in_time,
    of_who_logged_in_now,
    with_its_own_access_token,
    of_somebody,
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
