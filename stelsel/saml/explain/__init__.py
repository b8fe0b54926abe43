"""Explains one message to whoever made or received it: what it is, what it says, and every clause it breaks.

It judges by the same rules as the doors, but goes on after the first. It opens nothing that is encrypted and shows
nothing that may be a citizen's number; nothing that it says is proof of anything.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from stelsel.failures import Failure, MessageMalformed
from stelsel.saml import header
from stelsel.saml.artifact import ARTIFACT_RESOLVE, ARTIFACT_RESPONSE
from stelsel.saml.assertion import ASSERTION
from stelsel.saml.authn_request import AUTHN_REQUEST
from stelsel.saml.bindings import soap_unwrap
from stelsel.saml.explain import answered, asked
from stelsel.saml.explain.signed import judge_query, judge_signature
from stelsel.saml.explain.told import Explanation, Terms
from stelsel.saml.freshness import check_issued
from stelsel.saml.logout import LOGOUT_REQUEST, LOGOUT_RESPONSE
from stelsel.saml.response import RESPONSE
from stelsel.saml.shape import instant
from stelsel.saml.signatures import has_signature
from stelsel.saml.wrapping import POSTED, Unwrapped, unwrap
from stelsel.saml.xml import Element, parse

__all__ = ["Explanation", "Terms", "explain"]

_ENVELOPE: Final = "Envelope"
_METADATA: Final = frozenset({"EntityDescriptor", "EntitiesDescriptor"})

# One kind of message each: explains what stands in it, and answers whether its shape is the standard's.
Explains = Callable[[Explanation, Element, Terms], bool]
_KINDS: Final[Mapping[str, Explains]] = {
    AUTHN_REQUEST: asked.explain_request,
    ARTIFACT_RESOLVE: asked.explain_resolve,
    ARTIFACT_RESPONSE: answered.explain_artifact_response,
    RESPONSE: answered.explain_response,
    ASSERTION: answered.explain_assertion,
    LOGOUT_REQUEST: asked.explain_logout,
    LOGOUT_RESPONSE: answered.explain_logout_response,
}


def explain(data: bytes, terms: Terms) -> Explanation:
    """Everything that can be said of `data`. Raises `MessageMalformed` where it is in no form that messages have."""
    told, unwrapped = Explanation(), unwrap(data)
    told.say("form", unwrapped.how)
    if unwrapped.artifact:
        told.say("message", "artifact")
        asked.explain_artifact(told, unwrapped.artifact, terms)
    else:
        found = _element(told, unwrapped.xml)
        if found is not None:
            _message(told, found, unwrapped, terms)
    return told


def _element(told: Explanation, xml: bytes) -> Element | None:
    try:
        root = parse(xml)
        return soap_unwrap(xml) if _local(root) == _ENVELOPE else root
    except Failure as failure:
        told.find(failure)
        return None


def _message(told: Explanation, element: Element, unwrapped: Unwrapped, terms: Terms) -> None:
    told.say("message", _local(element))
    if _local(element) in _METADATA:
        told.note("this is metadata: python -m metadata check FILE")
        return
    if element.tag not in _KINDS:
        expected = ", ".join(tag.rpartition("}")[2] for tag in _KINDS)
        told.find(MessageMalformed("none of the standard's messages", expected=expected, found=_local(element)[:100]))
        return
    answered.say_header(told, element)
    if unwrapped.query:
        judge_query(told, element, unwrapped.query, terms)
    elif element.tag == RESPONSE and not has_signature(element) and unwrapped.how != POSTED.format("SAMLResponse"):
        told.note("not signed itself: it may stand in a signed ArtifactResponse only, never come by HTTP-POST")
    else:
        judge_signature(told, element, terms)
    if not _KINDS[element.tag](told, element, terms):
        _whatever_it_is(told, element, terms)


def _whatever_it_is(told: Explanation, element: Element, terms: Terms) -> None:
    """What every message has, of one that can be read no further: Version and IssueInstant."""
    told.note("its shape is not the standard's: what stands in it was judged no further")
    told.judge(partial(header.check_version, {"Version": element.get("Version", "none")}))
    told.judge(lambda: check_issued(instant(element.get("IssueInstant", "none")), terms.at))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
