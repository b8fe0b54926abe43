"""What a DV gives up that is connected otherwise than ST-SAML has it, in sentences for whoever operates the gateway."""

from collections.abc import Mapping
from typing import Final

from catalog.connections import BackChannel, ResponseBinding
from catalog.services import STANDARD, Provider

_OPENED: Final = (
    "The gateway reads who logged in and for whom: it decrypts with a key that it holds for this DV.",
    "The declarations of the AD and the BVD are not passed on: the DV has the gateway's word only.",
    "The request may leave out the service: then the agreed or default one is asked.",
)
GIVES_UP: Final[Mapping[str, tuple[str, ...]]] = {
    STANDARD: (),
    "digid-legacy": (
        *_OPENED,
        "Nobody can be represented: a request that makes it mandatory is refused.",
        "The BSN stands in the Subject in clear; only TLS, or an encrypted assertion, hides it.",
    ),
    "etoegang": (*_OPENED, "An identity is encrypted by the gateway, and no longer by the party that established it."),
    "generic": (
        *_OPENED,
        "Identifiers are attribute values in clear; only TLS, or an encrypted assertion, hides them.",
    ),
}
BY_POST: Final = ("The answer goes through the browser: the BVD declares when the user leaves, not when the DV asks.",)
IN_CLEAR: Final = "The posted assertion is not encrypted whole: whoever sees the browser's traffic reads it."
BY_SIGNATURE: Final = (
    "Artifacts are resolved without a TLS client certificate: the DV's signature is all that proves it."
)


def given_up(provider: Provider) -> tuple[str, ...]:
    """What holds for this DV; empty for one that is connected as the standard has it."""
    agreed = provider.connection
    posts = agreed.response is ResponseBinding.POST
    return (
        *GIVES_UP[provider.profile],
        *(BY_POST if posts else ()),
        *((IN_CLEAR,) if posts and not agreed.encrypt else ()),
        *((BY_SIGNATURE,) if agreed.back_channel is BackChannel.SIGNATURE else ()),
    )
