"""From the rows of a world file to its people: those with a BSN, and those whom their own country knows alone."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from catalog.moments import read_day
from catalog.rows import Row
from catalog.services import EIDAS
from pilot.cast import Abroad, Person, Visitor
from pilot.places import WERKACCOUNT
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn

# Made up: ISO 3166 leaves codes from XA on to whoever needs one.
COUNTRIES: Final[Mapping[str, Mapping[str, str]]] = {
    "XA": {"nl": "Noordland", "en": "Northland"},
    "XB": {"nl": "Zuidland", "en": "Southland"},
}
_OWN: Final = re.compile(r"[0-9A-Za-z-]{1,200}")
_INCOMPLETE: Final = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")


def read_person(row: Row) -> Person:
    """One `[[person]]`. Left out: born 1980-01-01, alive, known in the BRP, DigiD up to hoog."""
    name = row.text("name")
    person = Person(
        name=name,
        bsn=row.identifier("bsn", Bsn),
        given=row.find_text("given") or name,
        prefix=row.find_text("prefix") or "",
        family=row.find_text("family") or "",
        born=_read_born(row),
        died=row.find_day("died"),
        brp=row.flag("brp", True),
        abroad=row.flag("abroad", False),
        secret=row.flag("secret", False),
        means=_read_means(row),
        curatele_register=row.flag("curatele_register", False),
        eidas=_read_abroad(row),
    )
    if person.eidas is not None and EIDAS not in person.means:
        raise row.refuse("eidas", "is given, and means has no eidas")
    if person.died is not None and person.born[:4] > f"{person.died:%Y}":
        raise row.refuse("died", "lies before born")
    return person


def is_visitor(row: Row) -> bool:
    """Whether a `[[person]]` is of somebody without a BSN: known by his own country alone."""
    return row.raw("bsn") is None and row.raw("eidas") is not None


def read_visitor(row: Row) -> Visitor:
    """One `[[person]]` without `bsn`, with `eidas`. Left out: eIDAS up to hoog."""
    name = row.text("name")
    means = _read_means(row) if row.raw("means") is not None else {EIDAS: LevelOfAssurance.HOOG}
    if means.keys() != {EIDAS}:
        raise row.refuse("means", "has eidas alone: without a BSN there is no DigiD")
    if row.flag("brp", False) or not row.flag("abroad", True):
        raise row.refuse("abroad", "is so of somebody without a BSN, whom the BRP does not know")
    abroad = _read_abroad(row)
    if abroad is None:
        raise row.refuse("eidas", "is missing")
    return Visitor(
        name=name,
        given=row.find_text("given") or name,
        family=row.find_text("family") or "",
        born=_read_born(row),
        level=means[EIDAS],
        eidas=abroad,
    )


def _read_abroad(row: Row) -> Abroad | None:
    """`eidas`: the country, and what it calls somebody there. Left out: nothing that tells who it is."""
    table = row.find_table("eidas")
    if table is None:
        means = row.raw("means")
        by_default = isinstance(means, dict) and EIDAS in means
        return Abroad(next(iter(COUNTRIES)), _identifier_of(row, next(iter(COUNTRIES)))) if by_default else None
    country = table.choice("country", list(COUNTRIES))
    own = table.find_text("identifier")
    if own is not None and not _OWN.fullmatch(own):
        raise table.refuse("identifier", "is not 1 to 200 letters, digits or dashes")
    abroad = Abroad(country, f"{country}/NL/{own}" if own else _identifier_of(row, country))
    table.close()
    return abroad


def _identifier_of(row: Row, country: str) -> str:
    """A stable one, made of the name."""
    made = hashlib.sha256(f"namens pilot {row.text('name')}".encode()).hexdigest()
    return f"{country}/NL/{made[:20]}"


def _read_born(row: Row) -> str:
    value = row.raw("born")
    if value is None:
        return "1980-01-01"
    if value == "unknown":
        return ""
    if isinstance(value, str) and _INCOMPLETE.fullmatch(value):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value).isoformat()
        return read_day(value, row.at).isoformat()
    except ValueError:
        raise row.refuse("born", "is no day, nor '2014', '2014-03', 'unknown' or '8 years ago'") from None


def _read_means(row: Row) -> Mapping[str, LevelOfAssurance]:
    table = row.find_table("means")
    if table is None:
        return {"digid": LevelOfAssurance.HOOG}
    return {table.one_of(key, key, ("digid", EIDAS, WERKACCOUNT)): table.level(key) for key in table.values}
