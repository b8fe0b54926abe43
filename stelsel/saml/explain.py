"""Explains one message to whoever made it: what it is, what it says, and every clause it breaks.

It judges by the same rules as the doors, but goes on after the first. It opens nothing that is encrypted and shows
nothing that may be a citizen's number; nothing that it says is proof of anything.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from stelsel.failures import Failure, MessageMalformed, ReplyAddressUnknown, UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml import artifact as artifacts
from stelsel.saml import authn_request, header, redirect
from stelsel.saml.authn_request import AUTHN_REQUEST
from stelsel.saml.bindings import soap_unwrap
from stelsel.saml.freshness import check_issued
from stelsel.saml.rules.requests import AT_ANY_DOOR, FROM_A_DV
from stelsel.saml.senders import Sender
from stelsel.saml.shape import instant
from stelsel.saml.signatures import VerificationKey, check_content
from stelsel.saml.wrapping import Unwrapped, unwrap
from stelsel.saml.xml import Element, parse, self_contained

# Nine digits and no more, unless inside a long hexadecimal name, as of a message.
_MAY_BE_BSN: Final = re.compile(r"(?P<name>_?[0-9a-f]{32,})|(?<![0-9])[0-9]{9}(?![0-9])")
_ENVELOPE: Final = "Envelope"
_METADATA: Final = frozenset({"EntityDescriptor", "EntitiesDescriptor"})


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a message is judged: the moment, the address it was sent to (None: its own word), and known senders."""

    at: datetime
    destination: str | None = None
    senders: Sequence[Sender] = ()

    def sender(self, entity_id: str) -> Sender | None:
        """The party of that name, from the metadata that was given."""
        return next((each for each in self.senders if each.entity_id == entity_id), None)


@dataclass(slots=True)
class Explanation:
    """What a message is and says, in the order in which it is read; `notes` tell what could not be judged."""

    said: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, name: str, value: object) -> None:
        """Adds what the message says, where it says something."""
        if value not in (None, "", ()):
            self.said.append((name, str(value)))

    def judge(self, check: Callable[[], object]) -> bool:
        """Whether `check` passes; else its refusal is among the findings, once."""
        try:
            check()
        except Failure as failure:
            if failure.facts() not in [each.facts() for each in self.findings]:
                self.findings.append(failure)
            return False
        return True

    def lines(self) -> list[str]:
        """As it is printed: what it says, one finding after another with clause, expected and found, and a verdict."""
        told = [f"{name + ':':<18} {value}" for name, value in self.said]
        for failure in self.findings:
            told += ["", f"{failure.broken_clause or '-'}  {failure.why}"]
            pairs = (("expected", failure.expected), ("found", failure.found))
            told += [f"    {name}: {value}" for name, value in pairs if value not in (None, "")]
        verdict = f"{len(self.findings)} finding(s)" if self.findings else "no findings"
        told += ["", *(f"note: {note}" for note in self.notes), verdict]
        return [_MAY_BE_BSN.sub(lambda match: match["name"] or "*********", line) for line in told]


@dataclass(frozen=True, slots=True)
class _Situation:
    location: str
    now: datetime


def explain(data: bytes, terms: Terms) -> Explanation:
    """Everything that can be said of `data`. Raises `MessageMalformed` where it is in no form that messages have."""
    told, unwrapped = Explanation(), unwrap(data)
    told.say("form", unwrapped.how)
    if unwrapped.artifact:
        _artifact(told, unwrapped.artifact, terms)
    else:
        found = _element(told, unwrapped.xml)
        if found is not None:
            _message(told, found, unwrapped, terms)
    return told


def _artifact(told: Explanation, text: str, terms: Terms) -> None:
    """Whose artifact it is; the handle in it is a secret for a minute, and not shown."""
    told.say("message", "artifact")
    if not told.judge(lambda: artifacts.read_artifact(text)):
        return
    named = artifacts.read_artifact(text)
    told.say("type", 4)
    told.say("endpoint index", named.index)
    told.say("SourceID", named.source_id.hex())
    for sender in terms.senders:
        if artifacts.source_id(EntityId(sender.entity_id)) == named.source_id:
            told.say("made by", sender.entity_id)
            return
    told.notes.append("whose it is is not known: SourceID is the SHA-1 of an EntityID; give metadata with --metadata")


