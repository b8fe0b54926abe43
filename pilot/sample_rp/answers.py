"""From an ID token's claims to what the dienstverlener received, each check by its clause (OIDC-38, OIDC-48)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pilot.sample_dv.received import Check, Distrusted, Name, Received
from pilot.sample_dv.settings import LEVELS, SampleService

SERVICE: Final = "urn:nl-eid-gdi:1.0:ServiceUUID"
TYPES: Final = "urn:nl-eid-gdi:1.1:RepresentationType"
AUTHORITIES: Final = "urn:namens:claim:AuthenticatingAuthority"
SESSION_UNTIL: Final = "urn:namens:claim:SessionNotOnOrAfter"
RESTRICTION: Final = "ServiceRestriction:"
SLACK_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """What a login asked, and of whom."""

    issuer: str
    client_id: str
    nonce: str
    service: SampleService
    for_other: bool
    at: datetime
    code: str


def judge(claims: Mapping[str, Any], expected: Expected) -> Received | Distrusted:
    """What was declared, or the checks that failed: one is enough."""
    checks = tuple(_checks(claims, expected))
    if not all(check.ok for check in checks):
        return Distrusted(expected.code, 400, checks)
    chain = tuple(_chain(claims))
    deepest = chain[-1] if chain else {}
    until = claims.get(SESSION_UNTIL)
    return Received(
        assertion_id=str(claims["jti"]),
        acting=_name(claims),
        represented=_name(deepest) if deepest else None,
        via=tuple(_name(each) for each in chain[:-1]),
        restrictions=tuple(
            Name(name.rpartition(":")[2], str(value)) for name, value in deepest.items() if RESTRICTION in name
        ),
        representation_types=tuple(deepest.get(TYPES, ())),
        loa=str(claims["acr"]),
        service=str(claims[SERVICE]),
        authorities=tuple(claims.get(AUTHORITIES, ())),
        ends_at=datetime.fromtimestamp(until, UTC) if isinstance(until, int) else None,
        advice=(),
        checks=checks,
        messages=(),
        by_token=True,
    )


def _checks(claims: Mapping[str, Any], expected: Expected) -> Iterator[Check]:
    now = expected.at.timestamp()

    def same(name: str, wanted: object, clause: str) -> Check:
        return Check(name, claims.get(name) == wanted, str(wanted), str(claims.get(name)), clause)

    yield same("iss", expected.issuer, "OIDC-38")
    yield same("aud", expected.client_id, "OIDC-38")
    yield same("nonce", expected.nonce, "OIDC-07")
    yield same(SERVICE, expected.service.uuid, "DV-ATT-01")
    times = [each for name in ("iat", "nbf", "exp") if isinstance(each := claims.get(name), int)]
    fits = len(times) == 3 and max(times[:2]) - SLACK_SECONDS <= now < times[2] + SLACK_SECONDS
    yield Check("iat, nbf, exp", fits, "nu", "een ander moment" if not fits else "nu", "OIDC-27")
    levels = list(LEVELS.values())
    reached = claims.get("acr") in levels and levels.index(claims["acr"]) >= levels.index(
        LEVELS[expected.service.minimum]
    )
    yield Check("acr", reached, LEVELS[expected.service.minimum], str(claims.get("acr")), "OIDC-33")
    parties = [claims, *_chain(claims)]
    yield Check("alt_sub", all(map(_is_named, parties)), "wie het is", "niemand", "OIDC-32")
    acts = len(parties) > 1
    yield Check("represents", acts or not expected.for_other, "een vertegenwoordigde", "niemand", "OIDC-48")


def _chain(claims: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everybody behind whoever logged in; the represented party is the last (OIDC-44)."""
    inner = claims.get("represents")
    while isinstance(inner, dict):
        yield inner
        inner = inner.get("represents")


def _is_named(party: Mapping[str, Any]) -> bool:
    named = party.get("alt_sub")
    return isinstance(party.get("sub"), str) and isinstance(named, list) and len(named) == 1


def _name(party: Mapping[str, Any]) -> Name:
    known = party["alt_sub"][0]
    return Name(str(known["sub_id_type"]).rpartition(":")[2], str(known["sub"]))
