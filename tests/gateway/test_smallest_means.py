"""The diff in docs/means.md, applied to a copy of the kinds, is a login means that somebody logs in with."""

import importlib.util
import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from stelsel.assurance import LevelOfAssurance
from stelsel.saml.encryption import decrypt_id
from tests.gateway.factories import OF_AD, House
from tests.stelsel.saml.factories import AD, DV, decryption_key

ROOT = Path(__file__).parents[2]
KINDS = Path("gateway/means")
MODULE = "gateway.means.city_pass"


def diff_in(document: Path) -> list[str]:
    """The lines of the one diff there."""
    (found,) = re.findall(r"```diff\n(.*?)```", document.read_text(), re.DOTALL)
    return str(found).splitlines()


def apply(lines: list[str], tree: Path) -> dict[Path, int]:
    """Changes the files of `tree`; each, and how many lines it won. Every hunk must fit in exactly one place."""
    won: dict[Path, int] = {}
    file, hunks = Path(), list[tuple[Path, list[str]]]()
    for line in lines:
        if line.startswith("+++ b/"):
            file = tree / line.removeprefix("+++ b/")
        elif line.startswith("@@"):
            hunks.append((file, []))
        elif not line.startswith("--- "):
            hunks[-1][1].append(line)
    for target, hunk in hunks:
        old = "".join(f"{line[1:]}\n" for line in hunk if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in hunk if not line.startswith("-"))
        text = target.read_text() if old else ""
        assert not old or text.count(old) == 1, f"{target.name} has no place for:\n{old}"
        target.write_text(text.replace(old, new) if old else new)
        won[target] = won.get(target, 0) + len(hunk) - (old.count("\n"))
    return won


async def test_the_smallest_means_is_one_module_and_one_line(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / KINDS, tmp_path / KINDS)
    won = apply(diff_in(ROOT / "docs/means.md"), tmp_path)
    assert won.pop(tmp_path / KINDS / "__init__.py") == 2  # the line in the table, and what imports it
    (module,) = won
    spec = importlib.util.spec_from_file_location(MODULE, module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, MODULE, loaded)
    spec.loader.exec_module(loaded)
    kinds = runpy.run_path(str(tmp_path / KINDS / "__init__.py"))["KINDS"]

    house.means["stadspas"] = kinds["city-pass"](house.means_tools(AD))
    await house.offers(means=frozenset({"stadspas"}), minimum=LevelOfAssurance.BASIS)
    url = await house.flow.choose(await house.login(await house.begin()), "self")
    house.ad_says(await house.passed_on(url), context_class=LevelOfAssurance.HOOG.uri)
    told = await house.told(await house.arrive(await house.login(url), OF_AD))
    assert told.assertion is not None
    assert told.assertion.context_class == LevelOfAssurance.MIDDEN.uri
    assert decrypt_id(told.assertion.acting[0], DV, [decryption_key(DV.value)]).value == "999990019"
