"""What people are called, from the BRP; where it does not answer a page goes on without names."""

from collections.abc import Collection, Mapping
from datetime import datetime

from registers.persons import PersonFacts, Persons
from stelsel.failures import RegisterUnavailable
from stelsel.identifiers import Bsn, Subject


class People:
    """Facts for pages; without `persons` nobody has a name."""

    def __init__(self, persons: Persons | None) -> None:
        self._persons = persons

    async def facts(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, PersonFacts]:
        """One row for every BSN. Raises `RegisterUnavailable`, also where there is no BRP to ask."""
        if self._persons is None:
            raise RegisterUnavailable("persons", "no BRP is set")
        return await self._persons.facts(subjects, at)

    async def names(self, subjects: Collection[Subject], at: datetime) -> Mapping[Subject, str]:
        """Names by BSN, of those whom the BRP knows; none where it does not answer."""
        asked = {each for each in subjects if isinstance(each, Bsn)}
        if not asked:
            return {}
        try:
            found = await self.facts(asked, at)
        except RegisterUnavailable:
            return {}
        return {subject: facts.name for subject, facts in found.items() if facts.known and facts.name}

    async def name_of(self, person: Bsn, at: datetime) -> str:
        """The name of one, empty where it is not known."""
        return (await self.names([person], at)).get(person, "")
