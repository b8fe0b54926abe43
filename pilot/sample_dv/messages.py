"""What the sample DV writes: its metadata, AuthnRequest and ArtifactResolve, all made with pysaml2's classes.

pysaml2's own functions for these are passed by: they write instants by the system's clock, metadata without KeyName
and validUntil, and AuthnRequests with a URL where the profile wants an index.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from saml2 import md, saml, samlp, xmldsig

from pilot.sample_dv.settings import SampleDvSettings, SampleService
from pilot.sample_dv.signatures import Signatures

SERVICE_UUID: Final = "urn:nl-eid-gdi:1.0:ServiceUUID"
INTENDED_AUDIENCE: Final = "urn:nl-eid-gdi:1.0:IntendedAudience"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
METADATA_DAYS: Final = 30


def write_metadata(settings: SampleDvSettings, signatures: Signatures, at: datetime) -> bytes:
    """The DV's signed EntityDescriptor (MD-DV-01 to MD-DV-05), valid for METADATA_DAYS from `at`.

    It listens for logout when it shares logins (MD-DV-03). The certificate for TLS stands there as a second signing key
    (GEN-21).
    """
    keys = settings.keys
    role = md.SPSSODescriptor(
        protocol_support_enumeration=samlp.NAMESPACE,
        authn_requests_signed="true",
        want_assertions_signed="true",
        key_descriptor=[
            _key_descriptor("signing", keys.signing),
            _key_descriptor("signing", keys.tls),
            _key_descriptor("encryption", keys.encryption),
        ],
        single_logout_service=_logout_service(settings),
        assertion_consumer_service=[_consumer(settings.consumer_url)],
        attribute_consuming_service=_attribute_services(settings),
    )
    return signatures.sign(
        md.EntityDescriptor(
            id=_new_id(),
            entity_id=settings.entity_id,
            valid_until=_instant(at + timedelta(days=METADATA_DAYS)),
            spsso_descriptor=role,
        )
    )


def write_cluster_metadata(dvs: Sequence[SampleDvSettings], signatures: Signatures, at: datetime) -> bytes:
    """The signed EntitiesDescriptor of an LC and the DVs that it connects (MD-LC-01 to MD-LC-04).

    Each DV has a consumer at the LC. Of the DVs only the encryption keys stand there: they say nothing themselves.
    """
    first = dvs[0]
    supplier = md.EntityDescriptor(
        entity_id=first.issuer,
        spsso_descriptor=md.SPSSODescriptor(
            protocol_support_enumeration=samlp.NAMESPACE,
            authn_requests_signed="true",
            want_assertions_signed="true",
            key_descriptor=[_key_descriptor("signing", first.keys.signing), _key_descriptor("signing", first.keys.tls)],
            assertion_consumer_service=[_consumer(dv.consumer_url, dv.consumer_index) for dv in dvs],
        ),
    )
    connected = [
        md.EntityDescriptor(
            entity_id=dv.entity_id,
            spsso_descriptor=md.SPSSODescriptor(
                protocol_support_enumeration=samlp.NAMESPACE,
                key_descriptor=[_key_descriptor("encryption", dv.keys.encryption)],
                assertion_consumer_service=[_consumer(first.consumer_url)],
            ),
        )
        for dv in dvs
    ]
    return signatures.sign(
        md.EntitiesDescriptor(
            id=_new_id(),
            valid_until=_instant(at + timedelta(days=METADATA_DAYS)),
            entity_descriptor=[supplier, *connected],
        )
    )


def write_authn_request(
    settings: SampleDvSettings,
    signatures: Signatures,
    service: SampleService,
    destination: str,
    *,
    for_other: bool,
    at: datetime,
) -> tuple[str, bytes]:
    """ID and text of a signed AuthnRequest (DV-REQ-01 to DV-REQ-14).

    RequesterID names the BVD when the user wants to act for somebody else (DV-REQ-22); there is no IDPList, since
    the choice of a means is the gateway's (divergence C-05).
    """
    request = samlp.AuthnRequest(
        id=_new_id(),
        version="2.0",
        issue_instant=_instant(at),
        destination=destination,
        assertion_consumer_service_index=str(settings.consumer_index),
        issuer=saml.Issuer(text=settings.issuer),
    )
    if service.attribute_index is None:
        named = samlp.Extensions()
        for name, value in ((INTENDED_AUDIENCE, settings.entity_id), (SERVICE_UUID, service.uuid)):
            named.add_extension_element(_attribute(name, value))
        request.extensions = named
    else:
        request.attribute_consuming_service_index = str(service.attribute_index)
    if for_other:
        request.scoping = samlp.Scoping(requester_id=[samlp.RequesterID(text=settings.bvd)])
    return request.id, signatures.sign(request)


def write_artifact_resolve(
    settings: SampleDvSettings, signatures: Signatures, artifact: str, destination: str, at: datetime
) -> tuple[str, bytes]:
    """ID and SOAP text of a signed ArtifactResolve (DV-RSV-01 to DV-RSV-04)."""
    resolve = samlp.ArtifactResolve(
        id=_new_id(),
        version="2.0",
        issue_instant=_instant(at),
        destination=destination,
        issuer=saml.Issuer(text=settings.issuer),
        artifact=samlp.Artifact(text=artifact),
    )
    signed = signatures.sign(resolve)
    body = signed[signed.index(b"?>") + 2 :] if signed.startswith(b"<?xml") else signed
    return resolve.id, (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
        % body.strip()
    )


def write_logout_request(
    settings: SampleDvSettings,
    signatures: Signatures,
    name_id: str,
    session_index: str | None,
    destination: str,
    at: datetime,
) -> tuple[str, bytes]:
    """ID and text of a signed LogoutRequest, with the gateway's own names for the login (LGO-01)."""
    request = samlp.LogoutRequest(
        id=_new_id(),
        version="2.0",
        issue_instant=_instant(at),
        destination=destination,
        issuer=saml.Issuer(text=settings.issuer),
        name_id=saml.NameID(text=name_id, format=TRANSIENT),
        session_index=[samlp.SessionIndex(text=session_index)] if session_index is not None else [],
    )
    return request.id, signatures.sign(request)


