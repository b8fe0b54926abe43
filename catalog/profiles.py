"""What a DV gives up that is connected otherwise than ST-SAML has it, in sentences for whoever operates the gateway."""

from collections.abc import Mapping
from typing import Final

from catalog.connections import BackChannel, ResponseBinding
from catalog.services import STANDARD, Provider

_OPENED: Final = (
    "The gateway reads identities: it decrypts them with a key that it holds for this DV.",
    "The declarations of the AD and the BVD are not passed on: the DV has the gateway's word only.",
    "The request may leave out the service: then the agreed or default one is asked.",
)
REPRESENTS_NOBODY: Final = "digid-legacy"
SEALS_IDENTITIES: Final = "etoegang"  # and so is not answered at all without an encryption key
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
BY_POST: Final = "The answer goes through the browser, in a form that it posts."
DECLARED_EARLY: Final = (
    "The BVD declares when the user leaves the gateway, not when the DV asks: later nobody looks again."
)
IN_CLEAR: Final = "The posted assertion is not encrypted whole: whoever sees the browser's traffic reads it."
IN_CLEAR_WITHOUT_KEY: Final = (
    "As long as the DV's metadata has no encryption key, the posted assertion is not encrypted."
)
BY_SIGNATURE: Final = (
    "Artifacts are resolved without a TLS client certificate: the DV's signature is all that proves it."
)


def given_up(provider: Provider) -> tuple[str, ...]:
    """What holds for this DV; empty for one that is connected as the standard has it."""
    agreed = provider.connection
    if agreed.response is ResponseBinding.ARTIFACT:
        signs_only = agreed.back_channel is BackChannel.SIGNATURE
        return (*GIVES_UP[provider.profile], *((BY_SIGNATURE,) if signs_only else ()))
    clear = IN_CLEAR_WITHOUT_KEY if agreed.encrypt else IN_CLEAR
    return (
        *GIVES_UP[provider.profile],
        BY_POST,
        *(() if provider.profile == REPRESENTS_NOBODY else (DECLARED_EARLY,)),
        *(() if agreed.encrypt and provider.profile == SEALS_IDENTITIES else (clear,)),
    )
