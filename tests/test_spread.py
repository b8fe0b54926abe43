"""Which test process takes what."""

from tests.spread import LONGEST, ROOT, TOGETHER, part_of, rank_of


def test_what_lasts_long_is_there_and_stands_once() -> None:
    assert [part for part in (*LONGEST, *TOGETHER) if not (ROOT / part).exists()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_modules_that_share_a_browser_stay_together_and_others_are_whole() -> None:
    assert part_of("tests/stories/test_tabs.py::test_a[nl::x]") == "tests/stories"
    assert part_of("tests/bvd/test_rules.py::test_a[nl::x]") == "tests/bvd/test_rules.py"


def test_what_lasts_longest_is_given_out_first() -> None:
    later = ["tests/bvd/test_rules.py::test_b", "tests/attacks/test_replay.py::test_a", "tests/stories/test_tabs.py::c"]
    assert sorted(later, key=rank_of) == later[::-1]