def key_name(certificate: Path) -> str:
    """The KeyName under which the DV publishes a certificate: SHA-256 of it, in hexadecimal (MD-GEN-05)."""
    return hashlib.sha256(_der(certificate)).hexdigest()


def _attribute_services(settings: SampleDvSettings) -> list[md.AttributeConsumingService]:
    """One per service that is asked for by index (MD-DV-05)."""
    indexed = [service for service in settings.services if service.attribute_index is not None]
    return [
        md.AttributeConsumingService(
            index=str(service.attribute_index),
            is_default="true" if service is indexed[0] else "false",
            service_name=[md.ServiceName(lang=lang, text=title) for lang, title in service.title.items()],
            requested_attribute=[
                md.RequestedAttribute(name=SERVICE_UUID, attribute_value=[saml.AttributeValue(text=service.uuid)])
            ],
        )
        for service in indexed
    ]


def _consumer(location: str, index: int = 0) -> md.AssertionConsumerService:
    """One for HTTP-Artifact; the first is the default (MD-DV-04, MD-LC-03)."""
    return md.AssertionConsumerService(
        index=str(index),
        is_default="false" if index else "true",
        binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
        location=location,
    )


def _logout_service(settings: SampleDvSettings) -> list[md.SingleLogoutService]:
    if not settings.shares_logins:
        return []
    binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    return [md.SingleLogoutService(binding=binding, location=settings.logout_url)]


def _key_descriptor(use: str, certificate: Path) -> md.KeyDescriptor:
    return md.KeyDescriptor(
        use=use,
        key_info=xmldsig.KeyInfo(
            key_name=[xmldsig.KeyName(text=key_name(certificate))],
            x509_data=[
                xmldsig.X509Data(
                    x509_certificate=xmldsig.X509Certificate(text=base64.b64encode(_der(certificate)).decode())
                )
            ],
        ),
    )


def _attribute(name: str, value: str) -> saml.Attribute:
    return saml.Attribute(name=name, name_format=None, attribute_value=[saml.AttributeValue(text=value)])


def _der(certificate: Path) -> bytes:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)


def _new_id() -> str:
    return "_" + secrets.token_hex(20)


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
