"""A client's authorization request: the rules in the order they run, and what is kept of it until its code is used."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.clients import Client, Policy
from gateway.interfaces.oidc.refused import OAuthRefused, RequestObjectUnsupported, ResponseTypeRefused, ScopeRefused
from gateway.login import STORED
from gateway.stored import Stored
from stelsel.failures import BadIdentifier, MessageRefused, ReplyAddressUnknown
from stelsel.identifiers import ServiceUuid
from stelsel.jose.objects import read_object

SERVICE_SCOPE: Final = "urn:uuid:"
SCOPES: Final = ("openid", "bsn", "kvk", "authentication_context")  # the last three: flat claims and their like
PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
LEAST: Final = (
    16  # characters of state and nonce; that 128 bits of them are random is for the client (OIDC-06, OIDC-07)
)
MOST: Final = 1024
CLAIMS_BYTES: Final = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A request that passed every rule. `classes` are the levels asked, from `acr_values` or else `claims`.

    `represents`: somebody must be represented. `wants_time`: `auth_time` was asked (OIDC-30).
    """

    client_id: str
    redirect_uri: str
    state: str | None
    nonce: str | None
    challenge: str
    scope: tuple[str, ...]
    service: ServiceUuid
    classes: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str = ""
    represents: bool = False
    wants_time: bool = False

    __pydantic_config__ = STORED


