"""`pilot ask`, `activate` and `withdraw`: what two people of a world do with a voluntary mandate, without a browser."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pilot.postvak import Postvak
from pilot.world import World
from registers.machtigingen.machtiging import Machtiging, Side, Status, StepRefused
from registers.machtigingen.repository import Machtigingen
from stelsel.identifiers import ServiceUuid, Subject

_OPEN: Final = frozenset({Status.AANGEVRAAGD, Status.ACTIEF, Status.GESCHORST})


class NotDone(Exception):
    """Why a step was not taken."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step between two people of the world, by name."""

    step: str
    giver: str
    receiver: str
    service: str
    code: str

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Reads what the command sends. Raises `NotDone`."""
        try:
            value: Any = json.loads(body)
            step, giver, receiver, service = (str(value[key]) for key in ("step", "from", "to", "service"))
            return cls(step, giver, receiver, service, str(value.get("code") or ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotDone("this is no step with a mandate") from None


class Mandates:
    """The register as the people of a world use it."""

    def __init__(self, world: World, register: Machtigingen, postvak: Postvak) -> None:
        self._world = world
        self._postvak = postvak
        self._register = register

    def told(self) -> Mapping[str, Any]:
        """What the register told of it so far."""
        return self._postvak.show()

    async def take(self, step: Step) -> dict[str, Any]:
        """What came of it. Raises `NotDone`, with the register's own word for why."""
        try:
            giver, receiver = self._world.subject(step.giver), self._world.subject(step.receiver)
            service = self._world.service(step.service).uuid
        except KeyError as unknown:
            raise NotDone(f"nobody and nothing here is named {unknown}") from None
        try:
            match step.step:
                case "ask":
                    one, code = await self._register.ask(giver, receiver, frozenset({service}), asked_by=Side.GIVER)
                    return {**_told(one), "code": code}
                case "activate":
                    return _told(await self._register.activate(receiver, giver, step.code))
                case "withdraw":
                    return {"withdrawn": [_told(one) for one in await self._withdraw(giver, receiver, service)]}
        except (StepRefused, ValueError) as refused:
            raise NotDone(str(refused)) from None
        raise NotDone("the steps are ask, activate and withdraw")

    async def _withdraw(self, giver: Subject, receiver: Subject, service: ServiceUuid) -> list[Machtiging]:
        found = await self._register.of_receiver(receiver, giver)
        ended = [
            await self._register.end(one.id, giver) for one in found if service in one.services and one.status in _OPEN
        ]
        if not ended:
            raise NotDone("NO_MANDATE")
        return ended


def _told(one: Machtiging) -> dict[str, Any]:
    days = {"first": one.first, "last": one.last}
    return {"status": one.status.value, **{name: day.isoformat() if day else None for name, day in days.items()}}
