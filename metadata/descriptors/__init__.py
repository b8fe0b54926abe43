"""SAML metadata in and out: the only home of its XML. `read_metadata` hands on what was signed and keeps every rule."""

from metadata.descriptors.findings import Finding, Terms
from metadata.descriptors.reading import (
    Recalled,
    Verified,
    certificates_of,
    find_flaws,
    read_document,
    read_metadata,
    recall_document,
    recall_metadata,
)
from metadata.descriptors.writing import write_entities, write_entity

__all__ = [
    "Finding",
    "Recalled",
    "Terms",
    "Verified",
    "certificates_of",
    "find_flaws",
    "read_document",
    "read_metadata",
    "recall_document",
    "recall_metadata",
    "write_entities",
    "write_entity",
]
