"""What the BVD declares: its assertion, with both identities encrypted for the DV alone."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bvd.rules import VESTIGING
from exchange.respond import Reply, statement, write_success
from metadata.entities import Entity
from stelsel import urns
from stelsel.failures import Misconfigured
from stelsel.identifiers import Bsn, EntityId, KvkNummer, Pseudonym, Rsin, Subject
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import NameId, Recipient, encrypt_id
from stelsel.saml.signatures import SigningKey
from stelsel.subjects import PARENTAL, Ground, Interest, Mandate

LONGEST_SESSION: Final = timedelta(days=1)  # no DV keeps one longer (DV-SES-01: 15 minutes idle)

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,250}")
# DESIGN 3.9: ours where the standard has no value; settings may replace them by ground.
REPRESENTATION_TYPES: Final[Mapping[Ground, str]] = {ground: f"urn:namens:rt:{ground.value}" for ground in Ground}


_MEASURES: Final = {"bewindvoerder": Ground.BEWIND, "curator": Ground.CURATELE, "mentor": Ground.MENTORSCHAP}
# DV-ATT-13: whoever has no BSN is named as eTD does.
_QUALIFIERS: Final[Mapping[type, str]] = {
    Bsn: urns.LEGACY_BSN,
    KvkNummer: urns.ETOEGANG_KVK,
    Rsin: urns.ETOEGANG_RSIN,
    Pseudonym: urns.ETOEGANG_PSEUDO,
}


def read_types(pairs: Iterable[str]) -> Mapping[Ground, str]:
    """The RepresentationType of each ground: ours, with the `GROUND=value` of the settings over them.

    Raises `Misconfigured` for a ground that there is not, a ground twice, or a value that is no URI.
    """
    given: dict[Ground, str] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in set(Ground) or Ground(name) in given or not _URI.fullmatch(value):
            raise Misconfigured(f"representation_types: {pair!r} is no GROUND=value with a URI, each ground once")
        given[Ground(name)] = value
    return {**REPRESENTATION_TYPES, **given}


def representation_types(
    mandate: Mandate, interests: frozenset[Interest], types: Mapping[Ground, str]
) -> tuple[str, ...]:
    """The RepresentationType of a mandate: the standard's one value for parental authority in care (TYP-05).

    An office has its own value and that of the measure, which tells its role (DV-ATT-12: one or more).
    """
    ground = mandate.ground
    if ground in PARENTAL and Interest.ZORG in interests:
        return (urns.RT_FULL_CARE_AUTHORITY_CHILD,)
    measure = _MEASURES.get(mandate.representation.role or "") if ground is Ground.EH_BEWIND else None
    return (types[ground],) if measure is None else (types[ground], types[measure])


def write_declaration(
    reply: Reply,
    router: EntityId,
    dv: Recipient,
    mandate: Mandate,
    representation_types: tuple[str, ...],
    key: SigningKey,
) -> bytes:
    """The Response with the BVD's signed assertion (RD-ASR-02 to RD-ASR-11; R-OUT for the end of a session)."""
    represented, restrictions = mandate.representation.represented.subject, mandate.representation.restrictions
    attributes = [
        Attribute(urns.SERVICE_UUID, (mandate.service.value,)),
        Attribute(urns.ACTING_SUBJECT_ID, (encrypt_id(_name(mandate.acting), [dv]),)),
        Attribute(urns.LEGAL_SUBJECT_ID, (encrypt_id(_name(represented), [dv]),)),
        Attribute(urns.REPRESENTATION_TYPE, representation_types),
    ]
    if mandate.via:
        between = tuple(encrypt_id(_name(party.subject), [dv]) for party in mandate.via)
        attributes.append(Attribute(urns.INTERMEDIARY_SUBJECT_ID, between))
    if VESTIGING in restrictions:
        attributes.append(Attribute(urns.ETOEGANG_VESTIGING, (restrictions[VESTIGING],)))
    assertion = statement(
        reply,
        audiences=(router,),
        context_class=urns.UNSPECIFIED_CONTEXT,
        attributes=tuple(attributes),
        session_until=_session_until(mandate, reply.at),
    )
    return write_success(reply, assertion, key)


def readable_for(dv: Entity) -> Recipient:
    """The DV as the one reader of a declaration. Raises `Misconfigured` when its metadata has no encryption key."""
    if not dv.encryption_keys:
        raise Misconfigured(f"{dv.entity_id.value} has no encryption key", clause="MD-DV-02")
    return dv.recipient()


def _session_until(mandate: Mandate, at: datetime) -> datetime | None:
    """The end of the mandate when a session at the DV could outlive it (R-OUT); a later one would tell a birthday."""
    soon = mandate.ends_at is not None and mandate.ends_at <= at + LONGEST_SESSION
    return mandate.ends_at if soon else None


def _name(subject: Subject | None) -> NameId:
    if subject is None:
        raise Misconfigured("a mandate with somebody who has no number")
    return NameId(_QUALIFIERS[type(subject)], subject.value)
