"""The SQL table of voluntary mandates. Who they are about is sealed; two keyed hashes find them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import CHAR, JSON, Column, Index, LargeBinary, SmallInteger, String
from sqlmodel import Field, SQLModel

from registers.machtigingen.machtiging import Machtiging, Side, Status
from runtime.database import Instant
from runtime.sealing import Sealer
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, KvkNummer, ServiceUuid, Subject

_KINDS: Final[dict[str, type[Bsn] | type[KvkNummer]]] = {"bsn": Bsn, "kvk": KvkNummer}


class MachtigingRow(SQLModel, table=True):
    """One mandate or request for one. `giver` and `receiver` are keyed hashes, `parties` holds the numbers, sealed."""

    __tablename__ = "machtigingen"
    __table_args__ = (
        Index("machtigingen_receiver", "receiver", "giver"),
        Index("machtigingen_giver", "giver"),
    )

    id: str = Field(sa_column=Column(CHAR(36), primary_key=True))
    giver: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    receiver: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    parties: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    services: list[str] = Field(sa_column=Column(JSON, nullable=False))
    first: date | None = None
    last: date | None = None
    status: str = Field(sa_column=Column(String(20), nullable=False))
    asked_by: str = Field(sa_column=Column(String(10), nullable=False))
    asked_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    open_until: date | None = None
    code: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    tries: int = Field(sa_column=Column(SmallInteger, nullable=False))
    activated_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    ended_by: str | None = Field(default=None, sa_column=Column(String(10), nullable=True))
    loa: int | None = Field(default=None, sa_column=Column(SmallInteger, nullable=True))


def key_of(sealer: Sealer, subject: Subject) -> bytes:
    """Under which somebody's mandates are found: without the key nobody can tell whose they are (spec/security M10)."""
    return sealer.digest(f"machtiging\0{_kind_of(subject)}\0{subject.value}".encode())


def values_of(one: Machtiging, sealer: Sealer) -> dict[str, Any]:
    """The columns of a mandate."""
    values = {
        "id": one.id,
        "giver": key_of(sealer, one.giver),
        "receiver": None if one.receiver is None else key_of(sealer, one.receiver),
        "services": sorted(service.value for service in one.services),
        "first": one.first,
        "last": one.last,
        "status": one.status.value,
        "asked_by": one.asked_by.value,
        "asked_at": one.asked_at,
        "open_until": one.open_until,
        "code": one.code,
        "tries": one.tries,
        "activated_at": one.activated_at,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by.value if one.ended_by else None,
        "loa": int(one.loa) if one.loa else None,
    }
    parties = [None if each is None else [_kind_of(each), each.value] for each in (one.giver, one.receiver)]
    return values | {"parties": sealer.seal(json.dumps(parties).encode(), _said(values))}


def step_values(one: Machtiging, sealer: Sealer) -> dict[str, Any]:
    """The columns that a step changes: who will act too, who may show with the code; and the seal, for it holds the
    whole row together."""
    values = values_of(one, sealer)
    changed = ("receiver", "status", "code", "activated_at", "ended_at", "ended_by", "parties")
    return {name: values[name] for name in changed}


def read_row(row: MachtigingRow, sealer: Sealer) -> Machtiging:
    """The mandate in a row. Raises `SealBroken`: a row that was changed behind our back is nobody's mandate (M11)."""
    giver, receiver = json.loads(sealer.open(row.parties, _said(row.model_dump())))
    return Machtiging(
        id=row.id,
        giver=_subject(giver),
        receiver=None if receiver is None else _subject(receiver),
        services=frozenset(ServiceUuid(text) for text in row.services),
        first=row.first,
        last=row.last,
        status=Status(row.status),
        asked_by=Side(row.asked_by),
        asked_at=row.asked_at,
        open_until=row.open_until,
        code=row.code,
        tries=row.tries,
        activated_at=row.activated_at,
        ended_at=row.ended_at,
        ended_by=Side(row.ended_by) if row.ended_by else None,
        loa=LevelOfAssurance(row.loa) if row.loa else None,
    )


def _said(values: Mapping[str, Any]) -> bytes:
    """All that a row says beside who it is about, but for the tries that are left: those are counted in SQL."""
    days = [values[name] for name in ("first", "last", "open_until")]
    days += [values[name] and values[name].astimezone(UTC) for name in ("asked_at", "activated_at", "ended_at")]
    said = [values[name] for name in ("id", "services", "status", "asked_by", "ended_by", "loa")]
    said += [day.isoformat() if day else None for day in days]
    said += [values[name].hex() if values[name] else None for name in ("giver", "receiver", "code")]
    return b"machtiging\0" + json.dumps(said).encode()


def _kind_of(subject: Subject) -> str:
    for kind, made in _KINDS.items():
        if isinstance(subject, made):
            return kind
    raise ValueError("a mandate is between people and organisations")


def _subject(stored: list[str]) -> Subject:
    return _KINDS[stored[0]](stored[1])
