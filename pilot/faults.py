"""What can be the matter with a stub register, as a world file says it, and the log of what the stubs were asked."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from pilot.cast import Fault
from pilot.world import World, subject_of
from stelsel.failures import BadIdentifier
from stelsel.identifiers import Bsn, KvkNummer, Subject

LONGEST_LOG: Final = 10_000
PROBLEM: Final = "application/problem+json"
# right JSON, wrong in every field an adapter may look at
NONSENSE: Final = {
    "type": 7,
    "personen": "onzin",
    "maatregelen": [{"zaaknummer": None, "soort": "ONZIN"}],
    "machtigingen": [{"machtigingId": 7, "gemachtigde": "onzin"}],
    "volmachten": [{"volmachtId": 7, "middel": "onzin"}],
    "inschrijvingen": [{"kvkNummer": "onzin"}],
    "natuurlijkPersoon": "onzin",
}
_ABOUT_NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a stub. `about` are names of the world, never numbers; `outcome` is `answered` or the trouble."""

    source: str
    at: str
    about: str
    outcome: str


class CallLog:
    """What the stubs of one network were asked, newest last (`pilot calls`)."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=LONGEST_LOG)

    def note(self, source: str, at: datetime, about: str, outcome: str) -> None:
        """Adds a call at the network's own time."""
        self._calls.append(Call(source, at.isoformat(), about, outcome))

    def entries(self) -> list[dict[str, str]]:
        """As CONTRACT has them: `source`, `at`, `about`, `outcome`."""
        return [asdict(call) for call in self._calls]


class Late(Response):
    """An answer that comes after `seconds`, or never; whoever gives up before that is not waited for."""

    def __init__(self, answer: Response, seconds: float | None) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            await self._answer(scope, receive, send)


def problem(status: int, code: str, title: str) -> Response:
    """An error as RFC 7807 and the Dutch API rules have it."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JSONResponse(body, status, media_type=PROBLEM)


def faulty(fault: Fault | None, answer: Response) -> Response:
    """What is sent instead of `answer`. A source that is down sits behind a front that says so: 502, and closes."""
    match fault.mode if fault is not None else None:
        case "down":
            return Response(status_code=502, headers={"connection": "close"})
        case "503":
            return problem(503, "notAvailable", "Bronservice is tijdelijk niet beschikbaar.")
        case "hang":
            return Late(answer, None)
        case "nonsense":
            return JSONResponse(NONSENSE)
        case "truncated":
            return Response(answer.body[: len(answer.body) // 2], media_type="application/json")
        case "slow" if fault is not None:
            return Late(answer, fault.ms / 1000)
    return answer


def outcome_of(fault: Fault | None, answer: Response) -> str:
    """One word for the log."""
    if fault is not None:
        return fault.mode
    return "answered" if answer.status_code == 200 else "refused"


def names_of(world: World, subjects: Iterable[Subject | None]) -> str:
    """The handles of people and organisations, so that no log holds their numbers."""
    known = {(type(one := subject_of(member)), one.value): member for member in world.members}
    members = [None if subject is None else known.get((type(subject), subject.value)) for subject in subjects]
    return ", ".join(member.name if member is not None else _ABOUT_NOBODY for member in members) or _ABOUT_NOBODY


def read_body(body: bytes) -> dict[str, object]:
    """The JSON object in a request; empty where it is none, which the stub then refuses."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def read_subject(value: object) -> Subject | None:
    """The subject in `{"burgerservicenummer": ...}` or `{"kvkNummer": ...}`, None where it is neither."""
    if not isinstance(value, dict):
        return None
    try:
        match value:
            case {"burgerservicenummer": str(number)}:
                return Bsn(number)
            case {"kvkNummer": str(number)}:
                return KvkNummer(number)
    except BadIdentifier:
        return None
    return None
