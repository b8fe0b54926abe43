"""One visit of a user to the BVD as a value, between the router's request and the artifact that answers it."""

import json
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bvd.decide import Notice, Notices, Page
from bvd.naming import Mistake, Mistyped
from bvd.stored import dump_representation, dump_subject, load_representation, load_subject
from runtime.lives import lives, seconds_left
from runtime.settings import Clock
from runtime.store import ShortLived
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import LoginExpired, LoginOvertaken, Misconfigured, Reason
from stelsel.identifiers import Bsn, EntityId, KvkNummer, ServiceUuid
from stelsel.subjects import Identity, Representation

CHOOSING_LIFE: Final = timedelta(minutes=15)
_FAST: Final = 1  # a list of 500 clients is 300 KB of much the same, and is kept at every step


@dataclass(frozen=True, slots=True, repr=False)
class Offered:
    """One representation that may be chosen, by its one-time token (R-CHOICE); `ends_at` as in `Mandate`."""

    token: str
    representation: Representation
    ends_at: datetime | None

    def __repr__(self) -> str:
        return f"Offered({self.representation.ground.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was decided besides the offer: notices, sources, and the refusal when nothing can be chosen.

    `answered` and `silent` are the sources that were asked; `away` is the one for whose silence nothing is known,
    `reason` why nothing is usable: at most one of these two is set.
    """

    notices: Notices
    answered: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    page: Page | None = None
    reason: Reason | None = None
    away: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """What was told and offered when the registers were asked for everybody."""

    told: Told
    offered: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Choosing:
    """`told` and `offered` are there once the registers were asked; `chosen` is one of `offered`.

    `leave_to` is where the browser goes when all is done. `search` and `page` are what the user looks at in a long
    list; they never stand in a URL (PAGES 2, rule a). `acting_name` is the BRP's, for the summary; of an employee
    that of the office.

    `naming`: the user is asked for a BSN, after `mistyped` was no BSN. Once one was `named`, `told` and `offered` are
    about that person alone, and `listed` is what they were about everybody.
    """

    id: str
    handle: str
    version: int = 0
    started_at: datetime
    trace: str
    router: EntityId
    request_id: str
    reply: str
    relay_state: str | None
    dv: EntityId
    service: ServiceUuid
    identity: Identity
    language: str | None = None
    browser: str | None = None
    acting_name: str = ""
    told: Told | None = None
    offered: tuple[Offered, ...] = ()
    chosen: Offered | None = None
    leave_to: str | None = None
    search: str = ""
    page: int = 0
    naming: bool = False
    mistyped: Mistyped | None = None
    named: Bsn | None = None
    listed: Listed | None = None

    def __repr__(self) -> str:
        return f"Choosing({self.id}, version {self.version})"


class Choosings:
    """Visits of 15 minutes at most, sealed in the store."""

    def __init__(self, store: ShortLived, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, choosing: Choosing) -> None:
        """Stores a new visit."""
        await self._put(choosing)

    async def find(self, choosing_id: str) -> Choosing:
        """The visit as it stands. Raises `LoginExpired` when it is unknown or older than 15 minutes."""
        stored = await self._store.get(f"choosing:{choosing_id}")
        if stored is None:
            raise LoginExpired("no such visit")
        choosing = _load(json.loads(zlib.decompress(stored)))
        if not lives(choosing.started_at, CHOOSING_LIFE, self._clock()):
            raise LoginExpired("older than 15 minutes, or begun in what is the future by now")
        return choosing

    async def advance(self, choosing: Choosing, **changes: Any) -> Choosing:
        """The visit after one step. Raises `LoginOvertaken` when this step was taken before, here or elsewhere."""
        if not await self._store.claim(f"visit:{choosing.id}:{choosing.version}", self._seconds(choosing)):
            raise LoginOvertaken("this step was taken before")
        advanced = replace(choosing, version=choosing.version + 1, **changes)
        await self._put(advanced)
        return advanced

    async def _put(self, choosing: Choosing) -> None:
        stored = zlib.compress(json.dumps(_dump(choosing)).encode(), _FAST)
        await self._store.put(f"choosing:{choosing.id}", stored, self._seconds(choosing))

    def _seconds(self, choosing: Choosing) -> int:
        return seconds_left(choosing.started_at, CHOOSING_LIFE, self._clock())


def _dump(one: Choosing) -> dict[str, Any]:
    identity = one.identity
    return {
        "id": one.id,
        "handle": one.handle,
        "version": one.version,
        "started_at": one.started_at.isoformat(),
        "trace": one.trace,
        "router": one.router.value,
        "request_id": one.request_id,
        "reply": one.reply,
        "relay_state": one.relay_state,
        "dv": one.dv.value,
        "service": one.service.value,
        "acting": dump_subject(identity.acting),
        "office": identity.office.value if identity.office else None,
        "loa": identity.loa.value,
        "authority": identity.authority.value,
        "identified_at": identity.at.isoformat(),
        "language": one.language,
        "browser": one.browser,
        "acting_name": one.acting_name,
        "told": _dump_told(one.told) if one.told else None,
        "offered": [_dump_offered(offered) for offered in one.offered],
        "chosen": _dump_offered(one.chosen) if one.chosen else None,
        "leave_to": one.leave_to,
        "search": one.search,
        "page": one.page,
        "naming": one.naming,
        "mistyped": [one.mistyped.mistake.value, one.mistyped.last_digits] if one.mistyped else None,
        "named": one.named.value if one.named else None,
        "listed": [_dump_told(one.listed.told), [_dump_offered(each) for each in one.listed.offered]]
        if one.listed
        else None,
    }


def _load(stored: dict[str, Any]) -> Choosing:
    acting, office = load_subject(stored.pop("acting")), stored.pop("office", None)
    if acting is None:
        raise Misconfigured("a stored visit without an acting person")
    identity = Identity(
        acting,
        LevelOfAssurance(stored.pop("loa")),
        EntityId(stored.pop("authority")),
        datetime.fromisoformat(stored.pop("identified_at")),
        KvkNummer(office) if office else None,
    )
    told, chosen = stored["told"], stored["chosen"]
    mistyped, named, listed = stored.get("mistyped"), stored.get("named"), stored.get("listed")
    return Choosing(
        **stored
        | {
            "started_at": datetime.fromisoformat(stored["started_at"]),
            "router": EntityId(stored["router"]),
            "dv": EntityId(stored["dv"]),
            "service": ServiceUuid(stored["service"]),
            "identity": identity,
            "told": _load_told(told) if told else None,
            "offered": tuple(_load_offered(offered) for offered in stored["offered"]),
            "chosen": _load_offered(chosen) if chosen else None,
            "mistyped": Mistyped(Mistake(mistyped[0]), mistyped[1]) if mistyped else None,
            "named": Bsn(named) if named else None,
            "listed": Listed(_load_told(listed[0]), tuple(map(_load_offered, listed[1]))) if listed else None,
        }
    )


def _dump_offered(one: Offered) -> list[Any]:
    ends_at = one.ends_at.isoformat() if one.ends_at else None
    return [one.token, dump_representation(one.representation), ends_at]


def _load_offered(stored: list[Any]) -> Offered:
    token, representation, ends_at = stored
    return Offered(token, load_representation(representation), datetime.fromisoformat(ends_at) if ends_at else None)


def _dump_told(told: Told) -> dict[str, Any]:
    notices = told.notices
    return {
        "counts": {notice.value: count for notice, count in notices.counts.items()},
        "below_age": notices.below_age,
        "level": notices.level.value if notices.level else None,
        "answered": list(told.answered),
        "silent": list(told.silent),
        "page": told.page.value if told.page else None,
        "reason": told.reason.value if told.reason else None,
        "away": told.away,
    }


def _load_told(stored: dict[str, Any]) -> Told:
    return Told(
        notices=Notices(
            {Notice(notice): count for notice, count in stored["counts"].items()},
            stored["below_age"],
            LevelOfAssurance(stored["level"]) if stored["level"] else None,
        ),
        answered=tuple(stored["answered"]),
        silent=tuple(stored["silent"]),
        page=Page(stored["page"]) if stored["page"] else None,
        reason=Reason(stored["reason"]) if stored["reason"] else None,
        away=stored["away"],
    )
