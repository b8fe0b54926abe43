"""What people are told of mandates by the register itself: in their Berichtenbox, and the code by post."""

from datetime import date, datetime
from typing import Any

from catalog.repository import Catalog
from portals.machtigen.events import post
from portals.people import People
from registers.machtigingen.outbox.note import Note, What
from runtime.http import HttpClient
from runtime.web.dates import day
from runtime.web.language import LANGUAGES, Language
from runtime.web.texts import Texts
from stelsel.identifiers import Bsn, ServiceUuid


class Messages:
    """Writes to people in both languages. `messages_url` and `letters_url` take JSON over mutual TLS."""

    def __init__(
        self, http: HttpClient, texts: Texts, catalog: Catalog, people: People, messages_url: str, letters_url: str
    ) -> None:
        self._http = http
        self._texts = texts
        self._catalog = catalog
        self._people = people
        self._messages_url = messages_url
        self._letters_url = letters_url

    async def send_message(self, note: Note) -> None:
        """To the Berichtenbox. Raises `PartyUnavailable`, `RegisterUnavailable`: without a name nobody is told."""
        key = "message.given" if note.what is What.ACTIVATED else "message.ended"
        name = await self._name_of(Bsn(note.content["other"]), note.at)
        await post(self._http, self._messages_url, await self._written(note, key, naam=name))

    async def send_letter(self, note: Note) -> None:
        """The code of a request, to the home address of whoever is to be represented. Raises `PartyUnavailable`."""
        await post(self._http, self._letters_url, await self._written(note, "letter", code=note.content["code"]))

    async def _written(self, note: Note, key: str, **values: str) -> dict[str, Any]:
        texts = {language: await self._text(note, key, language, values) for language in LANGUAGES}
        return {"id": note.id, "aan": {"burgerservicenummer": note.content["to"]}, "tekst": texts}

    async def _text(self, note: Note, key: str, language: Language, values: dict[str, str]) -> str:
        service, provider = await self._about(note, language)
        first = day(date.fromisoformat(note.content["first"]), language) if "first" in note.content else ""
        return self._texts.get(language, key, dienst=service, dv=provider, datum=first, **values).striptags()

    async def _about(self, note: Note, language: Language) -> tuple[str, str]:
        found = await self._catalog.find(ServiceUuid(note.content["services"][0]))
        if found is None:
            return self._texts.get(language, "this_service"), self._texts.get(language, "organisation")
        return found[0].title[language], found[1].title[language]

    async def _name_of(self, person: Bsn, at: datetime) -> str:
        return (await self._people.facts([person], at))[person].name
