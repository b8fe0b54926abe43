"""Asks every register that can state an allowed ground, side by side, within a deadline; judges nothing (R-QUERY)."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from bvd.grounds import TERMS
from bvd.offer import Offer
from bvd.office import Office
from bvd.recent import Recent
from bvd.rules import not_in_force
from catalog.services import Service
from registers import Register
from registers.handelsregister import OrganisationFacts, Organisations
from registers.persons import PersonFacts, Persons
from registers.question import Question
from registers.rechtspraak import Measures
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, KvkNummer, Subject
from stelsel.subjects import COURT, Ground, Party, Representation

T = TypeVar("T")
Stated = tuple[Representation, ...]
Facts = Mapping[Subject, PersonFacts]
# What an office can have been appointed to; whatever else it may do is not its employees' to do for a person.
_OFFICES: Final = COURT | {Ground.EH_BEWIND}
_TOO_LATE: Final = "it did not answer within the deadline"


@dataclass(frozen=True, slots=True)
class Sources:
    """Everybody who may be asked. `measures` is who knows of a court's measures, beside the BRP's curatele flag.

    `recent` None: no list is ever reused. `organisations` and `volmachten` are who knows of an employee's office: that
    it is active, and whom it authorised; without them no employee acts for a client.
    """

    registers: Mapping[str, Register]
    persons: Persons
    measures: Measures | None = None
    recent: Recent | None = None
    organisations: Organisations | None = None
    volmachten: Register | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A source did not answer; `why` is for the log."""

    why: str


async def ask(
    question: Question,
    service: Service,
    sources: Sources,
    deadline_seconds: float,
    employee: Subject | None = None,
) -> Offer:
    """What registers and BRP state within `deadline_seconds` in all; who is later is silent.

    Facts are asked about who acts, who is named, and who stands in a relation that is in force, and of nobody else.
    Who is named is asked about in the first round, whether or not a relation exists: the time tells nothing (R-ORACLE).
    `employee` acts for the office in `question`, of which nobody is asked more until it is known that he may.
    """
    ends = asyncio.get_running_loop().time() + deadline_seconds
    office, silent = await _office(question, employee, sources, ends)
    if office is not None and office.reason(question.on) is not None:
        return Offer(question=question, asked=(), silent=silent, office=office)
    grounds = service.grounds if employee is None else service.grounds & _OFFICES
    needed = {
        name: register
        for name, register in sources.registers.items()
        if register.grounds & grounds and register.knows(question)
    }
    calls = {name: _list(register, question, sources.recent) for name, register in needed.items()}
    listed = sources.measures is not None and sources.measures.name in needed
    over_acting = _nothing() if listed else _over_acting(question, sources)
    return replace(await _ask(calls, over_acting, question, sources, ends), office=office)


async def ask_again(
    chosen: Representation,
    sources: Sources,
    at: datetime,
    deadline_seconds: float,
    employee: Subject | None = None,
) -> Offer:
    """The chosen relation as its source has it now, with fresh facts and nothing remembered (R-REISSUE)."""
    acting = chosen.acting.subject
    if acting is None:
        raise ValueError("nobody was offered a relation in which nobody acts")
    question = Question(acting=acting, represented=chosen.represented.subject, at=at)
    ends = asyncio.get_running_loop().time() + deadline_seconds
    office, silent = await _office(question, employee, sources, ends)
    if office is not None and office.reason(question.on) is not None:
        return Offer(question=question, asked=(), silent=silent, office=office)
    register = sources.registers[chosen.source]
    calls = {register.name: _confirm(register, chosen, at)}
    return replace(await _ask(calls, _over_acting(question, sources), question, sources, ends), office=office)


async def _office(
    question: Question, employee: Subject | None, sources: Sources, ends: float
) -> tuple[Office | None, dict[str, str]]:
    """What is known of an employee's office, always fresh, and which of the two sources did not answer."""
    if employee is None or not isinstance(question.acting, KvkNummer):
        return None, {}
    kvk = question.acting
    silent: dict[str, str] = {}
    facts: OrganisationFacts | Silence = Silence("there is no Handelsregister here")
    stated: Stated | Silence = Silence("there is no machtigingenregister here")
    about = Question(acting=employee, represented=kvk, at=question.at)
    if sources.organisations is not None and sources.volmachten is not None:
        facts, stated = await asyncio.gather(
            _before(sources.organisations.facts_of(kvk, question.at), ends),
            _before(_fresh(sources.volmachten, about), ends),
        )
    if isinstance(facts, Silence):
        silent["kvk"] = facts.why
    if isinstance(stated, Silence):
        silent["mr"] = stated.why
    return (
        Office(
            kvk=kvk,
            facts=None if isinstance(facts, Silence) else facts,
            volmachten=None if isinstance(stated, Silence) else stated,
        ),
        silent,
    )


async def _fresh(register: Register, question: Question) -> Stated:
    return register.translate(await register.fetch(question), question)


