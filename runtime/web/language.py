"""Which of our two languages a page speaks: what was asked, else chosen before, else what the browser prefers."""

from typing import Final, Literal, get_args

Language = Literal["nl", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT: Final[Language] = "nl"
MOST_PREFERENCES: Final = 20  # an Accept-Language header is not ours: read no more of it than a browser sends


def known(text: str | None) -> Language | None:
    """The language `text` names, or None when we do not speak it."""
    return next((language for language in LANGUAGES if language == text), None)


def choose(asked: str | None, stored: str | None, accept_language: str | None) -> Language:
    """`asked` is the query's `lang`, `stored` what this login chose before; then Accept-Language, then Dutch."""
    return known(asked) or known(stored) or preferred(accept_language or "") or DEFAULT


def other(language: Language) -> Language:
    """The language that the switch leads to."""
    return "en" if language == "nl" else "nl"


def preferred(accept_language: str) -> Language | None:
    """The first of ours by weight (RFC 9110 12.5.4); at equal weights the earlier one. None when it names neither."""
    weighed = [_weighed(part) for part in accept_language.split(",")[:MOST_PREFERENCES]]
    for weight, tag in sorted(weighed, key=lambda pair: -pair[0]):
        language = known(tag.split("-")[0].lower())
        if language is not None and weight > 0:
            return language
    return None


def _weighed(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0, tag.strip()
    try:
        return float(value), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
