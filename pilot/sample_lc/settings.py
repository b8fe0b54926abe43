"""What a sample LC is told at start: its names and keys, and whom it connects, by their public halves only (UC-04)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LcKeyFiles:
    """PEM files. The first two hold a private key and its certificate; `authority` holds whom all parties trust.

    There is none for encryption: nothing is encrypted for an LC (MD-LC-02).
    """

    signing: Path
    tls: Path
    authority: Path

    @classmethod
    def in_ring(cls, ring: Path, authority: Path) -> "LcKeyFiles":
        """The first key of each use in a key ring folder, as `pilot.pki` makes it."""
        return cls(signing=ring / "signing-1.pem", tls=ring / "tls-1.pem", authority=authority)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedDv:
    """A DV that the LC connects. `site` is where its users come from and go back to.

    `encryption` is the certificate (DER) for which identities are encrypted, `tls` the one with which it collects its
    answers at our back channel. `shares_logins`: it is in a federation.
    """

    name: str
    title: Mapping[str, str]
    entity_id: str
    site: str
    encryption: bytes = field(repr=False)
    tls: bytes = field(repr=False)
    shares_logins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLcSettings:
    """A sample LC. `name` is its handle and the first label of its host name; `bvd` is asked for "somebody else"."""

    name: str
    entity_id: str
    public_url: str
    gateway: str
    bvd: str
    keys: LcKeyFiles
    dvs: tuple[ConnectedDv, ...]

    @property
    def consumer_url(self) -> str:
        """The AssertionConsumerService, for all DVs the same: which one it is about, the LC knows from its request."""
        return f"{self.public_url}/acs"

    @property
    def logout_url(self) -> str:
        """The SingleLogoutService, where a DV is in a federation (SSO-03)."""
        return f"{self.public_url}/slo"

    @property
    def shares_logins(self) -> bool:
        """Whether any of the DVs is in a federation."""
        return any(dv.shares_logins for dv in self.dvs)

    def dv(self, name: str) -> ConnectedDv | None:
        """The DV of that handle, or None."""
        return next((each for each in self.dvs if each.name == name), None)
