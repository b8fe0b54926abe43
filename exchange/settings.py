"""What every SAML party must be told at start; a service adds its own fields and reads them from the environment."""

from dataclasses import dataclass
from pathlib import Path

from metadata.settings import METADATA_SETTINGS, MetadataSettings
from runtime.settings import (
    DATABASE_LIMITS,
    HTTP_LIMITS,
    OFFLOAD_LIMITS,
    SERVER_LIMITS,
    DatabaseLimits,
    HttpLimits,
    JournalSettings,
    OffloadLimits,
    Secret,
    ServerLimits,
    StoreSettings,
)
from stelsel.identifiers import EntityId


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySettings:
    """`public_url` and `back_channel_url` are origins without a slash at the end; all our URLs are built from them.

    `keys` is the folder of our key ring, `anchors` a PEM file with the authorities whose certificates we take,
    `handle_key` signs the handles in URLs and is shared by all workers. `operator` is named in the footer of each page.
    `pilot` shows that people are made up; `http_on_loopback` lets parties on this machine be reached without TLS.
    """

    entity_id: EntityId
    public_url: str
    back_channel_url: str
    keys: Path
    anchors: Path
    handle_key: Secret
    database_url: str
    store: StoreSettings
    journal: JournalSettings
    operator: str
    help_url: str = ""
    pilot: bool = False
    http_on_loopback: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    back_channel_port: int = 8443
    metadata_days: int = 30
    resolve_seconds: float = 5.0
    resolve_bytes: int = 256 * 1024
    metadata: MetadataSettings = METADATA_SETTINGS
    database: DatabaseLimits = DATABASE_LIMITS
    offload: OffloadLimits = OFFLOAD_LIMITS
    http: HttpLimits = HTTP_LIMITS
    server: ServerLimits = SERVER_LIMITS
