"""Names of messages: unguessable, never used twice."""

import secrets


def new_id() -> str:
    """A fresh ID: an underscore, since an XML name cannot begin with a digit, and 160 random bits (GEN-24)."""
    return "_" + secrets.token_hex(20)
