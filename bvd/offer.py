"""What the registers answered, put side by side: the material that `decide` works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bvd.office import Office
from registers.persons import PersonFacts
from registers.question import Question
from stelsel.identifiers import Subject
from stelsel.subjects import Representation


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The answers to one question, per source: answered, or silent with the reason for the log.

    `over_acting` are the measures by which the acting person is protected himself. `facts` lacks whoever could not be
    asked about; `over_represented` lacks whoever's measures were not asked or not answered. `office` is that
    of an employee. Nothing in here is judged.
    """

    question: Question
    asked: tuple[str, ...]
    silent: Mapping[str, str] = field(default_factory=dict)
    representations: tuple[Representation, ...] = ()
    over_acting: tuple[Representation, ...] = ()
    over_represented: Mapping[Subject, tuple[Representation, ...]] = field(default_factory=dict, repr=False)
    facts: Mapping[Subject, PersonFacts] = field(default_factory=dict, repr=False)
    office: Office | None = field(default=None, repr=False)
