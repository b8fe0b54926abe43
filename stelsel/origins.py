"""Which message a refusal is about, for people who look for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that a refusal is about, and whose it says it is; for people who look for it, and for nothing else.

    `proven`: the signature, checked with that party's keys, covers it. Otherwise anybody may have written the name.
    """

    kind: str
    issuer: str
    id: str
    proven: bool = False

    def facts(self) -> dict[str, str]:
        """As the log has it."""
        signature = "verified" if self.proven else "unverified"
        return {"message": self.kind, "message_id": self.id, "issuer": self.issuer, "signature": signature}
