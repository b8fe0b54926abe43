"""What is kept between a login's end and its answer to the DV: behind an artifact, or behind a page that posts it."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from gateway.login import STORED, Login, SealedIdentity
from gateway.stored import Stored, Unreadable
from runtime.store import ShortLived
from runtime.web.binding import check_browser
from stelsel.failures import ArtifactUnknown, LoginOvertaken
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.response import Status

WAITS_SECONDS: Final = 60  # as long as an artifact: the browser is on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a DV's artifact stands for: a login that can be declared, or a failure that is told.

    `session` is the key of the session that the login rests on, where the DV has a federation.
    """

    dv: EntityId
    requester: EntityId
    request_id: str
    reply: str
    service: ServiceUuid
    status: Status | None = None
    identity: SealedIdentity | None = None
    bvd_artifact: str | None = None
    bvd_request: str | None = None
    session: str | None = None

    __pydantic_config__ = STORED


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that a page of ours will post; `browser` is the one that it is bound to, if any was seen yet."""

    pending: Pending
    relay_state: str | None
    browser: str | None

    __pydantic_config__ = STORED


_PENDING: Final = Stored(Pending)
_WAITING: Final = Stored(Waiting)


def write_pending(pending: Pending) -> str:
    """As the text that an artifact stands for."""
    return base64.b64encode(_PENDING.dump(pending)).decode()


def read_pending(text: str) -> Pending:
    """The inverse of `write_pending`; JSON, as the former release wrote it, is read too. Raises `ArtifactUnknown`."""
    try:
        stored = text.encode() if text.startswith("{") else base64.b64decode(text, validate=True)
        return _PENDING.load(stored)
    except (Unreadable, binascii.Error) as error:
        raise ArtifactUnknown(
            "what it stands for was kept by another release", expected="a form that this release reads", found="another"
        ) from error


class WaitingRoom:
    """Answers that wait for their page, sealed in the store, each to be taken once."""

    def __init__(self, store: ShortLived) -> None:
        self._store = store

    async def keep(self, login: Login, waiting: Waiting) -> None:
        """Keeps the answer of a login."""
        await self._store.put(_key(login.id), _WAITING.dump(waiting), WAITS_SECONDS)

    async def take(self, login_id: str, cookie: str | None) -> Waiting:
        """The answer, which is then gone.

        Raises `LoginOvertaken` when it is gone or for another browser: then it is kept for its own. `CookiesBlocked`.
        """
        kept = await self._store.get(_key(login_id))
        if kept is None:
            raise LoginOvertaken("no answer waits for its page")
        try:
            waiting = _WAITING.load(kept)
        except Unreadable as error:
            raise LoginOvertaken("the answer was kept by another release") from error
        if waiting.browser is not None:
            check_browser(waiting.browser, cookie)
        if await self._store.take(_key(login_id)) is None:  # two at once: one gets it
            raise LoginOvertaken("taken at the same moment")
        return waiting


def _key(login_id: str) -> str:
    return f"answer:{login_id}"
