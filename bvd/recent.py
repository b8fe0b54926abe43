"""Lists that a register gave less than a minute ago, so that a reload does not ask it again (R-REISSUE).

Never a way to confirm; what was empty is never kept.
"""

import hashlib
import hmac
import json
import zlib
from datetime import datetime
from typing import Final

from registers.question import Question
from runtime.store import ShortLived
from stelsel.identifiers import Identifier

SECONDS: Final = 60
_FAST: Final = 1  # a long list is much the same line again and again


class Recent:
    """The source's own answers in the short-lived store, which seals them; `key` hides who was asked about.

    The key of an entry holds the day: an answer does not outlive midnight, when relations end.
    """

    def __init__(self, store: ShortLived, key: bytes) -> None:
        self._store = store
        self._key = key

    async def find(self, register: str, question: Question) -> tuple[datetime, object] | None:
        """When that register answered this question, and what. Raises `StoreUnavailable`."""
        kept = await self._store.get(self._name(register, question))
        if kept is None:
            return None
        answered = json.loads(zlib.decompress(kept))
        at = datetime.fromisoformat(answered["at"])
        return (at, answered["raw"]) if 0 <= (question.at - at).total_seconds() <= SECONDS else None

    async def keep(self, register: str, question: Question, raw: object) -> None:
        """Keeps an answer that held somebody. Raises `StoreUnavailable`."""
        answered = zlib.compress(json.dumps({"at": question.at.isoformat(), "raw": raw}).encode(), _FAST)
        await self._store.put(self._name(register, question), answered, SECONDS)

    def _name(self, register: str, question: Question) -> str:
        acting: Identifier = question.acting
        said = "\0".join((register, type(acting).__name__, acting.value, question.on.isoformat()))
        return "recent:" + hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()
