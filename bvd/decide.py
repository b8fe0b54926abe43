"""The law, pure: which of the stated relations may be used for this service now, and what is told of the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bvd.grounds import TERMS
from bvd.offer import Offer
from bvd.rules import (
    NOBODYS,
    RULES,
    Case,
    age_limit,
    ends_at,
    first_failing,
    incapable,
    needed_level,
    represented_lives,
    sure_enough,
)
from catalog.services import Service
from registers.dates import day_of
from registers.persons import NAME as PERSONS
from registers.persons import PersonFacts
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    AssuranceTooLow,
    Failure,
    NoValidRepresentation,
    Reason,
    RegisterUnavailable,
    ServiceInactive,
    ServiceNotRepresentable,
)
from stelsel.identifiers import Subject
from stelsel.subjects import PARENTAL, Identity, Mandate, Representation


class Notice(StrEnum):
    """Why people of one's own list cannot be chosen here: the `h.*` sentences of PAGES 2.2, in that order."""

    RESEARCH = "research"
    AGE = "age"
    JOINT = "joint"
    LEVEL = "level"
    SCOPE = "scope"


class Page(StrEnum):
    """The page on which a refusal is told (PAGES 2.2, B4 and B5)."""

    EMPTY = "empty"
    HIDDEN = "hidden"
    NAMED = "named"
    ACTING = "acting"
    EMPLOYEE = "employee"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Refused:
    """A relation that may not be used. `reason` is that of the first failing rule.

    `beyond_level` is what fails besides, when that rule was about the level: a stronger login would not help.
    """

    representation: Representation
    reason: Reason
    beyond_level: Reason | None = None


@dataclass(frozen=True, slots=True)
class Notices:
    """How many people are kept off the list, and why: numbers only.

    `below_age` is the service's limit, set with AGE; `level` the level that would do, set with LEVEL.
    """

    counts: Mapping[Notice, int]
    below_age: int | None = None
    level: LevelOfAssurance | None = None

    def __bool__(self) -> bool:
        return bool(self.counts)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing can be chosen. `page` None: straight back to the DV."""

    failure: Failure
    page: Page | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`usable` in the order of the registers; `silent` names the sources that did not answer (`partial`).

    `refusal` is set exactly when `usable` is empty.
    """

    usable: tuple[Mandate, ...]
    refused: tuple[Refused, ...]
    notices: Notices
    silent: tuple[str, ...]
    refusal: Refusal | None


_NOTICE_OF: Final = {
    Reason.UNDER_INVESTIGATION: Notice.RESEARCH,
    Reason.AGE_OUT_OF_RANGE: Notice.AGE,
    Reason.JOINT_AUTHORITY_REQUIRED: Notice.JOINT,
    Reason.LOA_TOO_LOW: Notice.LEVEL,
    Reason.KIND_NOT_ALLOWED: Notice.SCOPE,
    Reason.SCOPE_NOT_COVERED: Notice.SCOPE,
    Reason.RESTRICTION_NOT_SUPPORTED: Notice.SCOPE,
    Reason.CHAIN_NOT_ALLOWED: Notice.SCOPE,
}


def check_before_asking(service: Service, identity: Identity, at: datetime) -> None:
    """What ends a login before any register is asked (R-SVC, R-LOA).

    Raises `ServiceInactive`, `ServiceNotRepresentable`, `AssuranceTooLow`.
    """
    if not service.is_active(at):
        raise ServiceInactive(
            "the service does not hold today", expected="a service that is active today", found="one that is not"
        )
    if not service.representable:
        raise ServiceNotRepresentable("the service allows no ground", expected="a service with grounds", found="none")
    needed = needed_level(service, identity.acting, at)
    if identity.loa < needed:
        raise AssuranceTooLow(expected=needed.name, found=identity.loa.name)


def decide(identity: Identity, service: Service, offer: Offer, at: datetime) -> Decision:
    """Judges every relation of the offer by RULES, and the whole by R-ACT and R-QUERY.

    Relations in which `identity.known_as` does not act, or that are not of the person named, count for nothing.
    Raises what `check_before_asking` raises.
    """
    check_before_asking(service, identity, at)
    acting = _acting_reason(identity, service, offer, at)
    if acting is not None:
        return Decision((), (), Notices({}), tuple(sorted(offer.silent)), acting)
    cases = [_case(representation, identity, service, offer, at) for representation in _own(identity, offer)]
    usable: list[Mandate] = []
    refused: list[tuple[Case, Refused]] = []
    for case in cases:
        reason = first_failing(case)
        if reason is None:
            usable.append(_mandate(case))
        else:
            refused.append((case, _refused(case, reason)))
    silent = set(offer.silent)
    if not silent and any(Reason.REGISTER_UNAVAILABLE in (row.reason, row.beyond_level) for _, row in refused):
        silent.add(PERSONS)
    notices = _notices(refused, {mandate.representation.represented.subject for mandate in usable})
    rows = tuple(row for _, row in refused)
    names = tuple(sorted(silent))
    refusal = None if usable else _refusal(refused, notices, names, named=offer.question.represented is not None)
    return Decision(tuple(usable), rows, notices, names, refusal)


def decide_again(identity: Identity, service: Service, chosen: Representation, offer: Offer, at: datetime) -> Mandate:
    """R-REISSUE: the mandate as it may be declared now, from the offer of `query.ask_again`.

    The source's answer counts, not the relation that was chosen: gone means NO_MANDATE. Raises what
    `check_before_asking` raises, `RegisterUnavailable`, or `NoValidRepresentation` with the reason.
    """
    decision = decide(identity, service, offer, at)
    for mandate in decision.usable:
        if _relation(mandate.representation) == _relation(chosen):
            return mandate
    if decision.refusal is not None:
        raise decision.refusal.failure
    raise NoValidRepresentation(Reason.NO_MANDATE)


