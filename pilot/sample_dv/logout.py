"""The gateway's LogoutResponse as this sample DV judges it: signature by pysaml2, the rest by its own lines."""

import base64
import binascii
from typing import Final

from saml2.samlp import logout_response_from_string

from pilot.sample_dv import xml
from pilot.sample_dv.signatures import NotSigned, Signatures

SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"


class NotLoggedOut(Exception):
    """What came back is not the gateway's word that the login is over; says what was amiss."""


class PartlyLoggedOut(NotLoggedOut):
    """The gateway's word that somewhere it is not over (SSO-04)."""


def read_posted_logout(value: str, gateway: str, signatures: Signatures) -> bytes:
    """The signed LogoutResponse of a SAMLResponse field. Runs xmlsec1: call it off the event loop."""
    try:
        return read_signed_logout(base64.b64decode(value, validate=True), gateway, signatures)
    except (binascii.Error, ValueError) as error:
        raise NotLoggedOut(type(error).__name__) from error


def read_signed_logout(text: bytes, gateway: str, signatures: Signatures) -> bytes:
    """As `read_posted_logout`, for the message itself."""
    try:
        if xml.parse(text).tag == xml.tag("samlp:LogoutResponse"):
            signatures.check(logout_response_from_string(text), text, gateway)
            return text
    except (xml.Unreadable, NotSigned) as error:
        raise NotLoggedOut(type(error).__name__) from error
    raise NotLoggedOut("another message")


def check_logged_out(text: bytes, gateway: str, request_id: str, location: str) -> None:
    """Raises `NotLoggedOut` unless this LogoutResponse, whose signature was checked, says that `request_id` succeeded
    (LGO-02); `PartlyLoggedOut` where it says another thing."""
    try:
        root = xml.parse(text)
        if root.tag != xml.tag("samlp:LogoutResponse") or xml.text(root, "saml:Issuer") != gateway:
            raise NotLoggedOut("another message, or of another party")
        found = (root.get("InResponseTo"), root.get("Destination"))
        status = xml.attribute(xml.child(root, "samlp:Status/samlp:StatusCode"), "Value")
    except xml.Unreadable as error:
        raise NotLoggedOut(type(error).__name__) from error
    if found != (request_id, location):
        raise NotLoggedOut("answers another request, or elsewhere")
    if status != SUCCESS:
        raise PartlyLoggedOut(status)
