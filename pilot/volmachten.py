"""What the pilot's machtigingenregister tells of an office's employees: who may act in the tasks a court gave it."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilot.cast import BEWINDVOERING, Employee
from pilot.faults import CallLog, faulty, names_of, outcome_of, problem, read_body
from pilot.machtigingenregister import SOURCE
from pilot.pseudonyms import pseudonyms_of
from pilot.world import World
from runtime.settings import Clock

PATH: Final = "/volmachten/bevragen"


def build_volmachten(world: World, clock: Clock, calls: CallLog) -> Starlette:
    """The stub as an application; it keeps the faults that the world has for `mr`."""
    stub = _Volmachten(world, clock, calls)
    return Starlette(routes=[Route(PATH, stub.bevragen, methods=["POST"])])


class _Volmachten:
    def __init__(self, world: World, clock: Clock, calls: CallLog) -> None:
        self._world = world
        self._clock = clock
        self._calls = calls

    async def bevragen(self, request: Request) -> Response:
        """Every volmacht of a means, whatever its state."""
        at = self._clock()
        body = read_body(await request.body())
        means = body.get("middel")
        employee = next((each for each in self._world.employees if means in _names_of(self._world, each)), None)
        if employee is None or body.get("volmacht") != BEWINDVOERING:
            answer: Response = problem(400, "paramsValidation", "middel of volmacht ontbreekt of is niet bekend.")
        else:
            answer = JSONResponse({"volmachten": list(self._written(employee, str(means)))})
        fault = self._world.fault(SOURCE, at)
        about = names_of(self._world, [employee.pseudonym] if employee else [])
        self._calls.note(SOURCE, at, about, outcome_of(fault, answer))
        return faulty(fault, answer)

    def _written(self, employee: Employee, means: str) -> Iterator[dict[str, Any]]:
        office = self._world.organisation(employee.organisation)
        for number, row in enumerate(employee.authorised):
            if row.target == BEWINDVOERING:
                yield {
                    "volmachtId": f"{employee.name}/{number}",
                    "middel": means,
                    "volmacht": BEWINDVOERING,
                    "belanghebbende": {"kvkNummer": office.kvk.value, "naam": office.full_name},
                    "status": row.state,
                    **({"niveau": row.loa.etoegang_word} if row.loa is not None else {}),
                    **({"vestigingsnummer": row.vestiging.value} if row.vestiging is not None else {}),
                }


def _names_of(world: World, employee: Employee) -> set[str]:
    """As whom a register knows a means: by its own name for it, and by those that DVs are told."""
    return {employee.pseudonym.value, *(each.value for each in pseudonyms_of(world, employee).values())}
