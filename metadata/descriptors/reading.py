"""Reads metadata: signature by whom the name says, every rule kept, and values from the signed bytes only."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from metadata.certificates import Anchors, Certificate
from metadata.defects import MetadataDefect
from metadata.descriptors.described import DescribedEntity, DescribedKey, Document, certificates_in, describe
from metadata.descriptors.findings import Finding, Terms, place_of
from metadata.descriptors.key_rules import Flaw, flaws_of
from metadata.descriptors.kinds import kind_of
from metadata.descriptors.rules import judge, uuids_in
from metadata.descriptors.survey import survey
from metadata.descriptors.tags import KEY_INFO
from metadata.descriptors.unreadable import unreadable
from metadata.entities import Entity, OfferedService
from stelsel.failures import MessageMalformed, MessageRefused, SignatureRefused
from stelsel.saml.signatures import VerificationKey, verify
from stelsel.saml.xml import ANNOTATED_METADATA, METADATA, Element, Limits, canonical, drop_comments, parse, parsed


def read_metadata(
    data: bytes, authority: Anchors, at: datetime, *, loopback: bool = False, pinned_for: timedelta | None = None
) -> tuple[Entity, ...]:
    """The parties of a document, its publisher first; each trusted until `valid_until` and no longer.

    That is the document's own end, or that of the certificates which vouch for it when those end first: nothing is
    trusted for a century. `loopback`, `pinned_for`: see `Terms`. Raises `MessageRefused` or a kin of it, about the
    first thing that is wrong (MD-GEN-01); `find_flaws` lists all.
    """
    return read_document(data, Terms(anchors=authority, at=at, loopback=loopback, pinned_for=pinned_for)).entities


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A document that was taken. `valid_until` and `cache_duration` are what it says itself; `digest` names what was
    signed, whatever was done to the bytes around it."""

    entities: tuple[Entity, ...]
    valid_until: datetime | None
    cache_duration: str | None
    digest: str


def read_document(data: bytes, terms: Terms) -> Verified:
    """As `read_metadata`, on these terms."""
    document, until = _signed(describe(parse(data, _limits(terms))), terms)
    for finding in judge(document, terms):
        if not finding.tolerated:
            raise finding.refusal()
    return Verified(
        entities=_entities(document, until),
        valid_until=document.valid_until,
        cache_duration=document.cache_duration,
        digest=_digest(document.root),
    )


@dataclass(frozen=True, slots=True)
class Recalled:
    """A document as `read_document` once took it: its parties, its own end, and its digest."""

    entities: tuple[Entity, ...]
    valid_until: datetime | None
    digest: str


def recall_document(data: bytes, until: datetime) -> Recalled:
    """As `recall_metadata`, with what tells the document from others of its publisher."""
    document = describe(_kept(data))
    entities, root = _entities(document, until), document.root
    if document.signature is not None:
        root.remove(document.signature)
    return Recalled(entities, document.valid_until, _digest(root))


def certificates_of(data: bytes) -> tuple[Certificate, ...]:
    """Every certificate a document names, before anybody believes it. Raises `MessageRefused`."""
    document = describe(parse(data, METADATA))
    keys = (
        der for entity in document.entities for role in entity.roles for key in role.keys for der in key.certificates
    )
    signatures = (entity.signature for entity in document.entities)
    infos = (child for each in (document.signature, *signatures) if each is not None for child in each)
    named = (der for info in infos if info.tag == KEY_INFO for der in certificates_in(info))
    return tuple(Certificate.read(der) for der in dict.fromkeys((*keys, *named)))


def recall_metadata(data: bytes, until: datetime) -> tuple[Entity, ...]:
    """The parties of a document that `read_metadata` once accepted and we stored ourselves; nothing is judged again."""
    return _entities(describe(_kept(data)), until)


def find_flaws(data: bytes, terms: Terms) -> Iterator[Finding]:
    """All that is wrong with a document. What cannot be read is left out and the rest judged, but for its signature."""
    try:
        root = parse(data, _limits(terms))
    except MessageMalformed as error:
        yield unreadable(data, error)
        return
    surveyed = survey(root)
    yield from surveyed.findings
    document = surveyed.document
    if document is None:
        return
    # Judged first: checking a signature takes it out of the tree.
    yield from judge(document, terms, in_part=not surveyed.is_whole)
    if not surveyed.is_whole:
        return
    place = place_of(document.root if document.signature is None else document.signature)
    try:
        _signed(document, terms)
    except MessageRefused as error:
        publisher = document.publisher.entity_id.value
        expected, found = (str("" if each is None else each) for each in (error.expected, error.found))
        yield Finding(error.defect, error.broken_clause, error.why, publisher, expected, found, place=place)


def _limits(terms: Terms) -> Limits:
    """Files as products and people write them hold comments, and attributes of others (xsi:schemaLocation)."""
    return METADATA if terms.pinned_for is None else ANNOTATED_METADATA


def _kept(data: bytes) -> Element:
    """The root of a document that was accepted, as it was read then."""
    root = parsed(data)
    drop_comments(root)
    return root


def _digest(root: Element) -> str:
    return hashlib.sha256(canonical(root)).hexdigest()


@dataclass(frozen=True, slots=True)
class _Vouching:
    """A key that may sign this metadata, and until when its certificate holds."""

    key: VerificationKey
    until: datetime


