"""An office with a client, an employee who may act in its tasks, and what the registers say of both."""

from datetime import date
from typing import Any

from bvd.decide import Decision, decide
from bvd.office import Office
from catalog.services import Service
from registers.handelsregister import OrganisationFacts
from registers.question import Question
from stelsel.identifiers import KvkNummer, Pseudonym
from stelsel.subjects import Ground, Party, Period, Representation
from tests.bvd.relations import NOON, a_bewind, an_identity, an_offer, bijstand

BUREAU, EMPLOYEE = KvkNummer("69599068"), Pseudonym(f"{7:064x}@{8:032x}")


def of_the_office(**changes: Any) -> Representation:
    """The office is bewindvoerder of Bram."""
    return a_bewind(**{"ground": Ground.EH_BEWIND, "acting": Party(BUREAU, "Bureau")} | changes)


def a_volmacht(**changes: Any) -> Representation:
    """The employee may act in the office's tasks."""
    values: dict[str, Any] = {
        "source": "mr",
        "reference": "volmacht-1",
        "ground": Ground.EH_BEWIND,
        "acting": Party(EMPLOYEE),
        "represented": Party(BUREAU, "Bureau"),
        "period": Period(date(2024, 1, 1)),
        "retrieved_at": NOON,
    }
    return Representation(**values | changes)


def an_office(*volmachten: Representation, active: bool = True, **changes: Any) -> Office:
    """An active office that gave these volmachten, by default the one."""
    values: dict[str, Any] = {
        "kvk": BUREAU,
        "facts": OrganisationFacts(active=active, name="Bureau"),
        "volmachten": volmachten or (a_volmacht(),),
    }
    return Office(**values | changes)


def decided_for(
    office: Office | None, *relations: Representation, service: Service | None = None, **changes: Any
) -> Decision:
    """The decision for the employee; `changes` are of the login."""
    identity = an_identity(**{"acting": EMPLOYEE, "office": BUREAU} | changes)
    question = Question(acting=BUREAU, at=identity.at)
    offer = an_offer(*(relations or (of_the_office(),)), question=question, office=office)
    service = service or bijstand(grounds=frozenset({Ground.EH_BEWIND, Ground.BEWIND}))
    return decide(identity, service, offer, identity.at)
