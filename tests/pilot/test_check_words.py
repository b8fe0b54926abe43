"""D2 says in English what the sample DVs looked at: no Dutch word of theirs is left on the English page."""

import ast
import re
from pathlib import Path

from pilot.check_words import ENGLISH, in_english

SAMPLE_DV = Path(__file__).parents[2] / "pilot" / "sample_dv"
# Names of the standard and of its elements, and what is said in no language.
OF_THE_STANDARD = re.compile(r"[A-Z]\w+|pysaml2|state|nonce|[-/@\s]")


def said() -> set[str]:
    """The words of every check that a sample DV makes, as they stand in its source."""
    found: set[str] = set()
    for path in SAMPLE_DV.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Check", "same", "distrusted"):
                literals = [each for given in node.args for each in ast.walk(given) if isinstance(each, ast.Constant)]
                found |= {each.value for each in literals if isinstance(each.value, str)}
    return {text for text in found if not re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+|%.*| - |:| |", text)}


def test_every_word_of_a_check_has_its_english() -> None:
    texts = said()
    assert {"geen", "tijden", "alle goed"} <= texts
    left = {text: re.sub("|".join(map(re.escape, ENGLISH)), "", text) for text in texts}
    assert {text for text, rest in left.items() if OF_THE_STANDARD.sub("", rest)} == set()


def test_what_is_no_word_stays_as_it_came() -> None:
    assert in_english("https://geen.localhost/een-acs") == "https://geen.localhost/een-acs"
    assert in_english("handtekening Assertion") == "signature Assertion"
    assert in_english("ten minste urn:oasis:names:goed") == "at least urn:oasis:names:goed"
