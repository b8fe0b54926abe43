"""What a gateway must be told at start; read from the environment as `GATEWAY_...`."""

from dataclasses import dataclass

from exchange.respond import WINDOW
from exchange.settings import PartySettings
from gateway.sessions import SESSION_LIMITS, SessionLimits
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings(PartySettings):
    """`bvd` and `digid` name parties whose metadata must be imported; `bvd_title_*` is what users read of the BVD.

    `assertion_seconds` is how long Conditions of our assertions hold: no shorter than their delivery lasts (C-07).
    `sessions` bounds the single sign-on of DVs that have a federation (SSO-02). One browser may begin `loop_logins`
    logins for one DV within `loop_seconds` (EngineBlock has such a guard too).
    """

    bvd: EntityId
    digid: EntityId
    bvd_title_nl: str = "het overzicht van uw taken en machtigingen"
    bvd_title_en: str = "the list of your tasks and authorisations"
    artifact_seconds: int = 60
    assertion_seconds: int = 120
    sessions: SessionLimits = SESSION_LIMITS
    loop_logins: int = 10
    loop_seconds: int = 60

    def __post_init__(self) -> None:
        if self.assertion_seconds < WINDOW.total_seconds():
            raise ValueError("assertion_seconds is shorter than the delivery of an assertion (DV-ASR-05)")
