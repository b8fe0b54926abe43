"""Encrypted identities and pseudonyms with one bit changed: each must be refused, by a `Failure` and by nothing else.

The number of a bit is its place in the structure; two more numbers stand for a byte too many and one too few.
"""

from collections.abc import Iterator

from stelsel.bsnk.encrypted import read
from stelsel.failures import EncryptedIdRefused
from tests.fuzz.readers import Find
from tests.stelsel.bsnk.published import published

# One of each notation that was published, with and without what may be left out, by file and name.
_PLACES = {
    "bsnk_ei_schnorr": ("polymorphic-pseudonymisation", "signed/950053533-3-4-I.txt"),
    "bsnk_ep_schnorr": ("polymorphic-pseudonymisation", "signed/950053533-3-4-P.txt"),
    "bsnk_ep_schnorr_div": ("pep-crypto", "v1/happy_flow/ep02_div2.asn1"),
    "bsnk_dep": ("pep-crypto", "v1/happy_flow/dep02_div1.asn1"),
    "bsnk_ei_sdsa": ("pep-crypto", "v2/happy_flow/ei02_ee4.asn1"),
    "bsnk_ep_sdsa": ("pep-crypto", "v2/happy_flow/ep02_div3_ee2.asn1"),
    "bsnk_dei_v2": ("pep-crypto", "v2/happy_flow/dei04.asn1"),
    "bsnk_dep_v2": ("pep-crypto", "v2/happy_flow/dep02_div2_ee1.asn1"),
}
STRUCTURES = sorted(_PLACES)


def bits_of(name: str) -> int:
    """How many bits this structure has."""
    return 8 * len(_genuine(name))


def every_bit() -> Iterator[tuple[str, int]]:
    """All there is to try, by structure in turn."""
    longest = max(bits_of(name) for name in STRUCTURES) + 2
    return ((name, bit) for bit in range(longest) for name in STRUCTURES if bit < bits_of(name) + 2)


def try_bit(name: str, bit: int | None) -> Find | None:
    """What goes wrong with this bit changed, if anything does; None changes none, which has to be found."""
    changed = _changed(_genuine(name), bit)
    try:
        read(changed, published(_PLACES[name][0]).scheme)
    except EncryptedIdRefused:
        return None
    except Exception as error:
        return Find(name, bit or 0, changed, f"raised {type(error).__name__}: {error}")
    return Find(name, bit or 0, changed, "read though a bit was changed")


def _changed(genuine: bytes, bit: int | None) -> bytes:
    if bit is None:
        return genuine
    if bit >= 8 * len(genuine):
        return genuine + b"\x00" if bit % 2 == 0 else genuine[:-1]
    changed = bytearray(genuine)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _genuine(name: str) -> bytes:
    file, vector = _PLACES[name]
    return published(file).vector(vector).der
