"""Opening an EncryptedID or EncryptedAssertion with the sample DV's key: own lines on lxml and `cryptography`.

xmlsec1, and with it pysaml2, cannot open the profile's EncryptedID, where EncryptedKey stands beside EncryptedData.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pilot.sample_dv import xml
from pilot.sample_dv.bsnk import BsnkReader, Unusable
from pilot.sample_dv.received import Name

AES256_CBC: Final = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
RSA_OAEP: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
BSNK_IDENTITY: Final = "urn:nl-eid-gdi:1.0:id:BSN"
BSNK_PSEUDONYM: Final = "urn:nl-eid-gdi:1.0:id:Pseudonym"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BLOCK_BYTES: Final = 16


class NotForUs(Exception):
    """No key of ours opens it; the same answer whatever is wrong, since CBC without a tag invites guessing."""


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """The DV's private keys, more than one during a roll-over, and the EntityID under which others encrypt for it.

    `bsnk` has its keys of BSNk, if it has any.
    """

    recipient: str
    privates: tuple[RSAPrivateKey, ...] = field(repr=False)
    bsnk: BsnkReader | None = field(default=None, repr=False)

    @classmethod
    def from_files(cls, recipient: str, paths: Iterable[Path], bsnk: BsnkReader | None = None) -> "EncryptionKey":
        """Reads PEM files."""
        return cls(recipient, tuple(map(_private, paths)), bsnk)

    def open(self, encrypted: xml.Element) -> Name:
        """The NameID inside `<saml:EncryptedID>` (GEN-17, GEN-18, DV-ATT-06), and inside that what BSNk encrypted
        (TYP-03). Raises `NotForUs`.

        Keys for other recipients are passed by (DV-VAL-09). Only called for what stood inside a verified signature.
        """
        qualifier, value = _name(self._opened(encrypted, "xenc:EncryptedKey"))
        return Name(qualifier.rsplit(":", 1)[-1], self._read(qualifier, value))

    def open_attribute(self, encrypted: xml.Element) -> tuple[Name, ...]:
        """The values of the Attribute inside `<saml:EncryptedAttribute>`, by the last part of its name (DV-ATT-13).

        As `open`.
        """
        found = self._opened(encrypted, "xenc:EncryptedKey")
        if found.tag != xml.tag("saml:Attribute"):
            raise NotForUs
        try:
            name = xml.attribute(found, "Name")
            values = xml.children(found, "saml:AttributeValue")
        except xml.Unreadable as error:
            raise NotForUs from error
        return tuple(Name(name.rsplit(":", 1)[-1], (value.text or "").strip()) for value in values)

    def open_assertion(self, encrypted: xml.Element) -> xml.Element:
        """The assertion inside `<saml:EncryptedAssertion>`, whose keys stand in the KeyInfo of the data (clients 5).

        Its own signature is still to be checked. Raises `NotForUs`.
        """
        found = self._opened(encrypted, "xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey")
        if found.tag != xml.tag("saml:Assertion"):
            raise NotForUs
        return found

    def _read(self, qualifier: str, value: str) -> str:
        if qualifier not in (BSNK_IDENTITY, BSNK_PSEUDONYM):
            return value
        if self.bsnk is None:
            raise NotForUs
        try:
            return self.bsnk.identity(value) if qualifier == BSNK_IDENTITY else self.bsnk.pseudonym(value)
        except Unusable as error:
            raise NotForUs from error

    def _opened(self, encrypted: xml.Element, keys: str) -> xml.Element:
        try:
            data = xml.child(encrypted, "xenc:EncryptedData")
            if _algorithm(data) != AES256_CBC:
                raise NotForUs
            return xml.parse(_open_cbc(_cipher_value(data), self._content_key(xml.children(encrypted, keys))))
        except (xml.Unreadable, ValueError, binascii.Error) as error:
            raise NotForUs from error

    def _content_key(self, keys: list[xml.Element]) -> bytes:
        for wrapped in keys:
            if wrapped.get("Recipient") == self.recipient and _algorithm(wrapped) == RSA_OAEP:
                # GEN-04: SHA-1 is prescribed here, and only here.
                oaep = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
                for private in self.privates:
                    try:
                        return private.decrypt(_cipher_value(wrapped), oaep)
                    except ValueError:
                        continue  # for another key of ours, during a roll-over (DV-ATT-07)
        raise NotForUs


def _private(path: Path) -> RSAPrivateKey:
    # Its own file: to try the primes anew takes longer than a login.
    private = load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError(f"{path.name} holds no RSA key")
    return private


def _algorithm(element: xml.Element) -> str:
    return xml.attribute(xml.child(element, "xenc:EncryptionMethod"), "Algorithm")


def _cipher_value(element: xml.Element) -> bytes:
    return base64.b64decode(xml.text(element, "xenc:CipherData/xenc:CipherValue"))


def _open_cbc(cipher: bytes, key: bytes) -> bytes:
    """The clear bytes. XML Encryption pads to whole blocks, and only the last byte says how much."""
    decryptor = Cipher(AES256(key), CBC(cipher[:BLOCK_BYTES])).decryptor()
    padded = decryptor.update(cipher[BLOCK_BYTES:]) + decryptor.finalize()
    if not padded or not 1 <= padded[-1] <= BLOCK_BYTES:
        raise NotForUs
    return padded[: -padded[-1]]


def _name(name_id: xml.Element) -> tuple[str, str]:
    """NameQualifier and value."""
    if (
        name_id.tag != xml.tag("saml:NameID")
        or name_id.get("Format") != PERSISTENT
        or name_id.get("SPNameQualifier") is not None
        or name_id.get("SPProvidedID") is not None
    ):
        raise NotForUs
    qualifier = name_id.get("NameQualifier")
    if qualifier is None:
        raise NotForUs
    return qualifier, (name_id.text or "").strip()
