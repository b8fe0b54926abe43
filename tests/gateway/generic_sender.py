"""A service provider outside ST-SAML: requests written by hand, with what our own writer never writes."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from stelsel import urns
from stelsel.saml import markup
from stelsel.saml.bindings import encode_post
from stelsel.saml.ids import new_id
from stelsel.saml.redirect import write_url
from stelsel.saml.signatures import SigningKey, sign
from tests.exchange.factories import DV_CONSUMER, SSO
from tests.stelsel.saml.factories import DV, NOON, key_of

BY_URL = {"AssertionConsumerServiceURL": DV_CONSUMER}


def a_message(*, inside: str = "", at: datetime = NOON, issuer: str = DV.value, **attributes: str | None) -> bytes:
    """An unsigned request with NameIDPolicy; `inside` follows that. Its reply address is a registered URL, unless
    attributes say otherwise; None leaves one out."""
    values: dict[str, Any] = {
        "ID": new_id(),
        "Version": "2.0",
        "IssueInstant": markup.moment(at),
        "Destination": SSO,
        "Consent": "urn:oasis:names:tc:SAML:2.0:consent:unspecified",
        "IsPassive": "false",
        **BY_URL,
    }
    return (
        f"<samlp:AuthnRequest{markup.SAMLP_NAMESPACE}{markup.SAML_NAMESPACE}{markup.attributes(values | attributes)}>"
        f'<saml:Issuer>{issuer}</saml:Issuer><samlp:NameIDPolicy AllowCreate="true"/>{inside}</samlp:AuthnRequest>'
    ).encode()


def posted(message: bytes, key: SigningKey | None = None, relay_state: str | None = None) -> dict[str, str]:
    """The form of HTTP-POST, signed with the certificate in KeyInfo."""
    form = {"SAMLRequest": encode_post(sign(message, key or key_of(DV), x509=True))}
    return form if relay_state is None else form | {"RelayState": relay_state}


def redirected(message: bytes, key: SigningKey | None = None, relay_state: str | None = None) -> bytes:
    """The query of HTTP-Redirect, its signature beside the message."""
    return urlsplit(write_url(SSO, "SAMLRequest", message, relay_state, key or key_of(DV))).query.encode()


def contexts(comparison: str, *classes: str) -> str:
    """A RequestedAuthnContext."""
    refs = "".join(markup.element("saml:AuthnContextClassRef", each) for each in classes)
    compared = f' Comparison="{comparison}"' if comparison else ""
    return f"<samlp:RequestedAuthnContext{compared}>{refs}</samlp:RequestedAuthnContext>"


def extensions(*, audience: str | None = None, service: str | None = None, assertion: str | None = None) -> str:
    """Extensions as ST-SAML has them. They stand before NameIDPolicy: `with_extensions` puts them there."""
    values = ((urns.INTENDED_AUDIENCE, audience), (urns.SERVICE_UUID, service), (urns.IDP_ASSERTION, assertion))
    found = "".join(
        f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
        for name, value in values
        if value is not None
    )
    return f"<samlp:Extensions>{found}</samlp:Extensions>"


def with_extensions(message: bytes, **values: str) -> bytes:
    """The message with Extensions at their place."""
    return message.replace(b"</saml:Issuer>", b"</saml:Issuer>" + extensions(**values).encode())
