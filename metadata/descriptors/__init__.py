"""SAML metadata in and out: the only home of its XML. `read_metadata` hands on what was signed and keeps every rule."""

from metadata.descriptors.reading import find_flaws, read_metadata, recall_metadata
from metadata.descriptors.rules import Finding
from metadata.descriptors.writing import write_entities, write_entity

__all__ = ["Finding", "find_flaws", "read_metadata", "recall_metadata", "write_entities", "write_entity"]
