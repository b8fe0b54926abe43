"""Profile `digid-legacy`: software that was built for DigiD's own SAML. The BSN is the Subject, with its sector code.

It has no place for somebody who is represented, so such a login is refused rather than told as the user's own.
"""

from dataclasses import replace
from typing import Final

from exchange.respond import statement as stated
from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.profiles.requests import relaxed
from stelsel import urns
from stelsel.failures import AnswerRefused, ServiceNotRepresentable
from stelsel.saml.assertion import Assertion

SECTOR_BSN: Final = "s00000000"  # clients 2


def statement(told: Told) -> Assertion:
    """No attributes, no second assertion, the level in DigiD's words (TYP-09)."""
    if told.mandate is not None or told.legal:
        raise ServiceNotRepresentable(
            "profile digid-legacy has no place for somebody who is represented",
            expected="a login for oneself",
            found="a mandate",
        )
    name = told.acting()
    if name.qualifier != urns.LEGACY_BSN:
        raise AnswerRefused(
            "an identifier that is no BSN", clause="TYP-03", expected=urns.LEGACY_BSN, found=name.qualifier[:100]
        )
    made = stated(told.reply, audiences=(told.dv,), context_class=told.identity.loa.digid_class, attributes=())
    return replace(made, name_id=f"{SECTOR_BSN}:{name.value}", name_id_format=urns.UNSPECIFIED_FORMAT)


PROFILE: Final = Profile(name="digid-legacy", terms=relaxed, statement=statement, represents=False)
