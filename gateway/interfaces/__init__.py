"""Interfaces towards DVs: one protocol, one module and one line each."""

from collections.abc import Callable
from typing import Final

from gateway.interfaces.contract import Interface, InterfaceTools
from gateway.interfaces.oidc.interface import OidcInterface
from gateway.interfaces.saml import SamlInterface

INTERFACES: Final[dict[str, Callable[[InterfaceTools], Interface]]] = {
    "saml": SamlInterface,
    "oidc": OidcInterface,
}
