"""How the register of voluntary mandates is asked and answers, in JSON; the shape is ours (docs/sources.md)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from registers.machtigingen.machtiging import Machtiging
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn, KvkNummer, Subject

PATH: Final = "/machtigingen/bevragen"
KEYS: Final[Mapping[str, type[Bsn] | type[KvkNummer]]] = {"burgerservicenummer": Bsn, "kvkNummer": KvkNummer}


class BadQuestion(Exception):
    """Says which member of the question is missing or no number; never what stood there."""


def write_question(receiver: Subject, giver: Subject | None) -> dict[str, Any]:
    """For whom may `receiver` act: everybody, or this `giver`. Raises `ValueError` for who is in no such register."""
    body: dict[str, Any] = {"gemachtigde": write_subject(receiver)}
    if giver is not None:
        body["machtiginggever"] = write_subject(giver)
    return body


def read_question(body: object) -> tuple[Subject, Subject | None]:
    """The inverse of `write_question`. Raises `BadQuestion`."""
    if not isinstance(body, dict):
        raise BadQuestion("the question is no object")
    given = body.get("machtiginggever")
    return _read_subject(body, "gemachtigde"), None if given is None else _read_subject(body, "machtiginggever")


def write_answer(mandates: Sequence[Machtiging], at: datetime) -> dict[str, Any]:
    """Every mandate with its dates and the status it has at `at`: what counts today is for others to say."""
    return {"machtigingen": [_write(one, at) for one in mandates]}


def write_subject(subject: Subject) -> dict[str, str]:
    """`{"burgerservicenummer": ...}` or `{"kvkNummer": ...}`. Raises `ValueError` for anybody else."""
    for key, kind in KEYS.items():
        if isinstance(subject, kind):
            return {key: subject.value}
    raise ValueError("mandates are between people and organisations")


def _write(one: Machtiging, at: datetime) -> dict[str, Any]:
    if one.receiver is None:
        raise ValueError("nobody was given this mandate yet")
    written: dict[str, Any] = {
        "machtigingId": one.id,
        "gemachtigde": write_subject(one.receiver),
        "machtiginggever": write_subject(one.giver),
        "diensten": sorted(service.value for service in one.services),
        "status": one.status_at(at).value,
    }
    dates = {"geldigVanaf": one.first, "geldigTotEnMet": one.last}
    written |= {name: day.isoformat() for name, day in dates.items() if day is not None}
    if one.loa is not None:
        written["betrouwbaarheidsniveau"] = int(one.loa)
    return written


def _read_subject(body: Mapping[str, object], name: str) -> Subject:
    value = body.get(name)
    if isinstance(value, dict) and len(value) == 1:
        for key, kind in KEYS.items():
            number = value.get(key)
            if isinstance(number, str):
                try:
                    return kind(number)
                except BadIdentifier:
                    break
    raise BadQuestion(f"{name} names nobody by burgerservicenummer or kvkNummer")
