"""What metadata must be before it is used, one rule per function, in the order they run."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from metadata.addresses import is_safe
from metadata.certificates import Certificate, Use
from metadata.descriptors import tags
from metadata.descriptors.described import DescribedService, Document
from metadata.descriptors.findings import Finding, Subject, Terms
from metadata.descriptors.kinds import ANY, CONSUMER_CLAUSE, KEY_CLAUSE, KEY_COUNTS, kind_of
from metadata.entities import Endpoint
from metadata.revocation import Standing
from stelsel import urns
from stelsel.failures import BadIdentifier, MessageRefused
from stelsel.identifiers import EntityId, ServiceUuid

DocumentRule = Callable[[Document, Terms], Iterator[Finding]]
Rule = Callable[[Subject, Terms], Iterator[Finding]]


# --- the document as a whole


def has_an_id(document: Document, terms: Terms) -> Iterator[Finding]:
    """The root has an ID, which its signature refers to (MD-GEN-03)."""
    if document.id is None:
        yield _of(document, "MD-GEN-03", "no ID")


def names_its_end(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil, or cacheDuration where that suffices: not for AD, BVD, and RD as service provider (MD-GEN-03)."""
    must = kind_of(document, document.publisher) in ("AD", "BVD", "RD as SP")
    if document.valid_until is None and (must or document.cache_duration is None):
        yield _of(document, "MD-GEN-03", "no validUntil" if must else "neither validUntil nor cacheDuration")


def has_not_ended(document: Document, terms: Terms) -> Iterator[Finding]:
    """validUntil has not passed, of the document nor of anything in it (MD-GEN-03)."""
    if document.valid_until is not None and document.valid_until <= terms.at:
        yield _of(document, "MD-GEN-03", "expired", found=document.valid_until.isoformat())
    for entity in document.entities:
        inner = [*(role.valid_until for role in entity.roles), *([entity.valid_until] if document.is_group else [])]
        ended = [end for end in inner if end is not None and end <= terms.at]
        if ended:
            yield Finding("MD-GEN-03", "expired", entity.entity_id.value, found=min(ended).isoformat())


def names_nobody_twice(document: Document, terms: Terms) -> Iterator[Finding]:
    """Each entityID stands once (spec/security S24)."""
    seen: set[EntityId] = set()
    for entity in document.entities:
        if entity.entity_id in seen:
            yield Finding("MD-GEN-01", "a party stands there twice", entity.entity_id.value)
        seen.add(entity.entity_id)


def is_published_for_its_providers(document: Document, terms: Terms) -> Iterator[Finding]:
    """A group is an LC's or the RD's, whose own entity stands first (MD-LC-01, MD-RS-01)."""
    if document.is_group and kind_of(document, document.publisher) not in ("LC", "RD as SP"):
        yield _of(document, "MD-RS-01", "a group begins with the LC or RD that publishes it")


def is_signed(document: Document, terms: Terms) -> Iterator[Finding]:
    """Signed by its publisher (MD-GEN-02). That the signature is right is shown where it is verified."""
    if document.signature is None and terms.pinned_for is not None:
        yield _of(document, "MD-GEN-02", "not signed")


def is_one_provider(document: Document, terms: Terms) -> Iterator[Finding]:
    """A file that is pinned is one DV's own: nobody brings in an AD, a router or somebody else that way."""
    if terms.pinned_for is not None and (document.is_group or kind_of(document, document.publisher) != "DV"):
        yield _of(document, "MD-GEN-01", "a file of one service provider, and nothing else", found=_roles(document))


DOCUMENT_RULES: Final[tuple[DocumentRule, ...]] = (
    is_one_provider,
    is_signed,
    has_an_id,
    names_its_end,
    has_not_ended,
    names_nobody_twice,
    is_published_for_its_providers,
)


# --- one party


