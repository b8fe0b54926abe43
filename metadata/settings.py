"""How metadata and revocation lists are fetched and how long one waits; a default for each."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataSettings:
    """`crl_required`: a certificate that names a revocation list is not used without a current one.

    Every `look_seconds` a process looks whether anything changed. A source is fetched again after its cacheDuration,
    within `least_seconds` and `most_seconds`; after a failure, and where it names none, after `least_seconds` and
    `usual_seconds`.
    """

    crl_required: bool = True
    look_seconds: float = 15.0
    least_seconds: int = 300
    usual_seconds: int = 3600
    most_seconds: int = 86_400
    fetch_seconds: float = 20.0
    document_bytes: int = 32 * 1024 * 1024
    list_bytes: int = 8 * 1024 * 1024


METADATA_SETTINGS: Final = MetadataSettings()
