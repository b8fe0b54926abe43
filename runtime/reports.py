"""Refusals as the integrator reads them: one journal entry and one log line, with the code that the user was given;
and, for the party whose message it was, a list of the last ones.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runtime.journal import NOBODY, Entry, Journal, new_code
from stelsel import urns
from stelsel.failures import ArtifactUnknown, DatabaseUnavailable, Failure, outcome_of

REFUSAL: Final = "refusal"
MOST_PROVEN: Final = 50
MOST_CLAIMED: Final = 10
# What is the same to its owner and to a thief must stay the same here: no reason, and no owner's name (DV-ARR-04).
_UNTOLD: Final = ArtifactUnknown.__name__
_LOG: Final = logging.getLogger("namens.refusals")


class Reports:
    """Writes refusals of one service. `wordings` has what each clause says, by its id."""

    def __init__(self, journal: Journal, wordings: Mapping[str, str]) -> None:
        self._journal = journal
        self._wordings = wordings

    async def __call__(self, failure: Failure, circumstances: Mapping[str, str]) -> str:
        """The code of a refusal, which the user reads out and the integrator looks up.

        A refusal is told even when the journal is away: then the log alone has it.
        """
        facts = {**circumstances, **failure.facts()}
        if failure.broken_clause in self._wordings:
            facts["rule"] = self._wordings[failure.broken_clause]
        try:
            code = await self._journal.record(REFUSAL, facts=facts, about=_about(failure))
        except DatabaseUnavailable:
            code = new_code()
            _LOG.exception("a refusal could not be journalled")
        _LOG.warning(failure.why, extra={"code": code, **{f"refusal_{name}": fact for name, fact in facts.items()}})
        return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One refused message as its sender may read it; what is not known, or not to be told, is empty.

    `dv` is whom the login was for, where it came that far; `rule` is what `clause` says.
    """

    at: datetime
    code: str
    door: str
    message: str
    message_id: str
    dv: str
    failure: str
    clause: str
    rule: str
    why: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class LastRefused:
    """The last refused messages of a party, newest first.

    `proven`: it signed them. `claimed`: its name stood in them, and anybody may have written that.
    """

    proven: tuple[Refused, ...]
    claimed: tuple[Refused, ...]


async def last_refused(journal: Journal, party: str) -> LastRefused:
    """What was refused of `party`, an EntityID. Claims have a bound of their own: they push out nothing proven."""
    proven = await journal.newest_about(_digest(party, proven=True), REFUSAL, MOST_PROVEN)
    claimed = await journal.newest_about(_digest(party, proven=False), REFUSAL, MOST_CLAIMED)
    return LastRefused(tuple(map(_refused, proven)), tuple(map(_refused, claimed)))


def _refused(entry: Entry) -> Refused:
    facts = entry.facts
    told = facts if facts.get("failure") != _UNTOLD else {}
    return Refused(
        at=entry.at,
        code=entry.code,
        door=facts.get("door", ""),
        message=facts.get("message", ""),
        message_id=facts.get("message_id", ""),
        dv=facts.get("dv", ""),
        failure=facts.get("failure", ""),
        clause=facts.get("clause", ""),
        rule=facts.get("rule", ""),
        why=told.get("why", ""),
        expected=told.get("expected", ""),
        found=told.get("found", ""),
    )


def _about(failure: Failure) -> str:
    """By which `last_refused` finds it, when a message was at fault, not the user, a register or ourselves."""
    status = outcome_of(failure).status
    if failure.origin is None or not failure.origin.issuer or status is None or status[0] == urns.STATUS_RESPONDER:
        return NOBODY
    return _digest(failure.origin.issuer, proven=failure.origin.proven)


def _digest(party: str, *, proven: bool) -> str:
    return hashlib.sha256((party if proven else f"claimed {party}").encode()).hexdigest()
