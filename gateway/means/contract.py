"""What a login means is: it sends the browser to its AD and reads what comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exchange.ask import Posted
from exchange.party import Self
from exchange.resolve import Resolver
from gateway.login import Login, SealedIdentity
from stelsel.identifiers import EntityId


class Means(Protocol):
    """One login means. `authority` is the EntityID of the AD behind it."""

    @property
    def authority(self) -> EntityId:
        """The AD."""

    def is_known(self, at: datetime) -> bool:
        """Whether there is verified metadata of the AD that holds at `at`."""

    async def ask(self, login: Login, bvd: EntityId | None, *, silent: bool) -> Posted:
        """The form that starts a login at the AD; with `bvd` the AD encrypts for the BVD too (RD-REQ-07).

        Only when `silent` the AD may answer from a session of its own (SSO-02).
        """

    async def read(self, login: Login, artifact: str) -> SealedIdentity:
        """Who was recognised.

        Raises `Cancelled`, `AuthenticationFailed`, `AssuranceTooLow`, `MeansRefused`, or `AnswerRefused` when the
        answer does not fit what was asked.
        """


@dataclass(frozen=True, slots=True)
class MeansTools:
    """What a means is made of: our party, its back channel, our consumer for ADs, and the AD's name."""

    party: Self
    resolver: Resolver
    consumer_index: int
    consumer: str
    authority: EntityId
