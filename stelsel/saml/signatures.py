"""Enveloped XML signatures of the one shape that the profile allows: made by splicing, checked without searching.

Whose keys may sign is the caller's question (`KeysOf`); what the signed bytes say, the messages'. Why our own path:
docs/decisions/0002-signature-engine.md.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from stelsel import urns
from stelsel.failures import AnswerRefused, MessageMalformed, SignatureRefused
from stelsel.identifiers import EntityId
from stelsel.saml import shape
from stelsel.saml.key_info import read_key_info
from stelsel.saml.keynames import thumbprint, told
from stelsel.saml.xml import Element, canonical, parsed

LEAST_KEY_BITS: Final = 2048  # GEN-13


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the names by which others know it: KeyName and certificate (DER)."""

    name: str
    private: RSAPrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key from verified metadata, its KeyName and its certificate (DER)."""

    name: str
    public: RSAPublicKey = field(repr=False)
    certificate: bytes = field(repr=False)


KeysOf = Callable[[EntityId], Sequence[VerificationKey]]
"""The signing keys in the verified metadata of a party. Raises `UnknownIssuer` (GEN-16)."""

_SIGNATURE_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {  # GEN-02
    urns.RSA_SHA256: hashes.SHA256(),
    urns.RSA_SHA384: hashes.SHA384(),
    urns.RSA_SHA512: hashes.SHA512(),
}
_DIGESTS: Final = {urns.SHA256: "sha256", urns.SHA384: "sha384", urns.SHA512: "sha512"}  # GEN-03
_ALGORITHMS: Final = " or ".join(_SIGNATURE_HASHES)
_DS: Final = f"{{{urns.DS}}}"
SIGNATURE: Final = f"{_DS}Signature"
_ISSUER: Final = f"{{{urns.SAML}}}Issuer"
OUR_PREFIXES: Final = frozenset({"saml", "samlp", "soap11"})  # in scope where evidence stands in a message of ours
_PREFIX_LIST: Final = f"{{{urns.EC}}}InclusiveNamespaces"

_MOST_SIGNATURE_CHARS: Final = 4096

# Canonical as it stands, so that the digest of the message is all there is to fill in.
_SIGNED_INFO: Final = (
    f'<ds:SignedInfo xmlns:ds="{urns.DS}">'
    f'<ds:CanonicalizationMethod Algorithm="{urns.EXC_C14N}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{urns.RSA_SHA256}"></ds:SignatureMethod>'
    '<ds:Reference URI="#{id}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{urns.ENVELOPED}"></ds:Transform>'
    f'<ds:Transform Algorithm="{urns.EXC_C14N}"></ds:Transform>'
    "</ds:Transforms>"
    f'<ds:DigestMethod Algorithm="{urns.SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
_SIGNATURE_XML: Final = (
    f'<ds:Signature xmlns:ds="{urns.DS}">'
    "{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
)
_FIRST_ISSUER_END: Final = b"</saml:Issuer>"
_ROOT_START: Final = re.compile(rb"""(?:\s*<\?xml[^>]*\?>)?\s*<[^?!>"'](?:[^>"']|"[^"]*"|'[^']*')*>""")
_KEY_NAME: Final = re.compile(r"""[^<>&"'\x00-\x1f]{1,1024}""")


def sign(message: bytes, key: SigningKey, *, x509: bool = False) -> bytes:
    """The message with a Signature spliced in: after its first `</saml:Issuer>`, or as first child of metadata.

    `message` is self-contained, written by us, its root carries an `ID` and no Signature, and a SAML message opens with
    `<saml:Issuer>`. Not a byte of it is changed, so what was signed inside still verifies. KeyInfo holds the KeyName
    (GEN-15); with `x509` the X509Certificate instead, for parties that accept nothing else (clients 4.5).
    """
    root = parsed(message)
    digest = hashlib.sha256(canonical(root)).digest()
    signed_info = _SIGNED_INFO.format(id=root.attrib["ID"], digest=_base64(digest))
    value = key.private.sign(signed_info.encode(), PKCS1v15(), hashes.SHA256())
    signature = _SIGNATURE_XML.format(
        signed_info=signed_info, value=_base64(value), key_info=_key_info(key, x509)
    ).encode()
    at = _place_of_signature(message, root)
    return message[:at] + signature + message[at:]


def verify(element: Element, keys: Sequence[VerificationKey], *, unnamed: bool = False) -> Element:
    """What was signed: `element` without its Signature, parsed anew from the very bytes that were digested.

    The Signature is the child after Issuer, or the first child where there is no Issuer (metadata), and has the one
    shape of the profile; KeyInfo only selects among `keys`, which are the sender's own. Afterwards `element` has lost
    its Signature, so take evidence from it first; nested signatures are checked later, each on its own element of the
    same received tree. `unnamed` is for metadata of products that leave KeyInfo out: then each key is tried. Raises
    `SignatureRefused`, `MessageMalformed`. GEN-09 to GEN-16.
    """
    signature = _own_signature(element)
    claim = _read(signature, element, unnamed=unnamed)
    candidates = _selected(claim, keys)
    _check_made_by(candidates, claim.value, canonical(claim.signed_info, claim.method_prefixes), claim.hash)
    return _content(signature, element, claim)


def check_content(element: Element) -> None:
    """Raises `SignatureRefused` where the digest shows that `element` is not what was signed, by whomever."""
    signature = _own_signature(element)
    _content(signature, element, _read(signature, element))


def sign_octets(octets: bytes, key: SigningKey) -> bytes:
    """A signature that stands apart from what it is over, by RSA-SHA256; for the query of HTTP-Redirect."""
    return key.private.sign(octets, PKCS1v15(), hashes.SHA256())


def check_octets(octets: bytes, value: bytes, algorithm: str, keys: Sequence[VerificationKey]) -> None:
    """Raises `SignatureRefused` unless one of the sender's `keys` made `value` over these very bytes (GEN-02, GEN-10).

    Nothing in such a signature names a key, so each of them is tried.
    """
    if algorithm not in _SIGNATURE_HASHES:
        raise SignatureRefused("signature algorithm", clause="GEN-02", expected=_ALGORITHMS, found=algorithm[:100])
    if not keys:
        raise SignatureRefused(
            "the sender has no key that holds now",
            clause="GEN-16",
            expected="a key in its metadata that holds now",
            found="none",
        )
    _check_lengths(keys)
    _check_made_by(keys, value, octets, _SIGNATURE_HASHES[algorithm])


def has_signature(element: Element) -> bool:
    """Whether a Signature stands at its own place in `element`."""
    return len(element) > _place(element) and element[_place(element)].tag == SIGNATURE


def check_survives(evidence: bytes) -> None:
    """Raises `AnswerRefused` when a signed assertion would no longer verify inside a message of ours (C-18).

    That happens to one whose PrefixList names a prefix that it does not declare itself and that is in scope with us.
    """
    if b"InclusiveNamespaces" not in evidence:
        return
    element = parsed(evidence)
    claim = _read(_own_signature(element), element)
    foreign = {*claim.prefixes, *claim.method_prefixes} & OUR_PREFIXES - set(element.nsmap)
    if foreign:
        raise AnswerRefused(
            "evidence would not survive inside another message",
            clause="C-18",
            expected="a PrefixList of prefixes that it declares itself",
            found=sorted(foreign),
        )


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a Signature of the right shape says; nothing of it is proven yet."""

    signed_info: Element
    method_prefixes: tuple[str, ...]
    hash: hashes.HashAlgorithm
    prefixes: tuple[str, ...]
    digest_name: str
    digest: bytes
    value: bytes
    key_names: tuple[str, ...]
    certificate: bytes | None


def _place(element: Element) -> int:
    return 1 if len(element) and element[0].tag == _ISSUER else 0


def _own_signature(element: Element) -> Element:
    if not has_signature(element):
        raise SignatureRefused("not signed", clause="GEN-08", expected="a Signature after Issuer", found="none")
    return element[_place(element)]


def _read(signature: Element, element: Element, *, unnamed: bool = False) -> _Claim:
    try:
        return _claim(signature, element, unnamed)
    except MessageMalformed as error:
        raise SignatureRefused(error.why, clause="GEN-06", expected=error.expected, found=error.found) from error


def _claim(signature: Element, element: Element, unnamed: bool) -> _Claim:
    shape.attributes(signature, optional=("Id",))
    named = shape.MAYBE if unnamed else shape.ONE
    parts = shape.children(
        signature, {f"{_DS}SignedInfo": shape.ONE, f"{_DS}SignatureValue": shape.ONE, f"{_DS}KeyInfo": named}
    )
    signed_info, value = parts[f"{_DS}SignedInfo"][0], parts[f"{_DS}SignatureValue"][0]
    key_info = shape.only(parts[f"{_DS}KeyInfo"])
    shape.attributes(signed_info, optional=("Id",))
    info = shape.children(
        signed_info,
        {f"{_DS}CanonicalizationMethod": shape.ONE, f"{_DS}SignatureMethod": shape.ONE, f"{_DS}Reference": shape.ONE},
    )
    method, algorithm, reference = (found[0] for found in info.values())
    if _algorithm(method) != urns.EXC_C14N:
        raise SignatureRefused("canonicalisation", clause="GEN-05", expected=urns.EXC_C14N, found=_algorithm(method))
    shape.children(algorithm, {})
    if _algorithm(algorithm) not in _SIGNATURE_HASHES:
        raise SignatureRefused(
            "signature algorithm", clause="GEN-02", expected=_ALGORITHMS, found=_algorithm(algorithm)
        )
    uri = shape.attributes(reference, required=("URI",), optional=("Id",))["URI"]
    own_id = element.get("ID")
    if not own_id or uri != f"#{own_id}":
        raise SignatureRefused(
            "the reference is to something else", clause="GEN-07", expected=f"#{own_id}", found=uri[:100]
        )
    referred = shape.children(
        reference,
        {f"{_DS}Transforms": shape.ONE, f"{_DS}DigestMethod": shape.ONE, f"{_DS}DigestValue": shape.ONE},
    )
    transforms, digest_method, digest_value = (found[0] for found in referred.values())
    shape.children(digest_method, {})
    if _algorithm(digest_method) not in _DIGESTS:
        raise SignatureRefused(
            "digest algorithm", clause="GEN-03", expected=" or ".join(_DIGESTS), found=_algorithm(digest_method)[:100]
        )
    shape.attributes(value, optional=("Id",))
    shape.attributes(digest_value)
    key_names, certificate = ((), None) if key_info is None else read_key_info(key_info)
    return _Claim(
        signed_info=signed_info,
        method_prefixes=_prefixes(method),
        hash=_SIGNATURE_HASHES[_algorithm(algorithm)],
        prefixes=_transforms(transforms),
        digest_name=_DIGESTS[_algorithm(digest_method)],
        digest=shape.base64_leaf(digest_value, _MOST_SIGNATURE_CHARS),
        value=shape.base64_leaf(value, _MOST_SIGNATURE_CHARS),
        key_names=key_names,
        certificate=certificate,
    )


def _algorithm(element: Element) -> str:
    return shape.attributes(element, required=("Algorithm",))["Algorithm"]


def _transforms(transforms: Element) -> tuple[str, ...]:
    """The PrefixList of the second transform. Without that one, Canonical XML 1.0 would apply: refused (GEN-05)."""
    shape.attributes(transforms)
    both = shape.children(transforms, {f"{_DS}Transform": (2, 2)})[f"{_DS}Transform"]
    enveloped, exclusive = both
    shape.children(enveloped, {})
    if (_algorithm(enveloped), _algorithm(exclusive)) != (urns.ENVELOPED, urns.EXC_C14N):
        raise SignatureRefused(
            "transforms",
            clause="GEN-06",
            expected="enveloped-signature, then xml-exc-c14n#",
            found=f"{_algorithm(enveloped)[:100]}, then {_algorithm(exclusive)[:100]}",
        )
    return _prefixes(exclusive)


def _prefixes(method: Element) -> tuple[str, ...]:
    """PrefixList of an exclusive canonicalisation; the standard's examples and DigiD carry one (C-18)."""
    inclusive = shape.only(shape.children(method, {_PREFIX_LIST: shape.MAYBE})[_PREFIX_LIST])
    if inclusive is None:
        return ()
    shape.children(inclusive, {})
    names = shape.attributes(inclusive, required=("PrefixList",))["PrefixList"].split()
    if len(names) > 32:
        raise MessageMalformed("a long PrefixList", expected=32, found=len(names))
    return tuple(names)


def _selected(claim: _Claim, keys: Sequence[VerificationKey]) -> list[VerificationKey]:
    """The sender's keys that KeyInfo points at. A certificate decides; names count only where there is none.

    Foreign parties add KeyNames of their own beside the certificate, so a name we do not know is no reason to refuse; a
    certificate that the sender's metadata lacks is (spec/security S12).
    """
    if claim.certificate is not None:
        found = [key for key in keys if hmac.compare_digest(key.certificate, claim.certificate)]
    elif not claim.key_names:
        found = list(keys)  # there is no KeyInfo, and who called lets that pass
    else:
        found = [key for key in keys if key.name in claim.key_names]
    if not found:
        raise SignatureRefused(
            "KeyInfo names no key of this sender", clause="GEN-16", expected=told(keys), found=_named(claim)
        )
    _check_lengths(found)
    return found


def _check_lengths(keys: Sequence[VerificationKey]) -> None:
    if any(key.public.key_size < LEAST_KEY_BITS for key in keys):
        raise SignatureRefused(
            "a short key", clause="GEN-13", expected=LEAST_KEY_BITS, found=min(key.public.key_size for key in keys)
        )


def _check_made_by(
    keys: Sequence[VerificationKey], value: bytes, octets: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    for key in keys:
        try:
            key.public.verify(value, octets, PKCS1v15(), algorithm)
        except InvalidSignature:
            continue
        return
    raise SignatureRefused(
        "signed with another key, or changed",
        clause="GEN-10",
        expected=f"made with {told(keys)}",
        found="a value that none of them made over these bytes",
    )


def _named(claim: _Claim) -> str:
    by_name = ", ".join(f"KeyName {name[:100]}" for name in claim.key_names)
    return by_name if claim.certificate is None else f"certificate {thumbprint(claim.certificate)}"


def _content(signature: Element, element: Element, claim: _Claim) -> Element:
    form = canonical(_without(signature, element), claim.prefixes)
    computed = hashlib.new(claim.digest_name, form).digest()
    if not hmac.compare_digest(computed, claim.digest):
        raise SignatureRefused(
            "the content was changed after signing (white space? written anew?)",
            clause="GEN-10",
            expected=f"digest {_base64(claim.digest)}",
            found=f"digest {_base64(computed)}",
        )
    return parsed(form)


def _without(signature: Element, element: Element) -> Element:
    """The element after the enveloped-signature transform: without its Signature, the text behind that kept."""
    tail = signature.tail
    previous = signature.getprevious()
    element.remove(signature)
    if tail and previous is not None:
        previous.tail = (previous.tail or "") + tail
    elif tail:
        element.text = (element.text or "") + tail
    return element


def _place_of_signature(message: bytes, root: Element) -> int:
    if len(root) and root[0].tag == _ISSUER:
        return message.index(_FIRST_ISSUER_END) + len(_FIRST_ISSUER_END)
    start = _ROOT_START.match(message)
    if start is None:
        raise ValueError("no start tag")
    return start.end()


def _key_info(key: SigningKey, x509: bool) -> str:
    if x509:
        return f"<ds:X509Data><ds:X509Certificate>{_base64(key.certificate)}</ds:X509Certificate></ds:X509Data>"
    if not _KEY_NAME.fullmatch(key.name):
        raise ValueError("a KeyName that needs escaping")
    return f"<ds:KeyName>{key.name}</ds:KeyName>"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
