"""Messages that went wrong, or were made to: a genuine one with a few changes, the same for the same seed."""

import random
import re
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes], bytes]

# What attackers put where it does not belong (docs/conformance/threats.toml).
FOREIGN = (
    b"<!--x-->",
    b"<?x y?>",
    b"<![CDATA[x]]>",
    b"&#0;",
    b"&amp;",
    b"&x;",
    b'<!DOCTYPE x [<!ENTITY x "y">]>',
    b' ID="_x"',
    b' xml:id="_x"',
    b' Id="_x"',
    b' xmlns="urn:x"',
    b' xmlns:saml="urn:x"',
    b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/>',
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    "٣".encode(),
    b"\xe2\x80\x8b",
    b"<" * 200,
    b"<x>" * 60,
    b"%00",
    b"%ff",
    b"%3D",
    b"&SAMLRequest=x",
    b"&RelayState=x",
    b";",
    b"=",
    b"*0*=utf-8'x'%ff",
)
ELEMENT = re.compile(rb"<([A-Za-z][\w.:-]*)[^<>]*?(?:/>|>[^<]*</\1>)", re.DOTALL)
ATTRIBUTE = re.compile(rb"""\s([A-Za-z][\w.:-]*)=("[^"<]*"|'[^'<]*')""")
TAG = re.compile(rb"</?[A-Za-z][\w.:-]*")
TEXT = re.compile(rb">([^<>]+)<")


def _place(chance: random.Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def flip(chance: random.Random, data: bytes) -> bytes:
    """One byte becomes another."""
    at = chance.randrange(len(data)) if data else 0
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def cut(chance: random.Random, data: bytes) -> bytes:
    """A piece is gone."""
    start = _place(chance, data)
    return data[:start] + data[start + chance.randrange(1, 400) :]


def end_early(chance: random.Random, data: bytes) -> bytes:
    """The rest never came."""
    return data[: _place(chance, data)]


def insert(chance: random.Random, data: bytes) -> bytes:
    """Something foreign, anywhere."""
    at = _place(chance, data)
    return data[:at] + chance.choice(FOREIGN) + data[at:]


def insert_in_tag(chance: random.Random, data: bytes) -> bytes:
    """Something foreign right behind the name of an element, or before its tag."""
    tag = _any(chance, TAG, data)
    at = chance.choice(tag.span()) if tag else 0
    return data[:at] + chance.choice(FOREIGN) + data[at:]


def repeat(chance: random.Random, data: bytes) -> bytes:
    """An element stands twice, or elsewhere too."""
    element = _any(chance, ELEMENT, data)
    if element is None:
        return data
    other = _any(chance, TAG, data)
    at = chance.choice([element.end(), other.start() if other else 0])
    return data[:at] + element[0] + data[at:]


def drop(chance: random.Random, data: bytes) -> bytes:
    """An element or an attribute is gone."""
    found = _any(chance, chance.choice([ELEMENT, ATTRIBUTE]), data)
    return data if found is None else data[: found.start()] + data[found.end() :]


def swap(chance: random.Random, data: bytes) -> bytes:
    """Two texts, attributes or elements change places."""
    pattern = chance.choice([TEXT, ATTRIBUTE, ELEMENT])
    first, second = sorted([_any(chance, pattern, data), _any(chance, pattern, data)], key=_start)
    if first is None or second is None or first.end() > second.start():
        return data
    return data[: first.start()] + second[0] + data[first.end() : second.start()] + first[0] + data[second.end() :]


def wrap(chance: random.Random, data: bytes) -> bytes:
    """The whole message stands inside another element, or has a second one beside it."""
    opening, closing = chance.choice(
        [
            (b"<x>", b"</x>"),
            (b'<samlp:Extensions xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">', b"</samlp:Extensions>"),
            (b'<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">', b"</ds:Object>"),
            (data, b""),
        ]
    )
    return opening + data + closing


MUTATIONS: tuple[Mutation, ...] = (flip, cut, end_early, insert, insert_in_tag, repeat, drop, swap, wrap)


def mutant(seed: int, data: bytes) -> bytes:
    """`data` with one to three changes."""
    chance = random.Random(seed)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        data = chance.choice(MUTATIONS)(chance, data)
    return data


def _any(chance: random.Random, pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """A match from somewhere in the middle on, else the first."""
    return pattern.search(data, _place(chance, data)) or pattern.search(data)


def _start(found: re.Match[bytes] | None) -> int:
    return -1 if found is None else found.start()
