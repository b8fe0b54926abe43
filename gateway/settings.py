"""What a gateway must be told at start; read from the environment as `GATEWAY_...`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.respond import WINDOW
from exchange.settings import PartySettings
from gateway.means.entries import Authority, MeansEntries, MeansEntry
from gateway.sessions import SESSION_LIMITS, SessionLimits
from runtime.settings import Secret
from stelsel.identifiers import EntityId

NO_MEANS: Final = MeansEntries()
SUBJECT_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings(PartySettings):
    """`bvd`, and the ADs of `means`, are parties whose metadata must be imported; `bvd_title_*` is what users
    read of the BVD. `digid` is short for one means alone: DigiD, at this AD.

    `assertion_seconds` is how long Conditions of our assertions hold: no shorter than their delivery lasts (C-07).
    `sessions` bounds the single sign-on of DVs that have a federation (SSO-02). One browser may begin `loop_logins`
    logins for one DV within `loop_seconds` (EngineBlock has such a guard too). `bsnk_scheme` is the file with what BSNk
    published of its keys (`metadata.bsnk`), for DVs on whose behalf we decrypt. `subject_key`, of 32 bytes or more,
    makes the `sub` by which OpenID Connect clients know people: never changed once it is used. Without it they have no
    door.
    """

    bvd: EntityId
    digid: EntityId | None = None
    means: MeansEntries = NO_MEANS
    bvd_title_nl: str = "het overzicht van uw taken en machtigingen"
    bvd_title_en: str = "the list of your tasks and authorisations"
    artifact_seconds: int = 60
    assertion_seconds: int = 120
    sessions: SessionLimits = SESSION_LIMITS
    loop_logins: int = 10
    loop_seconds: int = 60
    bsnk_scheme: Path | None = None
    subject_key: Secret | None = None

    def __post_init__(self) -> None:
        if not self.means.by_name and self.digid is None:
            raise ValueError("neither means nor digid is given: nobody could log in")
        if self.means.by_name and self.digid is not None:
            raise ValueError("means and digid are both given: name DigiD among the means")
        if self.subject_key is not None and len(self.subject_key.value) < SUBJECT_KEY_BYTES:
            raise ValueError(f"subject_key is shorter than {SUBJECT_KEY_BYTES} bytes")
        if self.assertion_seconds < WINDOW.total_seconds():
            raise ValueError("assertion_seconds is shorter than the delivery of an assertion (DV-ASR-05)")

    @property
    def login_means(self) -> MeansEntries:
        """The means, however they were given."""
        if self.digid is None:
            return self.means
        return MeansEntries.of(MeansEntry(name="digid", kind="st-saml", authorities=(Authority(self.digid),)))
