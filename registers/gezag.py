"""Parental authority and voogdij from the BRP, in both published shapes of `gezag` (mandates 2.2, 3.1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from registers.brp import ask_by_bsn, read_records
from registers.question import Question
from registers.reading import Field, each_once
from registers.settings import RegisterSettings
from registers.source import Source
from stelsel.identifiers import Bsn
from stelsel.subjects import PARENTAL, Ground, Joint, Party, Representation, State

NAME: Final = "gezag"
_FIELDS: Final = ("burgerservicenummer", "gezag")

# GezamenlijkOuderlijkGezag was TweehoofdigOuderlijkGezag up to 2.6.2
_GROUNDS: Final = {
    "GezamenlijkOuderlijkGezag": Ground.OUDERLIJK_GEZAG,
    "TweehoofdigOuderlijkGezag": Ground.OUDERLIJK_GEZAG,
    "EenhoofdigOuderlijkGezag": Ground.OUDERLIJK_GEZAG,
    "GezamenlijkGezag": Ground.GEZAMENLIJK_GEZAG,
    "Voogdij": Ground.VOOGDIJ,
}
_NOBODY: Final = {
    "TijdelijkGeenGezag": State.NO_AUTHORITY_NOW,
    "GezagNietTeBepalen": State.UNDETERMINED,
}


class Gezag:
    """Asked by the acting person it lists that person's children, but leaves out whose gezag it cannot determine.

    So when a child is named the question goes by the child, which tells why there is no authority (mandates 2.2).
    """

    name = NAME
    grounds = PARENTAL
    lists_may_age = True

    def __init__(self, settings: RegisterSettings) -> None:
        self._source = Source(NAME, settings)

    def knows(self, question: Question) -> bool:
        """See `Register.knows`: only people with a BSN hold or are under gezag."""
        return _asked(question) is not None

    async def fetch(self, question: Question) -> object:
        """The record of the child named, or of the acting person. Only people with a BSN hold or are under gezag."""
        subject = _asked(question)
        if subject is None:
            return None
        return await ask_by_bsn(self._source, [subject], _FIELDS)

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        """The children over whom `question.acting` holds gezag, by BSN and never by name.

        A named child over whom nobody can now be seen to hold gezag gives one statement in the state UNDETERMINED or
        NO_AUTHORITY_NOW, whoever asks; its ground is a formality.
        """
        subject = _asked(question)
        if subject is None:
            return ()
        stated = (
            representation
            for record in read_records(NAME, raw, (subject,)).values()
            for relation in record.found_items("gezag")
            for representation in _read_relation(relation, subject, question)
        )
        return each_once(Field(NAME, "personen[0].gezag", raw), stated)

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        """The same relation as the BRP has it now, asked by the child; None when it is gone or on another ground."""
        question = Question(
            acting=_bsn_of(representation.acting), represented=representation.represented.subject, at=at
        )
        raw = await self.fetch(question)
        for found in self.translate(raw, question):
            if found.reference == representation.reference:
                return found
        return None


def _asked(question: Question) -> Bsn | None:
    subject = question.acting if question.represented is None else question.represented
    return subject if isinstance(subject, Bsn) and isinstance(question.acting, Bsn) else None


def _bsn_of(party: Party) -> Bsn:
    if not isinstance(party.subject, Bsn):
        raise TypeError("gezag is held by somebody with a BSN")
    return party.subject


def _read_relation(relation: Field, record: Bsn, question: Question) -> Iterator[Representation]:
    kind = relation.at("type").one_of(_GROUNDS.keys() | _NOBODY.keys())
    minor = relation.at("minderjarige")
    child = _read_holder(minor)
    holders = tuple(_holders(kind, relation))
    everybody = (child, *holders)
    if all(party.subject != record for party in everybody):
        raise relation.refused("is not about the person who was asked for")
    if child.subject is None or question.represented not in (None, child.subject):
        return  # nothing to name the child by, or the person asked about is the parent here
    if kind in _NOBODY or (kind == "Voogdij" and not holders):
        if question.represented is not None:
            state = _NOBODY.get(kind, State.NO_AUTHORITY_NOW)
            yield _representation(relation, kind, Party(question.acting), child, question, state, 0)
        return
    for holder in holders:
        if holder.subject == question.acting:
            yield _representation(relation, kind, holder, child, question, State.ACTIVE, len(holders))


def _holders(kind: str, relation: Field) -> Iterator[Party]:
    """Who hold the gezag. An unknown derde counts among them and can never be the one who acts."""
    if kind in ("GezamenlijkOuderlijkGezag", "TweehoofdigOuderlijkGezag"):
        parents = relation.at("ouders")
        if len(parents.items()) != 2:
            raise parents.refused("does not name two parents")
        yield from (_read_holder(parent) for parent in parents.items())
    elif kind in ("EenhoofdigOuderlijkGezag", "GezamenlijkGezag"):
        parent_alone = relation.find("ouder")
        yield _read_holder(parent_alone) if parent_alone is not None else Party(None)
        if kind == "GezamenlijkGezag":
            third = relation.find("derde")
            yield _read_third(third) if third is not None else Party(None)
    elif kind == "Voogdij":
        yield from (_read_third(third) for third in relation.found_items("derden"))


def _read_third(third: Field) -> Party:
    """A derde: `BekendeDerde` or `OnbekendeDerde` in the newer shape, without a type in the older one."""
    kind = third.find("type")
    if kind is not None and kind.one_of({"BekendeDerde", "OnbekendeDerde"}) == "OnbekendeDerde":
        return Party(None)
    return _read_holder(third)


def _read_holder(field: Field) -> Party:
    number, names = field.find("burgerservicenummer"), field.find("naam")
    return Party(
        subject=number.bsn() if number is not None else None,
        name=names.found_text("volledigeNaam") if names is not None else "",
    )


def _representation(
    relation: Field, kind: str, acting: Party, child: Party, question: Question, state: State, holders: int
) -> Representation:
    ground = _GROUNDS.get(kind, Ground.OUDERLIJK_GEZAG)
    third = ground is Ground.GEZAMENLIJK_GEZAG and _is_third(relation, acting)
    return Representation(
        source=NAME,
        reference=ground.value,  # the BRP has no key of its own: who, for whom and on which ground is the key
        ground=ground,
        acting=acting,
        represented=child,
        state=state,
        joint=Joint.ALONE,  # BW 1:253i: one of them is competent alone; a service may ask for both
        joint_holders=holders,
        under_investigation=relation.found_flag("inOnderzoek"),
        role=None
        if state is not State.ACTIVE
        else "voogd"
        if ground is Ground.VOOGDIJ
        else "derde"
        if third
        else "ouder",
        retrieved_at=question.at,
    )


def _is_third(relation: Field, acting: Party) -> bool:
    third = relation.find("derde")
    return third is not None and _read_third(third).subject == acting.subject
