"""The texts themselves: every key is read by some page in both languages, and all of it reads easily (PAGES 4, 5.7)."""

import html
import re
from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from markupsafe import Markup

from runtime.web.language import LANGUAGES, Language
from runtime.web.texts import Texts
from tests.pages.states import STATES, Looks, Shown

BANNED: Final = (
    *("authenticatie", "autoriseren", "bevoegdheidsverklaring", "grondslag", "indien", "middels", "dienen te"),
    *("volmacht", "gemachtigde", "vertegenwoordigde", "onderbewindgestelde", "sessie", "foutcode", "helaas", "klik"),
    *("saml", "token"),
)
# What no page shows: it is sent, and `tests/flows/test_machtigen.py` reads it.
SENT: Final = frozenset({"message.given", "message.ended", "letter"})
LONGEST: Final = 15
LONGEST_LIST: Final = 20
AVERAGE: Final = 10
EASY: Final = 75
# Sentences that are lists: what is passed on, which registers.
_LIST: Final = re.compile(r",.*(,|\ben\b|\bof\b)")
_VOWELS: Final = re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|ie|oo|uu|eu|oe|ui|ou|au|ei|ij|[aeiouyéèëïöü]")


class ReadTexts(Texts):
    """Remembers which texts were read, in which language."""

    def __init__(self, *files: Path) -> None:
        super().__init__(*files)
        self.read: set[tuple[Language, str]] = set()

    def get(self, language: Language, key: str, **values: object) -> Markup:
        """As ever."""
        self.read.add((language, key))
        return super().get(language, key, **values)


def all_texts() -> list[Texts]:
    looks = Looks()
    return [looks.gateway.texts, looks.bvd.texts, looks.pilot.texts, looks.machtigen.texts]


def plain(line: str) -> str:
    """A text as it is read; what is filled in counts as one word."""
    return html.unescape(Markup(re.sub(r"\{[a-z]+\}", "Jansen", line)).striptags())


def sentences(language: Language) -> list[str]:
    """Every sentence of every text, each text once."""
    lines = {(key, str(texts._texts[key][language])) for texts in all_texts() for key in texts}
    split = (re.split(r"(?<=[.?!:])\s+", plain(line)) for _, line in sorted(lines))
    return [sentence for sentence in chain.from_iterable(split) if sentence]


def words(sentence: str) -> list[str]:
    return re.findall(r"[\w'-]+", sentence)


def syllables(word: str) -> int:
    """As near as vowels tell."""
    return max(1, len(_VOWELS.findall(word.lower())))


def test_every_text_is_read_by_a_page_in_each_language() -> None:
    looks = Looks(ReadTexts)
    for state in STATES.values():
        for language in LANGUAGES:
            state(Shown(looks, language))
    every = [look.texts for look in (looks.gateway, looks.bvd, looks.pilot, looks.machtigen)]
    read = set().union(*(texts.read for texts in every if isinstance(texts, ReadTexts)))
    unread = {(language, key) for texts in every for key in texts for language in LANGUAGES} - read
    assert sorted(each for each in unread if each[1] not in SENT) == []


def test_a_dutch_sentence_has_at_most_fifteen_words_and_a_list_twenty() -> None:
    long = [
        sentence
        for sentence in sentences("nl")
        if len(words(sentence)) > (LONGEST_LIST if _LIST.search(sentence) else LONGEST)
    ]
    assert long == []


def test_dutch_sentences_are_ten_words_on_average_or_fewer() -> None:
    counts = [len(words(sentence)) for sentence in sentences("nl")]
    assert sum(counts) / len(counts) <= AVERAGE


def test_dutch_texts_read_easily_by_flesch_douma() -> None:
    found = [words(sentence) for sentence in sentences("nl")]
    every = list(chain.from_iterable(found))
    score = 206.84 - 0.77 * 100 * sum(map(syllables, every)) / len(every) - 0.93 * len(every) / len(found)
    assert score >= EASY


@pytest.mark.parametrize("word", BANNED)
def test_a_page_never_uses_a_word_that_citizens_do_not(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
    assert [sentence for sentence in sentences("nl") if pattern.search(sentence)] == []


def test_people_are_addressed_politely() -> None:
    assert [each for each in sentences("nl") if re.search(r"\b(je|jij|jouw|jullie)\b", each, re.IGNORECASE)] == []
