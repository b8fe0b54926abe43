"""Keys of the scheme, which BSNk publishes: with them everybody can see that a structure is genuine."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stelsel.bsnk import curve, pem
from stelsel.bsnk.curve import Point
from stelsel.failures import Misconfigured

_URN: Final = re.compile(
    r"urn:nl-gdi-eid:1\.0:pp-key:(?P<environment>[A-Za-z0-9_-]{1,32}):(?P<key_set>[0-9]{1,9}):(?P<name>[A-Z_]+):(?P<version>[0-9]{1,9})"
)


class SchemeKeyName(StrEnum):
    """Under which an identity, a pseudonym, and what BSNk signs itself is verified."""

    IDENTITY = "IP_P"
    PSEUDONYM = "PP_P"
    BSNK = "U"


@dataclass(frozen=True, slots=True)
class SchemeKey:
    """One published key: of which key set of the scheme, and which version of it within that set."""

    name: SchemeKeyName
    key_set: int
    version: int
    point: Point


@dataclass(frozen=True, slots=True)
class SchemeKeys:
    """The published keys of one environment of BSNk; one environment's structures are never genuine in another."""

    environment: str
    keys: tuple[SchemeKey, ...]

    def find(self, name: SchemeKeyName, key_set: int, version: int | None = None) -> tuple[Point, ...]:
        """The points under which a structure may have been signed; without `version` all of the set."""
        return tuple(
            key.point
            for key in self.keys
            if (key.name, key.key_set) == (name, key_set) and version in (None, key.version)
        )


def read_scheme_keys(published: Mapping[str, str]) -> SchemeKeys:
    """Scheme keys by their URN, each as PEM or as a point in base64 (whole or compressed). Raises `Misconfigured`."""
    environments, keys = set(), []
    for urn, text in published.items():
        match = _URN.fullmatch(urn)
        if match is None or match["name"] not in set(SchemeKeyName):
            raise Misconfigured("not the URN of a BSNk scheme key", found=urn)
        environments.add(match["environment"])
        keys.append(
            SchemeKey(SchemeKeyName(match["name"]), int(match["key_set"]), int(match["version"]), read_point(text))
        )
    if len(environments) != 1:
        raise Misconfigured("BSNk scheme keys of one environment, at least one", found=sorted(environments))
    return SchemeKeys(environments.pop(), _distinct(keys))


def read_point(text: str) -> Point:
    """The point of a published key, out of PEM or base64. Raises `Misconfigured`."""
    if text.startswith("-----"):
        return pem.read_public(text)[1]
    try:
        return curve.decode(base64.b64decode(text.strip(), validate=True), compressed=True)
    except (ValueError, binascii.Error) as error:
        raise Misconfigured("a BSNk scheme key is not a point of the curve") from error


def _distinct(keys: Iterable[SchemeKey]) -> tuple[SchemeKey, ...]:
    found: dict[tuple[str, int, int], SchemeKey] = {}
    for key in keys:
        if found.setdefault((key.name, key.key_set, key.version), key) != key:
            raise Misconfigured("two BSNk scheme keys bear one name", found=f"{key.name} {key.key_set} {key.version}")
    return tuple(found.values())
