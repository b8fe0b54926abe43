"""What software of each profile writes and reads: one module and one line each (clients 2, 5)."""

from collections.abc import Mapping
from typing import Final

from pilot.sample_dv.dialects import digid_legacy, etoegang, generic, st_saml
from pilot.sample_dv.dialects.contract import Dialect

DIALECTS: Final[Mapping[str, Dialect]] = {
    "st-saml": st_saml.DIALECT,
    "digid-legacy": digid_legacy.DIALECT,
    "etoegang": etoegang.DIALECT,
    "generic": generic.DIALECT,
}
