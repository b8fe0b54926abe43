"""Where in a file stands what the parser refuses: for whoever made it, who has an editor with line numbers."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from lxml import etree

from metadata.descriptors.findings import Finding, place_of
from stelsel.defects import Defect
from stelsel.failures import MessageMalformed
from stelsel.saml.xml import Element, attributes_of, parsed

_WORDS: Final = 200
_IN_BYTES: Final[Mapping[StrEnum | None, re.Pattern[bytes]]] = {
    Defect.DOCTYPE_OR_COMMENT: re.compile(rb"<!(?!\[CDATA\[)[A-Za-z-]*"),
    Defect.INSTRUCTION: re.compile(rb"(?<!\A)<\?[^\s?>]*"),
    Defect.NAMESPACE_NAME: re.compile(rb"""xmlns(?::[^\s=]+)?\s*=\s*(?:"[^":]*"|'[^':]*')"""),
}


def unreadable(data: bytes, error: MessageMalformed) -> Finding:
    """The one finding about a file that the parser refuses, with its place."""
    where, line = "", 0
    found = "" if error.found is None else str(error.found)
    cause = error.__cause__
    pattern, search = _IN_BYTES.get(error.defect), _IN_TREE.get(error.defect)
    if isinstance(cause, etree.XMLSyntaxError):
        line, found = cause.lineno or 0, (cause.msg or "")[:_WORDS]
    elif pattern is not None and (match := pattern.search(data)) is not None:
        line, found = data.count(b"\n", 0, match.start()) + 1, match[0][:60].decode(errors="replace")
    elif search is not None:
        for element, told in search(parsed(data)):
            (where, line), found = place_of(element), told[:_WORDS]
    expected = "" if error.expected is None else str(error.expected)
    return Finding(error.defect, error.broken_clause, error.why, "the document", expected, found, place=(where, line))


def _repeated_id(root: Element) -> list[tuple[Element, str]]:
    seen: set[str] = set()
    for element in root.iter():
        for name, value in attributes_of(element):
            if name.lower() == "id":
                if value in seen:
                    return [(element, value)]
                seen.add(value)
    return []


def _foreign_attribute(root: Element) -> list[tuple[Element, str]]:
    for element in root.iter():
        for name, _ in attributes_of(element):
            if name.startswith("{") and not name.endswith(("XMLSchema-instance}type", "namespace}lang")):
                return [(element, name)]
    return []


# The parser refuses only after it has bounded a document, so reading it once more for these costs little.
_IN_TREE: Final[Mapping[StrEnum | None, Callable[[Element], list[tuple[Element, str]]]]] = {
    Defect.ID_TWICE: _repeated_id,
    Defect.FOREIGN_ATTRIBUTE: _foreign_attribute,
}
