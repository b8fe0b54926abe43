"""Signatures the way pysaml2 makes and checks them: by the xmlsec1 program, over the text as it came.

Slow (a process per signature) and therefore always called through `offload`; that another implementation than ours
judges every message is what the sample DV is for (DESIGN 3.1).
"""

import logging
import ssl
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from saml2 import SamlBase, class_name
from saml2.saml import Issuer
from saml2.sigver import CryptoBackendXmlSec1, SecurityContext, get_xmlsec_binary, pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


class NotSigned(Exception):
    """Not the text that party signed."""


@dataclass(frozen=True, slots=True)
class PemFile:
    """What pysaml2 takes for an open file: it reads the name only, and hands that to xmlsec1."""

    name: str


class KnownCertificates:
    """The one question pysaml2 asks of its metadata store, answered from metadata that this DV verified itself.

    The certificates lie in files of our own: those that pysaml2 makes for each check are left open when it fails.
    """

    def __init__(self, certificates: Mapping[str, tuple[bytes, ...]]) -> None:
        self._folder = TemporaryDirectory(prefix="sample-dv-")
        weakref.finalize(self, self._folder.cleanup)
        self._files = {
            entity_id: [self._write(f"{entity}-{number}.pem", der) for number, der in enumerate(ders)]
            for entity, (entity_id, ders) in enumerate(certificates.items())
        }

    def certs(self, entity_id: str, descriptor: str, use: str) -> list[tuple[None, PemFile]]:
        """The signing certificates of a party; pysaml2 reads `KeyError` as none."""
        return [(None, file) for file in self._files[entity_id]]

    def _write(self, name: str, der: bytes) -> PemFile:
        path = Path(self._folder.name) / name
        path.write_text(ssl.DER_cert_to_PEM_cert(der))
        return PemFile(str(path))


class Signatures:
    """Signs as this DV, and checks signatures of the parties whose certificates it was given (DER, by EntityID).

    `own` is a PEM file with the DV's signing key and certificate, `opens` one with its encryption key: pysaml2 opens
    an EncryptedAssertion before it judges.
    """

    def __init__(self, own: Path, certificates: Mapping[str, tuple[bytes, ...]], opens: Path | None = None) -> None:
        self.own: Final = own
        self.context: Final[Any] = SecurityContext(
            CryptoBackendXmlSec1(get_xmlsec_binary()),
            key_file=str(own),
            cert_file=str(own),
            metadata=KnownCertificates(certificates),
            only_use_keys_in_metadata=True,
            enc_key_files=[str(opens)] if opens else [],
        )

    def sign(self, message: SamlBase) -> bytes:
        """The message with an enveloped RSA-SHA256 signature and the certificate in KeyInfo (GEN-02, GEN-14)."""
        message.signature = pre_signature_part(
            message.id, self.context.my_cert, sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256
        )
        signed: str = self.context.sign_statement(str(message), class_name(message))
        return signed.encode()

    def check(self, message: SamlBase, text: bytes, signer: str) -> None:
        """Raises `NotSigned` unless `text`, parsed as `message`, comes from `signer` and bears its signature."""
        issuer = getattr(message, "issuer", None)
        if message.signature is None or (issuer is not None and issuer.text.strip() != signer):
            raise NotSigned
        try:
            self.context.check_signature(message, class_name(message), text.decode(), issuer=Issuer(text=signer))
        except Exception as error:  # pysaml2 has no common class for what it refuses
            raise NotSigned(type(error).__name__) from error


def silence_pysaml2() -> None:
    """Keeps pysaml2 from logging: its lines about a refusal hold the whole message."""
    logging.getLogger("saml2").setLevel(logging.CRITICAL + 1)
