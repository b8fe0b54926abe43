"""Arithmetic on brainpoolP320r1, the curve of BSNk (RFC 5639 3.5): points, their bytes, their multiples.

Not constant time: Python's integers take longer for larger numbers, and their memory is not wiped. What depends on a
secret is kept down: `multiply` does the same additions for every scalar, by formulas without exceptions, on a point and
a scalar that are blinded anew each time. `combine` and all else is for public numbers only. See docs/bsnk.md.
"""

import secrets
from dataclasses import dataclass
from typing import Final

P: Final = 0xD35E472036BC4FB7E13C785ED201E065F98FCFA6F6F40DEF4F92B9EC7893EC28FCD412B1F1B32E27
A: Final = 0x3EE30B568FBAB0F883CCEBD46D3F3BB8A2A73513F5EB79DA66190EB085FFA9F492F375A97D860EB4
B: Final = 0x520883949DFDBC42D3AD198640688A6FE13F41349554B49ACC31DCCD884539816F5EB4AC8FB1F1A6
ORDER: Final = 0xD35E472036BC4FB7E13C785ED201E065F98FCFA5B68F12A32D482EC7EE8658E98691555B44C59311
OID: Final = "1.3.36.3.3.2.8.1.1.9"
BYTES: Final = 40
BITS: Final = 8 * BYTES

_B3: Final = 3 * B % P
_AA: Final = A * A % P
_BLIND_BITS: Final = 64
_WINDOW: Final = 4
_WINDOWS: Final = (BITS + _BLIND_BITS) // _WINDOW

Projective = tuple[int, int, int]
_INFINITY: Final[Projective] = (0, 1, 0)


@dataclass(frozen=True, slots=True, repr=False)
class Point:
    """A point of the curve, never the one at infinity. Raises `ValueError` for what is not on it.

    Has no readable `repr`: some points are an identity.
    """

    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.x < P and 0 <= self.y < P) or (self.y**2 - self.x**3 - A * self.x - B) % P:
            raise ValueError("not a point of brainpoolP320r1")

    def __repr__(self) -> str:
        return "Point(...)"

    def encode(self) -> bytes:
        """Uncompressed: 04, x, y (ANSI X9.62 A.5.7)."""
        return b"\x04" + self.x_bytes + self.y_bytes

    @property
    def x_bytes(self) -> bytes:
        """The x coordinate in 40 bytes."""
        return self.x.to_bytes(BYTES, "big")

    @property
    def y_bytes(self) -> bytes:
        """The y coordinate in 40 bytes."""
        return self.y.to_bytes(BYTES, "big")

    @property
    def negative(self) -> "Point":
        """What it takes to infinity."""
        return Point(self.x, P - self.y)


GENERATOR: Final = Point(
    0x43BD7E9AFB53D8B85289BCC48EE5BFE6F20137D10A087EB6E7871E2A10A599C710AF8D0D39E20611,
    0x14FDD05545EC1CC8AB4093247F77275E0743FFED117182EAA9C77877AAAC6AC7D35245D1692E8EE1,
)


def decode(data: bytes, *, compressed: bool = False) -> Point:
    """The point of these bytes: 81 that begin with 04 or, if `compressed` allows, 41 that begin with 02 or 03.

    Raises `ValueError` for any other form and for what is not on the curve (ANSI X9.62 A.5.8).
    """
    if len(data) == 1 + 2 * BYTES and data[0] == 4:
        return Point(int.from_bytes(data[1 : 1 + BYTES], "big"), int.from_bytes(data[1 + BYTES :], "big"))
    if compressed and len(data) == 1 + BYTES and data[0] in (2, 3):
        return lift(int.from_bytes(data[1:], "big"), odd=data[0] == 3)
    raise ValueError("not the bytes of a point")


def lift(x: int, *, odd: bool) -> Point:
    """The point with this x and a y of this parity. Raises `ValueError` when there is none; for public numbers."""
    y = pow(x**3 + A * x + B, (P + 1) // 4, P)  # p is 3 modulo 4
    return Point(x, P - y if y % 2 != odd else y)


def multiply(secret: int, point: Point) -> Point:
    """`secret` times `point`; the same additions whatever the secret, which is between 0 and the order.

    Raises `ValueError` for another scalar.
    """
    if not 0 < secret < ORDER:
        raise ValueError("a secret is between 0 and the order of the curve")
    # A multiple of the order changes nothing but the bits that are worked on; its highest is set, for a fixed length.
    blinded = secret + (secrets.randbits(_BLIND_BITS - 1) | 1 << (_BLIND_BITS - 1)) * ORDER
    factor = secrets.randbelow(P - 1) + 1
    table = [_INFINITY, (point.x * factor % P, point.y * factor % P, factor)]
    while len(table) < 1 << _WINDOW:
        table.append(_add(table[-1], table[1]))
    result = _INFINITY
    for window in range(_WINDOWS - 1, -1, -1):
        for _ in range(_WINDOW):
            result = _add(result, result)
        result = _add(result, table[blinded >> _WINDOW * window & (1 << _WINDOW) - 1])
    return _required(result)


def combine(first: int, one: Point, second: int, other: Point) -> Point | None:
    """`first` times `one` plus `second` times `other`, None for infinity. For public numbers: time tells them."""
    left, right = (one.x, one.y, 1), (other.x, other.y, 1)
    table = (_INFINITY, left, right, _add(left, right))
    result = _INFINITY
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        result = _add(result, result)
        if chosen := (first >> bit & 1) | (second >> bit & 1) << 1:
            result = _add(result, table[chosen])
    return _affine(result)


def subtract(one: Point, other: Point) -> Point:
    """`one` less `other`. Raises `ValueError` when they are the same, for then nothing is left."""
    less = other.negative
    return _required(_add((one.x, one.y, 1), (less.x, less.y, 1)))


def _add(one: Projective, other: Projective) -> Projective:
    """The sum, of equal points and of infinity too: no case is apart (Renes, Costello and Batina 2016, section 3)."""
    x1, y1, z1 = one
    x2, y2, z2 = other
    xx, yy, zz = x1 * x2 % P, y1 * y2 % P, z1 * z2 % P
    xy, xz, yz = (x1 * y2 + x2 * y1) % P, (x1 * z2 + x2 * z1) % P, (y1 * z2 + y2 * z1) % P
    shift = (A * xz + _B3 * zz) % P
    low, high = yy - shift, yy + shift
    slope = 3 * xx + A * zz
    rest = (A * xx + _B3 * xz - _AA * zz) % P
    return (xy * low - yz * rest) % P, (low * high + slope * rest) % P, (yz * high + xy * slope) % P


def _affine(point: Projective) -> Point | None:
    x, y, z = point
    if z == 0:
        return None
    inverse = pow(z, -1, P)
    return Point(x * inverse % P, y * inverse % P)


def _required(point: Projective) -> Point:
    found = _affine(point)
    if found is None:
        raise ValueError("the point at infinity")
    return found
