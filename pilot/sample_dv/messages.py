"""What sample parties write besides requests for a login: metadata, ArtifactResolve, LogoutRequest.

All made with pysaml2's classes. Its own functions for these are passed by: they write instants by the system's clock,
and metadata without KeyName and validUntil.
"""

import base64
import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from saml2 import md, saml, samlp, xmldsig

from pilot.sample_dv.dialects import DIALECTS
from pilot.sample_dv.marks import instant, new_id
from pilot.sample_dv.requests import HTTP_ARTIFACT, HTTP_POST, SERVICE_UUID
from pilot.sample_dv.settings import KeyFiles, SampleDvSettings
from pilot.sample_dv.signatures import Signatures

HTTP_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
METADATA_DAYS: Final = 30
CACHE_DURATION: Final = "PT1H"


def write_metadata(settings: SampleDvSettings, signatures: Signatures, at: datetime) -> bytes:
    """The DV's signed EntityDescriptor (MD-DV-01 to MD-DV-05), valid for METADATA_DAYS from `at`.

    It listens for logout when it shares logins (MD-DV-03). The certificate for TLS stands there as a second signing key
    (GEN-21), where there is one to show.
    """
    agreed = settings.agreed
    role = md.SPSSODescriptor(
        protocol_support_enumeration=samlp.NAMESPACE,
        authn_requests_signed="true",
        want_assertions_signed="true",
        key_descriptor=[*_speaking(settings.keys, tls=agreed.shows_tls), *_reading(settings.keys)],
        single_logout_service=_logout_service(settings),
        assertion_consumer_service=[consumer(settings.consumer_url, HTTP_POST if agreed.posts else HTTP_ARTIFACT)],
        attribute_consuming_service=_attribute_services(settings),
    )
    return signatures.sign(
        md.EntityDescriptor(
            id=new_id(),
            entity_id=settings.entity_id,
            valid_until=instant(at + timedelta(days=METADATA_DAYS)),
            cache_duration=CACHE_DURATION,
            spsso_descriptor=role,
        )
    )


def write_artifact_resolve(
    issuer: str, signatures: Signatures, artifact: str, destination: str, at: datetime
) -> tuple[str, bytes]:
    """ID and SOAP text of a signed ArtifactResolve of a DV or LC (DV-RSV-01 to DV-RSV-04)."""
    resolve = samlp.ArtifactResolve(
        id=new_id(),
        version="2.0",
        issue_instant=instant(at),
        destination=destination,
        issuer=saml.Issuer(text=issuer),
        artifact=samlp.Artifact(text=artifact),
    )
    signed = signatures.sign(resolve)
    body = signed[signed.index(b"?>") + 2 :] if signed.startswith(b"<?xml") else signed
    return resolve.id, (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body></s:Envelope>'
        % body.strip()
    )


def write_logout_request(
    issuer: str, name_id: str, session_index: str | None, destination: str, at: datetime
) -> samlp.LogoutRequest:
    """A LogoutRequest of a DV or LC, not yet signed, with the gateway's own names for the login (LGO-01)."""
    return samlp.LogoutRequest(
        id=new_id(),
        version="2.0",
        issue_instant=instant(at),
        destination=destination,
        issuer=saml.Issuer(text=issuer),
        name_id=saml.NameID(text=name_id, format=TRANSIENT),
        session_index=[samlp.SessionIndex(text=session_index)] if session_index is not None else [],
    )


def key_name(certificate: bytes) -> str:
    """The KeyName under which a certificate (DER) is published: SHA-256 of it, in hexadecimal (MD-GEN-05)."""
    return hashlib.sha256(certificate).hexdigest()


def der_in(file: Path) -> bytes:
    """The first certificate in a PEM file, whatever else stands there."""
    return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)


def consumer(location: str, binding: str = HTTP_ARTIFACT) -> md.AssertionConsumerService:
    """The one and only, at index 0 (MD-DV-04, MD-LC-03)."""
    return md.AssertionConsumerService(index="0", is_default="true", binding=binding, location=location)


def logout_service(location: str, binding: str = HTTP_POST) -> md.SingleLogoutService:
    """Where logout messages come in (MD-DV-03)."""
    return md.SingleLogoutService(binding=binding, location=location)


def key_descriptor(use: str, certificate: bytes) -> md.KeyDescriptor:
    """A certificate (DER) as metadata shows it."""
    encoded = base64.b64encode(certificate).decode()
    return md.KeyDescriptor(
        use=use,
        key_info=xmldsig.KeyInfo(
            key_name=[xmldsig.KeyName(text=key_name(certificate))],
            x509_data=[xmldsig.X509Data(x509_certificate=xmldsig.X509Certificate(text=encoded))],
        ),
    )


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


def _logout_service(settings: SampleDvSettings) -> list[md.SingleLogoutService]:
    """By the binding of its dialect: in that it asks, and is answered."""
    if not settings.shares_logins:
        return []
    binding = HTTP_REDIRECT if DIALECTS[settings.agreed.profile].redirect else HTTP_POST
    return [logout_service(settings.logout_url, binding)]


def _speaking(keys: KeyFiles, *, tls: bool) -> list[md.KeyDescriptor]:
    """For messages, and for TLS (GEN-21); two of each in the middle of a roll-over (MD-DV-02)."""
    return [key_descriptor("signing", der_in(each)) for each in keys.for_signing(tls=tls)]


def _reading(keys: KeyFiles) -> list[md.KeyDescriptor]:
    return [key_descriptor("encryption", der_in(each)) for each in keys.for_encryption()]
