"""A note: what happened to which mandate, for whom on which channel, and what has to be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """To whom: systems that follow the register, people in their Berichtenbox, people by post, or ourselves."""

    EVENT = "event"
    MESSAGE = "message"
    LETTER = "letter"
    APPLICATION = "application"


class What(StrEnum):
    """What happened. `APPLIED`: somebody wants to be mandated, and nothing was looked up yet."""

    APPLIED = "applied"
    ASKED = "asked"
    ACTIVATED = "activated"
    ENDED = "ended"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`id` is the same however often it is handed out; `content` may be personal: no `repr`."""

    id: str
    mandate: str
    channel: Channel
    what: What
    at: datetime
    content: Mapping[str, Any] = field(repr=False)
    number: int = 0
    tries: int = 0
