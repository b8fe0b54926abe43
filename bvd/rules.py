"""The decision rules for one relation, in the order of mandates 6; RULES is what a reviewer reads. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from bvd.grounds import ADULT, TERMS, Terms
from bvd.office import Office
from catalog.services import JointPolicy, Service, UnderInvestigation
from registers.dates import day_of, start_of
from registers.persons import PersonFacts
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Reason
from stelsel.identifiers import Bsn, Subject
from stelsel.subjects import PARENTAL, Ground, Identity, Joint, Representation, State

VESTIGING: Final = "vestiging"
NOBODYS: Final = frozenset({State.UNDETERMINED, State.NO_AUTHORITY_NOW})  # no relation of whoever asks
_NOT_IN_FORCE: Final = {
    State.REQUESTED: Reason.NOT_YET_VALID,
    State.ENDED: Reason.EXPIRED,
    State.WITHDRAWN: Reason.WITHDRAWN,
    State.SUSPENDED: Reason.SUSPENDED,
    State.INACTIVE: Reason.ORGANISATION_INACTIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One relation before one service at one moment, with everything the rules may look at.

    `facts` lacks whoever could not be asked about. `over_represented` None: not known by which measures the
    represented person is protected.
    """

    representation: Representation
    service: Service
    identity: Identity
    at: datetime
    facts: Mapping[Subject, PersonFacts] = field(default_factory=dict, repr=False)
    over_acting: tuple[Representation, ...] = ()
    over_represented: tuple[Representation, ...] | None = None
    office: Office | None = None

    @property
    def on(self) -> date:
        """The day, in Amsterdam."""
        return day_of(self.at)

    @property
    def terms(self) -> Terms:
        """The row of this ground."""
        return TERMS[self.representation.ground]

    @property
    def represented(self) -> PersonFacts | None:
        """Facts about the represented person; None when that is no person, or they are not known."""
        subject = self.representation.represented.subject
        return self.facts.get(subject) if subject is not None else None

    @property
    def represents_a_person(self) -> bool:
        """Whether the represented is a human being."""
        return isinstance(self.representation.represented.subject, Bsn)

    @property
    def loa(self) -> LevelOfAssurance:
        """The effective level: the lowest of the means and of what the mandate was registered with (R-OUT)."""
        mandate = self.representation.loa
        loa = self.identity.loa if mandate is None else min(self.identity.loa, mandate)
        return loa if self.office is None else self.office.loa(self.on, loa)


Rule = Callable[[Case], Reason | None]


def capable(case: Case) -> Reason | None:
    """R-ACT: who acts is alive, not under curatele in either place, and an adult where the ground asks it.

    Of an employee: the office is active and gave a volmacht, which reaches no further than what a court ordered.
    """
    if case.identity.office is not None:
        if case.representation.ground is not Ground.EH_BEWIND:
            return Reason.KIND_NOT_ALLOWED
        return Reason.REGISTER_UNAVAILABLE if case.office is None else case.office.reason(case.on)
    return incapable(case.terms, case.identity.acting, case.facts.get(case.identity.acting), case.over_acting, case.on)


def incapable(
    terms: Terms, acting: Subject, facts: PersonFacts | None, over_acting: tuple[Representation, ...], on: date
) -> Reason | None:
    """R-ACT for a row of the table. An organisation of which no register says that it is active may not act."""
    if not isinstance(acting, Bsn):
        return Reason.ORGANISATION_INACTIVE
    if facts is None:
        return Reason.REGISTER_UNAVAILABLE
    if not facts.known or not facts.alive or facts.under_curatele or _protects(over_acting, Ground.CURATELE, on):
        return Reason.REPRESENTATIVE_INCAPABLE
    age = facts.age(on)
    return Reason.REPRESENTATIVE_INCAPABLE if terms.acting_is_adult and (age is None or age < ADULT) else None


def in_time(case: Case) -> Reason | None:
    """R-TIME: the source has it in force, on this day in Amsterdam, and no suspension runs."""
    return not_in_force(case.representation, case.on)


def not_in_force(representation: Representation, on: date) -> Reason | None:
    """R-TIME, for who asks it of a relation alone."""
    stated = _NOT_IN_FORCE.get(representation.state)
    if stated is not None:
        return stated
    period = representation.period
    if period.first is not None and on < period.first:
        return Reason.NOT_YET_VALID
    if not period.holds(on):
        return Reason.EXPIRED
    return Reason.SUSPENDED if any(window.holds(on) for window in representation.suspensions) else None


def in_scope(case: Case) -> Reason | None:
    """R-SCOPE: the service allows this kind by name, and the kind covers what the service is about.

    Bewind over named goods covers no service yet: none can say that those goods are its matter (row 7).
    """
    service, representation = case.service, case.representation
    # whose gezag cannot be determined has no kind either: any parental one that is allowed will do
    unknown = representation.state in NOBODYS and representation.ground in PARENTAL
    kinds = PARENTAL if unknown else {representation.ground}
    if not kinds & service.grounds:
        return Reason.KIND_NOT_ALLOWED
    touches = case.terms.covered(representation.role) & service.interests
    if not touches and (service.interests or not case.terms.by_service):
        return Reason.SCOPE_NOT_COVERED
    if representation.named_goods:
        return Reason.SCOPE_NOT_COVERED
    mandated = representation.services
    if mandated is None:
        return Reason.SCOPE_NOT_COVERED if case.terms.by_service else None
    return None if service.uuid in mandated else Reason.SCOPE_NOT_COVERED