AUTHORIZATION: Final = Stored(Authorization)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters as they came, each once, and the client that they are of."""

    fields: Mapping[str, str]
    client: Client
    pushed: bool = False

    def text(self, name: str) -> str:
        """A parameter; empty where it is absent, for an empty one counts as none (RFC 6749 3.1)."""
        return self.fields.get(name, "")

    def words(self, name: str) -> tuple[str, ...]:
        """A parameter that is a list with blanks between."""
        return tuple(self.text(name).split(" ")) if self.text(name) else ()


Rule = Callable[[Asked], None]


def returns_where_it_is_registered(asked: Asked) -> None:
    """OIDC-05, O10: `redirect_uri` is, character by character, one of the client's. There is no default.

    Anything else is told on a page of ours: nobody is sent to an address that is not registered.
    """
    if asked.text("redirect_uri") not in asked.client.redirect_uris:
        raise ReplyAddressUnknown(
            "redirect_uri is not one of this client's",
            clause="OIDC-05",
            expected=" or ".join(asked.client.redirect_uris),
            found=asked.text("redirect_uri").partition("?")[0][:200] or "none",
        )


def was_pushed_where_it_must(asked: Asked) -> None:
    """FAPI-02: a client of FAPI 2.0 pushes its request."""
    if asked.client.policy is Policy.FAPI2 and not asked.pushed:
        raise OAuthRefused("not pushed", clause="FAPI-02", expected="request_uri of a pushed request", found="none")


def brings_no_object(asked: Asked) -> None:
    """O13: parameters stand in the request, or were pushed; nothing is fetched."""
    for name in ("request", "registration"):
        if name in asked.fields:
            raise RequestObjectUnsupported(f"{name} is not taken", clause="OIDC-12", expected="none", found=name)
    if "request_uri" in asked.fields:
        raise OAuthRefused("request_uri inside a request", clause="PAR-01", expected="none", found="request_uri")


def asks_for_a_code(asked: Asked) -> None:
    """OIDC-01: the code flow, its answer in the query."""
    if asked.text("response_type") != "code":
        raise ResponseTypeRefused("another flow", expected="code", found=asked.text("response_type")[:80] or "none")
    if asked.text("response_mode") not in ("", "query"):
        raise OAuthRefused("response_mode", expected="query", found=asked.text("response_mode")[:80])


def is_openid(asked: Asked) -> None:
    """OIDC-04: `openid` is in the scope."""
    if "openid" not in asked.words("scope"):
        raise ScopeRefused("no openid", expected="openid", found=f"{len(asked.words('scope'))} others")


def is_bound_to_its_browser(asked: Asked) -> None:
    """OIDC-06, OIDC-07: `state` and `nonce` are there; software of policy `compat` may leave one out (1.7)."""
    for name, clause in (("state", "OIDC-06"), ("nonce", "OIDC-07")):
        value = asked.text(name)
        if not value and asked.client.policy is Policy.COMPAT:
            continue
        if not LEAST <= len(value) <= MOST or not value.isascii() or not value.isprintable():
            raise OAuthRefused(
                f"{name} is missing, too short or too long",
                clause=clause,
                expected=f"{LEAST} to {MOST} ASCII characters",
                found=f"{len(value)} characters",
            )


def is_bound_to_its_client(asked: Asked) -> None:
    """OIDC-02, OIDC-03, O9: PKCE with S256, of every client; no method means `plain`, and that is refused."""
    if asked.text("code_challenge_method") != "S256":
        raise OAuthRefused(
            "no PKCE with S256",
            clause="OIDC-03",
            expected="code_challenge_method S256",
            found=asked.text("code_challenge_method")[:40] or "none",
        )
    if not CHALLENGE.fullmatch(asked.text("code_challenge")):
        raise OAuthRefused(
            "no S256 challenge",
            clause="OIDC-03",
            expected="43 characters in base64url",
            found=f"{len(asked.text('code_challenge'))} others",
        )


def prompts_as_it_may(asked: Asked) -> None:
    """Core 3.1.2.1: `none` stands alone; what we do not know is refused."""
    prompt = asked.words("prompt")
    if not PROMPTS.issuperset(prompt) or ("none" in prompt and len(prompt) > 1):
        raise OAuthRefused(
            "prompt", clause="OIDC-18", expected="none, or login, consent, select_account", found="other"
        )


def is_aged_in_seconds(asked: Asked) -> None:
    """Core 3.1.2.1: `max_age` is a number of seconds."""
    text = asked.text("max_age")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise OAuthRefused("max_age", clause="OIDC-30", expected="seconds", found="no number")


RULES: Final[tuple[Rule, ...]] = (
    returns_where_it_is_registered,
    was_pushed_where_it_must,
    brings_no_object,
    asks_for_a_code,
    is_openid,
    is_bound_to_its_browser,
    is_bound_to_its_client,
    prompts_as_it_may,
    is_aged_in_seconds,
)


def read_authorization(asked: Asked) -> Authorization:
    """The request within every rule. Raises `ReplyAddressUnknown` before anything else, or an `OAuthRefused`."""
    for rule in RULES:
        rule(asked)
    claims = _claims(asked.text("claims"))
    acr, wants_time, represented = (claims.get(name) for name in ("acr", "auth_time", "represents"))
    max_age = asked.text("max_age")
    return Authorization(
        client_id=asked.client.client_id,
        redirect_uri=asked.text("redirect_uri"),
        state=asked.text("state") or None,
        nonce=asked.text("nonce") or None,
        challenge=asked.text("code_challenge"),
        scope=tuple(dict.fromkeys(asked.words("scope"))),
        service=_service(asked),
        # OIDC-08, OIDC-10: acr_values wins; `vtr` is never looked at.
        classes=asked.words("acr_values") or _classes(acr),
        prompt=asked.words("prompt"),
        max_age=int(max_age) if max_age else None,
        login_hint=asked.text("login_hint")[:MOST],
        represents=_is_essential(represented),
        wants_time=bool(max_age) or _is_essential(wants_time),
    )


def _service(asked: Asked) -> ServiceUuid:
    """The one service that the scope names, or the one agreed (spec 1.6); never one the client may not ask for."""
    named = [word for word in asked.words("scope") if word.lower().startswith(SERVICE_SCOPE)]
    if len(named) > 1:
        raise ScopeRefused("more than one service", expected="one urn:uuid:", found=len(named))
    if not named and asked.client.default_service is None:
        raise ScopeRefused("no service", expected="urn:uuid: with the ServiceUUID", found="none")
    try:
        service = ServiceUuid(named[0][len(SERVICE_SCOPE) :]) if named else asked.client.default_service
    except BadIdentifier as bad:
        raise ScopeRefused("no ServiceUUID", expected="urn:uuid: with the ServiceUUID", found="another form") from bad
    if service is None or not asked.client.may_ask(service):
        raise ScopeRefused("not a service of this client", expected="one of its services", found=service)
    return service


def _claims(text: str) -> Mapping[str, Any]:
    """What `claims` asks of the ID token (OIDC-11). Only what we know is looked at (Core 5.5)."""
    if not text:
        return {}
    try:
        asked = read_object(text.encode(), "the claims parameter", CLAIMS_BYTES).get("id_token", {})
    except MessageRefused as refused:
        raise OAuthRefused("claims", clause="OIDC-11", expected="a JSON object", found=refused.why) from refused
    if not isinstance(asked, dict):
        raise OAuthRefused("claims.id_token", clause="OIDC-11", expected="a JSON object", found=type(asked).__name__)
    return asked


def _classes(acr: object) -> tuple[str, ...]:
    if not isinstance(acr, dict):
        return ()
    values = acr.get("values", [acr["value"]] if "value" in acr else [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise OAuthRefused("claims.id_token.acr", clause="OIDC-11", expected="values that are text", found="others")
    return tuple(values)


def _is_essential(asked: object) -> bool:
    return isinstance(asked, dict) and asked.get("essential") is True