def _signed(document: Document, terms: Terms) -> tuple[Document, datetime]:
    """The document as it was signed, and the end of the certificates that vouch for it. Raises `SignatureRefused`.

    A nested signature is not needed; one that is there must be right (MD-LC-01).
    """
    publisher = document.publisher
    if terms.pinned_for is not None:
        return _as_handed_in(document, terms, terms.pinned_for)
    if document.signature is None:
        raise SignatureRefused(
            "not signed",
            clause="MD-GEN-02",
            expected="a Signature",
            found=f"none in the metadata of {publisher.entity_id.value}",
            defect=MetadataDefect.NOT_SIGNED,
        )
    vouching = _vouching(publisher, document.signature, terms)
    signed = describe(verify(document.root, [each.key for each in vouching]))
    if document.is_group:
        for entity in document.entities:
            if entity.signature is not None:
                _check_nested(document, entity, entity.signature, terms)
    return signed, max(each.until for each in vouching)


def _check_nested(document: Document, entity: DescribedEntity, signature: Element, terms: Terms) -> None:
    """Raises `SignatureRefused` unless it is by the OIN of the entity that it stands in (MD-LC-01)."""
    try:
        verify(entity.element, [each.key for each in _vouching(entity, signature, terms)])
    except SignatureRefused as error:
        clause = "MD-LC-01" if kind_of(document, document.publisher) == "LC" else "MD-RS-01"
        refused = SignatureRefused(
            f"the signature nested in {entity.entity_id.value}: {error.why}",
            clause=clause,
            expected=error.expected,
            found=error.found,
            defect=MetadataDefect.NESTED_SIGNATURE,
        )
        raise refused from error


def _as_handed_in(document: Document, terms: Terms, life: timedelta) -> tuple[Document, datetime]:
    """A document that its DV's operator vouches for. A signature, where there is one, is by a key that stands in it.

    Such a signature shows that the file is whole, and nothing about who made it.
    """
    until = terms.at + life
    if document.signature is None or document.is_group:  # a group is refused by the rules
        return document, until
    publisher = document.publisher
    offered = _offered(publisher, document.signature)
    keys = [Certificate.read(der).verification_key(name or None) for name, der in offered]
    return describe(verify(publisher.element, keys, unnamed=True)), until


def _vouching(entity: DescribedEntity, signature: Element, terms: Terms) -> Sequence[_Vouching]:
    """The keys that may sign for this party: certificates with its OIN, from an authority of ours (MD-GEN-02, GEN-12).

    They may stand among its signing keys, or in the signature itself; what makes them good is the authority and the
    OIN, not the place.
    """
    flaws: list[Flaw] = []
    found: list[_Vouching] = []
    for name, der in _offered(entity, signature):
        wrong = list(flaws_of(der, "signing", (entity.entity_id,), terms))
        flaws += wrong
        if wrong:
            continue
        certificate = Certificate.read(der)
        if certificate.validity.holds(terms.at):
            found.append(_Vouching(certificate.verification_key(name or None), certificate.validity.last))
    if not found:
        flaw = flaws[0] if flaws else Flaw(MetadataDefect.NO_SIGNING_KEY, "MD-GEN-02", "no signing certificate")
        raise SignatureRefused(
            f"nobody vouches for the signature: {flaw.why}",
            clause=flaw.clause,
            expected=flaw.expected or None,
            found=flaw.found or None,
            defect=MetadataDefect.NOBODY_VOUCHES,
        )
    return found


def _offered(entity: DescribedEntity, signature: Element) -> Iterator[tuple[str, bytes]]:
    """The certificates that stand among a party's signing keys, by KeyName, and those in the signature itself."""
    for role in entity.roles:
        for key in role.keys:
            yield from _signing(key)
    for child in signature:
        if child.tag == KEY_INFO:
            yield from (("", der) for der in certificates_in(child))


def _signing(key: DescribedKey) -> Iterator[tuple[str, bytes]]:
    if key.serves("signing"):
        for certificate in key.certificates:
            yield (key.names[0] if key.names else ""), certificate


def _entities(document: Document, until: datetime) -> tuple[Entity, ...]:
    """The parties of a document. The DVs that an LC lists are no parties of their own: they are what the LC is for, and
    stand inside it, so that no list can change a DV that connects itself (MD-LC-04)."""
    first, *others = (_entity(document, entity, until) for entity in document.entities)
    return (replace(first, providers=tuple(others)),) if first.is_supplier else (first, *others)


def _entity(document: Document, described: DescribedEntity, until: datetime) -> Entity:
    (role,) = described.roles
    ends = (document.valid_until, described.valid_until, role.valid_until, until)
    return Entity(
        entity_id=described.entity_id,
        signing_keys=_keys(role.keys, "signing"),
        encryption_keys=_keys(role.keys, "encryption"),
        single_sign_on=role.single_sign_on,
        artifact_resolution=role.artifact_resolution,
        single_logout=role.single_logout,
        assertion_consumers=role.assertion_consumers,
        services=tuple(
            OfferedService(index=service.index, uuid=uuid, is_default=service.is_default, names=service.names)
            for service in role.services
            for uuid in uuids_in(service)
        ),
        valid_until=min(end for end in ends if end is not None),
        names=role.names or described.names,
        url=described.url,
    )


def _keys(keys: Sequence[DescribedKey], use: str) -> tuple[VerificationKey, ...]:
    return tuple(
        Certificate.recall(key.certificates[0]).verification_key(next(iter(key.names), None))
        for key in keys
        if key.serves(use) and key.certificates
    )
