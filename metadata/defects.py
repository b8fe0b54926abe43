"""What can be wrong with metadata that can be read, by names that stay when the words about it change."""

from enum import StrEnum, auto


class MetadataDefect(StrEnum):
    """Why metadata is refused (MD-GEN-01), or in what it departs from ST-SAML: the document, its keys, its party."""

    NOT_METADATA = auto()
    NOT_SIGNED = auto()
    NOBODY_VOUCHES = auto()
    NESTED_SIGNATURE = auto()
    NO_ID = auto()
    NO_VALID_UNTIL = auto()
    NO_END = auto()
    EXPIRED = auto()
    NOT_ONE_PROVIDER = auto()
    PARTY_TWICE = auto()
    GROUP_OF_ANOTHER = auto()
    NO_GROUP = auto()
    ANOTHER_ROLE = auto()
    ROLES = auto()
    ENTITY_ID = auto()

    KEY_USE = auto()
    KEY_WITHOUT_USE = auto()
    KEY_NAME = auto()
    KEY_NAME_TWICE = auto()
    KEY_INFO = auto()
    KEY_CERTIFICATE = auto()
    SIGNING_KEYS = auto()
    ENCRYPTION_KEYS = auto()
    NO_SIGNING_KEY = auto()
    NO_ENCRYPTION_KEY = auto()

    NOT_A_CERTIFICATE = auto()
    NOT_RSA = auto()
    SHORT_KEY = auto()
    WEAK_HASH = auto()
    NOT_FOR_SIGNING = auto()
    NOT_FOR_ENCRYPTION = auto()
    ANOTHER_OIN = auto()
    CERTIFICATE_EXPIRED = auto()
    UNKNOWN_AUTHORITY = auto()
    REVOKED = auto()
    REVOCATION_UNKNOWN = auto()

    PROTOCOL = auto()
    ELEMENT_ORDER = auto()
    SIGNING_FLAG = auto()
    ENDPOINT_COUNT = auto()
    BINDING = auto()
    DEFAULT = auto()
    INDEX_TWICE = auto()
    ADDRESS = auto()
    SERVICES_OF_ANOTHER = auto()
    SERVICE_UUID = auto()
    LANGUAGE_TWICE = auto()
    NO_CONSUMER = auto()
