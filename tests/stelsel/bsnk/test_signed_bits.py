"""A changed bit is refused wherever it is; here a sample of each structure, in `make fuzz` every bit of all."""

import pytest

from tests.fuzz.bits import STRUCTURES, bits_of, try_bit

STEP = 97  # prime to eight: each place in a byte has its turn


@pytest.mark.clause("TYP-03")
@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_with_one_bit_changed_is_refused(name: str) -> None:
    finds = [find for bit in range(0, bits_of(name), STEP) if (find := try_bit(name, bit))]
    assert [(find.seed, find.what) for find in finds] == []


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_with_a_byte_too_many_or_too_few_is_refused(name: str) -> None:
    assert try_bit(name, bits_of(name)) is None
    assert try_bit(name, bits_of(name) + 1) is None


def test_a_structure_that_is_read_though_no_bit_changed_would_be_found() -> None:
    find = try_bit(STRUCTURES[0], None)
    assert find is not None
    assert find.what == "read though a bit was changed"
