"""Kinds of login means: one module and one line each. Which means a gateway has of them is told by `entries`."""

from collections.abc import Callable
from typing import Final

from gateway.means.contract import Means, MeansTools
from gateway.means.etoegang import Etoegang
from gateway.means.oidc.kind import Oidc
from gateway.means.st_saml import StSaml

KINDS: Final[dict[str, Callable[[MeansTools], Means]]] = {
    "st-saml": StSaml,
    "etoegang": Etoegang,
    "oidc": Oidc,
}
