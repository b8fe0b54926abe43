"""What whoever made a document does about a finding: one sentence for each defect."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from metadata.defects import MetadataDefect
from metadata.descriptors.findings import Finding
from stelsel.defects import Defect

_SIGN: Final = "sign the root element last, when nothing changes any more"
_AGAIN: Final = (
    "sign again after the last change, and send the file byte for byte as it was signed; an editor breaks it"
)
_SIGN_WITH: Final = "let the software sign with what is expected"
_KEY_INFO: Final = "let the KeyInfo of the signature name one key that stands in the file"
_RSA: Final = "use an RSA key of 2048 bits or more, in a certificate of its own"
_NOT_SIGNED: Final = (
    f"{_SIGN}: enveloped, exclusive C14N, RSA-SHA256, by a key whose certificate bears the OIN of the entityID"
)
_UNREADABLE: Final[Mapping[StrEnum, str]] = {
    Defect.TOO_LARGE: "make the document smaller: it is over what a receiver reads",
    Defect.NOT_WELL_FORMED: "mend the XML at that line; an XML editor or `xmllint --noout FILE` shows the same",
    Defect.DOCTYPE_OR_COMMENT: "take out the DOCTYPE or the comment, then sign again",
    Defect.COMMENT_IN_TEXT: "take the comment out of the text",
    Defect.INSTRUCTION: "take it out; only an XML declaration in front is taken",
    Defect.ENCODING: 'write the file in UTF-8, with encoding="UTF-8" or no encoding at all in its first line',
    Defect.NAMESPACE_NAME: "give the namespace an absolute name, as in the schema",
    Defect.ID_TWICE: "give each element its own ID",
    Defect.ID_NO_NAME: "let the ID begin with a letter or `_`, then letters, digits, `_`, `-` and `.`",
    Defect.FOREIGN_ATTRIBUTE: "take the attribute out; of namespaced ones only xsi:type and xml:lang are taken",
    Defect.NO_CANONICAL_FORM: "mend its namespaces; exclusive C14N has no form of it",
    Defect.ELEMENT_OUT_OF_PLACE: "put it where the schema of SAML metadata has it, or take it out",
    Defect.ELEMENT_COUNT: "let the element stand there as often as is expected",
    Defect.ELEMENT_IN_TEXT: "put the plain value there",
    Defect.TEXT_OUT_OF_PLACE: "take out the text: only white space stands between elements",
    Defect.ATTRIBUTE_MISSING: "add the attribute",
    Defect.ATTRIBUTE_OUT_OF_PLACE: "take the attribute out, or spell it as the schema does: case counts",
    Defect.NO_BASE64: "put the base64 of the DER there, without the -----BEGIN and END lines",
    Defect.NO_INSTANT: "write it in UTC, as 2030-01-31T12:00:00Z",
    Defect.NO_BOOLEAN: "write true or false",
    Defect.NO_INDEX: "write a whole number from 0 to 65535",
}
_DOCUMENT: Final[Mapping[StrEnum, str]] = {
    MetadataDefect.NOT_METADATA: "send SAML 2.0 metadata: its root is an EntityDescriptor or EntitiesDescriptor",
    MetadataDefect.NOT_SIGNED: _NOT_SIGNED,
    MetadataDefect.NOBODY_VOUCHES: "sign with a key whose certificate is as expected, and list that certificate",
    MetadataDefect.NESTED_SIGNATURE: (
        "leave nested signatures out; one that is there is by a key whose certificate bears that entity's OIN"
    ),
    MetadataDefect.NO_ID: f"give the root element an ID that begins with a letter or `_`; {_SIGN}",
    MetadataDefect.NO_VALID_UNTIL: f'add validUntil="2030-01-31T12:00:00Z", in UTC, to the root element; {_SIGN}',
    MetadataDefect.NO_END: f"add validUntil or cacheDuration to the root element; {_SIGN}",
    MetadataDefect.EXPIRED: "publish with a later validUntil, and sign again",
    MetadataDefect.NOT_ONE_PROVIDER: "hand in the EntityDescriptor of the DV alone, with one SPSSODescriptor",
    MetadataDefect.PARTY_TWICE: "keep one EntityDescriptor for each entityID",
    MetadataDefect.GROUP_OF_ANOTHER: (
        "publish one EntityDescriptor; only an LC and an RD publish a group, with their own entity in front"
    ),
    MetadataDefect.NO_GROUP: "wrap it in an EntitiesDescriptor, with an EntityDescriptor for each DV",
    MetadataDefect.ANOTHER_ROLE: "check the role in the entityID and the descriptor, or name another --role",
    MetadataDefect.ROLES: (
        "publish the one role that its entityID names, and let the role in the entityID be what the party is"
    ),
    MetadataDefect.ENTITY_ID: (
        "use a name as urn:nl-eid-gdi:1.0:DV:<OIN>:entities:<four digits>, at most 1024 characters"
    ),
}
_KEYS: Final[Mapping[StrEnum, str]] = {
    MetadataDefect.KEY_USE: 'write use="signing" or use="encryption"',
    MetadataDefect.KEY_WITHOUT_USE: 'write use="signing" or use="encryption"; a key for both stands there twice',
    MetadataDefect.KEY_NAME: "add one KeyName; the SHA-256 fingerprint of the certificate in hexadecimal is usual",
    MetadataDefect.KEY_NAME_TWICE: "give each key a name of its own",
    MetadataDefect.KEY_INFO: "keep one KeyName and one X509Data with one X509Certificate",
    MetadataDefect.KEY_CERTIFICATE: "one KeyDescriptor per certificate",
    MetadataDefect.SIGNING_KEYS: (
        'list with use="signing" each certificate for messages, and that of TLS, as many as are expected'
    ),
    MetadataDefect.ENCRYPTION_KEYS: (
        'list the certificate to encrypt for with use="encryption"; during a roll-over two'
    ),
    MetadataDefect.NO_SIGNING_KEY: "list the certificate that requests are signed with",
    MetadataDefect.NO_ENCRYPTION_KEY: 'list one with use="encryption"; identities are encrypted for it',
    MetadataDefect.NOT_A_CERTIFICATE: "put the base64 of one DER certificate there",
    MetadataDefect.NOT_RSA: _RSA,
    MetadataDefect.SHORT_KEY: _RSA,
    MetadataDefect.WEAK_HASH: "ask the authority for a certificate that is signed over SHA-256 or longer",
    MetadataDefect.NOT_FOR_SIGNING: (
        "use a certificate with digitalSignature (for services or seals), not one for another purpose"
    ),
    MetadataDefect.NOT_FOR_ENCRYPTION: "use a certificate with keyEncipherment or dataEncipherment",
    MetadataDefect.ANOTHER_OIN: (
        "use a certificate with the OIN of the entityID as its subject's serialNumber, or mend the entityID"
    ),
    MetadataDefect.CERTIFICATE_EXPIRED: "replace the certificate, with its KeyDescriptor, and sign again",
    MetadataDefect.UNKNOWN_AUTHORITY: (
        "use a certificate of PKIoverheid; in a test, of an authority that both sides know (--trust)"
    ),
    MetadataDefect.REVOKED: "take the certificate out: its authority revoked it",
    MetadataDefect.REVOCATION_UNKNOWN: "see that the revocation list named in the certificate can be fetched",
}
_PARTY: Final[Mapping[StrEnum, str]] = {
    MetadataDefect.PROTOCOL: "set it to what is expected",
    MetadataDefect.ELEMENT_ORDER: "put the elements of the descriptor in the order of the schema",
    MetadataDefect.SIGNING_FLAG: "set the attribute to true, and have the software do so",
    MetadataDefect.ENDPOINT_COUNT: "publish as many as are expected, each with its address",
    MetadataDefect.BINDING: "publish this endpoint with the binding that is expected, and take the other out",
    MetadataDefect.DEFAULT: 'mark exactly one of them with isDefault="true"',
    MetadataDefect.INDEX_TWICE: "give each its own index; requests name it by that number",
    MetadataDefect.ADDRESS: "use an absolute https address: no user name, no fragment, no white space",
    MetadataDefect.SERVICES_OF_ANOTHER: (
        "take the AttributeConsumingService out: services stand in the DV's own metadata"
    ),
    MetadataDefect.SERVICE_UUID: (
        "name the UUID under which the service is registered, one per AttributeConsumingService"
    ),
    MetadataDefect.LANGUAGE_TWICE: "keep one ServiceName for each xml:lang",
    MetadataDefect.NO_CONSUMER: "publish one for HTTP-Artifact or HTTP-POST",
}
ADVICE: Final[Mapping[StrEnum, str]] = {**_UNREADABLE, **_DOCUMENT, **_KEYS, **_PARTY}
# A signature that does not hold is told by the clause that it breaks, which says as much.
ON_SIGNATURES: Final[Mapping[str, str]] = {
    "GEN-02": _SIGN_WITH,
    "GEN-03": _SIGN_WITH,
    "GEN-05": _SIGN_WITH,
    "GEN-06": _SIGN_WITH,
    "GEN-07": _AGAIN,
    "GEN-08": _NOT_SIGNED,
    "GEN-10": _AGAIN,
    "GEN-13": _RSA,
    "GEN-14": _KEY_INFO,
    "GEN-16": _KEY_INFO,
}


def advice(finding: Finding) -> str:
    """What to do about it."""
    return ON_SIGNATURES[finding.clause] if finding.defect is None else ADVICE[finding.defect]
