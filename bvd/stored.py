"""Representations as JSON and back, for the sealed store and the sealed journal; nothing else may read them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, KvkNummer, Pseudonym, Rsin, ServiceUuid, Subject
from stelsel.subjects import Ground, Joint, Party, Period, Representation, State

_KINDS: Final[dict[str, type[Bsn | KvkNummer | Rsin | Pseudonym]]] = {
    kind.__name__: kind for kind in (Bsn, KvkNummer, Rsin, Pseudonym)
}


def dump_subject(subject: Subject | None) -> list[str] | None:
    """`[kind, value]`, or None."""
    return [type(subject).__name__, subject.value] if subject else None


def load_subject(stored: list[str] | None) -> Subject | None:
    """The inverse of `dump_subject`."""
    return _KINDS[stored[0]](stored[1]) if stored else None


def dump_representation(one: Representation) -> dict[str, Any]:
    """Every field, by its name."""
    return {
        "source": one.source,
        "reference": one.reference,
        "ground": one.ground.value,
        "acting": _dump_party(one.acting),
        "represented": _dump_party(one.represented),
        "period": _dump_period(one.period),
        "state": one.state.value,
        "suspensions": [_dump_period(period) for period in one.suspensions],
        "joint": one.joint.value,
        "joint_holders": one.joint_holders,
        "named_goods": one.named_goods,
        "under_investigation": one.under_investigation,
        "services": None if one.services is None else sorted(service.value for service in one.services),
        "role": one.role,
        "via": [_dump_party(party) for party in one.via],
        "loa": one.loa.value if one.loa else None,
        "restrictions": dict(one.restrictions),
        "retrieved_at": one.retrieved_at.isoformat(),
    }


def load_representation(stored: Mapping[str, Any]) -> Representation:
    """The inverse of `dump_representation`."""
    services = stored["services"]
    return Representation(
        source=stored["source"],
        reference=stored["reference"],
        ground=Ground(stored["ground"]),
        acting=_load_party(stored["acting"]),
        represented=_load_party(stored["represented"]),
        period=_load_period(stored["period"]),
        state=State(stored["state"]),
        suspensions=tuple(_load_period(period) for period in stored["suspensions"]),
        joint=Joint(stored["joint"]),
        joint_holders=stored["joint_holders"],
        named_goods=stored["named_goods"],
        under_investigation=stored["under_investigation"],
        services=None if services is None else frozenset(ServiceUuid(service) for service in services),
        role=stored["role"],
        via=tuple(_load_party(party) for party in stored["via"]),
        loa=LevelOfAssurance(stored["loa"]) if stored["loa"] else None,
        restrictions=stored["restrictions"],
        retrieved_at=datetime.fromisoformat(stored["retrieved_at"]),
    )


def _dump_party(party: Party) -> list[Any]:
    return [
        dump_subject(party.subject),
        party.name,
        party.family_name,
        party.given_name,
        party.born,
        party.secret,
    ]


def _load_party(stored: list[Any]) -> Party:
    return Party(load_subject(stored[0]), *stored[1:])


def _dump_period(period: Period) -> list[str | None]:
    return [day.isoformat() if day else None for day in (period.first, period.until)]


def _load_period(stored: list[str | None]) -> Period:
    first, until = (date.fromisoformat(day) if day else None for day in stored)
    return Period(first, until)
