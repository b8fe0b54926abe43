"""The pairwise `sub`: who somebody is to one DV, and to nobody else (OIDC-40, OIDC-41; Core 8.1)."""

import base64
import hashlib
import hmac
from typing import Final

from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import NameId

# Written anew at each login, so that no lasting name can be made of them (BSNk's encrypted identity and pseudonym).
_PASSING: Final = frozenset({urns.BSNK_IDENTITY, urns.BSNK_PSEUDONYM})


def pairwise(key: bytes, dv: EntityId, name: NameId) -> str:
    """The `sub` of `name` at this DV: all of its clients are one sector, another DV's are another.

    Raises `AnswerRefused` for an identifier that is another each time.
    """
    if name.qualifier in _PASSING:
        raise AnswerRefused(
            "an identifier that is encrypted anew each time gives no lasting sub",
            clause="OIDC-40",
            expected="a BSN, or a pseudonym that the gateway opened on this DV's behalf",
            found=name.qualifier,
        )
    text = "\0".join(("pairwise", dv.value, name.qualifier, name.value)).encode()
    return base64.urlsafe_b64encode(hmac.digest(key, text, hashlib.sha256)).rstrip(b"=").decode()
