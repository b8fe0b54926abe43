"""Profile `st-saml`, the default: the standard as it is written. The gateway reads no identity."""

from typing import Final

from exchange import sso
from exchange.sso import Terms
from gateway.interfaces.profiles.contract import Profile, Told
from gateway.interfaces.rules import RULES
from gateway.interfaces.summary import summary
from stelsel.saml.assertion import Assertion

TERMS: Final = Terms(rules=(*sso.RULES, *RULES))


def statement(told: Told) -> Assertion:
    """The summary assertion, with the evidence of AD and BVD (DV-ASR, DV-ATT)."""
    return summary(
        told.reply,
        told.dv,
        told.requester,
        told.service,
        told.identity,
        told.mandate,
        second_audience=told.second_audience,
    )


PROFILE: Final = Profile(name="st-saml", terms=lambda _: TERMS, statement=statement, opens=False, x509=False)
