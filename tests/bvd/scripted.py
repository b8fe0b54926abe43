"""A register and a BRP that state what a test tells them to, and count who asked."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from registers.persons import PersonFacts
from registers.question import Question
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, Subject
from stelsel.subjects import Ground, Representation
from tests.bvd.relations import ANNA, FACTS


@dataclass
class Scripted:
    """A register that states what it was told to, and counts; `gate` keeps it waiting."""

    name: str
    grounds: frozenset[Ground]
    states: tuple[Representation, ...] = ()
    silent: bool = False
    gate: asyncio.Event | asyncio.Barrier | None = None
    lists_may_age: bool = True
    asked: list[Question] = field(default_factory=list)

    def knows(self, question: Question) -> bool:
        return True

    async def fetch(self, question: Question) -> object:
        self.asked.append(question)
        if self.gate is not None:
            await self.gate.wait()
        if self.silent:
            raise RegisterUnavailable(self.name, "it is away")
        return [row.reference for row in self.states]

    def translate(self, raw: object, question: Question) -> tuple[Representation, ...]:
        assert isinstance(raw, list)
        return tuple(replace(row, retrieved_at=question.at) for row in self.states if row.reference in raw)

    async def confirm(self, representation: Representation, at: datetime) -> Representation | None:
        await self.fetch(Question(acting=ANNA, represented=representation.represented.subject, at=at))
        return next((row for row in self.states if row.reference == representation.reference), None)

    async def measures_over(self, subject: Bsn, at: datetime) -> tuple[Representation, ...]:
        await self.fetch(Question(acting=subject, at=at))
        return tuple(row for row in self.states if row.represented.subject == subject)


@dataclass
class KnownPeople:
    """Facts about a few people, and who was asked about in which call."""

    silent: bool = False
    name: str = "persons"
    asked: list[frozenset[Subject]] = field(default_factory=list)

    async def facts(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, PersonFacts]:
        if subjects:
            self.asked.append(frozenset(subjects))
        if self.silent and subjects:
            raise RegisterUnavailable(self.name, "it is away")
        return {subject: FACTS[subject] for subject in subjects}
