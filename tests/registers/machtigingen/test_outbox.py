"""What the register tells of its steps: written with the step, handed out until it is taken, in order per mandate."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Final

import pytest
from sqlmodel import select

from registers.machtigingen.machtiging import Side, Status
from registers.machtigingen.outbox.note import Channel, Note, What
from registers.machtigingen.outbox.repository import CLAIMED, FIRST_WAIT, Outbox
from registers.machtigingen.outbox.tables import OutboxRow
from registers.machtigingen.repository import Machtigingen
from runtime.database import Database
from runtime.journal import Journal
from runtime.sealing import Sealer
from stelsel.identifiers import Bsn, ServiceUuid
from tests.conftest import SettableClock

NOON: Final = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
GIVER, RECEIVER = Bsn("999990111"), Bsn("999990093")
SERVICES = frozenset({ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d")})
SEALER = Sealer(b"k" * 32)
ALL = frozenset({Channel.EVENT, Channel.MESSAGE, Channel.LETTER})


class House:
    """A register that tells everybody, its outbox and its clock."""

    def __init__(self, database: Database) -> None:
        self.clock = SettableClock(NOON)
        self.database = database
        self.journal = Journal(database, SEALER, self.clock, "machtigen")
        self.register = Machtigingen(database, SEALER, self.journal, self.clock, ALL)
        self.outbox = Outbox(database, SEALER, self.clock)

    async def taken(self) -> list[Note]:
        """All that is due, taken."""
        found: list[Note] = []
        while notes := await self.outbox.claim():
            for note in notes:
                await self.outbox.taken(note)
                found.append(note)
        return found


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    built = House(database)
    yield built
    await built.journal.close()


def told(notes: list[Note]) -> list[tuple[str, str]]:
    return sorted((note.channel.value, note.what.value) for note in notes)


async def test_the_represented_is_told_of_a_mandate_that_begins_and_the_other_of_its_end(house: House) -> None:
    one, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    assert told(await house.taken()) == [("event", "asked")]
    await house.register.activate(RECEIVER, GIVER, code)
    notes = await house.taken()
    assert told(notes) == [("event", "activated"), ("message", "activated")]
    message = next(note for note in notes if note.channel is Channel.MESSAGE)
    assert (message.content["to"], message.content["other"]) == (GIVER.value, RECEIVER.value)
    await house.register.end(one.id, GIVER)
    notes = await house.taken()
    assert told(notes) == [("event", "ended"), ("message", "ended")]
    assert next(note for note in notes if note.channel is Channel.MESSAGE).content["to"] == RECEIVER.value


async def test_a_letter_brings_the_code_to_whom_it_was_asked_of_and_no_event_does(house: House) -> None:
    _, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.RECEIVER)
    notes = {note.channel: note for note in await house.taken()}
    assert (notes[Channel.LETTER].content["to"], notes[Channel.LETTER].content["code"]) == (GIVER.value, code)
    said = json.dumps(dict(notes[Channel.EVENT].content))
    assert not any(secret in said for secret in (code, GIVER.value, RECEIVER.value))


async def test_a_step_that_was_not_taken_is_told_to_nobody(house: House) -> None:
    one, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await house.taken()
    await house.register.end(one.id, GIVER)
    await house.taken()
    with pytest.raises(Exception, match="NOT_OPEN"):
        await house.register.activate(RECEIVER, GIVER, code)
    assert await house.taken() == []


async def test_what_is_not_taken_comes_again_later_and_later_under_the_same_id(house: House) -> None:
    await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    (first,) = await house.outbox.claim()
    assert await house.outbox.claim() == ()
    await house.outbox.not_taken(first)
    assert await house.outbox.claim() == ()
    house.clock.advance(seconds=FIRST_WAIT.total_seconds())
    (second,) = await house.outbox.claim()
    assert (second.id, second.tries) == (first.id, 1)
    await house.outbox.not_taken(second)
    house.clock.advance(seconds=FIRST_WAIT.total_seconds())
    assert await house.outbox.claim() == ()
    house.clock.advance(seconds=FIRST_WAIT.total_seconds())
    assert [note.id for note in await house.outbox.claim()] == [first.id]


async def test_whoever_died_with_a_note_lets_it_go(house: House) -> None:
    await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    (first,) = await house.outbox.claim()
    house.clock.advance(seconds=CLAIMED.total_seconds())
    assert [note.id for note in await house.outbox.claim()] == [first.id]


async def test_of_one_mandate_the_later_waits_for_the_earlier_and_other_mandates_do_not(house: House) -> None:
    one, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await house.register.activate(RECEIVER, GIVER, code)
    other, _ = await house.register.ask(RECEIVER, GIVER, SERVICES, asked_by=Side.GIVER)
    events = [note for note in await house.outbox.claim() if note.channel is Channel.EVENT]
    assert [(note.mandate, note.what) for note in events] == [(one.id, What.ASKED), (other.id, What.ASKED)]
    await house.outbox.not_taken(events[0])
    assert await house.outbox.claim() == ()
    house.clock.advance(seconds=FIRST_WAIT.total_seconds())
    (again,) = [note for note in await house.outbox.claim() if note.mandate == one.id]
    await house.outbox.taken(again)
    assert [note.what for note in await house.outbox.claim()] == [What.ACTIVATED]


async def test_what_was_said_is_sealed_and_then_forgotten(house: House) -> None:
    _, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.RECEIVER)
    async with house.database.session() as session:
        kept = [row.content or b"" for row in (await session.exec(select(OutboxRow))).all()]
    assert not any(secret.encode() in each for each in kept for secret in (code, GIVER.value, RECEIVER.value))
    await house.taken()
    async with house.database.session() as session:
        assert {row.content for row in (await session.exec(select(OutboxRow))).all()} == {None}


async def test_days_that_end_a_mandate_or_a_request_are_stored_and_told_once(house: House) -> None:
    last = date(2026, 3, 20)
    one, code = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER, last=last)
    await house.register.activate(RECEIVER, GIVER, code)
    other, _ = await house.register.ask(GIVER, None, SERVICES, asked_by=Side.GIVER)
    await house.taken()
    assert await house.register.lapse() == 0
    house.clock.advance(days=(last - NOON.date()).days + 1)
    assert await house.register.lapse() == 1
    assert [(note.mandate, note.what) for note in await house.taken()] == [(one.id, What.LAPSED)]
    house.clock.advance(days=90)
    assert (await house.register.lapse(), await house.register.lapse()) == (1, 0)
    assert [(note.mandate, note.what) for note in await house.taken()] == [(other.id, What.LAPSED)]
    assert {each.status for each in await house.register.of_giver(GIVER)} == {
        Status.VERLOPEN,
        Status.AANVRAAG_VERLOPEN,
    }


async def test_a_request_that_names_nobody_is_for_whoever_has_the_code(house: House) -> None:
    asked, code = await house.register.ask(GIVER, None, SERVICES, asked_by=Side.GIVER)
    assert (asked.receiver, await house.register.of_receiver(RECEIVER)) == (None, ())
    with pytest.raises(Exception, match="NOT_OPEN"):
        await house.register.activate(GIVER, GIVER, code)
    active = await house.register.activate(RECEIVER, GIVER, code)
    assert active.receiver == RECEIVER
    assert [one.id for one in await house.register.of_receiver(RECEIVER, GIVER)] == [active.id]
    with pytest.raises(ValueError, match="somebody else"):
        await house.register.ask(GIVER, None, SERVICES, asked_by=Side.RECEIVER)


async def test_who_is_asked_may_agree_without_the_code_and_nobody_else_may(house: House) -> None:
    asked, _ = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.RECEIVER)
    own, _ = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    for identifier, who in ((asked.id, RECEIVER), (own.id, GIVER), ("unknown", GIVER)):
        with pytest.raises(Exception, match="NOT_OPEN"):
            await house.register.agree(identifier, who)
    assert (await house.register.agree(asked.id, GIVER)).status is Status.ACTIEF


async def test_whoever_is_asked_refuses_and_whoever_asked_withdraws(house: House) -> None:
    for asked_by, by, status in (
        (Side.RECEIVER, GIVER, Status.GEWEIGERD),
        (Side.RECEIVER, RECEIVER, Status.INGETROKKEN),
        (Side.GIVER, GIVER, Status.INGETROKKEN),
        (Side.GIVER, RECEIVER, Status.GEWEIGERD),
    ):
        one, _ = await house.register.ask(GIVER, RECEIVER, SERVICES, asked_by=asked_by)
        assert (await house.register.end(one.id, by)).status is status
