"""What stands on every answer that a browser got (spec/security 7): headers, and cookies of one kind."""

import re
from collections.abc import Sequence
from http.cookies import SimpleCookie
from typing import Final

from tests.flows.wire import Exchange

POLICY: Final = re.compile(
    r"default-src 'none';( script-src 'self';)? style-src 'self'; img-src 'self';"
    r" form-action 'self'( http://[a-z]+(\.[a-z]+)?:[0-9]+)?; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
LASTING: Final = re.compile(r"digid-session|gateway-[0-9a-f]{16}")
"""Cookies of sessions that outlive a login: the stub of DigiD's own (SSO-04), and ours for each federation (SSO-01)."""


def must_be_well_dressed(exchanges: Sequence[Exchange]) -> None:
    """Every answer at a front has the headers, and a party has one cookie for a login beside those of sessions."""
    names: dict[str, set[str]] = {}
    for each in exchanges:
        if each.host.endswith("/back"):
            continue
        where = f"{each.method} {each.host}{each.path} {each.status}"
        for name, value in HEADERS.items():
            assert each.header(name) == value, (where, name)
        policy = each.header("content-security-policy")
        assert POLICY.fullmatch(policy), (where, policy)
        assert "script-src" not in policy or b'data-page="G3"' in each.answer, where
        features = each.header("permissions-policy").split(", ")
        assert features[0], where
        assert all(feature.endswith("=()") for feature in features), where
        if not each.path.startswith("/metadata"):  # which parties read, and may keep
            kept = "immutable" in each.header("cache-control")
            assert kept if "/static/" in each.path else each.header("cache-control") == "no-store", where
        for name, value in each.answered:
            if name == "set-cookie":
                names.setdefault(each.host, set()).update(_checked(value, where))
    for host, found in names.items():
        assert len([name for name in found if not LASTING.fullmatch(name)]) == 1, (host, found)


def _checked(cookie: str, where: str) -> list[str]:
    """The names of the cookies in a `Set-Cookie`, which keep scripts and other sites out and go with the window."""
    read = SimpleCookie(cookie)
    for morsel in read.values():
        assert morsel["samesite"].lower() == "lax", where
        assert morsel["path"] == "/", where
        assert not morsel["domain"], where
        if morsel.value:
            assert morsel["httponly"], where
            assert not morsel["max-age"], where
    return list(read)
