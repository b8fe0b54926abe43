"""The three signatures of BSNk structures, verified; public numbers only.

The two Schnorr kinds have the scheme's point as generator and the structure's third point as key: so they show that the
signer knew by which factor it re-keyed for this recipient. ECDSA is BSNk's own, by its key U.
"""

from hashlib import sha384

from stelsel.bsnk.curve import BITS, BYTES, GENERATOR, ORDER, Point, combine
from stelsel.bsnk.structures import Algorithm


def holds(algorithm: Algorithm, signed: bytes, r: int, s: int, scheme: Point, recipient: Point) -> bool:
    """Whether `r` and `s` sign these bytes; `scheme` is IP_P, PP_P or U, `recipient` the structure's third point."""
    match algorithm:
        case Algorithm.EC_SCHNORR:
            return _ec_schnorr(signed, r, s, scheme, recipient)
        case Algorithm.EC_SDSA:
            return _ec_sdsa(signed, r, s, scheme, recipient)
        case Algorithm.ECDSA:
            return _ecdsa(signed, r, s, scheme)


def digest(*parts: bytes) -> int:
    """The first 320 bits of SHA-384 over the parts, as a number."""
    return int.from_bytes(sha384(b"".join(parts)).digest()[:BYTES], "big")


def _ec_schnorr(signed: bytes, r: int, s: int, scheme: Point, recipient: Point) -> bool:
    """BSI TR-03111 2.0 4.2.2 (out of use since 2.10): r is the hash of the message and x of sG + rY."""
    if not (0 < r < 1 << BITS and 0 < s < ORDER):
        return False
    point = combine(s, scheme, r % ORDER, recipient)
    return point is not None and digest(signed, point.x_bytes) == r


def _ec_sdsa(signed: bytes, r: int, s: int, scheme: Point, recipient: Point) -> bool:
    """BSI TR-03111 2.10 4.2.3, ISO/IEC 14888-3: r is the hash of x and y of sG - rY and the message."""
    if not (0 < r < 1 << BITS and 0 < s < ORDER):
        return False
    point = combine(s, scheme, -r % ORDER, recipient)
    return point is not None and digest(point.x_bytes, point.y_bytes, signed) == r


def _ecdsa(signed: bytes, r: int, s: int, key: Point) -> bool:
    """BSI TR-03111 2.10 4.2.1, FIPS 186-5 6.4.2."""
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    inverse = pow(s, -1, ORDER)
    point = combine(digest(signed) * inverse % ORDER, GENERATOR, r * inverse % ORDER, key)
    return point is not None and point.x % ORDER == r
