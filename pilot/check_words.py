"""What the sample DVs looked at, in the words of an English page; names of the standard stay what they are.

They are independent of our own code and its texts, and write Dutch, as in their log.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

ENGLISH: Final[dict[str, str]] = {
    "een artifact van de gateway": "an artifact of the gateway",
    "een login van deze browser": "a login of this browser",
    "een bericht van de gateway": "a message of the gateway",
    "niet eerder gebruikt": "not used before",
    "een bericht volgens ST-SAML": "a message as ST-SAML has it",
    "alleen bij vertegenwoordiging": "only when somebody is represented",
    "handtekeningen in Advice": "signatures in Advice",
    "personen in Advice": "people in Advice",
    "oordeel van pysaml2": "judgement of pysaml2",
    "betrouwbaarheidsniveau": "level of assurance",
    "vertegenwoordiging": "representation",
    "bereikbaarheid": "whether it answers",
    "niet te openen": "cannot be opened",
    "iemand anders": "somebody else",
    "ontsleuteling": "decryption",
    "handtekening": "signature",
    "een antwoord": "an answer",
    "ten minste": "at least",
    "alle goed": "all good",
    "iets anders": "something else",
    "geweigerd": "refused",
    "onbekend": "unknown",
    "gebruikt": "used",
    "zichzelf": "himself",
    "dezelfde": "the same",
    "voor ons": "for us",
    "tijden": "times",
    "andere": "others",
    "geen": "none",
    "goed": "good",
    "fout": "wrong",
    "vorm": "shape",
    "vrij": "free",
    "een": "one",
}
_WORDS: Final = re.compile("|".join(rf"(?<![\w:./-]){re.escape(word)}(?![\w:./-])" for word in ENGLISH))


class Looked(Protocol):
    """One check of a sample DV."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def expected(self) -> str: ...
    @property
    def received(self) -> str: ...
    @property
    def clause(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One row of D2."""

    name: str
    ok: bool
    expected: str
    received: str
    clause: str


def lines(checks: Iterable[Looked], language: str) -> tuple[CheckLine, ...]:
    """The rows in that language."""
    say = in_english if language == "en" else str
    return tuple(
        CheckLine(say(each.name), each.ok, say(each.expected), say(each.received), each.clause) for each in checks
    )


def in_english(said: str) -> str:
    """A name or value with the Dutch words in it translated; addresses and what the standard names stay."""
    return _WORDS.sub(lambda found: ENGLISH[found[0]], said)
