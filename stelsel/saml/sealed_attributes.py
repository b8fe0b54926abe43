"""An attribute that only its recipient reads, its name too: what eTD puts into EncryptedAttribute (DV-ATT-13)."""

from collections.abc import Sequence
from typing import Final

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import markup, shape
from stelsel.saml.assertion import Attribute
from stelsel.saml.encryption import DecryptionKey, EncryptedAttribute, Recipient, decrypt_attribute, encrypt_attribute
from stelsel.saml.header import check_tag
from stelsel.saml.xml import Element

_SAML: Final = f"{{{urns.SAML}}}"


def seal(name: str, values: Sequence[str], recipient: Recipient) -> EncryptedAttribute:
    """The attribute, for every key of the recipient. Raises `ValueError` where it has none."""
    texts = "".join(markup.element("saml:AttributeValue", value) for value in values)
    opening = f"<saml:Attribute{markup.SAML_NAMESPACE}{markup.attributes({'Name': name})}>"
    return encrypt_attribute(f"{opening}{texts}</saml:Attribute>".encode(), [recipient])


def unseal(sealed: EncryptedAttribute, entity: EntityId, keys: Sequence[DecryptionKey]) -> Attribute:
    """The attribute inside: texts under a name. Raises `AnswerRefused`, with the same words whatever went wrong."""
    return decrypt_attribute(sealed, entity, keys, _read)


def _read(element: Element) -> Attribute:
    check_tag(element, f"{_SAML}Attribute")
    name = shape.attributes(element, ("Name",), ("NameFormat", "FriendlyName"), foreign=True)["Name"]
    values = shape.children(element, {f"{_SAML}AttributeValue": shape.MANY})[f"{_SAML}AttributeValue"]
    return Attribute(name, tuple(map(_text, values)))


def _text(value: Element) -> str:
    shape.attributes(value, foreign=True)
    return shape.leaf(value)
