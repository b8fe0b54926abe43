"""The metadata of an LC: one signed document with itself first and then every DV that it connects (MD-LC-01)."""

from datetime import datetime, timedelta

from saml2 import md, samlp

from pilot.sample_dv.marks import instant, new_id
from pilot.sample_dv.messages import CACHE_DURATION, METADATA_DAYS, consumer, der_in, key_descriptor, logout_service
from pilot.sample_dv.signatures import Signatures
from pilot.sample_lc.settings import ConnectedDv, SampleLcSettings


def write_cluster_metadata(settings: SampleLcSettings, signatures: Signatures, at: datetime) -> bytes:
    """The signed EntitiesDescriptor, valid for METADATA_DAYS from `at` (MD-LC-01 to MD-LC-04)."""
    own = md.EntityDescriptor(
        entity_id=settings.entity_id,
        spsso_descriptor=md.SPSSODescriptor(
            protocol_support_enumeration=samlp.NAMESPACE,
            authn_requests_signed="true",
            want_assertions_signed="true",
            key_descriptor=[
                key_descriptor("signing", der_in(settings.keys.signing)),
                key_descriptor("signing", der_in(settings.keys.tls)),
            ],
            single_logout_service=[logout_service(settings.logout_url)] if settings.shares_logins else [],
            assertion_consumer_service=[consumer(settings.consumer_url)],
        ),
    )
    return signatures.sign(
        md.EntitiesDescriptor(
            id=new_id(),
            valid_until=instant(at + timedelta(days=METADATA_DAYS)),
            cache_duration=CACHE_DURATION,
            entity_descriptor=[own, *(_connected(settings, dv) for dv in settings.dvs)],
        )
    )


def _connected(settings: SampleLcSettings, dv: ConnectedDv) -> md.EntityDescriptor:
    """A DV says nothing itself: its encryption key stands here, and a copy of the LC's consumer (MD-LC-04)."""
    return md.EntityDescriptor(
        entity_id=dv.entity_id,
        spsso_descriptor=md.SPSSODescriptor(
            protocol_support_enumeration=samlp.NAMESPACE,
            key_descriptor=[key_descriptor("encryption", dv.encryption)],
            assertion_consumer_service=[consumer(settings.consumer_url)],
        ),
    )
