"""What every register must do, whatever its source: an adapter's tests subclass `RegisterContract` and give a `Bench`.

All of it goes over HTTP to the stub that speaks the real source's shape, with the faults a world file knows.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pilot.faults import CallLog
from pilot.world import World
from registers import REGISTERS, Register
from registers.circuit import FAILURES_TO_OPEN, RETRY_SECONDS
from registers.question import Question
from registers.settings import RegisterSettings
from stelsel.failures import RegisterUnavailable
from stelsel.subjects import Representation
from tests.registers.factories import NOON, Ticks, a_fault, a_question, digits_in, served, settings_for
from tests.registers.nonsense import NONSENSE, each_field_with, lists_twice

DEADLINE_SECONDS = 0.3


@dataclass(frozen=True)
class Bench:
    """`acting` may act for `represented` in `world`, `nobody` for nobody; `ended` is it without that relation.

    `calls_each` is how often the source is asked for a list, and for one who is named.
    """

    name: str
    source: str
    world: World
    ended: World
    acting: str
    represented: str
    nobody: str
    calls_each: tuple[int, int] = (1, 1)


@asynccontextmanager
async def adapter(
    bench: Bench, world: World | None = None, calls: CallLog | None = None, **changes: Any
) -> AsyncIterator[Register]:
    """The adapter, with its source serving `world`."""
    build: Callable[[RegisterSettings], Register] = REGISTERS[bench.name]
    async with served(world or bench.world, calls) as (url, http):
        yield build(settings_for(url, http, **{"deadline_seconds": 2.0} | changes))


def _with_fault(bench: Bench, mode: str, ms: int = 0) -> World:
    return replace(bench.world, faults=(a_fault(bench.source, mode, ms),))


def _read(register: Register, raw: object, question: Question) -> tuple[Representation, ...] | RegisterUnavailable:
    try:
        return register.translate(raw, question)
    except RegisterUnavailable as refused:
        return refused


class RegisterContract:
    """Subclass this and give a fixture `bench`."""

    async def test_a_list_holds_whom_the_acting_person_may_act_for(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench) as register:
            stated = register.translate(await register.fetch(question), question)
        assert bench.world.subject(bench.represented) in {row.represented.subject for row in stated}
        for row in stated:
            assert question.acting in (row.acting.subject, row.represented.subject)
            assert row.source == register.name == bench.name
            assert row.ground in register.grounds
            assert row.retrieved_at == NOON

    async def test_who_is_named_is_the_only_one_told_of(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting, bench.represented)
        async with adapter(bench) as register:
            stated = register.translate(await register.fetch(question), question)
        assert [row.represented.subject for row in stated] == [question.represented]

    async def test_who_may_act_for_nobody_is_told_nothing(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.nobody)
        async with adapter(bench) as register:
            assert register.translate(await register.fetch(question), question) == ()

    async def test_translating_twice_states_the_same(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench) as register:
            raw = await register.fetch(question)
            assert register.translate(raw, question) == register.translate(raw, question)

    @pytest.mark.parametrize("mode", ["down", "503", "hang", "nonsense", "truncated"])
    @pytest.mark.clause("R-QUERY")
    async def test_a_source_that_fails_is_unavailable_and_never_empty(self, bench: Bench, mode: str) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench, _with_fault(bench, mode), deadline_seconds=DEADLINE_SECONDS) as register:
            with pytest.raises(RegisterUnavailable) as refused:
                register.translate(await register.fetch(question), question)
        assert refused.value.source == bench.name
        assert not list(digits_in(str(refused.value.facts())))

    async def test_a_slow_source_is_waited_for_within_its_deadline(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench, _with_fault(bench, "slow", 20)) as register:
            assert register.translate(await register.fetch(question), question)

    async def test_a_source_slower_than_its_deadline_is_unavailable(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench, _with_fault(bench, "slow", 60_000), deadline_seconds=DEADLINE_SECONDS) as register:
            with pytest.raises(RegisterUnavailable):
                await register.fetch(question)

    @pytest.mark.parametrize(
        "raw",
        [None, 7, "ja", [], {}, {"personen": None}, {"maatregelen": {}}, {"volmachten": 7}, {"inschrijvingen": [7]}],
    )
    async def test_an_answer_of_another_shape_is_unavailable(self, bench: Bench, raw: object) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench) as register:
            with pytest.raises(RegisterUnavailable):
                register.translate(raw, question)

    @pytest.mark.clause("M6", "R-QUERY")
    async def test_whatever_stands_in_one_field_makes_nobody_anothers_representative(self, bench: Bench) -> None:
        """Every field of a good answer, with nonsense in it: refused by its path, or of no account."""
        question = a_question(bench.world, bench.acting, bench.represented)
        async with adapter(bench) as register:
            raw = await register.fetch(question)
        for changed in each_field_with(raw, NONSENSE):
            read = _read(register, changed, question)
            if isinstance(read, RegisterUnavailable):
                assert read.source == bench.name
                assert not list(digits_in(str(read.facts())))
            else:
                assert {row.represented.subject for row in read} <= {question.represented, question.acting}
                assert all(question.acting in (row.acting.subject, row.represented.subject) for row in read)

    @pytest.mark.clause("M6")
    async def test_an_answer_that_states_a_relation_twice_is_refused_whole(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        async with adapter(bench) as register:
            raw = await register.fetch(question)
            for doubled in lists_twice(raw):
                with pytest.raises(RegisterUnavailable):
                    register.translate(doubled, question)

    @pytest.mark.clause("M6")
    async def test_an_answer_about_somebody_else_is_refused_whole(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting)
        other = a_question(bench.world, bench.nobody)
        async with adapter(bench) as register:
            raw = await register.fetch(question)
            with pytest.raises(RegisterUnavailable) as refused:
                register.translate(raw, other)
        assert not list(digits_in(str(refused.value.facts())))

    @pytest.mark.clause("R-REISSUE")
    async def test_a_relation_that_still_holds_is_confirmed(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting, bench.represented)
        calls = CallLog()
        async with adapter(bench, calls=calls) as register:
            (offered,) = register.translate(await register.fetch(question), question)
            assert await register.confirm(offered, NOON) == offered
        assert len(calls.entries()) == 2 * bench.calls_each[1]

    @pytest.mark.clause("R-REISSUE")
    async def test_a_relation_that_is_gone_is_not_confirmed(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting, bench.represented)
        async with adapter(bench) as register:
            (offered,) = register.translate(await register.fetch(question), question)
        async with adapter(bench, bench.ended) as register:
            assert await register.confirm(offered, NOON) is None

    @pytest.mark.clause("R-REISSUE")
    async def test_nothing_is_confirmed_by_a_source_that_is_away(self, bench: Bench) -> None:
        question = a_question(bench.world, bench.acting, bench.represented)
        async with adapter(bench) as register:
            (offered,) = register.translate(await register.fetch(question), question)
        async with adapter(bench, _with_fault(bench, "503")) as register:
            with pytest.raises(RegisterUnavailable):
                await register.confirm(offered, NOON)

    async def test_a_source_that_keeps_failing_is_left_alone_and_tried_again_within_ten_seconds(
        self, bench: Bench
    ) -> None:
        calls, ticks = CallLog(), Ticks()
        question = a_question(bench.world, bench.acting)
        async with adapter(bench, _with_fault(bench, "503"), calls, monotonic=ticks) as register:
            for _ in range(FAILURES_TO_OPEN + 3):
                with pytest.raises(RegisterUnavailable):
                    await register.fetch(question)
            assert len(calls.entries()) == FAILURES_TO_OPEN
            ticks.now += RETRY_SECONDS
            with pytest.raises(RegisterUnavailable):
                await register.fetch(question)
            assert len(calls.entries()) == FAILURES_TO_OPEN + 1
        assert RETRY_SECONDS < 10
