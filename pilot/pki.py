"""A public key infrastructure for one pilot network, made at start: PKIoverheid's shape, nobody's trust.

One root, one issuing authority, and per party a key ring folder as `metadata.keys` reads it. Keys are costly to make
and are used again from an existing folder; a certificate is made anew when what it must say has changed.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from metadata.keys import USES, KeyUse
from metadata.revocation import points_of
from runtime.settings import Clock, system_clock
from stelsel.identifiers import Oin

KEY_BITS: Final = 2048
THREADS: Final = 2
SLACK: Final = timedelta(days=1)
ROOT_LIST: Final = "root.crl"
ISSUING_LIST: Final = "issuing.crl"
LEAF_LIFE: Final = timedelta(days=3 * 365)
AUTHORITY_LIFE: Final = timedelta(days=12 * 365)
KINDS: Final[dict[KeyUse, tuple[frozenset[str], tuple[x509.ObjectIdentifier, ...]]]] = {
    "signing": (
        frozenset({"digital_signature", "content_commitment"}),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")),
    ),
    "encryption": (
        frozenset({"key_encipherment", "data_encipherment"}),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    ),
    "tls": (
        frozenset({"digital_signature", "key_encipherment"}),
        (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A party that gets keys. `name` is its folder, and the first label of its host name.

    `hosts` come beside `<name>.localhost`, `localhost` and the loopback addresses, which its TLS certificate always
    has. `numbers` says how many keys of each use: 2 for a party in the middle of a roll-over.
    """

    name: str
    oin: Oin
    organisation: str
    uses: tuple[KeyUse, ...] = USES
    hosts: tuple[str, ...] = ()
    numbers: int = 1

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Every name and address in its TLS certificate, without repetition."""
        return tuple(dict.fromkeys((f"{self.name}.localhost", *self.hosts, "localhost", "127.0.0.1", "::1")))


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of the network: its certificate, and its key in memory."""

    certificate: x509.Certificate
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pki:
    """The network's own authorities. `moments` are those at which every certificate must hold.

    `lists` is the address under which the authorities keep what they took back, and every certificate says so; None:
    they keep nothing.
    """

    folder: Path
    root: Authority
    issuing: Authority
    moments: tuple[datetime, ...]
    lists: str | None = None

    @property
    def anchors(self) -> Path:
        """PEM file with both authorities: what parties trust, for metadata and for TLS."""
        return self.folder / "ca.pem"

    def ring(self, name: str) -> Path:
        """The key ring folder of the party of that name."""
        return self.folder / name

    def files(self, name: str, uses: Iterable[KeyUse] = USES) -> tuple[Path, ...]:
        """The key files of a party, in order; none where there is no such party."""
        folder = self.ring(name)
        known = folder.parent == self.folder and folder.is_dir()
        return tuple(file for use in uses for file in sorted(folder.glob(f"{use}-*.pem"))) if known else ()

    def issue(
        self,
        name: str,
        oin: Oin,
        organisation: str = "",
        *,
        uses: tuple[KeyUse, ...] = USES,
        hosts: tuple[str, ...] = (),
    ) -> Path:
        """The key ring folder of one party, made or used again."""
        holder = Holder(name=name, oin=oin, organisation=organisation or name, uses=uses, hosts=hosts)
        return self.issue_all((holder,))[0]

    def issue_all(self, holders: Iterable[Holder]) -> tuple[Path, ...]:
        """The key ring folders of parties, in their order. Keys are made in threads: that work leaves the GIL."""
        wanted = tuple(holders)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="pki") as pool:
            made = [
                pool.submit(self._issue_one, holder, use, number)
                for holder in wanted
                for use in holder.uses
                for number in range(1, holder.numbers + 1)
            ]
        for each in made:
            each.result()
        return tuple(self.ring(holder.name) for holder in wanted)

    def _issue_one(self, holder: Holder, use: KeyUse, number: int) -> None:
        path = self.ring(holder.name) / f"{use}-{number}.pem"
        key, certificate = _read(path)
        if key is None:
            key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        elif certificate is not None and self._is_still_right(certificate, holder, use):
            return
        certificate = self._certify(key, holder, use)
        _write(path, _pem(key) + _pem(certificate) + _pem(self.issuing.certificate))

    def _is_still_right(self, certificate: x509.Certificate, holder: Holder, use: KeyUse) -> bool:
        identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuing.key.public_key())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName) if use == "tls" else None
        return (
            identifier == issuer
            and certificate.subject == _subject(holder, use)
            and (names is None or names.value == _alternative_names(holder))
            and _spans(certificate, self.moments)
            and _point_of(certificate) == _point(self.lists, ISSUING_LIST)
        )

    def _certify(self, key: RSAPrivateKey, holder: Holder, use: KeyUse) -> x509.Certificate:
        allowed, extended = KINDS[use]
        point = _point(self.lists, ISSUING_LIST)
        builder = _builder(key, _subject(holder, use), self.issuing, self.moments, LEAF_LIFE, point)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(allowed), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        if use == "tls":
            builder = builder.add_extension(_alternative_names(holder), critical=False)
        return builder.sign(self.issuing.key, SHA256())


