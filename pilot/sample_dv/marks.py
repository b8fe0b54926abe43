"""What stands on every message of a sample party: an ID of its own, and the network's time."""

import secrets
from datetime import datetime


def new_id() -> str:
    """An ID that nobody guesses."""
    return "_" + secrets.token_hex(20)


def instant(at: datetime) -> str:
    """An instant as SAML writes it, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
