"""What has to be told of a step with a mandate, to whom, on which channel."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from registers.machtigingen.machtiging import Machtiging, Side, Status
from registers.machtigingen.outbox.note import Channel, Note, What
from stelsel.identifiers import Bsn


def notes_of(one: Machtiging, what: What, at: datetime, tells: frozenset[Channel], code: str = "") -> tuple[Note, ...]:
    """The notes of a step on the channels of `tells`; `code` is that of a new request."""
    return tuple(
        Note(id=str(uuid4()), mandate=one.id, channel=channel, what=what, at=at, content=content)
        for channel, content in _all(one, what, code)
        if channel in tells
    )


def _all(one: Machtiging, what: What, code: str) -> Iterator[tuple[Channel, dict[str, Any]]]:
    """Systems hear of every step, and of nobody's number. People hear what another did to a mandate of theirs: the
    represented of each one that begins, and of an end whoever did not end it himself."""
    days = {"first": one.first, "last": one.last}
    known: dict[str, Any] = {
        "status": one.status.value,
        "services": sorted(each.value for each in one.services),
        **{name: day.isoformat() for name, day in days.items() if day is not None},
    }
    yield Channel.EVENT, known
    if what is What.ASKED and one.asked_by is Side.RECEIVER and isinstance(one.giver, Bsn):
        yield Channel.LETTER, {**known, "to": one.giver.value, "code": code}
    if not isinstance(one.giver, Bsn) or not isinstance(one.receiver, Bsn):
        return
    if what is What.ACTIVATED:
        yield Channel.MESSAGE, {**known, "to": one.giver.value, "other": one.receiver.value}
    if what is What.ENDED and one.status is Status.INGETROKKEN and one.activated_at is not None:
        to, other = (one.receiver, one.giver) if one.ended_by is Side.GIVER else (one.giver, one.receiver)
        yield Channel.MESSAGE, {**known, "to": to.value, "other": other.value}
