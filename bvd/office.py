"""Whether an employee may act for the office that logged him in (R-ACT): pure, from what two registers say of it."""

from dataclasses import dataclass
from datetime import date

from registers.handelsregister import OrganisationFacts
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import Reason
from stelsel.identifiers import KvkNummer
from stelsel.subjects import Representation, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What was heard of one office: `facts` of the Handelsregister, `volmachten` of the machtigingenregister.

    None where that source did not answer.
    """

    kvk: KvkNummer
    facts: OrganisationFacts | None = None
    volmachten: tuple[Representation, ...] | None = None

    @property
    def name(self) -> str:
        """As a register writes it; empty where none does."""
        named = [self.facts.name] if self.facts is not None else []
        return next((each for each in (*named, *(one.represented.name for one in self.volmachten or ())) if each), "")

    def reason(self, on: date) -> Reason | None:
        """Why nobody may be represented through this office by this employee, None when somebody may.

        A volmacht for one branch is none: the court appointed the whole office (R-RESTR).
        """
        if self.facts is None or self.volmachten is None:
            return Reason.REGISTER_UNAVAILABLE
        if not self.facts.active:
            return Reason.ORGANISATION_INACTIVE
        holding = self._holding(on)
        if not holding:
            return Reason.EMPLOYEE_NOT_AUTHORISED
        return None if self._whole(on) else Reason.RESTRICTION_NOT_SUPPORTED

    def loa(self, on: date, login: LevelOfAssurance) -> LevelOfAssurance:
        """The effective level of a login through this office: no volmacht reaches further than its own (R-OUT)."""
        return max((min(login, each.loa or login) for each in self._whole(on)), default=login)

    def _whole(self, on: date) -> tuple[Representation, ...]:
        return tuple(each for each in self._holding(on) if not each.restrictions)

    def _holding(self, on: date) -> tuple[Representation, ...]:
        return tuple(
            each
            for each in self.volmachten or ()
            if each.represented.subject == self.kvk and each.state is State.ACTIVE and each.period.holds(on)
        )