def sure_enough(case: Case) -> Reason | None:
    """R-KLOA: the effective level reaches the minimum of the service and of this kind."""
    needed = needed_level(case.service, case.identity.acting, case.at)
    return Reason.LOA_TOO_LOW if case.loa < max(needed, case.terms.minimum_in(case.service.interests)) else None


def needed_level(service: Service, acting: Subject, at: datetime) -> LevelOfAssurance:
    """R-LOA: what the service itself asks at that moment of a person or of an organisation."""
    return service.minimum_on(at, "digid" if isinstance(acting, Bsn) else "eherkenning")


def of_age(case: Case) -> Reason | None:
    """R-AGE: the represented is below the limit of a parental ground, or old enough for curatele.

    Nobody's age is guessed: without one the condition is not met.
    """
    limit, least = age_limit(case), case.terms.represented_from_age
    if limit is None and least is None:
        return None
    if case.represented is None:
        return Reason.REGISTER_UNAVAILABLE
    age = case.represented.age(case.on)
    if age is None or (limit is not None and age >= limit) or (least is not None and age < least):
        return Reason.AGE_OUT_OF_RANGE
    return None


def age_limit(case: Case) -> int | None:
    """The first age that is too old, never over 18: gezag ends there whatever the catalogue says."""
    limit = case.service.age_limit(case.representation.ground)
    return None if limit is None else min(limit, ADULT)


def determined(case: Case) -> Reason | None:
    """R-DET: the source can tell who holds it, somebody does, and its data are not in doubt for this service."""
    match case.representation.state:
        case State.UNDETERMINED:
            return Reason.AUTHORITY_UNDETERMINED
        case State.NO_AUTHORITY_NOW:
            return Reason.NO_AUTHORITY_NOW
    if case.representation.under_investigation and case.service.under_investigation is UnderInvestigation.REFUSE:
        return Reason.UNDER_INVESTIGATION
    return None


def alone(case: Case) -> Reason | None:
    """R-JOINT: the order lets each act alone (BW 1:437); of parents one suffices unless the service wants both."""
    representation = case.representation
    both = case.service.joint is JointPolicy.BOTH and representation.ground in PARENTAL
    if representation.joint is Joint.JOINT or (both and representation.joint_holders > 1):
        return Reason.JOINT_AUTHORITY_REQUIRED
    return None


def within_restrictions(case: Case) -> Reason | None:
    """R-RESTR: only a vestiging is ever accepted, by a service that says so and outside a chain; none is dropped."""
    accepted = {VESTIGING} if case.service.vestiging and not case.terms.chained else set()
    return Reason.RESTRICTION_NOT_SUPPORTED if case.representation.restrictions.keys() - accepted else None


def within_chain(case: Case) -> Reason | None:
    """R-CHAIN: no more links than the service allows, and nobody twice in it."""
    if not case.terms.chained:
        return None
    via = case.representation.via
    if len(via) > case.service.chain:
        return Reason.CHAIN_NOT_ALLOWED
    parties = [party.subject for party in (*via, case.representation.represented)]
    return Reason.CHAIN_BROKEN if None in parties or len(set(parties)) < len(parties) else None


def represented_lives(case: Case) -> Reason | None:
    """R-REP: the represented person is alive, and known in the BRP."""
    if not case.represents_a_person:
        return None
    if case.represented is None:
        return Reason.REGISTER_UNAVAILABLE
    if not case.represented.known:
        return Reason.REPRESENTED_UNKNOWN
    return None if case.represented.alive else Reason.REPRESENTED_DECEASED


def not_suspended_by_a_measure(case: Case) -> Reason | None:
    """R-CONFLICT: a court's measure, or the BRP's curatele flag, suspends a mandate its subject once gave."""
    suspends = [ground for ground, interests in case.terms.yields_to.items() if interests & case.service.interests] or (
        [Ground.CURATELE] if case.terms.yields_to else []
    )
    if not suspends:
        return None
    if Ground.CURATELE in suspends and case.represented is not None and case.represented.under_curatele:
        return Reason.SUSPENDED
    if case.over_represented is None:
        return Reason.REGISTER_UNAVAILABLE
    measures = case.over_represented
    return Reason.SUSPENDED if any(_protects(measures, ground, case.on) for ground in suspends) else None


def _protects(measures: tuple[Representation, ...], ground: Ground, on: date) -> bool:
    return any(measure.ground is ground and not_in_force(measure, on) is None for measure in measures)


RULES: Final[tuple[Rule, ...]] = (
    capable,
    in_time,
    in_scope,
    sure_enough,
    of_age,
    determined,
    alone,
    within_restrictions,
    within_chain,
    represented_lives,
    not_suspended_by_a_measure,
)


def first_failing(case: Case, rules: tuple[Rule, ...] = RULES) -> Reason | None:
    """The reason of the first rule that fails, None when the relation is usable."""
    return next((reason for rule in rules if (reason := rule(case)) is not None), None)


def ends_at(case: Case) -> datetime | None:
    """R-OUT: the moment a usable relation stops holding: its end, a suspension to come, or the age limit.

    At 00:00 in Amsterdam, in UTC; of an incomplete birth date the first day on which the age is no longer sure.
    """
    representation = case.representation
    days = [representation.period.until]
    days += [
        window.first for window in representation.suspensions if window.first is not None and window.first > case.on
    ]
    limit = age_limit(case)
    if limit is not None and case.represented is not None:
        days.append(case.represented.born.first_day_at(limit))
    known = [day for day in days if day is not None]
    return start_of(min(known)) if known else None
