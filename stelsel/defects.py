"""What can be wrong with a document before anybody judges it, by names that stay when the words about it change."""

from enum import StrEnum, auto


class Defect(StrEnum):
    """Why a document cannot be read, or has another shape than its schema's (ERR-09)."""

    TOO_LARGE = auto()
    NOT_WELL_FORMED = auto()
    DOCTYPE_OR_COMMENT = auto()
    COMMENT_IN_TEXT = auto()
    INSTRUCTION = auto()
    ENCODING = auto()
    NAMESPACE_NAME = auto()
    ID_TWICE = auto()
    ID_NO_NAME = auto()
    FOREIGN_ATTRIBUTE = auto()
    NO_CANONICAL_FORM = auto()
    ELEMENT_OUT_OF_PLACE = auto()
    ELEMENT_COUNT = auto()
    ELEMENT_IN_TEXT = auto()
    TEXT_OUT_OF_PLACE = auto()
    ATTRIBUTE_MISSING = auto()
    ATTRIBUTE_OUT_OF_PLACE = auto()
    NO_BASE64 = auto()
    NO_INSTANT = auto()
    NO_BOOLEAN = auto()
    NO_INDEX = auto()
