"""Which certificates their authority took back: lists (CRLs) read and verified, and what they say of a certificate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from metadata.certificates import HASHES, Anchors, Certificate
from stelsel.failures import MessageRefused

SKEW: Final = timedelta(seconds=60)
POINTS: Final = 8  # addresses that one certificate may name


class Standing(StrEnum):
    """Three answers, never mixed."""

    GOOD = "not revoked"
    REVOKED = "revoked"
    UNDETERMINED = "whether it is revoked cannot be determined"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list, verified: what `issuer` took back, as it stood at `first` and is to be believed until `until`."""

    url: str
    issuer: bytes = field(repr=False)
    serials: frozenset[int] = field(repr=False)
    first: datetime
    until: datetime

    def is_current(self, at: datetime) -> bool:
        """Whether it tells how things stand at `at`."""
        return self.first - SKEW <= at <= self.until


def read_list(data: bytes, url: str, anchors: Anchors) -> RevocationList:
    """The list in `data`, DER or PEM. Its dates are judged when it is used.

    Raises `MessageRefused` unless it is a whole list, signed by an authority of ours, that names its end (GEN-12).
    """
    try:
        crl = x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
        issuer, until, extensions = crl.issuer.public_bytes(), crl.next_update_utc, crl.extensions
        hashed = crl.signature_hash_algorithm
        serials = frozenset(revoked.serial_number for revoked in crl)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise MessageRefused(
            "not a revocation list", clause="GEN-12", expected="a CRL in DER or PEM", found=url
        ) from error
    if hashed is None or hashed.name not in HASHES:
        raise MessageRefused(
            "a revocation list signed over a weak hash", clause="GEN-02", expected="SHA-256 or longer", found=url
        )
    if not any(_signed_by(crl, authority) for authority in anchors.authorities):
        raise MessageRefused(
            "a revocation list that no authority of ours signed",
            clause="GEN-12",
            expected="one of our authorities",
            found=url,
        )
    if until is None:
        raise MessageRefused("a revocation list without nextUpdate", clause="GEN-12", expected="nextUpdate", found=url)
    if any(_narrows(extension) for extension in extensions):
        raise MessageRefused(
            "a revocation list that is not whole", clause="GEN-12", expected="a list of all certificates", found=url
        )
    return RevocationList(url, issuer, serials, crl.last_update_utc, until)


def points_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The addresses at which its authority says to keep its list; http or https, none of another sort."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    names = (name for point in points for name in point.full_name or ())
    urls = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    return tuple(url for url in urls if url.startswith(("http://", "https://")))[:POINTS]


class Revocations:
    """All lists together, over one set of anchors. `required`: without a current list a certificate is not used.

    Authorities between a certificate and the root are looked up as well.
    """

    def __init__(self, anchors: Anchors, lists: Iterable[RevocationList] = (), *, required: bool = True) -> None:
        self._anchors = anchors
        self._required = required
        self._by_issuer: dict[bytes, list[RevocationList]] = {}
        for each in lists:
            self._by_issuer.setdefault(each.issuer, []).append(each)
        self._serials = frozenset(serial for each in lists for serial in each.serials)
        self._ends = {
            issuer: self._end_of(issuer, max(each.until for each in known)) for issuer, known in self._by_issuer.items()
        }

    def standing(self, certificate: Certificate, at: datetime) -> Standing:
        """What is known of a certificate that the anchors vouch for."""
        worst = Standing.GOOD
        for each, issuer in self._anchors.path_of(certificate.parsed):
            known = self._by_issuer.get(issuer.subject.public_bytes(), ())
            if any(each.serial_number in listed.serials for listed in known):
                return Standing.REVOKED
            if points_of(each) and not any(listed.is_current(at) for listed in known) and self._required:
                worst = Standing.UNDETERMINED
        return worst

    def end_of(self, certificate: Certificate) -> datetime | None:
        """Until when it may be used for all that the lists say; None: they set no end. Cheap: asked for each key.

        Of one that is revoked the end lies in the past.
        """
        if not self._by_issuer:
            return None
        issuer = certificate.parsed.issuer.public_bytes()
        known = self._by_issuer.get(issuer, ())
        if certificate.parsed.serial_number in self._serials and any(
            certificate.parsed.serial_number in listed.serials for listed in known
        ):
            return _LONG_AGO
        return self._ends.get(issuer)

    def needed(self, certificates: Iterable[Certificate], at: datetime) -> Iterator[str]:
        """Where lists are to be found of whoever vouches for these; of those only that chain to our anchors."""
        for certificate in certificates:
            if self._anchors.vouch_for(certificate, at):
                for each, _ in self._anchors.path_of(certificate.parsed):
                    yield from points_of(each)

    def _end_of(self, issuer: bytes, until: datetime) -> datetime | None:
        """The end that lists set to what `issuer` made: its own list's, and that of the authorities above it."""
        ends = [until] if self._required else []
        for authority in self._anchors.authorities:
            if authority.subject.public_bytes() == issuer:
                for each, above in self._anchors.path_of(authority):
                    known = self._by_issuer.get(above.subject.public_bytes(), ())
                    if any(each.serial_number in listed.serials for listed in known):
                        return _LONG_AGO
                    if known and self._required:
                        ends.append(max(listed.until for listed in known))
        return min(ends, default=None)


_LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _signed_by(crl: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    if crl.issuer != authority.subject:
        return False
    try:
        usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
        key = authority.public_key()
        if not isinstance(key, (RSAPublicKey, EllipticCurvePublicKey)):
            return False
        return usage.crl_sign and crl.is_signature_valid(key)
    except (x509.ExtensionNotFound, ValueError, UnsupportedAlgorithm):
        return False


def _narrows(extension: x509.Extension[x509.ExtensionType]) -> bool:
    """Whether it makes the list say less than all that its issuer took back from others (RFC 5280 5.2)."""
    value = extension.value
    if isinstance(value, x509.IssuingDistributionPoint):
        return value.indirect_crl or bool(value.only_some_reasons) or value.only_contains_attribute_certs
    return isinstance(value, x509.DeltaCRLIndicator) or (extension.critical and not isinstance(value, x509.CRLNumber))
