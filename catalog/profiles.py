"""What a DV gives up that is connected otherwise than ST-SAML has it, in sentences for whoever operates the gateway."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from catalog.connections import BackChannel, ResponseBinding
from catalog.services import STANDARD, Provider


class Loss(StrEnum):
    """One thing that is given up, as the log and `catalog show` say it; a page says it in its reader's language."""

    READ = "The gateway reads identities: it decrypts them with a key that it holds for this DV."
    NO_ADVICE = "The declarations of the AD and the BVD are not passed on: the DV has the gateway's word only."
    NO_SERVICE = "The request may leave out the service: then the agreed or default one is asked."
    NOBODY_ELSE = "Nobody can be represented: a request that makes it mandatory is refused."
    BSN_IN_CLEAR = "The BSN stands in the Subject in clear; only TLS, or an encrypted assertion, hides it."
    ENCRYPTED_HERE = "An identity is encrypted by the gateway, and no longer by the party that established it."
    VALUES_IN_CLEAR = "Identifiers are attribute values in clear; only TLS, or an encrypted assertion, hides them."
    BY_POST = "The answer goes through the browser, in a form that it posts."
    DECLARED_EARLY = (
        "The BVD declares when the user leaves the gateway, not when the DV asks: later nobody looks again."
    )
    IN_CLEAR = "The posted assertion is not encrypted whole: whoever sees the browser's traffic reads it."
    IN_CLEAR_WITHOUT_KEY = "As long as the DV's metadata has no encryption key, the posted assertion is not encrypted."
    BY_SIGNATURE = "Artifacts are resolved without a TLS client certificate: the DV's signature is all that proves it."


_OPENED: Final = (Loss.READ, Loss.NO_ADVICE, Loss.NO_SERVICE)
REPRESENTS_NOBODY: Final = "digid-legacy"
SEALS_IDENTITIES: Final = "etoegang"  # and so is not answered at all without an encryption key
GIVES_UP: Final[Mapping[str, tuple[Loss, ...]]] = {
    STANDARD: (),
    "digid-legacy": (*_OPENED, Loss.NOBODY_ELSE, Loss.BSN_IN_CLEAR),
    "etoegang": (*_OPENED, Loss.ENCRYPTED_HERE),
    "generic": (*_OPENED, Loss.VALUES_IN_CLEAR),
}


def given_up(provider: Provider) -> tuple[Loss, ...]:
    """What holds for this DV; empty for one that is connected as the standard has it."""
    agreed = provider.connection
    if agreed.response is ResponseBinding.ARTIFACT:
        signs_only = agreed.back_channel is BackChannel.SIGNATURE
        return (*GIVES_UP[provider.profile], *((Loss.BY_SIGNATURE,) if signs_only else ()))
    clear = Loss.IN_CLEAR_WITHOUT_KEY if agreed.encrypt else Loss.IN_CLEAR
    return (
        *GIVES_UP[provider.profile],
        Loss.BY_POST,
        *(() if provider.profile == REPRESENTS_NOBODY else (Loss.DECLARED_EARLY,)),
        *(() if agreed.encrypt and provider.profile == SEALS_IDENTITIES else (clear,)),
    )
