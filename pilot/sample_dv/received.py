"""What came back from a login, as plain values: for the result page, and as the JSON that `pilot login` prints."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

NAMENS: Final = "urn:namens:rt:"
ROLES: Final = {"CURATELE": "curator", "BEWIND": "bewindvoerder", "MENTORSCHAP": "mentor"}


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier: `type` is the last part of the NameQualifier (`legacy-BSN`, `KvKnr`)."""

    type: str
    value: str = field(repr=False)

    def as_json(self) -> dict[str, str]:
        """The shape of CONTRACT."""
        return {"type": self.type, "value": self.value}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the DV looked at: what it expected, what it got, and which clause asks for it."""

    name: str
    ok: bool
    expected: str
    received: str
    clause: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message as text, for the integrator's eye."""

    label: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AdviceSignature:
    """The issuer of an assertion in Advice, and whether its own signature still verifies."""

    issuer: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A declaration that passed every check. Session and page live on it; `ends_at` is the BVD's limit, if any.

    `name_id` and `session_index` are the gateway's names for the login, by which it is ended there (SSO-03). `posted`:
    it came through the browser, in a signed Response and not in an ArtifactResponse. `attributes`: what else it was
    told of the person. `by_token`: it stands in an ID token.
    """

    assertion_id: str
    acting: Name
    represented: Name | None
    via: tuple[Name, ...]
    restrictions: tuple[Name, ...]
    attributes: tuple[Name, ...] = ()
    representation_types: tuple[str, ...]
    loa: str
    service: str
    authorities: tuple[str, ...]
    ends_at: datetime | None
    advice: tuple[AdviceSignature, ...]
    checks: tuple[Check, ...]
    messages: tuple[Message, ...] = field(repr=False)
    name_id: str = field(default="", repr=False)
    session_index: str | None = field(default=None, repr=False)
    posted: bool = False
    by_token: bool = False

    @property
    def role(self) -> str | None:
        """The role that a RepresentationType of the BVD names; ST-SAML itself has none for it."""
        named = (each.removeprefix(NAMENS) for each in self.representation_types if each.startswith(NAMENS))
        return next((ROLES[ground] for ground in named if ground in ROLES), None)

    def as_json(self) -> dict[str, Any]:
        """The shape of CONTRACT, but for `ground`, which ST-SAML has no place for on the wire."""
        return {
            "outcome": "success",
            "acting": self.acting.as_json(),
            "represented": self.represented.as_json() if self.represented else None,
            "via": [each.as_json() for each in self.via],
            "ground": None,
            "role": self.role,
            "restrictions": [each.as_json() for each in self.restrictions],
            "attributes": [each.as_json() for each in self.attributes],
            "loa": self.loa,
            "service": self.service,
            "representation_types": list(self.representation_types),
            "authorities": list(self.authorities),
            "session_until": self.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ") if self.ends_at else None,
            "signatures": {"id_token": True}
            if self.by_token
            else {
                "artifact_response": None if self.posted else True,
                **({"response": True} if self.posted else {}),
                "assertion": True,
                "advice": [{"issuer": each.issuer, "ok": each.ok} for each in self.advice],
            },
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side said no: its status pair and StatusMessage. Success means that there was no Response.

    Over OpenID Connect `error` is what it said instead, and `where`: authorize, token or userinfo.
    """

    status: str
    sub_status: str | None
    message: str | None
    code: str
    error: str | None = None
    where: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of CONTRACT, but for `reason`, which is never on the wire."""
        return {
            "outcome": "status",
            "status": [self.status or None, self.sub_status],
            "message": self.message,
            "error": self.error,
            "where": self.where,
            "code": self.code,
            "reason": None,
        }


@dataclass(frozen=True, slots=True)
class Distrusted:
    """An answer that this DV does not believe, or that never came; the user is told by the DV's own page."""

    code: str
    http: int
    checks: tuple[Check, ...]
    messages: tuple[Message, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """The shape of CONTRACT for a page, and beside it which checks failed."""
        return {
            "outcome": "page",
            "http": self.http,
            "code": self.code,
            "reason": None,
            "failed_checks": [each.name for each in self.checks if not each.ok],
        }


Answer = Received | Refused | Distrusted
