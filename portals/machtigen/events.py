"""A change of a mandate as a CloudEvent of the NL GOV profile, for systems that follow the register (CE-NL)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from registers.machtigingen.outbox.note import Note, What
from runtime.http import HttpClient
from stelsel.failures import PartyUnavailable
from stelsel.identifiers import Oin

MEDIA_TYPE: Final = "application/cloudevents+json; charset=utf-8"
_TYPES: Final[Mapping[What, str]] = {
    What.ASKED: "nl.machtigingen.machtiging-geregistreerd",
    What.ACTIVATED: "nl.machtigingen.machtiging-gewijzigd",
    What.ENDED: "nl.machtigingen.machtiging-ingetrokken",
    What.LAPSED: "nl.machtigingen.machtiging-verlopen",
}
_KEYS: Final = {"first": "geldigVanaf", "last": "geldigTotEnMet", "services": "diensten", "status": "status"}
_DEADLINE_SECONDS: Final = 5.0
_MOST_BYTES: Final = 64 * 1024


def write_event(note: Note, oin: Oin) -> dict[str, Any]:
    """The event in structured mode. `subject` is the mandate's id; no number of anybody is in it (CE-01 to CE-07).

    `id` is a random UUID that stays the same at each delivery, `time` is when the register took the step.
    """
    return {
        "specversion": "1.0",
        "id": note.id,
        "source": f"urn:nld:oin:{oin.value}:systeem:machtigen",
        "type": _TYPES[note.what],
        "subject": note.mandate,
        "time": note.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            "machtigingId": note.mandate,
            **{_KEYS[name]: value for name, value in note.content.items() if name in _KEYS},
        },
    }


class Events:
    """A subscriber at `url`, over mutual TLS (CE-09)."""

    def __init__(self, http: HttpClient, url: str, oin: Oin) -> None:
        self._http = http
        self._url = url
        self._oin = oin

    async def send(self, note: Note) -> None:
        """Tells the subscriber. Raises `PartyUnavailable` until he answers with 2xx."""
        await post(self._http, self._url, write_event(note, self._oin), MEDIA_TYPE)


async def post(http: HttpClient, url: str, body: Mapping[str, Any], media_type: str = "application/json") -> None:
    """Sends JSON to somebody who is to take it. Raises `PartyUnavailable` for any answer but 2xx."""
    answer = await http.send(
        "POST",
        url,
        content=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": media_type},
        deadline_seconds=_DEADLINE_SECONDS,
        max_bytes=_MOST_BYTES,
    )
    if not 200 <= answer.status < 300:
        raise PartyUnavailable("not taken", expected="HTTP 2xx", found=f"HTTP {answer.status}")
