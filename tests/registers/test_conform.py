"""Every register keeps the contract."""

import pytest

from tests.registers.conform import Bench, RegisterContract
from tests.registers.factories import scenarios, without


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
