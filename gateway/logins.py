"""Where logins wait between two requests of the browser, and how a step is taken once."""

from dataclasses import replace
from typing import Any, Final

from gateway.login import LOGIN, LOGIN_LIFE, Login
from gateway.stored import Unreadable
from runtime.lives import lives, seconds_left
from runtime.settings import Clock
from runtime.store import ShortLived
from stelsel.failures import LoginExpired, LoginOvertaken

ASKING_SECONDS: Final = 10  # longer than a worker waits for an AD's answer (`resolve_seconds`)
_ENDED: Final = b"ended"  # what stands in the place of a login that was answered


class Logins:
    """Logins of 15 minutes at most, sealed in the store; any worker can go on with any of them."""

    def __init__(self, store: ShortLived, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, login: Login) -> None:
        """Stores a new login."""
        await self._put(login, self._seconds(login))

    async def find(self, login_id: str) -> Login:
        """The login as it stands.

        Raises `LoginExpired` when it is unknown or older than 15 minutes, `LoginOvertaken` when it was answered.
        """
        stored = await self._store.get(f"login:{login_id}")
        if stored is None:
            raise LoginExpired("no such login")
        if stored == _ENDED:
            raise LoginOvertaken("this login is finished")
        try:
            login = LOGIN.load(stored)
        except Unreadable as error:
            raise LoginExpired("begun under another release") from error
        if not lives(login.started_at, LOGIN_LIFE, self._clock()):
            raise LoginExpired("older than 15 minutes, or begun in what is the future by now")
        return login

    async def step(self, login: Login, **changes: Any) -> Login:
        """The login after one step that is taken and not stored: until a next one is, nobody goes on with it.

        Raises `LoginOvertaken` when this step was taken before, here or elsewhere.
        """
        if not await self._store.claim(f"step:{login.id}:{login.version}", self._seconds(login)):
            raise LoginOvertaken("this step was taken before")
        return replace(login, version=login.version + 1, **changes)

    async def lend(self, login: Login) -> tuple[Login, bool]:
        """The login after a step that is taken for `ASKING_SECONDS`, and whether nobody had taken it before.

        Whoever takes a step and asks another party before it is stored may be killed meanwhile: then the next has it,
        once the time is over (spec/security P4). Raises as `step`.
        """
        left = self._seconds(login)
        if not await self._store.claim(f"step:{login.id}:{login.version}", min(ASKING_SECONDS, left)):
            raise LoginOvertaken("this step was taken before")
        first = await self._store.claim(f"lent:{login.id}:{login.version}", left)
        return replace(login, version=login.version + 1), first

    async def advance(self, login: Login, **changes: Any) -> Login:
        """The login after one step, stored. Raises as `step`."""
        advanced = await self.step(login, **changes)
        await self._put(advanced, self._seconds(login))
        return advanced

    async def end(self, login: Login) -> None:
        """Forgets a login that was answered. Raises `LoginOvertaken` when it was answered at the same moment."""
        seconds = self._seconds(login)
        if not await self._store.claim(f"step:{login.id}:{login.version}", seconds):
            raise LoginOvertaken("this login was answered before")
        await self._store.put(f"login:{login.id}", _ENDED, seconds)

    async def _put(self, login: Login, seconds: int) -> None:
        await self._store.put(f"login:{login.id}", LOGIN.dump(login), seconds)

    def _seconds(self, login: Login) -> int:
        return seconds_left(login.started_at, LOGIN_LIFE, self._clock())
