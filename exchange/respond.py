"""Responses as RD, AD and BVD all make them: what their assertions share, and a Response around one or around none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import assertion as assertions
from stelsel.saml import response as responses
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import Recipient, encrypt_assertion
from stelsel.saml.ids import new_id
from stelsel.saml.response import Response, Status
from stelsel.saml.signatures import SigningKey

WINDOW: Final = timedelta(minutes=2)  # DV-ASR-05; for Conditions too where nothing else is set (DV-ASR-09, C-07)


@dataclass(frozen=True, slots=True)
class Reply:
    """Who answers which request, at which consumer, at what moment: all instants are those of the answer itself.

    `holds` is how long its Conditions do; delivery ends after WINDOW in any case.
    """

    issuer: EntityId
    request_id: str
    consumer: str
    at: datetime
    holds: timedelta = WINDOW


def statement(
    reply: Reply,
    *,
    audiences: tuple[EntityId, ...],
    context_class: str,
    attributes: tuple[Attribute, ...],
    authorities: tuple[EntityId, ...] = (),
    advice: tuple[bytes, ...] = (),
    session_until: datetime | None = None,
    copied: tuple[bytes, ...] = (),
) -> Assertion:
    """An assertion about a new transient subject (DV-ASR-03), still to be signed."""
    subject = new_id()
    return Assertion(
        id=new_id(),
        issue_instant=reply.at,
        issuer=reply.issuer,
        name_id=subject,
        recipient=reply.consumer,
        in_response_to=reply.request_id,
        confirm_until=reply.at + WINDOW,
        not_before=reply.at - WINDOW,
        not_on_or_after=reply.at + reply.holds,
        audiences=audiences,
        authn_instant=reply.at,
        session_index=subject,
        session_until=session_until,
        context_class=context_class,
        authorities=authorities,
        attributes=attributes,
        copied=copied,
        advice=advice,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a Response is closed; as made by default it travels by artifact, and ArtifactResponse is signed instead.

    `signed`: it goes through the browser, so it is signed itself. `reader`: the assertion is encrypted whole for it
    (clients 5). `x509`: KeyInfo shows the certificate.
    """

    signed: bool = False
    reader: Recipient | None = None
    x509: bool = False


BY_ARTIFACT: Final = Envelope()


def write_success(reply: Reply, assertion: Assertion, key: SigningKey, envelope: Envelope = BY_ARTIFACT) -> bytes:
    """The Response with `assertion`, signed; the Response itself is not, unless the envelope says so (DV-RSP-03)."""
    written = assertions.write(assertion, key, x509=envelope.x509)
    if envelope.reader is not None:
        written = encrypt_assertion(written, envelope.reader)
    return _write(reply, Status(urns.STATUS_SUCCESS), written, key, envelope)


def write_failure(
    reply: Reply, status: Status, key: SigningKey | None = None, envelope: Envelope = BY_ARTIFACT
) -> bytes:
    """The Response of a login that ended otherwise: a status and no assertion (DV-RSP-04 to DV-RSP-07)."""
    return _write(reply, status, None, key, envelope)


def _write(reply: Reply, status: Status, assertion: bytes | None, key: SigningKey | None, envelope: Envelope) -> bytes:
    return responses.write(
        Response(
            id=new_id(),
            in_response_to=reply.request_id,
            issue_instant=reply.at,
            destination=reply.consumer,
            issuer=reply.issuer,
            status=status,
            assertion=assertion,
        ),
        key if envelope.signed else None,
        x509=envelope.x509,
    )
