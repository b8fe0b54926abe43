"""What a login means is: it sends the browser to one of its ADs and reads what comes back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.routing import Route

from exchange.ask import Posted
from exchange.party import Self
from exchange.resolve import Resolver
from gateway.login import Login, SealedIdentity
from gateway.means.terms import Terms
from runtime.http import HttpClient
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import Recipient
from stelsel.subjects import Ground


class Means(Protocol):
    """One login means. `authorities` are the ADs behind it, in the order in which they are offered.

    `grounds`: on which somebody can act for another with it, for its ADs sign an assertion that a BVD can verify and
    read. It is offered to whoever does so only for a service with one of them; without any `bvd` is never asked of
    `ask`, and `SealedIdentity.evidence`, where there is any, is for the DV alone. `represents_always`: who
    logs in with it acts for an organisation, and never for himself alone.
    """

    @property
    def grounds(self) -> frozenset[Ground]:
        """On which grounds somebody can be represented with it."""

    @property
    def represents_always(self) -> bool:
        """Whether its users always act for an organisation, which not every profile has a place for."""

    @property
    def authorities(self) -> Sequence[EntityId]:
        """The ADs; never empty."""

    def is_known(self, authority: EntityId, at: datetime) -> bool:
        """Whether there is verified metadata of this AD that holds at `at`: without it nobody can be sent there."""

    async def ask(self, login: Login, authority: EntityId, bvd: EntityId | None, *, silent: bool) -> Posted:
        """The form that starts a login at one of `authorities`; with `bvd` it encrypts for the BVD too (RD-REQ-07).

        Only when `silent` the AD may answer from a session of its own (SSO-02). `login.minimum` is the lowest level
        that is enough with this means. Without `fields` the form is an address to go to. Raises `UnknownIssuer` when
        nothing is known of that AD any more, `PartyUnavailable` when it has to be asked first and does not answer.
        """

    async def read(self, login: Login, brought: str) -> SealedIdentity:
        """Who was recognised, by the AD that `login` has a request at. `brought` is what the browser came back with:
        the artifact of an AD that speaks SAML, the query of a callback of its own.

        Raises `Cancelled`, `AuthenticationFailed`, `AssuranceTooLow`, `MeansRefused`, `PartyUnavailable` when the AD
        does not answer us (`is_down` where nothing in `brought` could make it so), `LoginOvertaken` when none of its
        requests is outstanding, or a `MessageRefused` when the answer cannot be trusted or does not fit what was asked.
        Every kind passes `tests/gateway/conform_means.py`.
        """


@dataclass(frozen=True, slots=True)
class MeansTools:
    """What a means is made of: our party, its back channel, our consumer for ADs, and the names of its ADs.

    For kinds that speak no SAML: `web` is the way out to web sites, `terms` what the entry says to the kind alone,
    `recipient` the DV of a login to close an identity for. A kind adds its own `rounds`, which run at the start and in
    the background, and its own `doors`, under `/means/NAME/`; browsers come back at `/means/NAME/callback`.
    """

    party: Self
    resolver: Resolver
    consumer_index: int
    consumer: str
    authorities: tuple[EntityId, ...]
    web: HttpClient
    terms: Terms
    public_url: str
    recipient: Callable[[Login], Awaitable[Recipient]]
    rounds: list[Callable[[], Awaitable[object]]]
    doors: list[Route]
