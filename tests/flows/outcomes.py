"""How `pilot login` tells an outcome, for tests to compare with (mandates 6, how each outcome is told)."""

from typing import Any

from stelsel import urns

CANCELLED = ([urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED], "Authentication cancelled")
NOT_AUTHENTICATED = ([urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED], "Authentication failed")
TOO_LOW = ([urns.STATUS_RESPONDER, urns.STATUS_NO_AUTHN_CONTEXT], "Level of assurance not met")
NO_REPRESENTATION = ([urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED], "No valid representation")
SOURCE_AWAY = ([urns.STATUS_RESPONDER, urns.STATUS_REQUEST_UNSUPPORTED], "Representation source not available")
UNSUPPORTED = [urns.STATUS_REQUESTER, urns.STATUS_REQUEST_UNSUPPORTED]
NO_RESPONSE = ([urns.STATUS_SUCCESS, None], None)

Told = tuple[list[str | None], str | None]


def told(outcome: dict[str, Any]) -> Told:
    """Status pair and StatusMessage that the DV received."""
    assert outcome["outcome"] == "status", outcome
    return outcome["status"], outcome["message"]


def refusal(outcome: dict[str, Any]) -> tuple[list[str | None], str | None, str | None]:
    """What the DV received, and the reason that stands in our own records."""
    return (*told(outcome), outcome["reason"])


def who(outcome: dict[str, Any]) -> tuple[str, str | None]:
    """The numbers of who acts and of who is represented, after every signature was found good."""
    assert outcome["outcome"] == "success", outcome
    signatures = outcome["signatures"]
    assert signatures["artifact_response"]
    assert signatures["assertion"]
    assert all(each["ok"] for each in signatures["advice"])
    represented = outcome["represented"]
    assert len(signatures["advice"]) == (2 if represented else 1)
    return outcome["acting"]["value"], represented["value"] if represented else None
