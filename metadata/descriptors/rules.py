"""What metadata must be before it is used, one rule per function, in the order they run."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from metadata.addresses import is_safe
from metadata.defects import MetadataDefect
from metadata.descriptors import tags
from metadata.descriptors.described import DescribedEntity, DescribedService, Document, Role
from metadata.descriptors.document_rules import (
    DOCUMENT_RULES,
    DocumentRule,
    has_an_id,
    is_signed,
    names_its_end,
)
from metadata.descriptors.findings import Finding, Subject, Terms
from metadata.descriptors.key_rules import (
    can_be_encrypted_for,
    has_a_signing_key,
    has_enough_keys,
    has_sound_certificates,
    has_unknown_certificates,
    names_its_keys,
)
from metadata.descriptors.kinds import ANY, CONSUMER_CLAUSE, KINDS, kind_of, role_named_by
from metadata.entities import Endpoint
from stelsel import urns
from stelsel.failures import BadIdentifier
from stelsel.identifiers import ServiceUuid

T = TypeVar("T")
Rule = Callable[[Subject, Terms], Iterator[Finding]]


def speaks_saml2(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """protocolSupportEnumeration is SAML 2.0 (MD-GEN-04)."""
    if tags.PROTOCOL not in subject.role.protocols:
        found = " ".join(subject.role.protocols)[:200] or "nothing"
        why = "protocolSupportEnumeration"
        yield subject.finding(MetadataDefect.PROTOCOL, "MD-GEN-04", why, expected=tags.PROTOCOL, found=found)


def keeps_the_order(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """What a descriptor holds stands in the schema's order (SAML metadata 2.4)."""
    if not subject.role.in_order:
        yield subject.finding(MetadataDefect.ELEMENT_ORDER, "ERR-09", "elements in another order than the schema's")


