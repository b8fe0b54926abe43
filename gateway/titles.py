"""What people call a means, and the AD or supplier behind it."""

from typing import Final

from gateway.means.entries import MeansEntries
from runtime.web.language import Language
from stelsel.identifiers import EntityId

_STANDARD: Final = {"digid": "DigiD", "eherkenning": "eHerkenning", "eidas": "eIDAS"}


class Titles:
    """The names of the means of one gateway. Those of the standard have one name in every language."""

    def __init__(self, entries: MeansEntries) -> None:
        self._entries = entries.by_name
        self._means_of = {each.entity_id: entry for entry in self._entries.values() for each in entry.authorities}
        self._suppliers = {each.entity_id: each.title for each in entries.authorities if each.title}

    def means(self, name: str, language: Language) -> str:
        """A means: the operator's word for it, else the standard's, else its name."""
        entry = self._entries.get(name)
        return (entry.title.get(language) if entry else None) or _STANDARD.get(name, name)

    def line(self, name: str, language: Language) -> str:
        """The operator's line under its button; empty where there is none."""
        entry = self._entries.get(name)
        return entry.line.get(language, "") if entry else ""

    def supplier(self, authority: EntityId) -> str:
        """One of several behind a means."""
        return self._suppliers.get(authority, authority.value)

    def party(self, authority: EntityId, language: Language) -> str | None:
        """Where the browser goes: the supplier, or the means where one AD is behind it. None for no AD of ours."""
        entry = self._means_of.get(authority)
        if entry is None:
            return None
        return self.supplier(authority) if len(entry.authorities) > 1 else self.means(entry.name, language)
