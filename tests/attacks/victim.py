"""A careless reader, as the products were that the published attacks broke: it shows that an attack is one.

It searches: any Signature anywhere, whose reference is found anywhere by anything that is called an ID, will do; then
it reads the first or the last element of the name that it wants, and of a value the text up to the first comment.
"""

import base64
import hashlib
from copy import deepcopy

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from stelsel.saml.signatures import SigningKey
from stelsel.saml.xml import Element
from tests.attacks.mutations import DS


def believed(document: bytes, tag: str, key: SigningKey) -> list[Element]:
    """What it takes for signed by `key`: the first and the last element called `tag`, or nothing."""
    root = etree.fromstring(document)
    if not any(_verifies(signature, root, key) for signature in root.iter(f"{DS}Signature")):
        return []
    found = list(root.iter(tag))
    return [found[0], found[-1]] if found else []


def _verifies(signature: Element, root: Element, key: SigningKey) -> bool:
    return any(_is_signed(info, signature, key) for info in signature.iter(f"{DS}SignedInfo")) and any(
        _is_digested(reference, root) for reference in signature.iter(f"{DS}Reference")
    )


def _is_signed(info: Element, signature: Element, key: SigningKey) -> bool:
    for value in signature.iter(f"{DS}SignatureValue"):
        try:
            key.private.public_key().verify(
                base64.b64decode(value.text or ""), _canonical(info), PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            continue
        return True
    return False


def _is_digested(reference: Element, root: Element) -> bool:
    name = reference.get("URI", "")[1:]
    digests = {str(comment.text) for comment in reference.iter(etree.Comment)}
    digests |= {str(digest.xpath("string()")) for digest in reference.iter(f"{DS}DigestValue")}
    for element in root.iter(etree.Element):
        if name in [value for key, value in element.items() if etree.QName(key).localname.lower().endswith("id")]:
            copy = deepcopy(element)
            for child in copy.findall(f"{DS}Signature"):
                copy.remove(child)
            if base64.b64encode(hashlib.sha256(_canonical(copy)).digest()).decode() in digests:
                return True
    return False


def _canonical(element: Element) -> bytes:
    return etree.tostring(
        etree.fromstring(etree.tostring(element, with_tail=False)), method="c14n", exclusive=True, with_comments=False
    )
