"""DV profiles: ways of being connected over SAML, one module and one line each."""

from collections.abc import Mapping
from typing import Final

from gateway.interfaces.profiles import digid_legacy, etoegang, generic, st_saml
from gateway.interfaces.profiles.contract import Profile

PROFILES: Final[Mapping[str, Profile]] = {
    profile.name: profile for profile in (st_saml.PROFILE, digid_legacy.PROFILE, etoegang.PROFILE, generic.PROFILE)
}
STRICT: Final = st_saml.PROFILE
