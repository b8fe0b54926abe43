"""Every register keeps the contract."""

from dataclasses import replace

import pytest

from tests.registers.conform import Bench, RegisterContract
from tests.registers.factories import a_functionaris, scenarios, with_rows, without


class TestGezag(RegisterContract):
    @pytest.fixture
    def bench(self) -> Bench:
        world = scenarios()
        return Bench(
            name="gezag",
            source="brp",
            world=world,
            ended=without(world, "gezag", "Janneke"),
            acting="Joop",
            represented="Janneke",
            nobody="F1",
        )


class TestHandelsregister(RegisterContract):
    @pytest.fixture
    def bench(self) -> Bench:
        rows = (a_functionaris("V1"), a_functionaris("F2", "Beperkt bevoegd"))
        world = with_rows(scenarios(), functionarissen=rows)
        return Bench(
            name="kvk",
            source="kvk",
            world=world,
            ended=without(world, "functionarissen", "V1"),
            acting="V1",
            represented="D",
            nobody="F1",
            calls_each=(3, 2),
        )


class TestEherkenning(RegisterContract):
    @pytest.fixture
    def bench(self) -> Bench:
        world = scenarios()
        e1 = next(each for each in world.employees if each.name == "e1")
        return Bench(
            name="mr",
            source="mr",
            world=world,
            ended=with_rows(world, employees=(replace(e1, authorised=()),)),
            acting="e1",
            represented="B1",
            nobody="e2",
        )


class TestMachtigingen(RegisterContract):
    @pytest.fixture
    def bench(self) -> Bench:
        world = scenarios()
        return Bench(
            name="machtigingen",
            source="machtigingen",
            world=world,
            ended=without(world, "machtigingen", "V2"),
            acting="V1",
            represented="V2",
            nobody="F1",
        )


class TestRechtspraak(RegisterContract):
    @pytest.fixture
    def bench(self) -> Bench:
        world = scenarios()
        return Bench(
            name="rechtspraak",
            source="rechtspraak",
            world=world,
            ended=without(world, "measures", "C2"),
            acting="F1",
            represented="C2",
            nobody="V1",
        )
