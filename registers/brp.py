"""The BRP as Haal Centraal serves it (mandates 3.1): the question by BSN, and the records in its answer.

`gezag` and `persons` stand on this; neither sees more of a person than the fields it asks for.
"""

from collections.abc import Collection, Sequence
from typing import Final

from registers.dates import IncompleteDate
from registers.reading import Field
from registers.source import Source
from stelsel.identifiers import Bsn

PATH: Final = "/haalcentraal/api/brp/personen"
BY_BSN: Final = "RaadpleegMetBurgerservicenummer"
MAX_BSNS: Final = 20
# the shape with GezamenlijkOuderlijkGezag and known or unknown derden; the older one is read as well
GEZAG_VERSION: Final = {"accept-gezag-version": "2"}


async def ask_by_bsn(source: Source, subjects: Sequence[Bsn], fields: Sequence[str]) -> object:
    """The answer about at most 20 people. Raises `RegisterUnavailable`."""
    body = {"type": BY_BSN, "fields": list(fields), "burgerservicenummer": [subject.value for subject in subjects]}
    return await source.ask(PATH, body, GEZAG_VERSION)


def read_records(source: str, raw: object, asked: Collection[Bsn]) -> dict[Bsn, Field]:
    """The records in an answer, by BSN. Who is not in the BRP has none: that is an empty list, not an error.

    An answer about somebody who was not asked for, or twice about one, is refused whole: it may be another's answer.
    """
    answer = Field(source, "", raw)
    answer.at("type").one_of({BY_BSN})
    records: dict[Bsn, Field] = {}
    for record in answer.at("personen").items():
        number = record.at("burgerservicenummer")
        subject = number.bsn()
        if subject not in asked or subject in records:
            raise number.refused("is not the person who was asked for")
        records[subject] = record
    return records


def read_date(field: Field) -> IncompleteDate:
    """One of the BRP's four kinds of date: `Datum`, `JaarMaandDatum`, `JaarDatum`, `DatumOnbekend`."""
    kind = field.at("type").one_of({"Datum", "JaarMaandDatum", "JaarDatum", "DatumOnbekend"})
    if kind == "DatumOnbekend":
        return IncompleteDate()
    if kind == "Datum":
        day = field.at("datum").day()
        return IncompleteDate(day.year, day.month, day.day)
    year = _number(field.at("jaar"))
    try:
        return IncompleteDate(year, _number(field.at("maand")) if kind == "JaarMaandDatum" else None)
    except ValueError:
        raise field.refused("is no date") from None


def _number(field: Field) -> int:
    if not isinstance(field.value, int) or isinstance(field.value, bool):
        raise field.refused("is no number")
    return field.value
