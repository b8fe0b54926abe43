"""Logins that go on while something about the network changes, and the steps of that change, driven by events."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from exchange.upkeep import keep_up
from metadata.repository import Sources
from pilot.places import BVD, DIGID, GATEWAY
from tests.flows.outcomes import who
from tests.flows.outsiders import LEGACY, AtTheDv, Outsider, elements
from tests.flows.pilots import Pilot
from tests.flows.speakers import SOAP

Login = Callable[[], Awaitable[None]]


class Load:
    """Each of `logins` over and over again, side by side, until the block ends. The first that is refused ends it.

    None runs ahead of the others by more than one: the quick ones would only take their time.
    """

    def __init__(self, logins: Sequence[Login]) -> None:
        self._logins = logins
        self._done = [0] * len(logins)
        self._moved = asyncio.Condition()
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        for number in range(len(self._logins)):
            self._group.create_task(self._repeat(number))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        async with self._moved:
            self._moved.notify_all()
        await self._group.__aexit__(kind, error, trace)

    async def settled(self) -> None:
        """Returns when of each login one has ended that began after this was asked."""
        wanted = [done + 2 for done in self._done]  # the one that is going on may have begun before
        async with self._moved:
            await self._moved.wait_for(lambda: all(a >= b for a, b in zip(self._done, wanted, strict=True)))

    async def _repeat(self, number: int) -> None:
        while not self._stopping:
            await self._logins[number]()
            async with self._moved:
                self._done[number] += 1
                self._moved.notify_all()
                await self._moved.wait_for(lambda: self._stopping or self._done[number] <= min(self._done) + 1)


def everybody(pilot: Pilot) -> list[Login]:
    """A bewindvoerder for a client, and herself where the gateway holds the key: every key of a network is in it."""

    async def for_a_client() -> None:
        assert who(await pilot.log_in("F1", "S1", "C2")) == (pilot.bsn("F1"), pilot.bsn("C2"))

    async def where_a_key_is_held() -> None:
        assert await read_by_the_gateway(pilot) == f"s00000000:{pilot.bsn('F1')}"

    return [for_a_client, where_a_key_is_held]


async def read_by_the_gateway(pilot: Pilot) -> str:
    """The name that a DV of DigiD's own SAML gets: the gateway opened it with the key that it holds for that DV."""
    dv = Outsider(pilot, LEGACY)
    async with dv.browser() as browser:
        try:
            page = await dv.leads_to(browser)
        except AtTheDv as arrived:
            question = dv.speaker.resolve_message(arrived.artifact, destination=dv.front_door)
        else:
            raise AssertionError(page.name)
    answer = await dv.speaker.post(question, dv.front_door, SOAP)
    (assertion,) = elements(answer.content, ".//saml:Assertion")
    return str(assertion.findtext("saml:Subject/saml:NameID", "", {"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}))


async def go_round(pilot: Pilot, first: str = GATEWAY) -> list[str]:
    """Every party does what it does in the background, the one whose turn it is `first`; what they could not take."""
    wrong: list[str] = []
    for name in dict.fromkeys((first, GATEWAY, BVD, DIGID)):
        assembly = pilot.network.services[name].assembly
        await keep_up(assembly)
        wrong += [each.error for each in await Sources(assembly.database).documents() if each.error]
    return wrong


async def a_cache_time_later(pilot: Pilot, load: Load, first: str = GATEWAY) -> None:
    """Everybody has read everybody's metadata again, and has logged people in with it."""
    pilot.clock.advance(seconds=21)
    assert await go_round(pilot, first) == []
    await load.settled()
