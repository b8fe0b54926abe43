"""Constants of the standards, each with the clause that names it."""

from typing import Final

# SAML 2.0 namespaces (SAML core 1.2, bindings, metadata)
SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
MD: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
EC: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
SOAP11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12: Final = "http://www.w3.org/2003/05/soap-envelope"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XML: Final = "http://www.w3.org/XML/1998/namespace"

# Signatures and encryption (ST-SAML requirements: GEN-02, GEN-03, GEN-05, GEN-06, GEN-17, GEN-18)
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
RSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"  # GEN-04: inside OAEP only
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#sha384"
SHA512: Final = "http://www.w3.org/2001/04/xmlenc#sha512"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
AES256_CBC: Final = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
RSA_OAEP_MGF1P: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"

# Bindings (ST-SAML frameworks: GEN-27)
HTTP_POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
HTTP_ARTIFACT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
HTTP_REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
SOAP: Final = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

# Status codes (SAML core 3.2.2.2; ST-SAML ERR-01, ERR-02)
STATUS_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
STATUS_REQUESTER: Final = "urn:oasis:names:tc:SAML:2.0:status:Requester"
STATUS_RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
STATUS_AUTHN_FAILED: Final = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
STATUS_NO_AUTHN_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
STATUS_REQUEST_UNSUPPORTED: Final = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported"
STATUS_REQUEST_DENIED: Final = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
STATUS_NO_PASSIVE: Final = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"  # SAML core 3.2.2.2
STATUS_NO_SUPPORTED_IDP: Final = "urn:oasis:names:tc:SAML:2.0:status:NoSupportedIDP"
STATUS_PARTIAL_LOGOUT: Final = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"

# Subjects (ST-SAML DV-ASR-03, DV-ASR-04, DV-ATT-06)
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
UNSPECIFIED_FORMAT: Final = (
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"  # of a sector-coded name (clients 2)
)
UNSPECIFIED_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"  # RD-ASR-04

# Attributes and identifier types (ST-SAML TYP-03, TYP-04, TYP-05)
SERVICE_UUID: Final = "urn:nl-eid-gdi:1.0:ServiceUUID"
INTENDED_AUDIENCE: Final = "urn:nl-eid-gdi:1.0:IntendedAudience"
IDP_ASSERTION: Final = "urn:nl-eid-gdi:1.0:IdpAssertion"
ACTING_SUBJECT_ID: Final = "urn:nl-eid-gdi:1.0:ActingSubjectID"
LEGAL_SUBJECT_ID: Final = "urn:nl-eid-gdi:1.0:LegalSubjectID"
REPRESENTATION_TYPE: Final = "urn:nl-eid-gdi:1.1:RepresentationType"
LEGACY_BSN: Final = "urn:nl-eid-gdi:1.0:id:legacy-BSN"
BSNK_IDENTITY: Final = "urn:nl-eid-gdi:1.0:id:BSN"  # an encrypted identity (EI)
BSNK_PSEUDONYM: Final = "urn:nl-eid-gdi:1.0:id:Pseudonym"  # an encrypted pseudonym (EP)
RT_FULL_CARE_AUTHORITY_CHILD: Final = "urn:nl-eid-gdi:1.1:RT:Zorg_Volledig_Gezag_Kind"
ACTING_TYPE: Final = "urn:namens:attribute:ActingSubjectType"  # ours, for profile generic: of which type a text is
LEGAL_TYPE: Final = "urn:namens:attribute:LegalSubjectType"
LEVEL_OF_ASSURANCE: Final = "urn:namens:attribute:LevelOfAssurance"  # ours, for profile generic
OWN_PSEUDONYM: Final = "urn:namens:id:Pseudonym"  # ours: a name that means somebody to one DV only

# Ours, where ST-SAML 1.0 has no name (DESIGN 3.9): who stands between whoever acts and the represented
INTERMEDIARY_SUBJECT_ID: Final = "urn:namens:attribute:IntermediarySubjectID"

# eTD, of an HM and for profile etoegang (DV-ATT-13, TYP-07; st-saml 5; clients 2)
ETOEGANG_CORE: Final = "urn:etoegang:core:"
ETOEGANG_ACTING: Final = "urn:etoegang:core:ActingSubjectID"
ETOEGANG_LEGAL: Final = "urn:etoegang:core:LegalSubjectID"
ETOEGANG_SERVICE_ID: Final = "urn:etoegang:core:ServiceID"
ETOEGANG_SERVICE_UUID: Final = "urn:etoegang:core:ServiceUUID"
ETOEGANG_REPRESENTATION: Final = "urn:etoegang:core:Representation"
ETOEGANG_REGISTRY: Final = "urn:etoegang:core:AuthorizationRegistryID"
ETOEGANG_INTERMEDIARY: Final = "urn:etoegang:core:IntermediateSubjectID"
ETOEGANG_COMPANY_NAME: Final = "urn:etoegang:1.11:attribute-represented:CompanyName"
ETOEGANG_VESTIGING: Final = "urn:etoegang:1.9:ServiceRestriction:Vestigingsnr"
ETOEGANG_BSN: Final = "urn:etoegang:1.12:EntityConcernedID:BSN"
ETOEGANG_KVK: Final = "urn:etoegang:1.9:EntityConcernedID:KvKnr"
ETOEGANG_RSIN: Final = "urn:etoegang:1.9:EntityConcernedID:RSIN"
ETOEGANG_PERSONAL: Final = "urn:etoegang:1.9:attribute:"  # a fact about the person, in the attribute catalogue
ETOEGANG_PSEUDO: Final = "urn:etoegang:1.13:EntityConcernedID:Pseudo"  # of the person, for one DV and one organisation

# Levels of assurance (ST-SAML TYP-08; the capital in eID is the standard's own, C-02)
LOA_BASIC: Final = "http://eID.logius.nl/LoA/basic"
LOA_LOW: Final = "http://eidas.europa.eu/LoA/low"
LOA_SUBSTANTIAL: Final = "http://eidas.europa.eu/LoA/substantial"
LOA_HIGH: Final = "http://eidas.europa.eu/LoA/high"
