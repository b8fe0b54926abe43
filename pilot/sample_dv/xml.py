"""Reading XML of others with nothing switched on, and paths that name every step."""

from datetime import UTC, datetime
from typing import Final

from lxml import etree

NAMES: Final = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
}
Element = etree._Element


class Unreadable(Exception):
    """Not a document that this DV reads."""


def parse(data: bytes) -> Element:
    """The root. Raises `Unreadable` for what is no XML, has a DTD, comments or instructions, or one ID twice.

    A comment would split a value in two, and a second element of the same ID is the start of every wrapping attack.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("no XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("a DTD")
    seen: set[str] = set()
    for node in root.iter():
        if not isinstance(node.tag, str):
            raise Unreadable("a comment or a processing instruction")
        for name in ("ID", "Id"):
            identity = node.get(name)
            if identity in seen:
                raise Unreadable("an ID that stands there twice")
            if identity is not None:
                seen.add(identity)
    return root


def tag(name: str) -> str:
    """`saml:Issuer` in lxml's notation."""
    prefix, local = name.split(":")
    return f"{{{NAMES[prefix]}}}{local}"


def children(element: Element, path: str) -> list[Element]:
    """The elements at an exact path of prefixed names; never a search among descendants."""
    return element.findall(path, NAMES)


def child(element: Element, path: str) -> Element:
    """The only element at an exact path. Raises `Unreadable` when there are none or several."""
    found = children(element, path)
    if len(found) != 1:
        raise Unreadable(f"{len(found)} of {path}")
    return found[0]


def text(element: Element, path: str) -> str:
    """The trimmed text of the only element at an exact path."""
    return (child(element, path).text or "").strip()


def attribute(element: Element, name: str) -> str:
    """The value of an attribute that must be there."""
    value = element.get(name)
    if value is None:
        raise Unreadable(f"no {name}")
    return value


def instant(value: str) -> datetime:
    """An xs:dateTime in UTC as a moment."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Unreadable("no instant") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def source(element: Element) -> bytes:
    """The element as it came, with the namespaces it stands in, so that its signature still verifies (recipes A)."""
    return etree.tostring(element, with_tail=False)
