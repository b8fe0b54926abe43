"""The register of voluntary mandates in SQL, on both databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select, update

from registers.machtigingen.codes import LENGTH
from registers.machtigingen.machtiging import TRIES, Refused, Side, Status, StepRefused
from registers.machtigingen.repository import CHANGE, Machtigingen
from registers.machtigingen.tables import MachtigingRow, key_of
from runtime.database import Database
from runtime.journal import CODE_ALPHABET, Journal
from runtime.sealing import SealBroken, Sealer
from stelsel.identifiers import Bsn, KvkNummer, ServiceUuid
from tests.conftest import SettableClock

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
GIVER, RECEIVER, OTHER, OFFICE = Bsn("999990111"), Bsn("999990093"), Bsn("999990123"), KvkNummer("69599068")
SERVICES = frozenset({ServiceUuid("a4441acb-e00d-42f9-8207-2df8d55d375d")})
SEALER = Sealer(b"k" * 32)


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    journal = Journal(database, SEALER, SettableClock(NOON), "machtigen")
    yield journal
    await journal.close()


@pytest.fixture
def register(database: Database, journal: Journal) -> Machtigingen:
    return Machtigingen(database, SEALER, journal, SettableClock(NOON))


async def refused(step: Awaitable[object]) -> Refused:
    """Why a step is refused."""
    with pytest.raises(StepRefused) as raised:
        await step
    return raised.value.reason


async def test_what_was_asked_is_found_by_either_of_the_two_and_by_nobody_else(register: Machtigingen) -> None:
    asked, _ = await register.ask(GIVER, OFFICE, SERVICES, asked_by=Side.RECEIVER)
    assert await register.of_receiver(OFFICE) == await register.of_giver(GIVER) == (asked,)
    assert await register.of_receiver(OFFICE, GIVER) == (asked,)
    assert await register.of_receiver(OFFICE, OTHER) == await register.of_receiver(GIVER) == ()


async def test_what_was_asked_by_a_clock_of_another_zone_is_the_same_moment(
    database: Database, journal: Journal
) -> None:
    here = Machtigingen(database, SEALER, journal, SettableClock(NOON.astimezone(ZoneInfo("Europe/Amsterdam"))))
    asked, code = await here.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await here.activate(RECEIVER, GIVER, code)
    (found,) = await here.of_giver(GIVER)
    assert (found.id, found.status, found.asked_at) == (asked.id, Status.ACTIEF, NOON)


async def test_a_code_is_read_as_people_write_it_and_works_once(register: Machtigingen) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    assert len(code.replace("-", "")) == LENGTH
    assert set(code) <= {*CODE_ALPHABET, "-"}
    typed = f"  {code.lower().replace('-', ' - ')}"
    assert (await register.activate(RECEIVER, GIVER, typed)).status is Status.ACTIEF
    assert await refused(register.activate(RECEIVER, GIVER, typed)) is Refused.NOT_OPEN


async def test_a_code_works_for_whom_it_is_meant_only(register: Machtigingen) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    _, others = await register.ask(GIVER, OTHER, SERVICES, asked_by=Side.GIVER)
    assert await refused(register.activate(RECEIVER, GIVER, others)) is Refused.WRONG_CODE
    assert await refused(register.activate(RECEIVER, OTHER, code)) is Refused.NOT_OPEN
    assert (await register.activate(RECEIVER, GIVER, code)).status is Status.ACTIEF


async def test_six_wrong_codes_block_a_request_for_the_right_one_too(register: Machtigingen) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    answers = [await refused(register.activate(RECEIVER, GIVER, "22222-22222")) for _ in range(TRIES + 1)]
    assert answers == [Refused.WRONG_CODE] * TRIES + [Refused.BLOCKED]
    assert await refused(register.activate(RECEIVER, GIVER, code)) is Refused.BLOCKED


async def test_however_many_codes_are_typed_at_once_five_are_looked_at(register: Machtigingen) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    wrong = [refused(register.activate(RECEIVER, GIVER, f"22222-2222{digit}")) for digit in CODE_ALPHABET[:12]]
    assert Counter(await asyncio.gather(*wrong)) == {Refused.WRONG_CODE: TRIES, Refused.BLOCKED: 12 - TRIES}
    assert await refused(register.activate(RECEIVER, GIVER, code)) is Refused.BLOCKED


async def test_of_two_who_type_the_code_at_once_one_puts_it_in_force(register: Machtigingen) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    outcomes = await asyncio.gather(
        *(register.activate(RECEIVER, GIVER, code) for _ in range(4)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1


async def test_either_of_the_two_ends_it_and_nobody_else(register: Machtigingen) -> None:
    asked, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await register.activate(RECEIVER, GIVER, code)
    assert await refused(register.end(asked.id, OTHER)) is Refused.NOT_OPEN
    assert (await register.end(asked.id, GIVER)).status is Status.INGETROKKEN
    assert await refused(register.end(asked.id, RECEIVER)) is Refused.NOT_OPEN
    assert await refused(register.end("unknown", GIVER)) is Refused.NOT_OPEN


async def test_every_step_is_in_the_journal_and_wrong_codes_too(register: Machtigingen, journal: Journal) -> None:
    asked, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await refused(register.activate(RECEIVER, GIVER, "wrong"))
    await register.activate(RECEIVER, GIVER, code)
    await register.end(asked.id, RECEIVER)
    entries = await journal.entries(CHANGE, NOON)
    assert [entry.facts["step"] for entry in entries] == ["asked", "wrong code", "activated", "ended"]
    for entry in entries:
        assert not any(number in str(entry.facts) for number in (GIVER.value, RECEIVER.value, code))
        assert journal.open_sealed(entry)["giver"] == GIVER.value


@pytest.mark.clause("M10")
async def test_a_copy_of_the_table_tells_nobody_who_mandated_whom(
    register: Machtigingen, database: Database, journal: Journal
) -> None:
    _, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    (stored,) = await rows(database)
    told = repr(stored.model_dump())
    assert not any(secret in told for secret in (GIVER.value, RECEIVER.value, code, code.replace("-", "")))
    with_another_key = Machtigingen(database, Sealer(b"x" * 32), journal, SettableClock(NOON))
    assert await with_another_key.of_receiver(RECEIVER) == ()


async def test_parties_that_were_moved_to_another_row_are_nobodys_mandate(
    register: Machtigingen, database: Database
) -> None:
    await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await register.ask(GIVER, OTHER, SERVICES, asked_by=Side.GIVER)
    first, second = await rows(database)
    async with database.session(writes=True) as session:
        await session.exec(
            update(MachtigingRow).where(col(MachtigingRow.id) == first.id).values(parties=second.parties)
        )
        await session.commit()
    with pytest.raises(SealBroken):
        await register.of_giver(GIVER)


CHANGED_BY_HAND = {
    "in force without a code": {"status": "ACTIEF", "code": None, "activated_at": NOON},
    "for another service": {"services": ["a4441acb-e00d-42f9-8207-2df8d55d375e"]},
    "for longer": {"last": date(2036, 3, 10)},
    "from earlier": {"first": date(2020, 3, 10)},
    "at a level it was not given at": {"loa": 4},
    "for somebody else": {"receiver": key_of(SEALER, OTHER)},
}


@pytest.mark.clause("M11")
@pytest.mark.parametrize("changed", CHANGED_BY_HAND.values(), ids=CHANGED_BY_HAND)
async def test_a_mandate_that_somebody_changed_in_the_table_is_nobodys_mandate(
    register: Machtigingen, database: Database, changed: dict[str, Any]
) -> None:
    """Who may write to the database may take away, but give nothing: the seal holds the whole row."""
    asked, _ = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER, last=date(2027, 3, 10))
    async with database.session(writes=True) as session:
        await session.exec(update(MachtigingRow).where(col(MachtigingRow.id) == asked.id).values(**changed))
        await session.commit()
    with pytest.raises(SealBroken):
        await register.of_giver(GIVER)


@pytest.mark.clause("M11")
async def test_a_mandate_that_ended_is_not_put_in_force_again_by_hand(
    register: Machtigingen, database: Database
) -> None:
    asked, code = await register.ask(GIVER, RECEIVER, SERVICES, asked_by=Side.GIVER)
    await register.activate(RECEIVER, GIVER, code)
    await register.end(asked.id, GIVER)
    again = {"status": "ACTIEF", "ended_at": None, "ended_by": None}
    async with database.session(writes=True) as session:
        await session.exec(update(MachtigingRow).where(col(MachtigingRow.id) == asked.id).values(**again))
        await session.commit()
    with pytest.raises(SealBroken):
        await register.of_receiver(RECEIVER)


async def rows(database: Database) -> Sequence[MachtigingRow]:
    """The table as it is."""
    async with database.session() as session:
        return (await session.exec(select(MachtigingRow))).all()
