"""What explaining a message starts from and ends in: the terms by which it is judged, and what is told of it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from stelsel.failures import Failure
from stelsel.identifiers import EntityId
from stelsel.saml.senders import Sender

# Nine digits and no more, unless inside a long hexadecimal name, as of a message.
_MAY_BE_BSN: Final = re.compile(r"(?P<name>_?[0-9a-f]{32,})|(?<![0-9])[0-9]{9}(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a message is judged. What is None is not judged, or by the message's own word.

    `destination` is the address that it was sent to; `receiver` and `role` who reads it; `in_response_to` the ID of the
    AuthnRequest or LogoutRequest that it answers, `resolve_id` that of the ArtifactResolve; `audience` for whom an
    assertion is.
    """

    at: datetime
    destination: str | None = None
    senders: Sequence[Sender] = ()
    receiver: EntityId | None = None
    role: str | None = None
    in_response_to: str | None = None
    resolve_id: str | None = None
    audience: EntityId | None = None

    def sender(self, entity_id: str) -> Sender | None:
        """The party of that name, from the metadata that was given."""
        return next((each for each in self.senders if each.entity_id == entity_id), None)

    def addresses(self, kind: str) -> tuple[str, ...]:
        """Where messages come in that the receiver gets at its endpoints of `kind`; empty: not known."""
        if self.destination is not None:
            return (self.destination,)
        receiver = None if self.receiver is None else self.sender(self.receiver.value)
        return receiver.locations(kind) if receiver is not None else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause that is broken, and by what in the message: empty for the message itself."""

    part: str
    failure: Failure

    def lines(self, wordings: Mapping[str, str]) -> Iterator[str]:
        """The clause and what is the matter, then what is known, a line each."""
        failure = self.failure
        yield f"{failure.broken_clause or '-'}  {failure.why}"
        pairs = (
            ("in", self.part),
            ("rule", wordings.get(failure.broken_clause, "")),
            ("expected", failure.expected),
            ("found", failure.found),
        )
        yield from (f"    {name}: {value}" for name, value in pairs if value not in (None, ""))


@dataclass(slots=True)
class Explanation:
    """What a message is and says, in the order in which it is read; `notes` tell what could not be judged."""

    said: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    part: str = ""

    @contextmanager
    def within(self, part: str) -> Iterator[None]:
        """What is told and found inside is of this part of the message."""
        around, self.part = self.part, part
        self.said += [("", ""), ("in it", part)]
        try:
            yield
        finally:
            self.part = around

    def say(self, name: str, value: object) -> None:
        """Adds what the message says, where it says something."""
        if value not in (None, "", ()):
            self.said.append((name, str(value)))

    def note(self, text: str) -> None:
        """Adds what could not be judged, once."""
        if text not in self.notes:
            self.notes.append(text)

    def judge(self, check: Callable[[], object]) -> bool:
        """Whether `check` passes; else its refusal is among the findings, once."""
        try:
            check()
        except Failure as failure:
            self.find(failure)
            return False
        return True

    def find(self, failure: Failure) -> None:
        """Adds a finding, unless this part has the same one."""
        known = [(each.part, each.failure.facts()) for each in self.findings]
        if (self.part, failure.facts()) not in known:
            self.findings.append(Finding(self.part, failure))

    def lines(self, wordings: Mapping[str, str]) -> list[str]:
        """As it is printed: what it says, one finding after another with its clause, and a verdict."""
        lines = [f"{name + ':':<18} {value}" if name else "" for name, value in self.said]
        for finding in self.findings:
            lines += ["", *finding.lines(wordings)]
        verdict = f"{len(self.findings)} finding(s)" if self.findings else "no findings"
        lines += ["", *(f"note: {note}" for note in self.notes), verdict]
        return [_MAY_BE_BSN.sub(lambda match: match["name"] or "*********", line) for line in lines]


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and when a message came in, as the rules ask it."""

    location: str
    now: datetime