async def _ask(
    calls: Mapping[str, Coroutine[Any, Any, Stated]],
    over_acting: Coroutine[Any, Any, Stated],
    question: Question,
    sources: Sources,
    ends: float,
) -> Offer:
    people = {subject for subject in (question.acting, question.represented) if isinstance(subject, Bsn)}
    first, of_acting, facts = await asyncio.gather(
        _side_by_side(calls, ends),
        _before(over_acting, ends),
        _before(sources.persons.facts(people, question.at), ends),
    )
    stated = [row for answer in first.values() if not isinstance(answer, Silence) for row in answer]
    found = [row for row in stated if row.represented.subject != question.acting]
    wanted = set() if isinstance(facts, Silence) else _in_force(found, question) - people
    more, over = await asyncio.gather(
        _before(sources.persons.facts(wanted, question.at), ends),
        _side_by_side(_conflicts(found, question, sources), ends),
    )
    known: dict[Subject, PersonFacts] = {}
    silent = {name: answer.why for name, answer in first.items() if isinstance(answer, Silence)}
    for answer in (facts, more):
        if isinstance(answer, Silence):
            silent[sources.persons.name] = answer.why
        else:
            known.update(answer)
    for measures in over.values():
        if isinstance(measures, Silence) and sources.measures is not None:
            silent[sources.measures.name] = measures.why
    own = () if isinstance(of_acting, Silence) else of_acting
    return Offer(
        question=question,
        asked=tuple(calls),
        silent=silent,
        representations=tuple(_completed(row, known) for row in found),
        over_acting=(*own, *(row for row in stated if row.represented.subject == question.acting)),
        over_represented={subject: rows for subject, rows in over.items() if not isinstance(rows, Silence)},
        facts=known,
    )


async def _list(register: Register, question: Question, recent: Recent | None) -> Stated:
    """What a register states, from its answer of less than a minute ago where a list is asked."""
    if recent is None or question.represented is not None or not register.lists_may_age:
        return register.translate(await register.fetch(question), question)
    kept = await recent.find(register.name, question)
    if kept is not None:
        at, raw = kept
        return register.translate(raw, replace(question, at=at))
    raw = await register.fetch(question)
    stated = register.translate(raw, question)
    if stated:
        await recent.keep(register.name, question, raw)
    return stated


async def _confirm(register: Register, chosen: Representation, at: datetime) -> Stated:
    now = await register.confirm(chosen, at)
    return () if now is None else (now,)


async def _over_acting(question: Question, sources: Sources) -> Stated:
    """The measures over who acts (R-ACT), for when no list that is asked anyway holds them.

    Its silence is no silence of this login: the BRP's flag speaks too, and without the BRP nothing is declared.
    """
    if sources.measures is None or not isinstance(question.acting, Bsn):
        return ()
    return await sources.measures.measures_over(question.acting, question.at)


async def _nothing() -> Stated:
    return ()


def _in_force(found: Collection[Representation], question: Question) -> set[Bsn]:
    """The people in relations that may yet prove usable; the BRP is not asked about those of the past."""
    return {
        row.represented.subject
        for row in found
        if isinstance(row.represented.subject, Bsn) and not_in_force(row, question.on) is None
    }


def _conflicts(
    found: Collection[Representation], question: Question, sources: Sources
) -> dict[Subject, Coroutine[Any, Any, Stated]]:
    """Questions after the measures over everybody whose mandate a measure would suspend (R-CONFLICT)."""
    if sources.measures is None:
        return {}
    yielding = [row for row in found if TERMS[row.ground].yields_to]
    return {subject: sources.measures.measures_over(subject, question.at) for subject in _in_force(yielding, question)}


async def _side_by_side(calls: Mapping[Any, Coroutine[Any, Any, T]], ends: float) -> dict[Any, T | Silence]:
    answers = await asyncio.gather(*(_before(call, ends) for call in calls.values()))
    return dict(zip(calls, answers, strict=True))


async def _before(call: Coroutine[Any, Any, T], ends: float) -> T | Silence:
    """The answer, or that there is none before `ends` on the loop's clock."""
    try:
        async with asyncio.timeout_at(ends):
            return await call
    except RegisterUnavailable as failure:
        return Silence(failure.why)
    except TimeoutError:
        return Silence(_TOO_LATE)


def _completed(row: Representation, facts: Facts) -> Representation:
    """The relation with what the BRP knows of the represented person, where the source itself did not say it."""
    party = row.represented
    known = facts.get(party.subject) if party.subject is not None else None
    if known is None or not known.known:
        return row
    completed = Party(
        subject=party.subject,
        name=party.name or known.name,
        family_name=party.family_name or known.family_name,
        given_name=party.given_name or known.given_name,
        born=party.born or known.born.text,
        secret=party.secret or known.secret,
    )
    return replace(row, represented=completed)