def _relation(representation: Representation) -> tuple[object, ...]:
    """What makes it the same relation when a source is asked again."""
    return (
        representation.source,
        representation.reference,
        representation.ground,
        representation.acting.subject,
        representation.represented.subject,
        representation.role,
    )


def _own(identity: Identity, offer: Offer) -> list[Representation]:
    named = offer.question.represented
    return [
        representation
        for representation in offer.representations
        if representation.acting.subject == identity.known_as
        and representation.represented.subject not in (None, identity.known_as)
        and named in (None, representation.represented.subject)
    ]


def _case(representation: Representation, identity: Identity, service: Service, offer: Offer, at: datetime) -> Case:
    subject = representation.represented.subject
    return Case(
        representation=representation,
        service=service,
        identity=identity,
        at=at,
        facts=offer.facts,
        over_acting=offer.over_acting,
        over_represented=None if subject is None else offer.over_represented.get(subject),
        office=offer.office,
    )


def _mandate(case: Case) -> Mandate:
    return Mandate(
        representation=case.representation,
        service=case.service.uuid,
        loa=case.loa,
        at=case.at,
        ends_at=ends_at(case),
        employee=None if case.identity.office is None else case.identity.acting,
    )


def _refused(case: Case, reason: Reason) -> Refused:
    beyond = None
    if reason is Reason.LOA_TOO_LOW:
        beyond = first_failing(case, tuple(rule for rule in RULES if rule is not sure_enough))
    return Refused(case.representation, reason, beyond)


def _acting_reason(identity: Identity, service: Service, offer: Offer, at: datetime) -> Refusal | None:
    """R-ACT for the whole login: set when no ground of this service is open to who acts."""
    if identity.office is not None:
        return _office_reason(offer, at)
    facts: PersonFacts | None = offer.facts.get(identity.acting)
    reasons = {
        incapable(TERMS[ground], identity.acting, facts, offer.over_acting, day_of(at)) for ground in service.grounds
    }
    if None in reasons:
        return None
    if Reason.REGISTER_UNAVAILABLE in reasons:
        return Refusal(RegisterUnavailable(PERSONS), Page.AWAY)
    return Refusal(NoValidRepresentation(next(reason for reason in reasons if reason is not None)), Page.ACTING)


def _office_reason(offer: Offer, at: datetime) -> Refusal | None:
    """R-ACT for an employee: the office first, and only then its clients (mandates 8, scenario 5)."""
    reason = Reason.REGISTER_UNAVAILABLE if offer.office is None else offer.office.reason(day_of(at))
    if reason is None:
        return None
    if reason is Reason.REGISTER_UNAVAILABLE:
        return Refusal(RegisterUnavailable(next(iter(sorted(offer.silent)), "mr")), Page.AWAY)
    acting = reason is Reason.ORGANISATION_INACTIVE
    return Refusal(NoValidRepresentation(reason), Page.ACTING if acting else Page.EMPLOYEE)


def _notice_of(case: Case, refused: Refused) -> Notice | None:
    """The notice in which this relation counts, if it counts: of one's own, in force, of somebody who lives."""
    if case.representation.state in NOBODYS or represented_lives(case) is not None:
        return None
    reason = refused.beyond_level or refused.reason
    if reason is Reason.AGE_OUT_OF_RANGE and case.representation.ground not in PARENTAL:
        return None
    return _NOTICE_OF.get(reason)


def _notices(refused: list[tuple[Case, Refused]], usable: set[Subject | None]) -> Notices:
    """Counts people, not relations: who can be chosen on another ground is not counted, and nobody twice."""
    kept_off: dict[Subject | None, Notice] = {}
    below_age: int | None = None
    level: LevelOfAssurance | None = None
    for case, row in refused:
        subject = case.representation.represented.subject
        notice = _notice_of(case, row)
        if notice is None or subject in usable:
            continue
        earlier = kept_off.get(subject)
        kept_off[subject] = notice if earlier is None else min(earlier, notice, key=list(Notice).index)
        if notice is Notice.AGE:
            below_age = age_limit(case)
        if notice is Notice.LEVEL:
            wanted = max(
                needed_level(case.service, case.identity.acting, case.at),
                case.terms.minimum_in(case.service.interests),
            )
            level = wanted if level is None else min(level, wanted)
    counts = {notice: list(kept_off.values()).count(notice) for notice in Notice if notice in kept_off.values()}
    return Notices(
        counts,
        below_age if Notice.AGE in counts else None,
        level if Notice.LEVEL in counts else None,
    )


def _refusal(refused: list[tuple[Case, Refused]], notices: Notices, silent: tuple[str, ...], *, named: bool) -> Refusal:
    """Which whole refusal it is when nothing is usable.

    A silent register comes first: nobody found is not "nobody". Then whatever the user may know of relations of the
    own list; the level alone has no page; all that is left looks the same to the user (R-ORACLE).
    """
    if silent:
        return Refusal(RegisterUnavailable(silent[0]), Page.AWAY)
    if set(notices.counts) == {Notice.LEVEL} and notices.level is not None:
        return Refusal(AssuranceTooLow(clause="R-KLOA", expected=notices.level.name), None)
    if notices:
        told = next(row for case, row in refused if _notice_of(case, row) is not None)
        return Refusal(NoValidRepresentation(told.reason), Page.HIDDEN)
    reason = refused[0][1].reason if refused else Reason.NO_MANDATE
    return Refusal(NoValidRepresentation(reason), Page.NAMED if named else Page.EMPTY)
