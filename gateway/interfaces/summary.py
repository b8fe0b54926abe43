"""The summary assertion that a DV receives, with the AD's and the BVD's own assertions as evidence."""

from exchange.respond import Reply, statement
from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate
from stelsel import urns
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.encryption import EncryptedId, addressed_to, renamed


def summary(
    reply: Reply,
    dv: EntityId,
    requester: EntityId,
    service: ServiceUuid,
    identity: SealedIdentity,
    mandate: SealedMandate | None,
    *,
    second_audience: bool = True,
) -> Assertion:
    """What is told of a login that succeeded (DV-RSP, DV-ASR, DV-ATT).

    `requester` is the DV itself or the LC that connects it; the LC stands first, for clients read the first audience
    only (DV-ASR-10, st-saml 3.5), or nowhere without `second_audience`.
    """
    attributes = [
        Attribute(urns.SERVICE_UUID, (service.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, _copies(identity.acting, dv, "-a")),
    ]
    represented = mandate.legal if mandate else identity.legal
    if represented:
        attributes.append(Attribute(urns.LEGAL_SUBJECT_ID, _copies(represented, dv, "-l")))
    if mandate is not None:
        attributes.append(Attribute(urns.REPRESENTATION_TYPE, mandate.representation_types))
        if mandate.between:
            attributes.append(Attribute(urns.INTERMEDIARY_SUBJECT_ID, _copies(mandate.between, dv, "-v")))
        if mandate.restrictions:
            attributes.append(Attribute(urns.ETOEGANG_VESTIGING, mandate.restrictions))
    return statement(
        reply,
        audiences=(requester, dv) if second_audience and requester != dv else (dv,),
        context_class=identity.loa.uri,
        attributes=tuple(attributes),
        authorities=(identity.authority, *((mandate.authority,) if mandate else ())),
        advice=tuple(each for each in (identity.evidence, mandate.evidence if mandate else b"") if each),
        session_until=mandate.session_until if mandate else None,
        copied=identity.copied,
    )


def _copies(values: tuple[bytes, ...], dv: EntityId, suffix: str) -> tuple[EncryptedId, ...]:
    """Copies whose Ids stay unique beside Advice (DV-ATT-11) and that name no other recipient (DV-ATT-05)."""
    return tuple(renamed(addressed_to(EncryptedId(xml, (dv,)), dv), suffix) for xml in values)
