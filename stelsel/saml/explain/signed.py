"""Judges the signature of a message, or of a part of one, with the keys of the metadata that was given."""

from collections.abc import Callable, Sequence

from stelsel.failures import Failure, UnknownIssuer
from stelsel.identifiers import EntityId
from stelsel.saml import header, redirect
from stelsel.saml.explain.told import Explanation, Terms
from stelsel.saml.senders import Sender
from stelsel.saml.signatures import VerificationKey, check_content
from stelsel.saml.xml import Element, parse, self_contained


def issuer_of(told: Explanation, element: Element) -> EntityId | None:
    """Whom an element names as Issuer; a finding where there is none."""
    if not told.judge(lambda: header.sender(element)):
        return None
    issuer = header.sender(element)
    told.say("issuer", issuer.value)
    return issuer


def judge_signature(told: Explanation, element: Element, terms: Terms) -> None:
    """Whether a key of its Issuer made the Signature, and the content is what was signed (GEN-08 to GEN-16).

    Looked at on a copy: `element` stays as it is.
    """
    sender = _sender(told, element, terms)
    if sender is None:
        told.judge(lambda: check_content(_copy(element)))
    elif told.judge(lambda: header.verified(_copy(element), _keys(sender))):
        told.say("signature", "of a key in the metadata that was given")
    elif told.findings[-1].failure.broken_clause == "GEN-16" and told.judge(lambda: check_content(_copy(element))):
        told.note("the content is as it was signed: only the key is another than the metadata's")


def judge_query(told: Explanation, element: Element, query: bytes, terms: Terms) -> None:
    """The same for HTTP-Redirect, where the signature is over the query."""
    sender = _sender(told, element, terms)
    try:
        redirected = redirect.read_query(query)
    except Failure as failure:
        told.find(failure)
        return
    if sender is not None and told.judge(lambda: redirect.read(redirected, _keys(sender))):
        told.say("signature", "over the query, of a key in the metadata that was given")


def _sender(told: Explanation, element: Element, terms: Terms) -> Sender | None:
    try:
        issuer = header.sender(element).value
    except Failure:  # that is a finding already
        return None
    sender = terms.sender(issuer)
    if sender is None:
        told.note(f"the key was not judged: give the metadata of {issuer} with --metadata")
    return sender


def _keys(sender: Sender) -> Callable[[EntityId], Sequence[VerificationKey]]:
    def keys_of(entity: EntityId) -> Sequence[VerificationKey]:
        if entity.value != sender.entity_id:
            raise UnknownIssuer("another party than the metadata's", expected=sender.entity_id, found=entity)
        return sender.keys

    return keys_of


def _copy(element: Element) -> Element:
    return parse(self_contained(element))
