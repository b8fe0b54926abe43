"""AuthnRequests of sample parties, made with pysaml2's classes.

pysaml2's own function is passed by: it writes instants by the system's clock, and a URL where ST-SAML wants an index.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saml2 import saml, samlp

from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.marks import instant, new_id
from pilot.sample_dv.settings import SampleDvSettings, SampleService

SERVICE_UUID: Final = "urn:nl-eid-gdi:1.0:ServiceUUID"
INTENDED_AUDIENCE: Final = "urn:nl-eid-gdi:1.0:IntendedAudience"
HTTP_ARTIFACT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
HTTP_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an AuthnRequest asks. `bvd` makes representation mandatory (DV-REQ-22).

    The answer comes to consumer 0 of the issuer's metadata, or to `consumer_url` by `binding`. A service is named by
    its index, or with the DV that offers it, or not at all (DV-REQ-06).
    """

    issuer: str
    destination: str
    request_id: str = ""
    bvd: str | None = None
    consumer_url: str | None = None
    binding: str | None = None
    attribute_index: int | None = None
    dv: str | None = None
    service: str | None = None
    at_least: str | None = None


def wanted_by(settings: SampleDvSettings, service: SampleService, destination: str, *, for_other: bool) -> Wanted:
    """What a DV that connects itself asks, in its dialect."""
    agreed, dialect = settings.agreed, DIALECTS[settings.agreed.profile]
    left_out = service.uuid == agreed.default_service
    by_index = service.attribute_index is not None and not left_out
    by_name = not by_index and not left_out
    return Wanted(
        issuer=settings.entity_id,
        destination=destination,
        bvd=settings.bvd if for_other else None,
        consumer_url=settings.consumer_url if dialect.by_url else None,
        binding=(HTTP_POST if agreed.posts else HTTP_ARTIFACT) if dialect.by_url else None,
        attribute_index=service.attribute_index if by_index else None,
        dv=settings.entity_id if by_name else None,
        service=service.uuid if by_name else None,
        at_least=dialect.levels[service.minimum] if dialect.names_level else None,
    )


def write_authn_request(wanted: Wanted, at: datetime) -> samlp.AuthnRequest:
    """The message, not yet signed (DV-REQ-01 to DV-REQ-14); there is no IDPList, since the choice of a means is the
    gateway's (divergence C-05)."""
    request = samlp.AuthnRequest(
        id=wanted.request_id or new_id(),
        version="2.0",
        issue_instant=instant(at),
        destination=wanted.destination,
        issuer=saml.Issuer(text=wanted.issuer),
    )
    if wanted.consumer_url is None:
        request.assertion_consumer_service_index = "0"
    else:
        request.assertion_consumer_service_url = wanted.consumer_url
        request.protocol_binding = wanted.binding
    if wanted.attribute_index is not None:
        request.attribute_consuming_service_index = str(wanted.attribute_index)
    elif wanted.dv is not None and wanted.service is not None:
        named = samlp.Extensions()
        for name, value in ((INTENDED_AUDIENCE, wanted.dv), (SERVICE_UUID, wanted.service)):
            named.add_extension_element(_attribute(name, value))
        request.extensions = named
    if wanted.at_least is not None:
        request.requested_authn_context = samlp.RequestedAuthnContext(
            comparison="minimum", authn_context_class_ref=[saml.AuthnContextClassRef(text=wanted.at_least)]
        )
    if wanted.bvd is not None:
        request.scoping = samlp.Scoping(requester_id=[samlp.RequesterID(text=wanted.bvd)])
    return request


def _attribute(name: str, value: str) -> saml.Attribute:
    return saml.Attribute(name=name, name_format=None, attribute_value=[saml.AttributeValue(text=value)])
