"""Complete relations, facts and offers at noon on 10 March 2026; a test overrides the one thing it is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bvd.decide import Decision, decide
from bvd.offer import Offer
from catalog.services import Service
from registers.dates import IncompleteDate
from registers.persons import PersonFacts
from registers.question import Question
from stelsel.assurance import LevelOfAssurance
from stelsel.identifiers import Bsn, EntityId, Oin, Subject
from stelsel.subjects import Ground, Identity, Interest, Party, Period, Representation
from tests.catalog.factories import a_service

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
ANNA, BRAM, CHRIS = Bsn("999990123"), Bsn("999990032"), Bsn("999990020")
KIND = Bsn("999970562")
DIGID = EntityId.of("AD", Oin("00000099000000004000"), 9000)
PARENTS = frozenset({Ground.OUDERLIJK_GEZAG, Ground.GEZAMENLIJK_GEZAG, Ground.VOOGDIJ})


def an_identity(**changes: Any) -> Identity:
    """Anna, by DigiD substantieel."""
    values: dict[str, Any] = {
        "acting": ANNA,
        "loa": LevelOfAssurance.SUBSTANTIEEL,
        "authority": DIGID,
        "at": NOON,
    }
    return Identity(**values | changes)


def a_bewind(**changes: Any) -> Representation:
    """Anna is bewindvoerder of Bram, alone, since 2022."""
    values: dict[str, Any] = {
        "source": "rechtspraak",
        "reference": "zaak-1",
        "ground": Ground.BEWIND,
        "acting": Party(ANNA),
        "represented": Party(BRAM, name="Bram"),
        "period": Period(date(2022, 5, 1)),
        "role": "bewindvoerder",
        "retrieved_at": NOON,
    }
    return Representation(**values | changes)


def a_gezag(**changes: Any) -> Representation:
    """Anna has gezag over a child, together with another."""
    values: dict[str, Any] = {
        "source": "gezag",
        "reference": "OUDERLIJK_GEZAG",
        "ground": Ground.OUDERLIJK_GEZAG,
        "acting": Party(ANNA),
        "represented": Party(KIND, name="Kind"),
        "joint_holders": 2,
        "role": "ouder",
        "retrieved_at": NOON,
    }
    return Representation(**values | changes)


def facts_of(subject: Bsn, born: str = "1980-01-01", **changes: Any) -> PersonFacts:
    """Alive and known."""
    return PersonFacts(subject=subject, born=IncompleteDate.from_text(born), **changes)


FACTS: Mapping[Subject, PersonFacts] = {
    ANNA: facts_of(ANNA),
    BRAM: facts_of(BRAM),
    CHRIS: facts_of(CHRIS),
    KIND: facts_of(KIND, "2021-12-01"),
}


def an_offer(*representations: Representation, named: Subject | None = None, **changes: Any) -> Offer:
    """What the registers answered, all of them."""
    values: dict[str, Any] = {
        "question": Question(acting=ANNA, represented=named, at=NOON),
        "asked": ("gezag", "rechtspraak"),
        "representations": representations,
        "facts": FACTS,
    }
    return Offer(**values | changes)


def bijstand(**changes: Any) -> Service:
    """S1: property, substantieel."""
    return a_service(**changes)


def zorgportaal(**changes: Any) -> Service:
    """S4: care, for parents of children below 12, curators and mentors."""
    values: dict[str, Any] = {
        "name": "zorgportaal",
        "grounds": PARENTS | {Ground.CURATELE, Ground.MENTORSCHAP},
        "interests": frozenset({Interest.ZORG}),
        "max_age": dict.fromkeys(PARENTS, 12),
        "means": frozenset({"digid"}),
        "eherkenning_minimum": None,
    }
    return a_service(**values | changes)


def jeugdhulp(**changes: Any) -> Service:
    """S5: not care, parents until 18."""
    values: dict[str, Any] = {
        "name": "jeugdhulp",
        "grounds": PARENTS,
        "interests": frozenset({Interest.PERSOONLIJK}),
        "max_age": dict.fromkeys(PARENTS, 18),
    }
    return a_service(**values | changes)


def decided(
    *representations: Representation,
    service: Service | None = None,
    named: Subject | None = None,
    loa: LevelOfAssurance = LevelOfAssurance.SUBSTANTIEEL,
    at: datetime = NOON,
    **changes: Any,
) -> Decision:
    """The decision for Anna; `changes` are of the offer."""
    offer = an_offer(*representations, named=named, **changes)
    return decide(an_identity(loa=loa), service or bijstand(), offer, at)


def a_machtiging(**changes: Any) -> Representation:
    """Bram mandated Anna for bijstand."""
    values: dict[str, Any] = {
        "source": "machtigingen",
        "ground": Ground.VRIJWILLIG,
        "services": frozenset({bijstand().uuid}),
        "role": None,
    }
    return a_bewind(**values | changes)


def a_curatele(**changes: Any) -> Representation:
    """Anna is curator of Bram."""
    return a_bewind(**{"ground": Ground.CURATELE, "role": "curator"} | changes)


def facts_with(subject: Any, born: str = "1980-01-01", **changes: Any) -> dict[str, Any]:
    """An offer's facts in which those of one person differ."""
    return {"facts": {**FACTS, subject: facts_of(subject, born, **changes)}}
