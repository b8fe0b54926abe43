"""How a DV is connected over SAML, where that is the DV's own choice: the terms beside its profile (clients 5, 7.1).

What a profile means for the messages is the gateway's; here stands only what may be agreed with one DV.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from stelsel.identifiers import ServiceUuid


class ResponseBinding(StrEnum):
    """How the answer of a login reaches the DV."""

    ARTIFACT = "artifact"
    POST = "post"


class BackChannel(StrEnum):
    """How a DV that resolves an artifact proves who it is, besides its signature."""

    MUTUAL_TLS = "mutual-tls"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The agreed terms; the defaults are those of ST-SAML.

    `encrypt`: the assertion of a POST response is encrypted whole, where the DV has a key for it. `second_audience`:
    the LC stands beside the DV. `default_service` is asked for by requests that name none. `federation` names the group
    of this DV's connections that share a login (SSO-01); None: every login is a new one.
    """

    response: ResponseBinding = ResponseBinding.ARTIFACT
    back_channel: BackChannel = BackChannel.MUTUAL_TLS
    encrypt: bool = True
    second_audience: bool = True
    default_service: ServiceUuid | None = None
    federation: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the catalogue keeps it: what is as agreed by default is left out."""
        return {
            name: value
            for name, value in {
                "response": self.response.value,
                "back_channel": self.back_channel.value,
                "encrypt": self.encrypt,
                "second_audience": self.second_audience,
                "default_service": self.default_service.value if self.default_service else None,
                "federation": self.federation,
            }.items()
            if value != _DEFAULTS[name]
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` made."""
        values = {**_DEFAULTS, **kept}
        default_service = values["default_service"]
        return cls(
            response=ResponseBinding(values["response"]),
            back_channel=BackChannel(values["back_channel"]),
            encrypt=values["encrypt"],
            second_audience=values["second_audience"],
            default_service=ServiceUuid(default_service) if default_service else None,
            federation=values["federation"],
        )


_DEFAULTS: Final[Mapping[str, Any]] = {
    "response": ResponseBinding.ARTIFACT.value,
    "back_channel": BackChannel.MUTUAL_TLS.value,
    "encrypt": True,
    "second_audience": True,
    "default_service": None,
    "federation": None,
}
AS_AGREED: Final = Connection()