def _element(told: Explanation, xml: bytes) -> Element | None:
    try:
        root = parse(xml)
        return soap_unwrap(xml) if _local(root) == _ENVELOPE else root
    except Failure as failure:
        told.findings.append(failure)
        return None


def _message(told: Explanation, element: Element, unwrapped: Unwrapped, terms: Terms) -> None:
    kind = _local(element)
    told.say("message", kind)
    if kind in _METADATA:
        told.notes.append("this is metadata: python -m metadata check FILE")
        return
    issuer = ""
    if told.judge(lambda: header.sender(element)):
        issuer = header.sender(element).value
    told.say("issuer", issuer)
    for name in ("ID", "Version", "IssueInstant", "Destination", "InResponseTo"):
        told.say(name, element.get(name))
    kept = self_contained(element)
    _signature(told, element, unwrapped, issuer, terms)
    again = parse(kept)
    if element.tag == AUTHN_REQUEST:
        _request(told, again, terms)
    else:
        _any(told, again, terms)


def _signature(told: Explanation, element: Element, unwrapped: Unwrapped, issuer: str, terms: Terms) -> None:
    sender = terms.sender(issuer)
    if sender is None:
        told.notes.append("the key was not judged: give the sender's metadata with --metadata")
    if unwrapped.query:
        _signed_query(told, unwrapped.query, sender)
    elif sender is None:
        told.judge(lambda: check_content(element))
    elif told.judge(lambda: header.verified(element, _keys(sender))):
        told.say("signature", "of a key in the metadata that was given")
    elif told.findings[-1].broken_clause == "GEN-16":
        again = parse(self_contained(element))
        if told.judge(lambda: check_content(again)):
            told.notes.append("the content is as it was signed: only the key is another than the metadata's")


def _signed_query(told: Explanation, query: bytes, sender: Sender | None) -> None:
    try:
        redirected = redirect.read_query(query)
    except Failure as failure:
        told.findings.append(failure)
        return
    if sender is not None:
        told.judge(lambda: redirect.read(redirected, _keys(sender)))


def _keys(sender: Sender) -> Callable[[EntityId], Sequence[VerificationKey]]:
    def keys_of(entity: EntityId) -> Sequence[VerificationKey]:
        if entity.value != sender.entity_id:
            raise UnknownIssuer("another party than the metadata's", expected=sender.entity_id, found=entity)
        return sender.keys

    return keys_of


def _request(told: Explanation, element: Element, terms: Terms) -> None:
    if not told.judge(lambda: authn_request.unproven(parse(self_contained(element)))):
        _any(told, element, terms)
        told.notes.append("its shape is not the standard's: what stands in it was judged no further")
        return
    request = authn_request.unproven(element)
    told.say("ACS index", request.acs_index)
    told.say("ACS URL", request.acs_url)
    told.say("service index", request.attribute_index)
    told.say("ServiceUUID", request.service and request.service.value)
    told.say("IntendedAudience", request.intended_audience and request.intended_audience.value)
    told.say("IDPList", ", ".join(each.value for each in request.idp_list))
    told.say("RequesterID", ", ".join(each.value for each in request.requester_ids))
    if terms.destination is None:
        told.notes.append("the address was not judged: give the one it goes to with --destination")
    situation = _Situation(terms.destination or request.destination or "an address", terms.at)
    for rule in (*AT_ANY_DOOR, *FROM_A_DV):
        told.judge(partial(rule, request, situation))
    sender = terms.sender(request.issuer.value)
    if sender is not None and request.acs_index is not None:
        told.judge(lambda: _registered(request.acs_index, sender))


def _registered(index: int | None, sender: Sender) -> None:
    if str(index) not in sender.consumers:
        known = ", ".join(sender.consumers) or "none"
        raise ReplyAddressUnknown(
            "no AssertionConsumerService with this index", expected=f"one of the metadata's: {known}", found=index
        )


def _any(told: Explanation, element: Element, terms: Terms) -> None:
    """What every message has: Version and IssueInstant, and an address where it was given."""
    told.judge(lambda: header.check_version({"Version": element.get("Version", "none")}))
    told.judge(lambda: check_issued(instant(element.get("IssueInstant", "none")), terms.at))
    stated = element.get("Destination")
    if terms.destination is not None and stated not in (None, terms.destination):
        told.judge(lambda: _elsewhere(terms.destination, stated))


def _elsewhere(expected: str | None, found: str | None) -> None:
    raise MessageMalformed("Destination is another address", clause="DV-RSP-02", expected=expected, found=found)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
