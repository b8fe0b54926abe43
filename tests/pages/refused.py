"""Lists of refused messages for the pages: as long as they get, with the widest values."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from runtime.reports import MOST_CLAIMED, MOST_PROVEN, LastRefused, Refused
from runtime.web.frame import Frame
from runtime.web.look import Look
from runtime.web.refusals import refusals_page

_PROVEN: Final = Refused(
    at=datetime(2026, 3, 10, 11, 0, tzinfo=UTC),
    code="7K2M9XQ4",
    door="/saml/sso",
    message="AuthnRequest",
    message_id="_" + "0123456789abcdef" * 8,
    dv="urn:nl-eid-gdi:1.0:DV:00000099000000002000:entities:9002",
    failure="WrongDestination",
    clause="DV-REQ-02",
    rule="@Destination present and equal to a SingleSignOnService Location of the RD metadata",
    why="Destination is another address",
    expected="https://gateway.example.nl/saml/sso",
    found="https://elders.example.nl/" + "x" * 474,
)
_CLAIMED: Final = Refused(
    at=_PROVEN.at,
    code="7K2M9XQ4",
    door="",
    message="",
    message_id="",
    dv="",
    failure="SignatureRefused",
    clause="GEN-08",
    rule="",
    why="not signed",
    expected="",
    found="<b>",
)


def _of(last: LastRefused) -> Callable[[Look, Frame], Response]:
    party = "urn:nl-eid-gdi:1.0:DV:00000099000000002000:entities:9001"
    return lambda look, frame: refusals_page(look, frame, {party: last})


LISTS: Final = {
    "R1": _of(LastRefused((_PROVEN,) * MOST_PROVEN, (_CLAIMED,) * MOST_CLAIMED)),
    "R1.none": _of(LastRefused((), ())),
}
