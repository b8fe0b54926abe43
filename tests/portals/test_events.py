"""A change of a mandate as systems hear it (CE-NL), and as it is sent until somebody takes it."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from portals.machtigen.deliveries import Deliveries
from portals.machtigen.events import write_event
from registers.machtigingen.outbox.note import Channel, Note, What
from registers.machtigingen.outbox.repository import Outbox
from runtime.database import Database
from runtime.sealing import Sealer
from stelsel.failures import PartyUnavailable
from stelsel.identifiers import Oin
from tests.conftest import SettableClock

OIN: Final = Oin("00000099000000012000")
NOON: Final = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)


def a_note(**changes: Any) -> Note:
    values: dict[str, Any] = {
        "id": "11111111-1111-4111-8111-111111111111",
        "mandate": "22222222-2222-4222-8222-222222222222",
        "channel": Channel.EVENT,
        "what": What.ENDED,
        "at": NOON,
        "content": {"status": "INGETROKKEN", "services": ["s"], "first": "2026-03-10", "to": "999990111"},
    }
    return Note(**values | changes)


def test_an_event_has_what_the_profile_asks_and_nobodys_number() -> None:
    assert write_event(a_note(), OIN) == {
        "specversion": "1.0",
        "id": "11111111-1111-4111-8111-111111111111",
        "source": "urn:nld:oin:00000099000000012000:systeem:machtigen",
        "type": "nl.machtigingen.machtiging-ingetrokken",
        "subject": "22222222-2222-4222-8222-222222222222",
        "time": "2026-03-10T11:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "machtigingId": "22222222-2222-4222-8222-222222222222",
            "status": "INGETROKKEN",
            "diensten": ["s"],
            "geldigVanaf": "2026-03-10",
        },
    }


def test_every_step_has_a_type_of_its_own() -> None:
    steps = [What.ASKED, What.ACTIVATED, What.ENDED, What.LAPSED]
    assert len({write_event(a_note(what=each), OIN)["type"] for each in steps}) == len(steps)


@pytest.fixture
def outbox(database: Database) -> tuple[Outbox, SettableClock]:
    clock = SettableClock(NOON)
    return Outbox(database, Sealer(b"k" * 32), clock), clock


async def test_a_subscriber_who_was_away_hears_all_in_order_and_the_others_did_not_wait(
    outbox: tuple[Outbox, SettableClock],
) -> None:
    box, clock = outbox
    heard: list[tuple[str, str]] = []
    away = True

    async def event(note: Note) -> None:
        if away:
            raise PartyUnavailable("away")
        heard.append(("event", note.id.strip()))

    async def message(note: Note) -> None:
        heard.append(("message", note.id.strip()))

    deliveries = Deliveries(box, {Channel.EVENT: event, Channel.MESSAGE: message})
    for number in range(3):
        await box.put(a_note(id=f"e{number}".rjust(36), what=What.ASKED))
    await box.put(a_note(id="m".rjust(36), channel=Channel.MESSAGE))
    assert await deliveries.round() == 1
    assert heard == [("message", "m")]
    away = False
    assert await deliveries.round() == 0
    clock.advance(seconds=5)
    assert await deliveries.round() == 3
    assert heard[1:] == [("event", "e0"), ("event", "e1"), ("event", "e2")]


async def test_a_channel_for_which_nobody_is_set_waits(outbox: tuple[Outbox, SettableClock]) -> None:
    box, clock = outbox
    await box.put(a_note(channel=Channel.LETTER))
    assert await Deliveries(box, {}).round() == 0
    clock.advance(hours=1)
    assert len(await box.claim()) == 1
