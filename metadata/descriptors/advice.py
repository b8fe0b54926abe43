"""What whoever made a document does about a finding: one sentence each, the first that fits counts."""

import re
from typing import Final

from metadata.descriptors.findings import Finding

_SIGN: Final = "sign the root element last, when nothing changes any more"
_TABLE: Final[tuple[tuple[str, str], ...]] = (
    # what cannot be read
    ("not well-formed", "mend the XML at that line; an XML editor or `xmllint --noout FILE` shows the same"),
    ("document type or a comment", "take out the DOCTYPE or the comment, then sign again"),
    ("processing instruction", "take it out; only an XML declaration in front is taken"),
    ("another encoding", 'write the file in UTF-8, with encoding="UTF-8" or no encoding at all in its first line'),
    ("relative namespace", "give the namespace an absolute name, as in the schema"),
    ("an ID stands twice", "give each element its own ID"),
    ("an ID that is no name", "let the ID begin with a letter or `_`, then letters, digits, `_`, `-` and `.`"),
    ("attribute in a namespace", "take the attribute out; of namespaced ones only xsi:type and xml:lang are taken"),
    ("^too many|too deep|too long", "make the document smaller: it is over what a receiver reads"),
    ("no canonical form", "mend its namespaces; exclusive C14N has no form of it"),
    # another shape than the schema's
    ("neither EntityDescriptor nor", "send SAML 2.0 metadata: its root is an EntityDescriptor or EntitiesDescriptor"),
    ("an element out of place", "put it where the schema of SAML metadata has it, or take it out"),
    ("attribute out of place", "take the attribute out, or spell it as the schema does: case counts"),
    ("text between elements", "take out the text: only white space stands between elements"),
    ("an element where text is due", "put the plain value there"),
    ("no base64", "put the base64 of the DER there, without the -----BEGIN and END lines"),
    (r"^\w+: no instant", "write it in UTC, as 2030-01-31T12:00:00Z"),
    (r"^\w+: no boolean", "write true or false"),
    (r"^\w+: no index", "write a whole number from 0 to 65535"),
    ("KeyDescriptor of another use", 'write use="signing" or use="encryption"'),
    ("KeyInfo holds more", "keep one KeyName and one X509Data with one X509Certificate"),
    (
        "entityID is no name",
        "use a name as urn:nl-eid-gdi:1.0:DV:<OIN>:entities:<four digits>, at most 1024 characters",
    ),
    (r"^\w+ in \w+$", "let the element stand there as often as is expected"),
    # the document
    ("^no ID$", f"give the root element an ID that begins with a letter or `_`; {_SIGN}"),
    ("^no validUntil", f'add validUntil="2030-01-31T12:00:00Z", in UTC, to the root element; {_SIGN}'),
    ("^neither validUntil nor", f"add validUntil or cacheDuration to the root element; {_SIGN}"),
    ("^expired$", "publish with a later validUntil, and sign again"),
    ("stands there twice", "keep one EntityDescriptor for each entityID"),
    (
        "a group begins with",
        "publish one EntityDescriptor; only an LC and an RD publish a group, with their own entity in front",
    ),
    ("RD as service provider publishes", "wrap it in an EntitiesDescriptor, with an EntityDescriptor for each DV"),
    ("a file of one service provider", "hand in the EntityDescriptor of the DV alone, with one SPSSODescriptor"),
    (
        "needs one IDPSSODescriptor",
        "publish the one role that its entityID names, and let the role in the entityID be what the party is",
    ),
    ("not the role", "check the role in the entityID and the descriptor, or name another --role"),
    # signature
    (
        "signature nested in",
        "leave nested signatures out; one that is there is by a key whose certificate bears that entity's OIN",
    ),
    (
        "not signed",
        f"{_SIGN}: enveloped, exclusive C14N, RSA-SHA256, by a key whose certificate bears the OIN of the entityID",
    ),
    ("nobody vouches for the signature", "sign with a key whose certificate is as expected, and list that certificate"),
    (
        "changed after signing|signed with another key|the reference is to something else",
        "sign again after the last change, and send the file byte for byte as it was signed; an editor breaks it",
    ),
    ("KeyInfo names|KeyInfo", "let the KeyInfo of the signature name one key that stands in the file"),
    ("algorithm|transforms|canonicalisation|PrefixList", "let the software sign with what is expected"),
    ("sender has no key", "list a signing key whose certificate holds now"),
    # keys
    ("KeyDescriptor without use", 'write use="signing" or use="encryption"; a key for both stands there twice'),
    ("needs one KeyName", "add one KeyName; the SHA-256 fingerprint of the certificate in hexadecimal is usual"),
    ("needs one X509Certificate", "one KeyDescriptor per certificate"),
    ("one KeyName for two keys", "give each key a name of its own"),
    (
        "^keys for signing",
        'list with use="signing" each certificate for messages, and that of TLS, as many as are expected',
    ),
    ("^keys for encryption", 'list the certificate to encrypt for with use="encryption"; during a roll-over two'),
    ("no certificate to sign with", "list the certificate that requests are signed with"),
    ("no certificate to encrypt for", 'list one with use="encryption"; identities are encrypted for it'),
    ("not an RSA key|RSA key of|a short key", "use an RSA key of 2048 bits or more, in a certificate of its own"),
    ("certificate signed over", "ask the authority for a certificate that is signed over SHA-256 or longer"),
    (
        "key usage does not permit signing",
        "use a certificate with digitalSignature (for services or seals), not one for another purpose",
    ),
    ("key usage does not permit", "use a certificate with keyEncipherment or dataEncipherment"),
    (
        "OIN is not that of",
        "use a certificate with the OIN of the entityID as its subject's serialNumber, or mend the entityID",
    ),
    ("certificate: expired", "replace the certificate, with its KeyDescriptor, and sign again"),
    (
        "no authority that we trust",
        "use a certificate of PKIoverheid; in a test, of an authority that both sides know (--trust)",
    ),
    ("certificate: revoked", "take the certificate out: its authority revoked it"),
    ("cannot be determined", "see that the revocation list named in the certificate can be fetched"),
    ("not an X.509 certificate", "put the base64 of one DER certificate there"),
    # the rest of a party
    ("^protocolSupportEnumeration", "set it to what is expected"),
    ("RequestsSigned|AssertionsSigned", "set the attribute to true, and have the software do so"),
    ("of another binding", "publish this endpoint with the binding that is expected, and take the other out"),
    ("Services$", "publish as many as are expected, each with its address"),
    ("one of several is the default", 'mark exactly one of them with isDefault="true"'),
    ("an index stands twice", "give each its own index; requests name it by that number"),
    (": address$", "use an absolute https address: no user name, no fragment, no white space"),
    ("is for a DV's own metadata", "take the AttributeConsumingService out: services stand in the DV's own metadata"),
    ("one ServiceUUID per", "name the UUID under which the service is registered, one per AttributeConsumingService"),
    ("ServiceName: one per language", "keep one ServiceName for each xml:lang"),
    (r"^\w+ without \S+$", "add the attribute"),
    ("no AssertionConsumerService that answers", "publish one for HTTP-Artifact or HTTP-POST"),
)
_ADVICE: Final = tuple((re.compile(pattern), text) for pattern, text in _TABLE)


def advice(finding: Finding) -> str:
    """What to do. A finding without a sentence of its own gets its clause to read."""
    known = next((text for pattern, text in _ADVICE if pattern.search(finding.why)), None)
    return known or f"see {finding.clause} in docs/conformance"