def speaks_saml2(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """protocolSupportEnumeration is SAML 2.0 (MD-GEN-04)."""
    if tags.PROTOCOL not in subject.role.protocols:
        yield subject.finding("MD-GEN-04", "protocolSupportEnumeration", expected=tags.PROTOCOL)


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
            yield subject.finding(clause, flag, expected="true")


def names_its_keys(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Each KeyDescriptor says its use and has one KeyName and one certificate; a name means one key (MD-GEN-05)."""
    known: dict[tuple[str | None, str], bytes] = {}
    for key in subject.role.keys:
        if key.use is None:
            yield subject.finding(KEY_CLAUSE[subject.kind], "KeyDescriptor without use")
        if len(key.names) != 1 or not key.names[0]:
            yield subject.finding("MD-GEN-05", "KeyDescriptor needs one KeyName", found=len(key.names))
        if len(key.certificates) != 1:
            yield subject.finding("MD-GEN-05", "KeyDescriptor needs one X509Certificate", found=len(key.certificates))
        for name in key.names:
            for certificate in key.certificates:
                if known.setdefault((key.use, name), certificate) != certificate:
                    yield subject.finding("MD-GEN-05", "one KeyName for two keys", found=name[:100])


def has_enough_keys(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """As many keys for signing (TLS among them) and for encryption as its kind needs and may have."""
    for use, (least, most) in KEY_COUNTS[subject.kind].items():
        found = sum(1 for key in subject.role.keys if key.use == use)
        if not least <= found <= most:
            expected = f"at least {least}" if most == ANY else f"{least} to {most}"
            yield subject.finding(KEY_CLAUSE[subject.kind], f"keys for {use}", expected=expected, found=found)


def has_sound_certificates(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Each certificate is fit for its use, of this very party's OIN, and vouched for (GEN-01, GEN-12, GEN-13).

    One of a listed DV that has expired or was revoked since the list was made does not bring the whole list down: it is
    never used (`TrustStore.find`), and its DV is not the one that publishes. A router may list a DV with a key that it
    holds for it, in a certificate of the router's own (divergence DV-ATT-05).
    """
    owners = (subject.entity.entity_id, *((subject.publisher,) if subject.kind == "DV of RD" else ()))
    uses: tuple[Use, ...] = ("signing", "encryption")
    for use in uses:
        for der in dict.fromkeys(subject.certificates(use, unmarked=terms.pinned_for is not None)):
            for clause, why in flaws_of(der, use, owners, terms, may_be_over=subject.is_listed):
                yield subject.finding(clause, f"{use} certificate: {why}")


def has_unknown_certificates(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Certificates that a file alone vouches for: of another OIN, another purpose, or an authority unknown here."""
    if terms.pinned_for is None:
        return
    strict = replace(terms, pinned_for=None)
    uses: tuple[Use, ...] = ("signing", "encryption")
    for use in uses:
        for der in dict.fromkeys(subject.certificates(use, unmarked=terms.pinned_for is not None)):
            found = frozenset(flaws_of(der, use, (subject.entity.entity_id,), terms))
            for clause, why in flaws_of(der, use, (subject.entity.entity_id,), strict):
                if (clause, why) not in found:
                    yield subject.finding(clause, f"{use} certificate: {why}")


def flaws_of(
    der: bytes, use: Use, owners: tuple[EntityId, ...], terms: Terms, *, may_be_over: bool = False
) -> Iterator[tuple[str, str]]:
    """Clause and reason of everything that is wrong with a certificate that may be of one of these parties.

    One that is not valid yet, put there for a coming roll-over, is judged at the moment it begins; one that
    `may_be_over` at its end.
    """
    try:
        certificate = Certificate.read(der)
    except MessageRefused as error:
        yield error.broken_clause, error.why
        return
    is_pinned = terms.pinned_for is not None
    yield from certificate.weaknesses(None if is_pinned else use)
    if not is_pinned and (certificate.oin is None or certificate.oin not in {owner.oin for owner in owners}):
        yield "MD-GEN-02" if use == "signing" else "GEN-13", "OIN is not that of the entityID"
    first, last = certificate.validity.first, certificate.validity.last
    if last < terms.at and not may_be_over:
        yield "GEN-12", f"expired on {last.date().isoformat()}"
    elif terms.anchors and not terms.anchors.vouch_for(certificate, min(max(terms.at, first), last)):
        if not is_pinned:
            yield "GEN-12", "no authority that we trust made it"
    elif terms.revocations:
        standing = terms.revocations.standing(certificate, terms.at)
        unknown = standing is Standing.UNDETERMINED and not is_pinned
        if unknown or (standing is Standing.REVOKED and not may_be_over):
            yield "GEN-12", standing.value


def listens_as_agreed(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """The endpoints its kind must have are there, with no binding but the agreed one (GEN-27)."""
    for what, clause, endpoints, binding, least, most in _agreed(subject):
        if not least <= len(endpoints) <= most:
            yield subject.finding(clause, f"{what}s", expected=least if most else "none", found=len(endpoints))
        for endpoint in endpoints:
            if endpoint.binding != binding:
                yield subject.finding(clause, f"{what} of another binding", expected=binding, found=endpoint.binding)


def numbers_its_endpoints(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Of several consumers or services exactly one is the default (MD-DV-04, MD-DV-05)."""
    for what, clause, indexes, defaults, needs_default in _numbered(subject):
        if defaults > 1 or (needs_default and len(indexes) > 1 and defaults != 1):
            yield subject.finding(clause, f"{what}: one of several is the default", expected=1, found=defaults)


def has_safe_addresses(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Every address is https, with a host and nothing that misleads; http on this machine where that is let through."""
    role = subject.role
    endpoints = (*role.single_sign_on, *role.artifact_resolution, *role.single_logout, *role.assertion_consumers)
    for location in dict.fromkeys(address for each in endpoints for address in (each.location, each.answers_at)):
        if not is_safe(location, loopback=terms.loopback):
            yield subject.finding("GEN-19", "address", expected="https", found=location[:200])


def offers_known_services(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """AttributeConsumingService: of a DV only, each with one ServiceUUID (MD-DV-05)."""
    if subject.role.services and subject.kind != "DV":
        yield subject.finding("MD-DV-05", "AttributeConsumingService is for a DV's own metadata")
    for service in subject.role.services:
        found = len(uuids_in(service))
        if found != 1:
            yield subject.finding("MD-DV-05", "one ServiceUUID per AttributeConsumingService", found=found)


def has_a_signing_key(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Whose keys its file alone vouches for, lists one to sign with: unsigned requests are refused for all (GEN-08)."""
    if terms.pinned_for is not None and not any(subject.certificates("signing", unmarked=True)):
        yield subject.finding(KEY_CLAUSE[subject.kind], "no certificate to sign with")


def numbers_each_endpoint_once(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Every index stands once (MD-DV-04, MD-DV-05)."""
    for what, clause, indexes, _, _ in _numbered(subject):
        if len(set(indexes)) < len(indexes):
            yield subject.finding(clause, f"{what}: an index stands twice")


RULES: Final[tuple[Rule, ...]] = (
    speaks_saml2,
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
)
# What generic products leave out or do otherwise, and a DV outside `st-saml` may (clients 1, 5).
DEVIATIONS: Final[frozenset[DocumentRule | Rule]] = frozenset(
    {
        is_signed,
        has_an_id,
        names_its_end,
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
        yield "SingleLogoutService", "MD-DV-03", role.single_logout, urns.HTTP_POST, 0, ANY
        return
    by_router = kind == "RD as IdP"
    logout = {"RD as IdP": ("MD-RD-04", 1, ANY), "BVD": ("MD-AD-04", 0, 0)}.get(kind, ("MD-AD-04", 0, 1))
    resolution, sign_on = ("MD-RD-02", "MD-RD-03") if by_router else ("MD-AD-03", "MD-AD-03")
    yield "ArtifactResolutionService", resolution, role.artifact_resolution, urns.SOAP, 1, ANY
    yield "SingleSignOnService", sign_on, role.single_sign_on, urns.HTTP_POST, 1, ANY
    yield "SingleLogoutService", logout[0], role.single_logout, urns.HTTP_POST, *logout[1:]


def judge(document: Document, terms: Terms) -> Iterator[Finding]:
    """Everything that breaks a rule; the signature is judged elsewhere."""
    for document_rule in DOCUMENT_RULES:
        yield from _told(document_rule, document_rule(document, terms), terms)
    for entity in document.entities:
        kind = kind_of(document, entity)
        if kind is None:
            yield Finding(
                "MD-GEN-01",
                "needs one IDPSSODescriptor or SPSSODescriptor, the one that fits its name and place",
                entity.entity_id.value,
                found=str(len(entity.roles)),
            )
            continue
        subject = Subject(entity, entity.roles[0], kind, document.publisher.entity_id)
        for rule in RULES:
            yield from _told(rule, rule(subject, terms), terms)


def _roles(document: Document) -> str:
    return ", ".join(role.role for entity in document.entities for role in entity.roles)[:100]


def _of(document: Document, clause: str, why: str, *, found: str = "") -> Finding:
    return Finding(clause, why, document.publisher.entity_id.value, found=found)


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
