"""Identities that only their recipients can read: EncryptedID as the standard shapes it (GEN-17, GEN-18, DV-ATT).

One EncryptedData, beside it an EncryptedKey for every key of every recipient. Decrypt only what stood inside a verified
signature: the block cipher is malleable (spec/security 1.6).
"""

import base64
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

from stelsel import urns
from stelsel.failures import AnswerRefused, Failure, MessageMalformed
from stelsel.identifiers import EntityId
from stelsel.saml import markup, shape
from stelsel.saml.header import check_tag, entity
from stelsel.saml.ids import new_id
from stelsel.saml.signatures import VerificationKey
from stelsel.saml.xml import MESSAGE, Element, Limits, parse, parsed, self_contained

_SAML: Final = f"{{{urns.SAML}}}"
_DS: Final = f"{{{urns.DS}}}"
_XENC: Final = f"{{{urns.XENC}}}"
ENCRYPTED_ID: Final = f"{_SAML}EncryptedID"
ENCRYPTED_ATTRIBUTE: Final = f"{_SAML}EncryptedAttribute"
Closed = TypeVar("Closed", bound="EncryptedId")
Inside = TypeVar("Inside")

_ELEMENT_TYPE: Final = f"{urns.XENC}Element"
_KEY_TYPE: Final = f"{urns.XENC}EncryptedKey"
_BLOCK_BYTES: Final = 16
_KEY_BYTES: Final = 32
_MOST_CIPHER_CHARS: Final = 64 * 1024
_MOST_KEYS: Final = 64


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who may read, and every encryption key in its metadata (DV-ATT-07)."""

    entity: EntityId
    keys: tuple[VerificationKey, ...]


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """One of our own encryption keys; `name` is its KeyName in our metadata."""

    name: str
    private: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class NameId:
    """An identifier in clear with its type (TYP-03). Has no readable `repr`."""

    qualifier: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncryptedId:
    """A self-contained `<saml:EncryptedID>` and the parties it names as Recipient, each once."""

    xml: bytes = field(repr=False)
    recipients: tuple[EntityId, ...]


@dataclass(frozen=True, slots=True)
class EncryptedAttribute(EncryptedId):
    """A self-contained `<saml:EncryptedAttribute>`: a whole attribute, its name too, that only its recipients read."""


def encrypt_id(name: NameId, recipients: Sequence[Recipient]) -> EncryptedId:
    """`name` for all recipients at once; each of their keys can open it. There must be a key for everyone."""
    return EncryptedId(_closed("saml:EncryptedID", _name_id(name), recipients), _named(recipients))


def encrypt_attribute(attribute: bytes, recipients: Sequence[Recipient]) -> EncryptedAttribute:
    """As `encrypt_id`, of a self-contained Attribute, whose name nobody else reads either."""
    return EncryptedAttribute(_closed("saml:EncryptedAttribute", attribute, recipients), _named(recipients))


def encrypt_assertion(assertion: bytes, recipient: Recipient) -> bytes:
    """An EncryptedAssertion around a signed, self-contained assertion; each key of the recipient opens it.

    For profiles outside the standard, which never has one (DV-RSP-08). The EncryptedKeys stand inside the KeyInfo of
    the data, where every service provider finds them (clients 5).
    """
    if not recipient.keys:
        raise ValueError("a recipient without a key")
    content_key = secrets.token_bytes(_KEY_BYTES)
    keys = "".join(_encrypted_key(new_id(), recipient.entity, key, content_key, "") for key in recipient.keys)
    xml = (
        f'<saml:EncryptedAssertion{markup.SAML_NAMESPACE}><xenc:EncryptedData xmlns:xenc="{urns.XENC}"'
        f' xmlns:ds="{urns.DS}" Id="{new_id()}" Type="{_ELEMENT_TYPE}">'
        f'<xenc:EncryptionMethod Algorithm="{urns.AES256_CBC}"/><ds:KeyInfo>{keys}</ds:KeyInfo>'
        f"{_cipher_data(_encrypted(assertion, content_key))}</xenc:EncryptedData></saml:EncryptedAssertion>"
    )
    return xml.encode()


def decrypt_id(encrypted: EncryptedId, entity: EntityId, keys: Sequence[DecryptionKey]) -> NameId:
    """The identifier inside, when one of its EncryptedKeys is for `entity` and opens with one of `keys`.

    `AnswerRefused` with the same words whatever went wrong (spec/security S17).
    """
    return _decrypted(ENCRYPTED_ID, encrypted, entity, keys, _read_name_id, MESSAGE)


def decrypt_attribute(
    encrypted: EncryptedAttribute, entity: EntityId, keys: Sequence[DecryptionKey], read: Callable[[Element], Inside]
) -> Inside:
    """What `read` makes of the Attribute inside. Raises as `decrypt_id`, also for any `Failure` of `read`."""
    # eTD tells beside the name, in a namespace of its own, whose word it is and of when.
    return _decrypted(ENCRYPTED_ATTRIBUTE, encrypted, entity, keys, read, replace(MESSAGE, annotated=True))


def read_encrypted_id(element: Element) -> EncryptedId:
    """An EncryptedID as a value; it stays closed. Raises `MessageMalformed`."""
    keys = _parts(element)[f"{_XENC}EncryptedKey"]
    named = (key.get("Recipient") for key in keys)
    return EncryptedId(self_contained(element), tuple(dict.fromkeys(entity(name) for name in named if name)))


def read_encrypted_attribute(element: Element) -> EncryptedAttribute:
    """An EncryptedAttribute as a value; it stays closed. Raises `MessageMalformed`."""
    closed = read_encrypted_id(element)
    return EncryptedAttribute(closed.xml, closed.recipients)


def renamed(encrypted: Closed, suffix: str) -> Closed:
    """A copy that may stand beside the original: each Id, and each reference to one, ends in `suffix` (DV-ATT-11)."""
    root = parsed(encrypted.xml)
    for element in root.iter():
        identity, reference = element.get("Id"), element.get("URI")
        if identity is not None:
            element.set("Id", identity + suffix)
        if reference is not None and reference.startswith("#"):
            element.set("URI", reference + suffix)
    return replace(encrypted, xml=self_contained(root))


def addressed_to(encrypted: Closed, whom: EntityId) -> Closed:
    """A copy without the EncryptedKeys of others: a Recipient is also an Audience (DV-ATT-05).

    Raises `AnswerRefused` when none is for `whom`.
    """
    root = parsed(encrypted.xml)
    keys = _parts(root)[f"{_XENC}EncryptedKey"]
    others = [key for key in keys if key.get("Recipient") != whom.value]
    if len(others) == len(keys):
        found = ", ".join(str(key.get("Recipient"))[:100] for key in others)[:300]
        raise AnswerRefused(
            "not encrypted for this recipient", clause="DV-ATT-05", expected=whom.value, found=found or "nobody"
        )
    for key in others:
        root.remove(key)
    return replace(encrypted, xml=self_contained(root), recipients=(whom,))


def _closed(tag: str, plain: bytes, recipients: Sequence[Recipient]) -> bytes:
    wraps = [(recipient.entity, key) for recipient in recipients for key in recipient.keys]
    if not wraps or any(not recipient.keys for recipient in recipients):
        raise ValueError("a recipient without a key")
    content_key = secrets.token_bytes(_KEY_BYTES)
    data_id, carried = new_id(), new_id()
    key_ids = [new_id() for _ in wraps]
    several = len(wraps) > 1
    pointer = (
        markup.element("ds:KeyName", carried)
        if several
        else f'<ds:RetrievalMethod Type="{_KEY_TYPE}" URI="#{key_ids[0]}"/>'
    )
    tail = f'<xenc:ReferenceList><xenc:DataReference URI="#{data_id}"/></xenc:ReferenceList>'
    tail += markup.element("xenc:CarriedKeyName", carried if several else None)
    keys = "".join(
        _encrypted_key(key_id, whom, key, content_key, tail) for key_id, (whom, key) in zip(key_ids, wraps, strict=True)
    )
    xml = (
        f'<{tag}{markup.SAML_NAMESPACE} xmlns:xenc="{urns.XENC}" xmlns:ds="{urns.DS}">'
        f'<xenc:EncryptedData Id="{data_id}" Type="{_ELEMENT_TYPE}">'
        f'<xenc:EncryptionMethod Algorithm="{urns.AES256_CBC}"/><ds:KeyInfo>{pointer}</ds:KeyInfo>'
        f"{_cipher_data(_encrypted(plain, content_key))}</xenc:EncryptedData>{keys}</{tag}>"
    )
    return xml.encode()


def _named(recipients: Sequence[Recipient]) -> tuple[EntityId, ...]:
    return tuple(dict.fromkeys(recipient.entity for recipient in recipients))


def _decrypted(
    tag: str,
    encrypted: EncryptedId,
    entity: EntityId,
    keys: Sequence[DecryptionKey],
    read: Callable[[Element], Inside],
    limits: Limits,
) -> Inside:
    try:
        return read(parse(_opened(tag, parse(encrypted.xml), entity, keys), limits))
    except (Failure, ValueError, etree.XMLSyntaxError):
        # The same whatever was wrong: whoever alters a cipher text learns nothing of what is inside.
        raise AnswerRefused(
            "an identity cannot be decrypted",
            clause="DV-ATT-06",
            expected="what our keys open",
            found="what they do not open, or something else inside",
        ) from None


def _encrypted_key(key_id: str, whom: EntityId, key: VerificationKey, content_key: bytes, tail: str) -> str:
    return (
        f"<xenc:EncryptedKey{markup.attributes({'Id': key_id, 'Recipient': whom.value})}>"
        f'<xenc:EncryptionMethod Algorithm="{urns.RSA_OAEP_MGF1P}"><ds:DigestMethod Algorithm="{urns.SHA1}"/>'
        f"</xenc:EncryptionMethod><ds:KeyInfo>{markup.element('ds:KeyName', key.name)}</ds:KeyInfo>"
        f"{_cipher_data(key.public.encrypt(content_key, _oaep()))}{tail}</xenc:EncryptedKey>"
    )


def _parts(element: Element) -> dict[str, list[Element]]:
    shape.attributes(element)
    return shape.children(element, {f"{_XENC}EncryptedData": shape.ONE, f"{_XENC}EncryptedKey": (1, _MOST_KEYS)})


def _opened(tag: str, element: Element, whom: EntityId, keys: Sequence[DecryptionKey]) -> bytes:
    check_tag(element, tag)
    data, *wrapped = (part for found in _parts(element).values() for part in found)
    shape.attributes(data, optional=("Id", "Type"))
    key_info, cipher = _sealed(data, urns.AES256_CBC)
    _check_pointer(key_info, {key.get("Id") for key in wrapped})
    # Where no key opens, a random one takes its place: the work is the same, and so is the refusal.
    content_key = next(_content_keys(wrapped, whom, keys), None) or secrets.token_bytes(_KEY_BYTES)
    return _plain(cipher, content_key)


def _content_keys(wrapped: Sequence[Element], whom: EntityId, keys: Sequence[DecryptionKey]) -> Iterator[bytes]:
    for element in wrapped:
        values = shape.attributes(element, optional=("Id", "Recipient"))
        if values.get("Recipient") != whom.value:
            continue  # DV-VAL-09
        key_info, cipher = _sealed(element, urns.RSA_OAEP_MGF1P)
        names = [] if key_info is None else [shape.leaf(child) for child in key_info if child.tag == f"{_DS}KeyName"]
        for key in keys:
            if not names or key.name in names:
                content_key = _unwrapped(cipher, key)
                if content_key is not None:
                    yield content_key


def _sealed(element: Element, algorithm: str) -> tuple[Element | None, bytes]:
    """KeyInfo and cipher text of an EncryptedData or EncryptedKey that uses `algorithm`; nothing is fetched (S11)."""
    parts = shape.children(
        element,
        {
            f"{_XENC}EncryptionMethod": shape.ONE,
            f"{_DS}KeyInfo": shape.MAYBE,
            f"{_XENC}CipherData": shape.ONE,
            f"{_XENC}ReferenceList": shape.MAYBE,
            f"{_XENC}CarriedKeyName": shape.MAYBE,
        },
    )
    method = parts[f"{_XENC}EncryptionMethod"][0]
    found = shape.attributes(method, required=("Algorithm",))["Algorithm"]
    if found != algorithm:
        raise MessageMalformed("encryption algorithm", expected=algorithm, found=found[:100])
    for digest in shape.children(method, {f"{_DS}DigestMethod": shape.MAYBE})[f"{_DS}DigestMethod"]:
        found = shape.attributes(digest, required=("Algorithm",))["Algorithm"]
        if found != urns.SHA1:
            raise MessageMalformed("digest of OAEP", clause="GEN-18", expected=urns.SHA1, found=found[:100])
    cipher_data = parts[f"{_XENC}CipherData"][0]
    value = shape.children(cipher_data, {f"{_XENC}CipherValue": shape.ONE})[f"{_XENC}CipherValue"][0]
    return shape.only(parts[f"{_DS}KeyInfo"]), shape.base64_leaf(value, _MOST_CIPHER_CHARS)


def _check_pointer(key_info: Element | None, key_ids: Collection[str | None]) -> None:
    """A RetrievalMethod points at an EncryptedKey beside the data, never elsewhere."""
    for child in () if key_info is None else key_info:
        if child.tag == f"{_DS}RetrievalMethod":
            uri = shape.attributes(child, required=("URI",), optional=("Type",))["URI"]
            if not uri.startswith("#") or uri[1:] not in key_ids:
                beside = "an EncryptedKey beside the data"
                raise MessageMalformed("RetrievalMethod points elsewhere", expected=beside, found=uri[:100])
        elif child.tag != f"{_DS}KeyName":
            found = child.tag.rpartition("}")[2][:100]
            raise MessageMalformed("KeyInfo of EncryptedData", expected="RetrievalMethod or KeyName", found=found)


def _read_name_id(element: Element) -> NameId:
    check_tag(element, f"{_SAML}NameID")
    values = shape.attributes(element, required=("Format", "NameQualifier"))  # no SPNameQualifier, no SPProvidedID
    if values["Format"] != urns.PERSISTENT:
        raise MessageMalformed("Format of NameID", expected=urns.PERSISTENT, found=values["Format"][:100])
    return NameId(values["NameQualifier"], shape.leaf(element, _MOST_CIPHER_CHARS))


def _name_id(name: NameId) -> bytes:
    values = {"Format": urns.PERSISTENT, "NameQualifier": name.qualifier}
    tag = f"saml:NameID{markup.SAML_NAMESPACE}{markup.attributes(values)}"
    return f"<{tag}>{markup.escaped(name.value)}</saml:NameID>".encode()


def _encrypted(plain: bytes, content_key: bytes) -> bytes:
    """Initialisation vector and cipher text; the padding of XML Encryption 5.2 says its own length in its last byte."""
    vector = secrets.token_bytes(_BLOCK_BYTES)
    padding = _BLOCK_BYTES - len(plain) % _BLOCK_BYTES
    encryptor = Cipher(AES256(content_key), CBC(vector)).encryptor()
    padded = plain + secrets.token_bytes(padding - 1) + bytes([padding])
    return vector + encryptor.update(padded) + encryptor.finalize()


def _plain(cipher: bytes, content_key: bytes) -> bytes:
    decryptor = Cipher(AES256(content_key), CBC(cipher[:_BLOCK_BYTES])).decryptor()
    padded = decryptor.update(cipher[_BLOCK_BYTES:]) + decryptor.finalize()
    if not padded or not 1 <= padded[-1] <= _BLOCK_BYTES:
        raise ValueError("padding")
    return padded[: -padded[-1]]


def _unwrapped(cipher: bytes, key: DecryptionKey) -> bytes | None:
    try:
        content_key = key.private.decrypt(cipher, _oaep())
    except ValueError:
        return None
    return content_key if len(content_key) == _KEY_BYTES else None


def _oaep() -> OAEP:
    """GEN-18; SHA-1 is safe inside this padding, and the only one that is allowed (GEN-04)."""
    return OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303


def _cipher_data(cipher: bytes) -> str:
    return (
        f"<xenc:CipherData><xenc:CipherValue>{base64.b64encode(cipher).decode()}</xenc:CipherValue></xenc:CipherData>"
    )
