"""Refusals as the integrator reads them: one journal entry and one log line, with the code that the user was given."""

import logging
from collections.abc import Mapping
from typing import Final

from runtime.journal import Journal, new_code
from stelsel.failures import DatabaseUnavailable, Failure

REFUSAL: Final = "refusal"
_LOG: Final = logging.getLogger("namens.refusals")


class Reports:
    """Writes refusals of one service."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def __call__(self, failure: Failure, circumstances: Mapping[str, str]) -> str:
        """The code of a refusal, which the user reads out and the integrator looks up.

        A refusal is told even when the journal is away: then the log alone has it.
        """
        facts = {**circumstances, **failure.facts()}
        try:
            code = await self._journal.record(REFUSAL, facts=facts)
        except DatabaseUnavailable:
            code = new_code()
            _LOG.exception("a refusal could not be journalled")
        _LOG.warning(failure.why, extra={"code": code, **{f"refusal_{name}": fact for name, fact in facts.items()}})
        return code
