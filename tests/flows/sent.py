"""The SAML messages in what a network said: out of form fields, and out of SOAP."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

from lxml import etree

from tests.flows.wire import Exchange

NAMES = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it crossed the wire: its name, whom its Issuer names, and its bytes."""

    name: str
    issuer: str
    xml: bytes


def messages_in(exchange: Exchange) -> Iterator[Sent]:
    """The SAML messages in one exchange, out of form fields and SOAP."""
    form = parse_qs(exchange.question.decode("ascii", "replace"))
    bodies = [base64.b64decode(each) for name in ("SAMLRequest", "SAMLResponse") for each in form.get(name, [])]
    for soap in (exchange.question, exchange.answer):
        if exchange.host.endswith("/back") and soap.lstrip().startswith(b"<") and b"Envelope" in soap:
            bodies += [etree.tostring(each) for each in etree.fromstring(soap).iterfind("soap:Body/*", NAMES)]
    for body in bodies:
        root = etree.fromstring(body)
        yield Sent(etree.QName(root).localname, root.findtext("saml:Issuer", "", NAMES), body)


def all_in(exchanges: Iterable[Exchange]) -> list[Sent]:
    """Every message, in the order in which they were sent."""
    return [message for exchange in exchanges for message in messages_in(exchange)]
