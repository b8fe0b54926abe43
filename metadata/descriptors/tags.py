"""Names of SAML metadata's elements, and in which order the schema has them (SAML metadata 2.0, chapter 2)."""

from typing import Final

from stelsel import urns
from stelsel.saml.shape import ANY, MANY, MAYBE, ONE, Count

UI: Final = "urn:oasis:names:tc:SAML:metadata:ui"
PROTOCOL: Final = urns.SAMLP


def _md(name: str) -> str:
    return f"{{{urns.MD}}}{name}"


def _ds(name: str) -> str:
    return f"{{{urns.DS}}}{name}"


LANG: Final = f"{{{urns.XML}}}lang"
XSI_TYPE: Final = f"{{{urns.XSI}}}type"

SIGNATURE: Final = _ds("Signature")
KEY_INFO: Final = _ds("KeyInfo")
KEY_NAME: Final = _ds("KeyName")
X509_DATA: Final = _ds("X509Data")
X509_CERTIFICATE: Final = _ds("X509Certificate")

ENTITIES: Final = _md("EntitiesDescriptor")
ENTITY: Final = _md("EntityDescriptor")
EXTENSIONS: Final = _md("Extensions")
IDP: Final = _md("IDPSSODescriptor")
SP: Final = _md("SPSSODescriptor")
# Roles that this network does not use; a party may have them, and nothing in them is read.
OTHER_ROLES: Final = frozenset(
    map(_md, ("RoleDescriptor", "AuthnAuthorityDescriptor", "AttributeAuthorityDescriptor", "PDPDescriptor"))
)
ORGANIZATION: Final = _md("Organization")
ORGANIZATION_NAME: Final = _md("OrganizationName")
ORGANIZATION_DISPLAY_NAME: Final = _md("OrganizationDisplayName")
ORGANIZATION_URL: Final = _md("OrganizationURL")
CONTACT: Final = _md("ContactPerson")
MORE_METADATA: Final = _md("AdditionalMetadataLocation")
KEY_DESCRIPTOR: Final = _md("KeyDescriptor")
ENCRYPTION_METHOD: Final = _md("EncryptionMethod")
RESOLUTION: Final = _md("ArtifactResolutionService")
LOGOUT: Final = _md("SingleLogoutService")
SIGN_ON: Final = _md("SingleSignOnService")
CONSUMER: Final = _md("AssertionConsumerService")
SERVICE: Final = _md("AttributeConsumingService")
SERVICE_NAME: Final = _md("ServiceName")
SERVICE_DESCRIPTION: Final = _md("ServiceDescription")
REQUESTED: Final = _md("RequestedAttribute")
VALUE: Final = f"{{{urns.SAML}}}AttributeValue"
UI_INFO: Final = f"{{{UI}}}UIInfo"
DISPLAY_NAME: Final = f"{{{UI}}}DisplayName"

# A file of the router holds every DV it supports (MD-RS-01).
ENTITIES_ORDER: Final[dict[str, Count]] = {SIGNATURE: MAYBE, EXTENSIONS: MAYBE, ENTITY: (1, 20_000)}
BEFORE_ROLES: Final[dict[str, Count]] = {SIGNATURE: MAYBE, EXTENSIONS: MAYBE}
AFTER_ROLES: Final[dict[str, Count]] = {ORGANIZATION: MAYBE, CONTACT: ANY, MORE_METADATA: ANY}
_SSO_ORDER: Final[dict[str, Count]] = {
    SIGNATURE: MAYBE,
    EXTENSIONS: MAYBE,
    KEY_DESCRIPTOR: ANY,
    ORGANIZATION: MAYBE,
    CONTACT: ANY,
    RESOLUTION: ANY,
    LOGOUT: ANY,
    _md("ManageNameIDService"): ANY,
    _md("NameIDFormat"): ANY,
}
IDP_ORDER: Final[dict[str, Count]] = {
    **_SSO_ORDER,
    SIGN_ON: MANY,
    _md("NameIDMappingService"): ANY,
    _md("AssertionIDRequestService"): ANY,
    _md("AttributeProfile"): ANY,
    f"{{{urns.SAML}}}Attribute": ANY,
}
SP_ORDER: Final[dict[str, Count]] = {**_SSO_ORDER, CONSUMER: MANY, SERVICE: ANY}
KEY_ORDER: Final[dict[str, Count]] = {KEY_INFO: ONE, ENCRYPTION_METHOD: ANY}
SERVICE_ORDER: Final[dict[str, Count]] = {SERVICE_NAME: MANY, SERVICE_DESCRIPTION: ANY, REQUESTED: MANY}
ORGANIZATION_ORDER: Final[dict[str, Count]] = {
    EXTENSIONS: MAYBE,
    ORGANIZATION_NAME: MANY,
    ORGANIZATION_DISPLAY_NAME: MANY,
    ORGANIZATION_URL: MANY,
}
