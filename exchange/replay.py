"""That no message is used twice: its ID is claimed once per sender, after every other check of the edge."""

from datetime import datetime
from typing import Final

from runtime.store import ShortLived
from stelsel.failures import MessageReplayed
from stelsel.identifiers import EntityId

# Longer than any message stays acceptable (5 minutes for requests, 2 for assertions): after that its time refuses it.
REMEMBERED_SECONDS: Final = 20 * 60


async def claim_id(store: ShortLived, sender: EntityId, message_id: str, issued_at: datetime) -> None:
    """Uses up the ID of a message. Raises `MessageReplayed` when it was used before or predates the store (GEN-24)."""
    if not await store.claim(f"id:{sender.value}:{message_id}", REMEMBERED_SECONDS, issued_at):
        raise MessageReplayed(
            "this ID was used before",
            found=message_id,
            expected="an ID that is new, of a message issued since the store began",
        )
