"""The curve: its numbers hold together, its sums obey the laws, and only its points are points."""

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stelsel.bsnk.curve import GENERATOR, ORDER, A, B, P, Point, combine, decode, lift, multiply, subtract

scalars = st.one_of(st.integers(1, ORDER - 1), st.integers(1, 40), st.integers(1, 40).map(lambda less: ORDER - less))
laws = settings(max_examples=12, deadline=None, derandomize=True)


def plain_sum(one: Point | None, other: Point | None) -> Point | None:
    """Chord and tangent, as in a textbook: another way to the same point."""
    if one is None or other is None:
        return one or other
    if one.x == other.x and one.y != other.y:
        return None
    if one == other:
        slope = (3 * one.x**2 + A) * pow(2 * one.y, -1, P)
    else:
        slope = (other.y - one.y) * pow(other.x - one.x, -1, P)
    x = (slope**2 - one.x - other.x) % P
    return Point(x, (slope * (one.x - x) - one.y) % P)


def plain_product(scalar: int, point: Point) -> Point | None:
    result = None
    for bit in bin(scalar)[2:]:
        result = plain_sum(result, result)
        result = plain_sum(result, point) if bit == "1" else result
    return result


def test_the_order_takes_the_generator_to_infinity() -> None:
    assert combine(ORDER, GENERATOR, 0, GENERATOR) is None
    assert multiply(ORDER - 1, GENERATOR) == GENERATOR.negative
    assert pow(2, P - 1, P) == pow(2, ORDER - 1, ORDER) == 1
    assert (4 * A**3 + 27 * B**2) % P != 0
    assert abs(P + 1 - ORDER) < 1 << 161  # Hasse: so the curve has these points and no more


@laws
@given(scalars)
def test_a_product_is_what_a_textbook_makes_of_it(scalar: int) -> None:
    assert multiply(scalar, GENERATOR) == plain_product(scalar, GENERATOR)


@laws
@given(scalars, scalars)
def test_products_commute_and_add_up(first: int, second: int) -> None:
    one = multiply(first, GENERATOR)
    assert multiply(second, one) == multiply(first, multiply(second, GENERATOR))
    assert combine(first, GENERATOR, second, one) == combine((first + second * first) % ORDER, GENERATOR, 0, one)
    assert combine(first, GENERATOR, ORDER - 1, one) is None


def test_a_difference_of_equals_is_no_point() -> None:
    assert subtract(multiply(5, GENERATOR), multiply(2, GENERATOR)) == multiply(3, GENERATOR)
    with pytest.raises(ValueError, match="infinity"):
        subtract(GENERATOR, GENERATOR)


@pytest.mark.parametrize("secret", [0, -1, ORDER, ORDER + 1])
def test_a_secret_out_of_range_multiplies_nothing(secret: int) -> None:
    with pytest.raises(ValueError, match="between"):
        multiply(secret, GENERATOR)


def additions(secret: int) -> int:
    """How many times two points are added to multiply by this secret."""
    count = 0

    def watch(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_name == "_add"

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        multiply(secret, GENERATOR)
    finally:
        sys.setprofile(before)
    return count


def test_every_secret_costs_the_same_additions() -> None:
    secrets = (1, 2, 3, ORDER - 1, ORDER // 2, 1 << 319, (1 << 319) - 1, 0xA5 << 200)
    assert {additions(secret) for secret in secrets} == {494}


@laws
@given(scalars)
def test_a_point_is_its_bytes(scalar: int) -> None:
    point = multiply(scalar, GENERATOR)
    assert decode(point.encode()) == point
    short = bytes([2 + point.y % 2]) + point.x_bytes
    assert decode(short, compressed=True) == point
    with pytest.raises(ValueError, match="bytes"):
        decode(short)


def test_bytes_that_are_no_point_are_refused() -> None:
    whole = GENERATOR.encode()
    for data in (
        b"",
        b"\x00",
        whole[:-1],
        whole + b"\x00",
        b"\x06" + whole[1:],
        whole[:-1] + bytes([whole[-1] ^ 1]),
        b"\x04" + P.to_bytes(40, "big") + GENERATOR.y_bytes,
        b"\x04" + GENERATOR.x_bytes + GENERATOR.y_bytes[::-1],
        bytes(81),
    ):
        with pytest.raises(ValueError, match="point"):
            decode(data, compressed=True)


def test_an_x_without_a_point_is_refused() -> None:
    without = [x for x in range(1, 20) if pow(x**3 + A * x + B, (P - 1) // 2, P) != 1]
    assert without
    for x in without:
        with pytest.raises(ValueError, match="point"):
            lift(x, odd=False)


def test_a_point_does_not_print() -> None:
    assert repr(GENERATOR) == "Point(...)"
