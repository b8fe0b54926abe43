"""Asking another party for a login: an AuthnRequest of ours as a form that the browser posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.party import Self
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import authn_request
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.bindings import encode_post
from stelsel.saml.ids import new_id


@dataclass(frozen=True, slots=True)
class Wanted:
    """What we ask: for which DV and service, and what depends on the party asked (RD-REQ-03 to RD-REQ-08)."""

    dv: EntityId
    service: ServiceUuid
    consumer_index: int
    force_authn: bool = False
    requester_ids: tuple[EntityId, ...] = ()
    idp_assertion: bytes | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A form for the browser: `fields` go to `action` at `party`; `request_id` is that of the message inside."""

    request_id: str
    party: EntityId
    action: str
    fields: Mapping[str, str]


async def ask(party: Self, whom: EntityId, wanted: Wanted, relay_state: str) -> Posted:
    """A signed AuthnRequest for `whom`, at its SingleSignOnService (RD-REQ-01). Raises `UnknownIssuer`."""
    now = party.clock()
    request = AuthnRequest(
        id=new_id(),
        issue_instant=now,
        destination=party.trust.find(whom, now).sso_location(),
        issuer=party.entity_id,
        force_authn=wanted.force_authn,
        acs_index=wanted.consumer_index,
        intended_audience=wanted.dv,
        service=wanted.service,
        requester_ids=wanted.requester_ids,
        idp_assertion=wanted.idp_assertion,
    )
    message = await party.offload(_write, party, request, now)
    return Posted(request.id, whom, str(request.destination), {"SAMLRequest": message, "RelayState": relay_state})


def _write(party: Self, request: AuthnRequest, now: datetime) -> str:
    return encode_post(authn_request.write(request, party.keys.signing(now)))
