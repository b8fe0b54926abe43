"""What every message begins with, ID, Version and Issuer; and the step from a received to a signed element."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from stelsel import urns
from stelsel.failures import BadIdentifier, Failure, MessageMalformed, Origin
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import shape
from stelsel.saml.signatures import SIGNATURE, KeysOf, has_signature, verify
from stelsel.saml.xml import Element

ISSUER: Final = f"{{{urns.SAML}}}Issuer"
HEADER: Final = ("ID", "Version", "IssueInstant")

_ENTITY_FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"


def check_tag(element: Element, tag: str) -> None:
    """Raises `MessageMalformed` when this is another message than the one that is due."""
    if element.tag != tag:
        due, come = (name.rpartition("}")[2] for name in (tag, element.tag))
        raise MessageMalformed("another message than is due here", expected=due, found=come[:40])


@contextmanager
def naming(message: Element, *, proven: bool = False) -> Iterator[None]:
    """Whatever fails inside tells which message it was and whose it says it is (`Failure.origin`).

    `proven`: `message` is what `verified` gave back. Looked up on failure alone.
    """
    try:
        yield
    except Failure as failure:
        failure.origin = failure.origin or _origin(message, proven)
        raise


def verified(received: Element, keys_of: KeysOf) -> Element:
    """The signed form of a message or assertion, checked with the keys of the party it names as Issuer.

    `received` has lost its Signature afterwards (see `verify`). Raises `UnknownIssuer`, `SignatureRefused`,
    `MessageMalformed`. GEN-09, GEN-10, GEN-16.
    """
    return verify(received, keys_of(sender(received)))


def sender(received: Element) -> EntityId:
    """Whom a message or assertion names as Issuer, in front of everything else; proven by nothing yet."""
    if not len(received) or received[0].tag != ISSUER:
        raise MessageMalformed(
            "no Issuer in front",
            clause="DV-REQ-13",
            expected="Issuer as first child",
            found=(received[0].tag.rpartition("}")[2][:100] if len(received) else "an empty element"),
        )
    return issuer(received[0])


def _origin(message: Element, proven: bool) -> Origin:
    try:
        claimed = sender(message).value
    except MessageMalformed:
        claimed = ""
    return Origin(message.tag.rpartition("}")[2][:40], claimed, message.get("ID", "")[:100], proven)


def unsigned(received: Element) -> Element:
    """A message without its own Signature, which is not looked at: of such a one nothing is proven."""
    if has_signature(received):
        received.remove(next(child for child in received if child.tag == SIGNATURE))
    return received


def check_version(values: Mapping[str, str]) -> None:
    """Version is 2.0 (GEN-25)."""
    if values["Version"] != "2.0":
        raise MessageMalformed("Version", clause="GEN-25", expected="2.0", found=values["Version"][:20])


def issuer(element: Element) -> EntityId:
    """The EntityID in an Issuer; without qualifiers, which no profile of ours has (st-saml 3.1)."""
    stated = shape.attributes(element, optional=("Format",)).get("Format", _ENTITY_FORMAT)
    if stated != _ENTITY_FORMAT:
        raise MessageMalformed("Format of Issuer", expected=_ENTITY_FORMAT, found=stated[:100])
    return entity(shape.leaf(element))


def entity(text: str) -> EntityId:
    """An EntityID. Raises `MessageMalformed`."""
    try:
        return EntityId(text)
    except BadIdentifier as bad:
        raise MessageMalformed("no EntityID", found=text[:100], expected="an EntityID") from bad


def service(text: str) -> ServiceUuid:
    """A ServiceUUID. Raises `MessageMalformed`."""
    try:
        return ServiceUuid(text)
    except BadIdentifier as bad:
        raise MessageMalformed("no ServiceUUID", clause="TYP-10", expected="a UUID", found=text[:100]) from bad