def promises_signatures(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Requests are signed, assertions wanted signed; all these flags are true (MD-DV-01, MD-RD-01, MD-AD-01)."""
    clause, flags = {
        "DV": ("MD-DV-01", ("AuthnRequestsSigned", "WantAssertionsSigned")),
        "LC": ("MD-LC-02", ("AuthnRequestsSigned", "WantAssertionsSigned")),
        "RD as SP": ("MD-RS-02", ("AuthnRequestsSigned", "WantAssertionsSigned")),
        "RD as IdP": ("MD-RD-01", ("WantAuthnRequestsSigned",)),
        "AD": ("MD-AD-01", ("WantAuthnRequestsSigned",)),
        "BVD": ("MD-AD-01", ("WantAuthnRequestsSigned",)),
    }.get(subject.kind, ("", ()))
    for flag in flags:
        if not subject.role.flags.get(flag, False):
            found = "false" if flag in subject.role.flags else "nothing"
            yield subject.finding(MetadataDefect.SIGNING_FLAG, clause, flag, expected="true", found=found)


def listens_as_agreed(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """The endpoints its kind must have are there, with no binding but the agreed one (GEN-27)."""
    for what, clause, endpoints, binding, least, most in _agreed(subject):
        if not least <= len(endpoints) <= most:
            expected, defect = _range(least, most), MetadataDefect.ENDPOINT_COUNT
            yield subject.finding(defect, clause, f"{what}s", expected=expected, found=len(endpoints))
        for endpoint, at in zip(endpoints, subject.role.places.get(what, ()), strict=True):
            if endpoint.binding != binding:
                why, found = f"{what} of another binding", endpoint.binding[:200]
                yield subject.finding(MetadataDefect.BINDING, clause, why, expected=binding, found=found, at=at)


def numbers_its_endpoints(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Of several consumers or services exactly one is the default (MD-DV-04, MD-DV-05)."""
    for what, clause, indexes, defaults, needs_default in _numbered(subject):
        if defaults > 1 or (needs_default and len(indexes) > 1 and defaults != 1):
            why = f"{what}: one of several is the default"
            yield subject.finding(MetadataDefect.DEFAULT, clause, why, expected=1, found=defaults)


def has_safe_addresses(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Every address is https, with a host and nothing that misleads; http on this machine where that is let through."""
    role = subject.role
    for what, endpoints in (
        ("SingleSignOnService", role.single_sign_on),
        ("ArtifactResolutionService", role.artifact_resolution),
        ("SingleLogoutService", role.single_logout),
        ("AssertionConsumerService", role.assertion_consumers),
    ):
        for endpoint, at in zip(endpoints, role.places.get(what, ()), strict=True):
            for location in dict.fromkeys((endpoint.location, endpoint.answers_at)):
                if not is_safe(location, loopback=terms.loopback):
                    why, found = f"{what}: address", location[:200]
                    yield subject.finding(MetadataDefect.ADDRESS, "GEN-19", why, expected="https", found=found, at=at)


def offers_known_services(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """AttributeConsumingService: of a DV only, each with one ServiceUUID and a name per language (MD-DV-05)."""
    for service in subject.role.services:
        at = service.element
        if subject.kind != "DV":
            clause = CONSUMER_CLAUSE[subject.kind] if subject.is_listed else "MD-DV-05"
            why = "AttributeConsumingService is for a DV's own metadata"
            yield subject.finding(MetadataDefect.SERVICES_OF_ANOTHER, clause, why, at=at)
        if len(uuids_in(service)) != 1:
            why = "one ServiceUUID per AttributeConsumingService"
            expected = f"RequestedAttribute {urns.SERVICE_UUID} with one UUID as AttributeValue"
            found, defect = _asked_by(service), MetadataDefect.SERVICE_UUID
            yield subject.finding(defect, "MD-DV-05", why, expected=expected, found=found, at=at)
        for language in _repeated(service.languages):
            why, found = "ServiceName: one per language", f"{language} twice"
            yield subject.finding(MetadataDefect.LANGUAGE_TWICE, "MD-DV-05", why, found=found, at=at)


def listens_at_all(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Outside `st-saml` answers go by HTTP-Artifact or HTTP-POST: there is a consumer for one of them (clients 5)."""
    bindings = [each.binding for each in subject.role.assertion_consumers]
    if terms.pinned_for is not None and not {urns.HTTP_ARTIFACT, urns.HTTP_POST}.intersection(bindings):
        why = "no AssertionConsumerService that answers can go to"
        expected = f"{urns.HTTP_ARTIFACT} or {urns.HTTP_POST}"
        found = ", ".join(bindings)[:200]
        yield subject.finding(MetadataDefect.NO_CONSUMER, "MD-DV-04", why, expected=expected, found=found)


def numbers_each_endpoint_once(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Every index stands once (MD-DV-04, MD-DV-05)."""
    for what, clause, indexes, _, _ in _numbered(subject):
        for index in _repeated(indexes):
            why, found = f"{what}: an index stands twice", f"index {index}"
            yield subject.finding(MetadataDefect.INDEX_TWICE, clause, why, found=found)


RULES: Final[tuple[Rule, ...]] = (
    speaks_saml2,
    keeps_the_order,
    promises_signatures,
    names_its_keys,
    has_enough_keys,
    has_sound_certificates,
    has_unknown_certificates,
    listens_as_agreed,
    numbers_each_endpoint_once,
    numbers_its_endpoints,
    has_safe_addresses,
    offers_known_services,
    has_a_signing_key,
    listens_at_all,
    can_be_encrypted_for,
)
# Those that speak of what is not there: of a document of which a part could not be read nobody can say.
COUNTS: Final[frozenset[Rule]] = frozenset(
    {
        has_enough_keys,
        listens_as_agreed,
        numbers_its_endpoints,
        has_a_signing_key,
        listens_at_all,
        can_be_encrypted_for,
    }
)
# What generic products leave out or do otherwise, and a DV outside `st-saml` may (clients 1, 5).
DEVIATIONS: Final[frozenset[DocumentRule | Rule]] = frozenset(
    {
        is_signed,
        has_an_id,
        names_its_end,
        keeps_the_order,
        promises_signatures,
        names_its_keys,
        has_enough_keys,
        has_unknown_certificates,
        listens_as_agreed,
        numbers_its_endpoints,
        offers_known_services,
    }
)


def _numbered(subject: Subject) -> Iterator[tuple[str, str, list[int | None], int, bool]]:
    """Per sort of numbered endpoint: its name, clause, indexes, how many are the default, and whether one must be."""
    role = subject.role
    consumer = CONSUMER_CLAUSE.get(subject.kind, "MD-DV-04")
    resolution = "MD-RD-02" if subject.kind == "RD as IdP" else "MD-AD-03"
    for what, clause, numbered, needs_default in (
        ("AssertionConsumerService", consumer, role.assertion_consumers, True),
        ("AttributeConsumingService", "MD-DV-05", role.services, True),
        ("ArtifactResolutionService", resolution, role.artifact_resolution, False),
    ):
        yield what, clause, [each.index for each in numbered], sum(each.is_default for each in numbered), needs_default


def _agreed(subject: Subject) -> Iterator[tuple[str, str, tuple[Endpoint, ...], str, int, int]]:
    """Per sort of endpoint: its name, clause, those found, binding, and how many there may be."""
    role, kind = subject.role, subject.kind
    if role.role == "sp":
        consumers = (1, 1) if subject.is_listed else (1, ANY)
        yield (
            "AssertionConsumerService",
            CONSUMER_CLAUSE[kind],
            role.assertion_consumers,
            urns.HTTP_ARTIFACT,
            *consumers,
        )
        logging_out = "MD-RS-03" if kind == "RD as SP" else "MD-DV-03"
        yield "SingleLogoutService", logging_out, role.single_logout, urns.HTTP_POST, 0, ANY
        return
    by_router = kind == "RD as IdP"
    logout = {"RD as IdP": ("MD-RD-04", 1, ANY), "BVD": ("MD-AD-04", 0, 0)}.get(kind, ("MD-AD-04", 0, 1))
    resolution, sign_on = ("MD-RD-02", "MD-RD-03") if by_router else ("MD-AD-03", "MD-AD-03")
    yield "ArtifactResolutionService", resolution, role.artifact_resolution, urns.SOAP, 1, ANY
    yield "SingleSignOnService", sign_on, role.single_sign_on, urns.HTTP_POST, 1, ANY
    yield "SingleLogoutService", logout[0], role.single_logout, urns.HTTP_POST, *logout[1:]


def judge(document: Document, terms: Terms, *, in_part: bool = False) -> Iterator[Finding]:
    """Everything that breaks a rule; the signature is judged elsewhere. `in_part`: what could not be read is left out
    of `document`, and nothing is said of what is missing."""
    for document_rule in DOCUMENT_RULES:
        yield from _told(document_rule, document_rule(document, terms), terms)
    for entity in document.entities:
        kind = kind_of(document, entity)
        if kind is None:
            yield Finding(
                MetadataDefect.ROLES,
                "MD-GEN-01",
                "needs one IDPSSODescriptor or SPSSODescriptor, the one that fits its name and place",
                entity.entity_id.value,
                expected=_fitting(document, entity),
                found=", ".join(_DESCRIPTORS[role.role] for role in entity.roles)[:200] or "none",
                element=entity.element,
            )
            continue
        subject = Subject(entity, entity.roles[0], kind, document.publisher.entity_id)
        for rule in RULES:
            if not (in_part and rule in COUNTS):
                yield from _told(rule, rule(subject, terms), terms)


_DESCRIPTORS: Final[Mapping[Role, str]] = {"sp": "SPSSODescriptor", "idp": "IDPSSODescriptor"}


def _fitting(document: Document, entity: DescribedEntity) -> str:
    named = role_named_by(entity.entity_id)
    if document.is_group and entity is not document.publisher:
        return "behind its publisher a group has DVs only, each with one SPSSODescriptor"
    fitting = [_DESCRIPTORS[role] for name, role in KINDS if name == named]
    return f"one {' or '.join(fitting)}, as {named or 'an entityID without a role'} has" if fitting else "another role"


def _range(least: int, most: int) -> str:
    if least == most:
        return str(most) if most else "none"
    return f"at least {least}" if most == ANY else f"{least} to {most}"


def _repeated(values: Sequence[T]) -> list[T]:
    return [value for value, times in Counter(values).items() if times > 1]


def _asked_by(service: DescribedService) -> str:
    return "; ".join(f"{name} with {', '.join(values) or 'no value'}" for name, values in service.requested)[:300]


def _told(rule: object, findings: Iterator[Finding], terms: Terms) -> Iterator[Finding]:
    """The findings of a rule, tolerated where the terms allow that it is broken."""
    tolerated = terms.pinned_for is not None and rule in DEVIATIONS
    return (replace(each, tolerated=True) for each in findings) if tolerated else findings


def uuids_in(service: DescribedService) -> tuple[ServiceUuid, ...]:
    """The ServiceUUIDs that an AttributeConsumingService names; generic products name none (clients 2)."""
    values = [value for name, values in service.requested if name == urns.SERVICE_UUID for value in values]
    try:
        return tuple(map(ServiceUuid, values))
    except BadIdentifier:
        return ()
