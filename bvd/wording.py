"""How people, grounds and registers are worded for a citizen (PAGES 4), and the order in which people are listed."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from runtime.web.frame import Frame
from runtime.web.look import Look
from stelsel.identifiers import Bsn, KvkNummer, Rsin
from stelsel.subjects import PARENTAL, Ground, Party, Representation

_ROLES: Final = {Ground.BEWIND: "bewindvoerder", Ground.CURATELE: "curator", Ground.MENTORSCHAP: "mentor"}
_SOURCE_NAMES: Final = {"persons": "gezag", "kvk": "handelsregister"}  # both are the BRP to whoever reads it


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who can be chosen: `token` is the one-time handle, `lines` the small print."""

    token: str
    name: str
    lines: tuple[Markup, ...]
    searched: str


def rows_of(look: Look, frame: Frame, offered: Sequence[tuple[str, Representation]]) -> tuple[Row, ...]:
    """One row per relation, in the order people read: children by first name, then others by family name.

    The year of birth is added only where name and digits do not tell two people apart, and never of somebody whose
    data are secret (R-ORACLE has no say here: these are the user's own).
    """
    twins = _twins([representation.represented for _, representation in offered])
    ordered = sorted(offered, key=lambda pair: _order(pair[1]))
    return tuple(
        Row(
            token,
            representation.represented.name,
            _lines(look, frame, representation, with_year=_seen_as(representation.represented) in twins),
            _searched(representation.represented),
        )
        for token, representation in ordered
    )


def matching(rows: Sequence[Row], search: str) -> tuple[Row, ...]:
    """The rows whose name holds every word of `search`, or whose last three digits it is; accents and case aside."""
    words = folded(search).split()
    return tuple(row for row in rows if all(word in row.searched for word in words))


def ground_sentence(look: Look, frame: Frame, representation: Representation) -> Markup:
    """Why the user may act for this person. A name that ends in a full stop ("B.V.") ends the sentence too."""
    return _ground_sentence(look, frame, representation).replace("..", ".")


def _ground_sentence(look: Look, frame: Frame, representation: Representation) -> Markup:
    ground = representation.ground
    name = representation.represented.name
    organisation = representation.via[-1].name if representation.via else representation.acting.name
    if ground is Ground.EH_BEWIND:
        return look.text(frame, f"office.{representation.role or 'bewindvoerder'}", organisatie=organisation, naam=name)
    if ground is Ground.KETEN:
        return look.text(frame, "ground.KETEN", organisatie=organisation, naam=name)
    return look.text(frame, f"ground.{_ROLES.get(ground, ground)}", naam=name)


def number_line(look: Look, frame: Frame, party: Party) -> Markup:
    """The last three digits of a BSN, or the KvK number of an organisation; empty where a register has neither."""
    match party.subject:
        case Bsn() as bsn:
            return look.text(frame, "row.bsn", cijfers=bsn.last_digits)
        case KvkNummer(value):
            return look.text(frame, "row.kvk", nummer=value)
        case Rsin(value):
            return look.text(frame, "row.bsn", cijfers=value[-3:])
        case _:
            return Markup()


def registers(look: Look, frame: Frame, sources: Sequence[str]) -> tuple[Markup, int]:
    """Their names as one phrase, each once, and how many that are."""
    keys = dict.fromkeys(_SOURCE_NAMES.get(source, source) for source in sources)
    names = [look.text(frame, f"register.{key}") for key in keys]
    phrase = Markup(", ").join(names[:-1]) + Markup(" {} ").format(look.text(frame, "and")) if names[1:] else Markup()
    return phrase + names[-1], len(names)


def capital(text: Markup) -> Markup:
    """The same with a capital, to begin a sentence."""
    return text[:1].upper() + text[1:]


def folded(text: str) -> str:
    """Without accents, case and double spaces: what a search compares."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(plain.casefold().split())


def _lines(look: Look, frame: Frame, representation: Representation, *, with_year: bool) -> tuple[Markup, ...]:
    party = representation.represented
    lines = [ground_sentence(look, frame, representation), number_line(look, frame, party)]
    if with_year and party.born and not party.secret:
        lines.append(look.text(frame, "row.born", jaar=party.born[:4]))
    if representation.under_investigation:
        lines.append(look.text(frame, "b1.research"))
    return tuple(line for line in lines if line)


def _order(representation: Representation) -> tuple[bool, str, str]:
    party = representation.represented
    child = representation.ground in PARENTAL
    first = party.given_name if child else party.family_name
    return not child, folded(first or party.name), folded(party.name)


def _digits(party: Party) -> str:
    return party.subject.value[-3:] if isinstance(party.subject, Bsn | Rsin | KvkNummer) else ""


def _seen_as(party: Party) -> tuple[str, str]:
    return folded(party.name), _digits(party)


def _twins(parties: Sequence[Party]) -> frozenset[tuple[str, str]]:
    """What two different people have in common who look the same on the page."""
    subjects: dict[tuple[str, str], set[object]] = {}
    for party in parties:
        subjects.setdefault(_seen_as(party), set()).add(party.subject)
    return frozenset(seen for seen, found in subjects.items() if len(found) > 1)


def _searched(party: Party) -> str:
    return f"{folded(party.name)} {_digits(party)}"
