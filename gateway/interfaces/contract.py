"""What an interface towards DVs is: it reads a request, and brings the browser back with an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import Route

from catalog.repository import Catalog
from exchange.artifacts import Artifacts
from exchange.assembly import Assembly
from exchange.back_channel import Report
from exchange.party import Self
from gateway.login import Answer, Login
from gateway.mandates import Mandates
from stelsel.failures import Failure
from stelsel.identifiers import EntityId, ServiceUuid


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """A DV's request that passed every check of its interface; the catalogue was not asked yet.

    `idp_list` None: no preselection. `requester_ids` name BVDs: representation is then mandatory (DV-REQ-22).
    """

    interface: str
    dv: EntityId
    requester: EntityId
    request_id: str
    reply: str
    relay_state: str | None
    service: ServiceUuid
    force_authn: bool
    idp_list: tuple[EntityId, ...] | None
    requester_ids: tuple[EntityId, ...]


# Begins a login: the address to which the browser goes.
Begin = Callable[[LoginRequest], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class InterfaceTools:
    """What an interface is made of; `location` is where its requests come in."""

    party: Self
    location: str
    catalog: Catalog
    artifacts: Artifacts
    mandates: Mandates
    report: Report


class Interface(Protocol):
    """One protocol towards DVs."""

    def front_routes(self, begin: Begin) -> list[Route]:
        """Where DVs send browsers; a request that passes every check is handed to `begin`."""

    def back_routes(self, assembly: Assembly) -> list[Route]:
        """Where DVs come themselves, over mutual TLS."""

    async def answer(self, login: Login, answer: Answer) -> str:
        """The address at the DV to which the browser goes with the answer of a login."""

    async def refuse(self, login: Login, failure: Failure) -> str:
        """The address at the DV to which the browser goes when the login ends with a failure that the DV is told."""
