"""Terms for requests of DVs outside ST-SAML: what real products send, and nothing that widens a login.

IsPassive, which is refused of a strict DV, is answered with NoPassive (`gateway.offer.check_asks`).
"""

from functools import partial
from typing import Final

from catalog.connections import Connection, ResponseBinding
from exchange.sso import MOST_RELAY_STATE_BYTES, Circumstances, Rule, Terms
from metadata.entities import Endpoint, Entity
from stelsel import urns
from stelsel.failures import MessageMalformed, MessageRefused, ReplyAddressUnknown
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.rules.requests import (
    brings_no_assertion,
    fresh,
    meant_for_us,
    scoping_names_somebody,
    speaks_for_itself,
)

COMPARISONS: Final = ("exact", "minimum", "better", "maximum")  # SAML core 3.3.2.2.1
_BINDINGS: Final = {ResponseBinding.ARTIFACT: urns.HTTP_ARTIFACT, ResponseBinding.POST: urns.HTTP_POST}


def narrows_only_the_level(request: AuthnRequest, at: Circumstances) -> None:
    """RequestedAuthnContext may raise the level; Subject and Conditions are refused (spec/security S25)."""
    if request.has_subject or request.has_conditions:
        raise MessageRefused(
            "the request narrows the login itself",
            clause="GEN-26",
            expected="no Subject or Conditions",
            found="Subject" if request.has_subject else "Conditions",
        )


def compares_as_saml_does(request: AuthnRequest, at: Circumstances) -> None:
    """Comparison is one of the four that there are (SAML core 3.3.2.2.1)."""
    if request.context_comparison not in (None, *COMPARISONS):
        raise MessageMalformed("Comparison", expected=", ".join(COMPARISONS), found=request.context_comparison)


def names_the_service_one_way(request: AuthnRequest, at: Circumstances) -> None:
    """By index, by Extensions, or not at all: then the default counts (clients 5; DV-REQ-06 wants one of the two)."""
    if request.attribute_index is not None and (request.service or request.intended_audience):
        raise MessageMalformed(
            "the service is named by index and by Extensions", clause="DV-REQ-06", expected="one of them", found="both"
        )


RULES: Final[tuple[Rule, ...]] = (
    meant_for_us,
    fresh,
    narrows_only_the_level,
    compares_as_saml_does,
    names_the_service_one_way,
    speaks_for_itself,
    brings_no_assertion,
    scoping_names_somebody,
)


def relaxed(connection: Connection) -> Terms:
    """The terms of every profile but `st-saml`."""
    return Terms(
        rules=RULES,
        reply=partial(reply_to, _BINDINGS[connection.response]),
        relay_state_bytes=MOST_RELAY_STATE_BYTES,
        redirect=True,
    )


def reply_to(binding: str, request: AuthnRequest, issuer: Entity) -> Endpoint:
    """The issuer's own registered consumer that the request names, for the agreed `binding`.

    By index, or by a URL that is registered to the letter, or the default one. Raises `ReplyAddressUnknown`: never is
    anything sent to an address because a request holds it (spec/security S22).
    """
    if request.acs_index is not None and request.acs_url is not None:
        raise ReplyAddressUnknown(
            "the reply address is given by index and by URL", clause="DV-REQ-05", expected="one of them", found="both"
        )
    if request.protocol_binding not in (None, binding):
        raise ReplyAddressUnknown(
            "ProtocolBinding is not the agreed one",
            clause="DV-REQ-05",
            expected=binding,
            found=request.protocol_binding,
        )
    if request.acs_index is not None:
        found = [issuer.consumer(request.acs_index)]
    else:
        found = [each for each in issuer.assertion_consumers if request.acs_url in (None, each.location)]
    fitting = [each for each in found if each.binding == binding]
    if not fitting and found:
        raise ReplyAddressUnknown(
            "this consumer is registered for another binding than the agreed one",
            expected=f"{binding}: {_addresses(issuer, binding)}",
            found=f"{found[0].binding}: {found[0].location}",
        )
    if not fitting:
        raise ReplyAddressUnknown(
            "no registered consumer has this address", expected=_addresses(issuer, binding), found=request.acs_url
        )
    return next((each for each in fitting if each.is_default), fitting[0])


def _addresses(issuer: Entity, binding: str) -> str:
    return ", ".join(each.location for each in issuer.assertion_consumers if each.binding == binding) or "none"
