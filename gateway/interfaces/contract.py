"""What an interface towards DVs is: it reads a request, and brings the browser back with an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from starlette.routing import Route

from catalog.repository import Catalog
from exchange.artifacts import Artifacts
from exchange.ask import Posted
from exchange.assembly import Assembly
from exchange.back_channel import Report
from exchange.party import Self
from gateway.interfaces.oidc.terms import OidcTerms
from gateway.login import Answer, Login
from gateway.mandates import Mandates
from gateway.sessions import Sessions
from metadata.held import HeldKeys
from stelsel.failures import Failure
from stelsel.identifiers import EntityId, ServiceUuid


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """A DV's request that passed every check of its interface; the catalogue was not asked yet.

    `idp_list` None: no preselection. `requester_ids` name BVDs: representation is then mandatory (DV-REQ-22).
    `context_classes` with their comparison may raise the level. `represents`: the DV can be told of somebody who is
    represented. `passive`: the user is to be asked nothing.
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
    context_classes: tuple[str, ...] = ()
    context_comparison: str | None = None
    represents: bool = True
    passive: bool = False


# Begins a login: the address to which the browser goes.
Begin = Callable[[LoginRequest], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class InterfaceTools:
    """What an interface is made of.

    `location` is where its requests come in, `resolution` where DVs without a TLS certificate resolve artifacts, `held`
    the keys with which values are opened on behalf of DVs, `holds` how long our assertions do (DV-ASR-09). `oidc`
    None: nobody comes in over OpenID Connect.
    """

    party: Self
    location: str
    catalog: Catalog
    artifacts: Artifacts
    mandates: Mandates
    report: Report
    resolution: str
    held: HeldKeys
    sessions: Sessions
    holds: timedelta
    oidc: OidcTerms | None = None


class Interface(Protocol):
    """One protocol towards DVs."""

    def front_routes(self, begin: Begin) -> list[Route]:
        """Where DVs send browsers; a request that passes every check is handed to `begin`."""

    def back_routes(self, assembly: Assembly) -> list[Route]:
        """Where DVs come themselves, over mutual TLS."""

    def check_connected(self, dv: EntityId, requester: EntityId) -> None:
        """Raises `ServiceUnknown` unless the requester is the DV itself, or an LC that has it in its metadata now."""

    async def answer(self, login: Login, answer: Answer) -> str:
        """The address to which the browser goes with the answer of a login: the DV's, or one of ours (`posted`)."""

    async def refuse(self, login: Login, failure: Failure) -> str:
        """As `answer`, when the login ends with a failure that the DV is told."""

    async def posted(self, login_id: str, cookie: str | None) -> Posted:
        """The answer of a login as a form for the DV, made now, for the browser with this cookie: once.

        Raises `LoginOvertaken` when there is none, or none any more.
        """
