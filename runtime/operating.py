"""What an operator changes with a command stands in the journal before it counts (spec/security M11).

The commands have the database of a service and not its settings; with the key of its journal they write there too.
"""

import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from runtime.database import Database
from runtime.journal import Journal
from runtime.sealing import Sealer
from runtime.settings import Clock, Secret, read_settings

KIND: Final = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings:
    """The key of the journal in that database, which is that of the service: `NAMENS_JOURNAL_KEY`, or `..._FILE`."""

    journal_key: Secret | None = None


async def record(database: Database, clock: Clock, what: str, change: str, lines: Sequence[str]) -> str:
    """Records a change of that name, which may be carried out now; a sentence that says where it stands.

    Nothing, where no key is set: then the journal of the service is silent about it. Raises `Misconfigured` for a key
    that is none, `DatabaseUnavailable`; then nothing may be changed.
    """
    key = read_settings(OperatorSettings, "NAMENS").journal_key
    if key is None:
        return ""
    journal = Journal(database, Sealer(key.value), clock, "operator")
    try:
        code = await journal.record(
            KIND,
            facts={"what": what, "change": change, "lines": str(len(lines))},
            sealed={"by": _who(), "changed": list(lines)},
        )
    finally:
        await journal.close()
    return f"In the journal under {code}."


def _who() -> str:
    """The account under which the command runs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return str(os.getuid())
