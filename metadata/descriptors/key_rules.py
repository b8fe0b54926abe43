"""What the keys of a party in metadata must be: named, enough, sound, its own, and vouched for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, get_args

from metadata.certificates import Certificate, Use
from metadata.defects import MetadataDefect
from metadata.descriptors.findings import Finding, Subject, Terms
from metadata.descriptors.kinds import ANY, KEY_CLAUSE, KEY_COUNTS
from metadata.revocation import Standing
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId
from stelsel.saml.xml import Element

_USES: Final[tuple[Use, ...]] = get_args(Use)
_COUNTED: Final[Mapping[Use, MetadataDefect]] = {
    "signing": MetadataDefect.SIGNING_KEYS,
    "encryption": MetadataDefect.ENCRYPTION_KEYS,
}


def names_its_keys(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Each KeyDescriptor says its use and has one KeyName and one certificate; a name means one key (MD-GEN-05)."""
    known: dict[tuple[str | None, str], bytes] = {}
    for key in subject.role.keys:
        at, names, certificates = key.element, len(key.names), len(key.certificates)
        if key.use is None:
            clause = KEY_CLAUSE[subject.kind]
            yield subject.finding(MetadataDefect.KEY_WITHOUT_USE, clause, "KeyDescriptor without use", at=at)
        if names != 1 or not key.names[0]:
            found = names if names != 1 else "an empty one"
            why = "KeyDescriptor needs one KeyName"
            yield subject.finding(MetadataDefect.KEY_NAME, "MD-GEN-05", why, expected=1, found=found, at=at)
        if key.says_more:
            why = "KeyInfo holds more than KeyName and X509Data"
            yield subject.finding(MetadataDefect.KEY_INFO, "MD-GEN-05", why, at=at)
        if certificates != 1:
            why = "KeyDescriptor needs one X509Certificate"
            defect = MetadataDefect.KEY_CERTIFICATE
            yield subject.finding(defect, "MD-GEN-05", why, expected=1, found=certificates, at=at)
        for name in key.names:
            for certificate in key.certificates:
                if known.setdefault((key.use, name), certificate) != certificate:
                    why, twice = "one KeyName for two keys", MetadataDefect.KEY_NAME_TWICE
                    yield subject.finding(twice, "MD-GEN-05", why, found=name[:100], at=at)


def has_enough_keys(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """As many keys for signing (TLS among them) and for encryption as its kind needs and may have."""
    for use, (least, most) in KEY_COUNTS[subject.kind].items():
        found = sum(1 for key in subject.role.keys if key.use == use)
        if not least <= found <= most:
            expected = f"at least {least}" if most == ANY else f"{least} to {most}" if most else "none"
            clause, why = KEY_CLAUSE[subject.kind], f"keys for {use}"
            yield subject.finding(_COUNTED[use], clause, why, expected=expected, found=found)


def has_sound_certificates(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Each certificate is fit for its use, of this very party's OIN, and vouched for (GEN-01, GEN-12, GEN-13).

    One of a listed DV that has expired or was revoked since the list was made does not bring the whole list down: it is
    never used (`TrustStore.find`), and its DV is not the one that publishes. A router may list a DV with a key that it
    holds for it, in a certificate of the router's own (divergence DV-ATT-05).
    """
    owners = (subject.entity.entity_id, *((subject.publisher,) if subject.kind == "DV of RD" else ()))
    for use in _USES:
        for der, at in subject.certificates(use, unmarked=terms.pinned_for is not None):
            for flaw in flaws_of(der, use, owners, terms, may_be_over=subject.is_listed):
                yield _told(subject, use, flaw, at)


def has_unknown_certificates(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Certificates that a file alone vouches for: of another OIN, another purpose, or an authority unknown here."""
    if terms.pinned_for is None:
        return
    strict = replace(terms, pinned_for=None)
    owners = (subject.entity.entity_id,)
    for use in _USES:
        for der, at in subject.certificates(use, unmarked=True):
            found = frozenset(flaws_of(der, use, owners, terms))
            for flaw in flaws_of(der, use, owners, strict):
                if flaw not in found:
                    yield _told(subject, use, flaw, at)


def has_a_signing_key(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Whose keys its file alone vouches for, lists one to sign with: unsigned requests are refused for all (GEN-08)."""
    if terms.pinned_for is not None and not any(subject.certificates("signing", unmarked=True)):
        why = "no certificate to sign with"
        yield subject.finding(MetadataDefect.NO_SIGNING_KEY, KEY_CLAUSE[subject.kind], why)


def can_be_encrypted_for(subject: Subject, terms: Terms) -> Iterator[Finding]:
    """Profile `etoegang` gives identities encrypted for the DV's own key: there must be one (clients 5)."""
    if terms.profile == "etoegang" and not any(subject.certificates("encryption", unmarked=True)):
        why = "no certificate to encrypt for, which profile etoegang needs"
        yield subject.finding(MetadataDefect.NO_ENCRYPTION_KEY, KEY_CLAUSE[subject.kind], why)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with a certificate."""

    defect: MetadataDefect
    clause: str
    why: str
    expected: str = ""
    found: str = ""


def flaws_of(
    der: bytes, use: Use, owners: tuple[EntityId, ...], terms: Terms, *, may_be_over: bool = False
) -> Iterator[Flaw]:
    """Everything that is wrong with a certificate that may be of one of these parties.

    One that is not valid yet, put there for a coming roll-over, is judged at the moment it begins; one that
    `may_be_over` at its end.
    """
    try:
        certificate = Certificate.read(der)
    except MessageRefused as error:
        yield Flaw(MetadataDefect.NOT_A_CERTIFICATE, error.broken_clause, error.why)
        return
    is_pinned = terms.pinned_for is not None
    for defect, clause, why in certificate.weaknesses(None if is_pinned else use):
        yield Flaw(defect, clause, why)
    oins = {owner.oin for owner in owners if owner.oin is not None}
    if not is_pinned and (certificate.oin is None or certificate.oin not in oins):
        clause = "MD-GEN-02" if use == "signing" else "GEN-13"
        expected = " or ".join(sorted(oin.value for oin in oins)) or "an entityID with an OIN (TYP-01)"
        found = certificate.oin.value if certificate.oin else "no single OIN in the subject's serialNumber"
        yield Flaw(MetadataDefect.ANOTHER_OIN, clause, "OIN is not that of the entityID", expected, found)
    first, last = certificate.validity.first, certificate.validity.last
    if last < terms.at and not may_be_over:
        yield Flaw(MetadataDefect.CERTIFICATE_EXPIRED, "GEN-12", f"expired on {last.date().isoformat()}")
    elif terms.anchors and not terms.anchors.vouch_for(certificate, min(max(terms.at, first), last)):
        if not is_pinned:
            issuer = certificate.parsed.issuer.rfc4514_string()[:200]
            why = "no authority that we trust made it"
            yield Flaw(MetadataDefect.UNKNOWN_AUTHORITY, "GEN-12", why, found=f"issued by {issuer}")
    elif terms.revocations:
        standing = terms.revocations.standing(certificate, terms.at)
        unknown = standing is Standing.UNDETERMINED and not is_pinned
        if unknown or (standing is Standing.REVOKED and not may_be_over):
            defect = MetadataDefect.REVOCATION_UNKNOWN if unknown else MetadataDefect.REVOKED
            yield Flaw(defect, "GEN-12", standing.value)


def _told(subject: Subject, use: Use, flaw: Flaw, at: Element) -> Finding:
    why = f"{use} certificate: {flaw.why}"
    return subject.finding(flaw.defect, flaw.clause, why, expected=flaw.expected, found=flaw.found, at=at)
