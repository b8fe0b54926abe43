"""What the sample DV makes of an encrypted identity or pseudonym with its keys of BSNk: own lines, on integers alone.

It reads what BSNk makes today (EC-SDSA, second version) and refuses all else. Not `stelsel.bsnk`: of two that read the
same each judges the other.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha384
from pathlib import Path
from typing import Final

# brainpoolP320r1 (RFC 5639 3.5)
P: Final = 0xD35E472036BC4FB7E13C785ED201E065F98FCFA6F6F40DEF4F92B9EC7893EC28FCD412B1F1B32E27
A: Final = 0x3EE30B568FBAB0F883CCEBD46D3F3BB8A2A73513F5EB79DA66190EB085FFA9F492F375A97D860EB4
B: Final = 0x520883949DFDBC42D3AD198640688A6FE13F41349554B49ACC31DCCD884539816F5EB4AC8FB1F1A6
N: Final = 0xD35E472036BC4FB7E13C785ED201E065F98FCFA5B68F12A32D482EC7EE8658E98691555B44C59311
BYTES: Final = 40
INTEGER, OBJECT, SEQUENCE = 0x02, 0x06, 0x30
GENERATOR: Final = (
    0x43BD7E9AFB53D8B85289BCC48EE5BFE6F20137D10A087EB6E7871E2A10A599C710AF8D0D39E20611,
    0x14FDD05545EC1CC8AB4093247F77275E0743FFED117182EAA9C77877AAAC6AC7D35245D1692E8EE1,
)
# How an EI and an EP begin that are signed so, in the second version: 2.16.528.1.1003.10.1.2.7.2 and .2.8.2
NOTATIONS: Final = {
    "IP_P": bytes.fromhex("60841001876b0a01020702"),
    "PP_P": bytes.fromhex("60841001876b0a01020802"),
}
EC_SDSA: Final = bytes.fromhex("04007f00070101040403")
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]+-----\n(?P<head>(?:[A-Za-z]+: ?.*\n)*)\n(?P<body>[^-]+)-----END")
_IDENTITY, _PSEUDONYM = "EI Decryption", "EP Decryption"
_CLOSING: Final = "EP Closing"

Point = tuple[int, int]


class Unusable(ValueError):
    """Not a structure that these keys open."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parts of a signed EI or EP, none of them proven yet."""

    signed: bytes
    recipient: str
    key_set: int
    scheme_set: int
    points: tuple[Point, Point, Point] = field(repr=False)
    signature: tuple[int, int]


@dataclass(frozen=True, slots=True)
class BsnkReader:
    """A DV's own keys, by purpose and key set, and the scheme's points, by name and set. `oin` is the DV's."""

    oin: str
    secrets: Mapping[tuple[str, int], int] = field(repr=False)
    scheme: Mapping[tuple[str, int], Point]

    @classmethod
    def from_files(cls, oin: str, keys: Iterable[Path], scheme: Path) -> "BsnkReader":
        """Reads the files that BSNk gave, and those it published."""
        points = {}
        for urn, text in json.loads(scheme.read_text()).items():
            name = urn.split(":")
            points[name[6], int(name[5])] = _point(_pem(text)[1][-2 * BYTES - 1 :])
        return cls(oin, dict(_secret(path.read_text()) for path in keys), points)

    def identity(self, text: str) -> str:
        """The BSN in an EI. Raises `Unusable`."""
        found = self._proven(text, "IP_P")
        x = _open(found, self._secret(_IDENTITY, found.key_set))[0].to_bytes(BYTES, "big")
        seed = _mask(x[1:11], x[11:])
        block = _mask(x[11:], seed)
        length = block[13]
        if x[0] or block[:10] != sha384(b"").digest()[:10] or block[10:13] != b"\x01\x01B" or any(block[14 + length :]):
            raise Unusable("no BSN is inside")
        return block[14 : 14 + length].decode("ascii").zfill(9)

    def pseudonym(self, text: str) -> str:
        """Who this is to the DV, always the same: in base64, by the oldest closing key it has. Raises `Unusable`."""
        found = self._proven(text, "PP_P")
        closing = min((key_set for purpose, key_set in self.secrets if purpose == _CLOSING), default=found.key_set)
        point = _open(found, self._secret(_PSEUDONYM, found.key_set))
        x, y = _times(self._secret(_CLOSING, closing), point)
        return base64.b64encode(b"\x04" + x.to_bytes(BYTES, "big") + y.to_bytes(BYTES, "big")).decode()

    def _proven(self, text: str, name: str) -> Parsed:
        """For this DV, and signed by whoever could re-key it for the DV (EC-SDSA over the scheme's point)."""
        try:
            found = _parse(base64.b64decode(text, validate=True), NOTATIONS[name])
            base = self.scheme[name, found.scheme_set]
        except (ValueError, KeyError, IndexError) as error:
            raise Unusable("not a structure of BSNk") from error
        r, s = found.signature
        if found.recipient != self.oin or not (0 < s < N and 0 < r < 1 << 320):
            raise Unusable("not for us")
        if _hashed(_add(_times(s, base), _times(N - r % N, found.points[2])), found.signed) != r:
            raise Unusable("not signed by BSNk")
        return found

    def _secret(self, purpose: str, key_set: int) -> int:
        if (purpose, key_set) not in self.secrets:
            raise Unusable("no key of that set")
        return self.secrets[purpose, key_set]


