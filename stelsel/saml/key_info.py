"""KeyInfo of a signature: by which names and certificate its maker says its key may be found; never a key itself."""

from typing import Final

from stelsel import urns
from stelsel.failures import MessageMalformed, SignatureRefused
from stelsel.saml import shape
from stelsel.saml.xml import Element

_DS: Final = f"{{{urns.DS}}}"
_MOST_CERTIFICATE_CHARS: Final = 16 * 1024
_MOST_KEY_NAMES: Final = 8
_DESCRIPTIONS: Final = frozenset(
    f"{_DS}{name}" for name in ("X509SubjectName", "X509IssuerSerial", "X509SKI")
)  # unused


def read_key_info(key_info: Element) -> tuple[tuple[str, ...], bytes | None]:
    """KeyNames and certificate, in any order. Nothing that brings a key: no KeyValue, no RetrievalMethod (GEN-16)."""
    shape.attributes(key_info, optional=("Id",))
    names: list[str] = []
    certificates: list[bytes] = []
    for child in key_info:
        if child.tag == f"{_DS}KeyName":
            shape.attributes(child)
            names.append(shape.leaf(child))
        elif child.tag == f"{_DS}X509Data":
            certificates += _certificates(child)
        else:
            raise MessageMalformed(
                "an element out of place", expected="KeyName or X509Data", found=child.tag.rpartition("}")[2][:100]
            )
    if len(certificates) > 1 or len(names) > _MOST_KEY_NAMES:
        raise MessageMalformed(
            "KeyInfo names several keys",
            expected="one key",
            found=f"{len(certificates)} certificates, {len(names)} names",
        )
    if not names and not certificates:
        raise SignatureRefused(
            "KeyInfo names no key", clause="GEN-14", expected="KeyName or X509Certificate", found="an empty KeyInfo"
        )
    return tuple(names), certificates[0] if certificates else None


def _certificates(data: Element) -> list[bytes]:
    shape.attributes(data)
    certificates = []
    for child in data:
        if child.tag == f"{_DS}X509Certificate":
            shape.attributes(child)
            certificates.append(shape.base64_leaf(child, _MOST_CERTIFICATE_CHARS))
        elif child.tag not in _DESCRIPTIONS:
            raise MessageMalformed(
                "an element out of place", expected="X509Certificate", found=child.tag.rpartition("}")[2][:100]
            )
    return certificates