def make_pki(folder: Path, at: datetime, clock: Clock = system_clock, lists: str | None = None) -> Pki:
    """The authorities in `folder`, made or used again. Whatever they issue holds at `at` and at the system's moment.

    Parties built on foreign libraries read the system's clock, the rest of the network runs at `at` (DESIGN 3.10).
    """
    moments = (at, clock())
    root = _authority(folder / "root.pem", "root", None, moments, None)
    issuing = _authority(folder / "issuing.pem", "issuing", root, moments, _point(lists, ROOT_LIST))
    _write(folder / "ca.pem", _pem(issuing.certificate) + _pem(root.certificate), mode=0o644)
    return Pki(folder, root, issuing, moments, lists)


def _authority(
    path: Path, name: str, issuer: Authority | None, moments: Sequence[datetime], point: str | None
) -> Authority:
    key, certificate = _read(path)
    if key is None:
        key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        certificate = None
    if (
        certificate is None
        or not _spans(certificate, moments)
        or (issuer and not _issued(issuer, certificate))
        or _point_of(certificate) != point
    ):
        certificate = _certify_authority(key, name, issuer, moments, point)
        _write(path, _pem(key) + _pem(certificate))
    return Authority(certificate, key)


def _certify_authority(
    key: RSAPrivateKey, name: str, issuer: Authority | None, moments: Sequence[datetime], point: str | None
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Namens pilot network (no trust)"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Namens pilot {name} CA"),
        ]
    )
    builder = _builder(key, subject, issuer, moments, AUTHORITY_LIFE, point)
    path_length = None if issuer is None else 0
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    builder = builder.add_extension(_key_usage(frozenset({"key_cert_sign", "crl_sign"})), critical=True)
    return builder.sign(issuer.key if issuer else key, SHA256())


def _builder(
    key: RSAPrivateKey,
    subject: x509.Name,
    issuer: Authority | None,
    moments: Sequence[datetime],
    life: timedelta,
    point: str | None,
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(moments) - SLACK)
        .not_valid_after(max(moments) + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer.key if issuer else key).public_key()),
            critical=False,
        )
    )
    if point is None:
        return builder
    named = x509.DistributionPoint([x509.UniformResourceIdentifier(point)], None, None, None)
    return builder.add_extension(x509.CRLDistributionPoints([named]), critical=False)


def _point(lists: str | None, name: str) -> str | None:
    """Where the list of that name is."""
    return f"{lists}/{name}" if lists is not None else None


def _point_of(certificate: x509.Certificate) -> str | None:
    """Where a certificate of ours says its authority keeps its list."""
    return next(iter(points_of(certificate)), None)


def _subject(holder: Holder, use: KeyUse) -> x509.Name:
    """As PKIoverheid has it: who, with the OIN as serialNumber, and for TLS the host as common name (MD-GEN-02)."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, holder.organisation),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, holder.oin.value),
            x509.NameAttribute(NameOID.COMMON_NAME, holder.all_hosts[0] if use == "tls" else f"{holder.name} {use}"),
        ]
    )


def _alternative_names(holder: Holder) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general_name(host) for host in holder.all_hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(allowed: frozenset[str]) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature="digital_signature" in allowed,
        content_commitment="content_commitment" in allowed,
        key_encipherment="key_encipherment" in allowed,
        data_encipherment="data_encipherment" in allowed,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in allowed,
        crl_sign="crl_sign" in allowed,
        encipher_only=False,
        decipher_only=False,
    )


def _spans(certificate: x509.Certificate, moments: Iterable[datetime]) -> bool:
    """Whether it holds at all moments, and for a month more: a network that runs on is not cut short."""
    return all(
        certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc - timedelta(days=30) for at in moments
    )


def _issued(issuer: Authority, certificate: x509.Certificate) -> bool:
    identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    return identifier == x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _read(path: Path) -> tuple[RSAPrivateKey | None, x509.Certificate | None]:
    """Key and certificate in a file of ours; nothing when it is not there or was cut short."""
    try:
        data = path.read_bytes()
        # Written by us, and whole or not at all: trying the primes anew would take longer than making them.
        key = load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        certificate = x509.load_pem_x509_certificate(data)
    except (FileNotFoundError, ValueError):
        return None, None
    return (key, certificate) if isinstance(key, RSAPrivateKey) else (None, None)


def _pem(item: RSAPrivateKey | x509.Certificate) -> bytes:
    if isinstance(item, x509.Certificate):
        return item.public_bytes(Encoding.PEM)
    return item.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Whole or not at all, and never readable by others in between."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    fresh.replace(path)
