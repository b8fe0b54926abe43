"""pytest plugin that says which test process takes what: whole modules, what lasts longest first.

A module stays in one process, so that what it starts for itself is started once; a folder in `TOGETHER` does, for the
network or browser that all its modules share. Processes that take the long ones first end at about the same time.
"""

from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT: Final = Path(__file__).resolve().parent.parent

TOGETHER: Final = ("tests/clients", "tests/pages", "tests/stories")

# By CPU of tests, servers and browsers together, the longest first; what is not here takes less than ten seconds.
LONGEST: Final = (
    "tests/stories",
    "tests/pages",
    "tests/attacks/test_every_door.py",
    "tests/flows/test_rollover.py",
    "tests/clients",
    "tests/attacks/test_killed_workers.py",
    "tests/flows/test_cluster.py",
    "tests/flows/test_dialects.py",
    "tests/attacks/test_whole_process.py",
    "tests/attacks/test_metadata_import.py",
    "tests/attacks/test_replay.py",
    "tests/flows/test_ad_away.py",
    "tests/flows/test_back_channel_away.py",
    "tests/attacks/test_redirect.py",
)


def part_of(nodeid: str) -> str:
    """What a test is taken with: its folder where that stays together, else its module."""
    module = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if module.startswith(folder + "/")), module)


def rank_of(nodeid: str) -> int:
    """The place of a test in the order: 0 comes first."""
    part = part_of(nodeid)
    return LONGEST.index(part) if part in LONGEST else len(LONGEST)


class InParts(LoadScopeScheduling):
    """Gives a process another part when it has nearly done its last."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order in which parts are given out; one process by itself runs the files as they stand."""
    if hasattr(config, "workerinput"):
        items[:] = sorted(items, key=lambda item: rank_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    """Ours, unless `--dist` names another."""
    return InParts(config, log) if config.getoption("dist") == "load" else None
