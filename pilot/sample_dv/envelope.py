"""What stands around an assertion: SOAP, ArtifactResponse and Response, each checked before anything inside is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from saml2.saml import assertion_from_string
from saml2.samlp import artifact_response_from_string, response_from_string

from pilot.sample_dv import xml
from pilot.sample_dv.checks import same
from pilot.sample_dv.decryption import EncryptionKey, NotForUs
from pilot.sample_dv.received import Check, Message, Refused
from pilot.sample_dv.signatures import NotSigned, Signatures

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
_READERS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "ArtifactResponse": artifact_response_from_string,
    "Response": response_from_string,
    "Assertion": assertion_from_string,
}
_ALGORITHMS: Final = frozenset(
    f"http://www.w3.org/2001/04/{name}"
    for name in (
        "xmldsig-more#rsa-sha256",
        "xmldsig-more#rsa-sha384",
        "xmldsig-more#rsa-sha512",
        "xmlenc#sha256",
        "xmldsig-more#sha384",
        "xmlenc#sha512",
    )
)


class Broken(Exception):
    """The answer stops here: one check that leaves nothing to look at behind it."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.name)
        self.check = check


@dataclass(frozen=True, slots=True)
class Envelope:
    """Opens one answer of `gateway`. What it looked at and what it read are kept, also when it stops halfway."""

    gateway: str
    signatures: Signatures
    checks: list[Check] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list, repr=False)

    def artifact_response(self, soap: bytes, resolve_id: str) -> xml.Element:
        """The signed ArtifactResponse to our ArtifactResolve (DV-ARR-01, DV-ARR-02)."""
        root = xml.parse(soap)
        if root.tag != xml.tag("soap:Envelope"):
            raise xml.Unreadable("no SOAP envelope")
        answer = xml.child(root, "soap:Body/samlp:ArtifactResponse")
        self.messages.append(Message("ArtifactResponse", soap.decode()))
        self.signed(answer, "ArtifactResponse", "DV-ARR-02")
        self._must("ArtifactResponse.Issuer", self.gateway, xml.text(answer, "saml:Issuer"), "DV-ARR-01")
        self._must("ArtifactResponse.InResponseTo", resolve_id, answer.get("InResponseTo"), "DV-ARR-01")
        return answer

    def posted(self, message: bytes) -> xml.Element:
        """The signed Response that the browser brought: nobody but the signature says that it is the gateway's."""
        response = xml.parse(message)
        if response.tag != xml.tag("samlp:Response"):
            raise xml.Unreadable("no Response")
        self.messages.append(Message("Response", message.decode()))
        self.signed(response, "Response", "DV-VAL-01")
        return response

    def answers(self, response: xml.Element, request_id: str, consumer: str) -> bool:
        """Whether somebody is logged in, in a Response to our request at our consumer (DV-RSP-01, DV-RSP-02)."""
        self._must("Response.Issuer", self.gateway, xml.text(response, "saml:Issuer"), "DV-RSP-01")
        self._must("Response.InResponseTo", request_id, response.get("InResponseTo"), "DV-RSP-01")
        self._must("Response.Destination", consumer, response.get("Destination"), "DV-RSP-02")
        if xml.attribute(xml.child(response, "samlp:Status/samlp:StatusCode"), "Value") == SUCCESS:
            return True
        if xml.children(response, "saml:Assertion") or xml.children(response, "saml:EncryptedAssertion"):
            raise xml.Unreadable("an Assertion beside a refusal")
        return False

    def assertion(self, response: xml.Element, key: EncryptionKey | None = None) -> xml.Element:
        """The gateway's signed Assertion; with a `key` also one that is encrypted whole for it (DV-VAL-01)."""
        sealed = xml.children(response, "saml:EncryptedAssertion")
        if sealed and key is not None:
            if len(sealed) > 1 or xml.children(response, "saml:Assertion"):
                raise xml.Unreadable("several assertions")
            try:
                found = key.open_assertion(sealed[0])
            except NotForUs as error:
                raise Broken(Check("EncryptedAssertion", False, "voor ons", "niet te openen", "DV-RSP-08")) from error
            self.messages.append(Message("Assertion", xml.source(found).decode()))
        else:
            found = xml.child(response, "saml:Assertion")
        self.signed(found, "Assertion", "DV-VAL-01")
        self._must("Assertion.Issuer", self.gateway, xml.text(found, "saml:Issuer"), "DV-ASR-01")
        return found

    def signed(self, element: xml.Element, name: str, clause: str) -> None:
        """The gateway's signature over one element as it came, and its algorithms (GEN-02, GEN-03)."""
        try:
            check_signature(element, name, self.gateway, self.signatures)
        except NotSigned as error:
            refused = Check(f"handtekening {name}", False, self.gateway, str(error) or "geen", clause)
            raise Broken(refused) from error
        self.checks.append(Check(f"handtekening {name}", True, self.gateway, self.gateway, clause))

    def _must(self, name: str, expected: str, received: str | None, clause: str) -> None:
        check = same(name, expected, received or "", clause)
        if not check.ok:
            raise Broken(check)
        self.checks.append(check)


def check_signature(element: xml.Element, name: str, signer: str, signatures: Signatures) -> None:
    """Raises `NotSigned` unless an element called `name` bears the signature of `signer`, by algorithms that count."""
    text = xml.source(element)
    signatures.check(_READERS[name](text), text, signer)
    info = xml.child(element, "ds:Signature/ds:SignedInfo")
    for path in ("ds:SignatureMethod", "ds:Reference/ds:DigestMethod"):
        if xml.attribute(xml.child(info, path), "Algorithm") not in _ALGORITHMS:
            raise NotSigned("algorithm")


def refused(element: xml.Element, code: str) -> Refused:
    """The status of an ArtifactResponse or Response without an assertion."""
    status = xml.child(element, "samlp:Status/samlp:StatusCode")
    nested = xml.children(status, "samlp:StatusCode")
    said = xml.children(element, "samlp:Status/samlp:StatusMessage")
    return Refused(
        xml.attribute(status, "Value"),
        nested[0].get("Value") if nested else None,
        (said[0].text or "").strip() if said else None,
        code,
    )
