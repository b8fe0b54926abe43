"""Signatures the way pysaml2 makes and checks them: by the xmlsec1 program, over the text as it came.

Slow (a process per signature) and therefore always called through `offload`; that another implementation than ours
judges every message is what the sample DV is for (DESIGN 3.1).
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from saml2 import SamlBase, class_name
from saml2.saml import Issuer
from saml2.sigver import CryptoBackendXmlSec1, SecurityContext, get_xmlsec_binary, pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256


class NotSigned(Exception):
    """Not the text that party signed."""


class KnownCertificates:
    """The one question pysaml2 asks of its metadata store, answered from metadata that this DV verified itself."""

    def __init__(self, certificates: Mapping[str, tuple[bytes, ...]]) -> None:
        self._certificates = certificates

    def certs(self, entity_id: str, descriptor: str, use: str) -> list[tuple[None, str]]:
        """The signing certificates of a party; pysaml2 reads `KeyError` as none."""
        return [(None, base64.b64encode(der).decode()) for der in self._certificates[entity_id]]


class Signatures:
    """Signs as this DV, and checks signatures of the parties whose certificates it was given (DER, by EntityID).

    `own` is a PEM file with the DV's signing key and certificate.
    """

    def __init__(self, own: Path, certificates: Mapping[str, tuple[bytes, ...]]) -> None:
        self.context: Final[Any] = SecurityContext(
            CryptoBackendXmlSec1(get_xmlsec_binary()),
            key_file=str(own),
            cert_file=str(own),
            metadata=KnownCertificates(certificates),
            only_use_keys_in_metadata=True,
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