def _open(found: Parsed, secret: int) -> Point:
    first, second, third = found.points
    if _times(secret, GENERATOR) != third:
        raise Unusable("encrypted for another key")
    x, y = _times(secret, first)
    return _add(second, (x, P - y))


def _hashed(point: Point, signed: bytes) -> int:
    both = b"".join(value.to_bytes(BYTES, "big") for value in point)
    return int.from_bytes(sha384(both + signed).digest()[:BYTES], "big")


def _mask(data: bytes, seed: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(data, sha384(seed + bytes(4)).digest(), strict=False))


def _parse(data: bytes, notation: bytes) -> Parsed:
    """SEQ{notation, SEQ{SEQ{inner}, audit, issued}, SEQ{algorithm, SEQ{r, s}}}, in DER."""
    (envelope,) = _split(data, SEQUENCE)
    written, body, signature = _split(envelope.content, OBJECT, SEQUENCE, SEQUENCE)
    inner, *_ = _split(body.content)
    fields = _split(inner.content)
    points = next(each for each in fields if each.tag == SEQUENCE)
    first, second, third = (_point(each.content) for each in _split(points.content))
    algorithm, values = _split(signature.content, OBJECT, SEQUENCE)
    if written.content != notation or algorithm.content != EC_SDSA:
        raise Unusable("not signed as BSNk signs today")
    r, s = (each.number for each in _split(values.content, INTEGER, INTEGER))
    return Parsed(
        signed=body.whole,
        recipient=fields[4].content.decode("ascii"),
        key_set=fields[5].number,
        scheme_set=fields[2].number,
        points=(first, second, third),
        signature=(r, s),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of DER: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes = field(repr=False)
    whole: bytes = field(repr=False)

    @property
    def number(self) -> int:
        """Its content as a whole number."""
        return int.from_bytes(self.content, "big")


def _split(data: bytes, *tags: int) -> list[Piece]:
    """The elements that stand one after the other in `data`; with these tags, where they are given."""
    found = []
    while data:
        length, start = data[1], 2
        if length > 127:
            start += length & 127
            length = int.from_bytes(data[2:start], "big")
        if start + length > len(data):
            raise Unusable("cut off")
        found.append(Piece(data[0], data[start : start + length], data[: start + length]))
        data = data[start + length :]
    if tags and [each.tag for each in found] != list(tags):
        raise Unusable("of another shape")
    return found


def _secret(text: str) -> tuple[tuple[str, int], int]:
    """What a key is for, its key set, and the key itself: ECPrivateKey of RFC 5915."""
    headers, body = _pem(text)
    return (headers["Type"], int(headers["RecipientKeySetVersion"])), _split(_split(body)[0].content)[1].number


def _pem(text: str) -> tuple[dict[str, str], bytes]:
    """Headers and content of a PEM file of BSNk."""
    match = _PEM.match(text)
    if match is None:
        raise Unusable("no PEM file of BSNk")
    pairs = (line.partition(":") for line in match["head"].splitlines())
    return {name: value.strip() for name, _, value in pairs}, base64.b64decode(match["body"])


def _point(data: bytes) -> Point:
    x, y = int.from_bytes(data[1 : BYTES + 1], "big"), int.from_bytes(data[BYTES + 1 :], "big")
    if len(data) != 2 * BYTES + 1 or data[0] != 4 or (y * y - x**3 - A * x - B) % P:
        raise Unusable("not a point of the curve")
    return x, y


def _add(one: Point, other: Point) -> Point:
    """The sum; of a point and its negative there is none here, and nothing genuine comes to that."""
    (x, y), (u, v) = one, other
    if x == u and (y + v) % P == 0:
        raise Unusable("no sum")
    slope = (3 * x * x + A) * pow(2 * y, -1, P) if one == other else (v - y) * pow(u - x, -1, P)
    w = (slope * slope - x - u) % P
    return w, (slope * (x - w) - y) % P


def _times(number: int, point: Point) -> Point:
    found: Point | None = None
    while number:
        if number & 1:
            found = point if found is None else _add(found, point)
        number >>= 1
        point = _add(point, point)
    if found is None:
        raise Unusable("nothing times a point")
    return found
