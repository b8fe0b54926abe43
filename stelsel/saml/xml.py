"""XML in and out of bytes: one bounded parser without DTD, and exclusive canonical form; it knows no SAML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from lxml import etree

from stelsel import urns
from stelsel.defects import Defect
from stelsel.failures import MessageMalformed, MessageTooLarge

Element: TypeAlias = etree._Element


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may be (spec/security S9). A text is bounded by the whole; what is read of it, by `shape`.

    `annotated`: comments between elements are taken out, and attributes in namespaces of others are left in.
    """

    size_bytes: int
    elements: int
    depth: int = 40
    attributes: int = 32
    attribute_chars: int = 4096
    annotated: bool = False


MESSAGE: Final = Limits(size_bytes=256 * 1024, elements=4_000)
METADATA: Final = Limits(size_bytes=32 * 1024 * 1024, elements=1_000_000)
ANNOTATED_METADATA: Final = replace(METADATA, annotated=True)

# `<` cannot stand in an attribute or a text, so these find every markup declaration, comment and instruction there is.
_DECLARATION: Final = re.compile(rb"<!(?!\[CDATA\[)")
_DECLARATION_BUT_COMMENTS: Final = re.compile(rb"<!(?!\[CDATA\[|--)")
_PROLOGUE: Final = re.compile(
    rb"""\s*<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
_ENCODINGS: Final = frozenset({b"utf-8", b"us-ascii", b"ascii"})
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# A declaration whose name is neither empty nor absolute, or is long: exclusive C14N writes it again at each element
# that uses it, and 150 KB at 3,000 elements are 450 MB. Starts with its one literal, for which `re` scans fastest.
_BAD_NAMESPACE: Final = re.compile(
    rb"""xmlns(?<=\sxmlns)(?::[^\s=]+)?\s*=\s*(["'])(?!\1|[A-Za-z][A-Za-z0-9+.-]{0,31}:[^\s&"'<]{1,255}\1)"""
)
_NEITHER: Final = bytes(set(range(256)) - set(b"<="))
_ID_NAMES: Final = frozenset({"ID", "Id", "id"})
_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}")
_FOREIGN_ATTRIBUTES: Final = frozenset({f"{{{urns.XSI}}}type", f"{{{urns.XML}}}lang"})


def parse(data: bytes, limits: Limits = MESSAGE) -> Element:
    """The root of a document that is within `limits` and holds nothing that could be read in two ways.

    Refused: DTDs, comments, processing instructions, other encodings than UTF-8, relative or long namespace names,
    attributes in a namespace save `xsi:type` and `xml:lang`, and an ID that stands twice, however it is spelled
    (spec/security S2-S9); `annotated` lets two of these through. Never reads anything outside `data`.
    Raises `MessageTooLarge`, `MessageMalformed`.
    """
    if len(data) > limits.size_bytes:
        raise MessageTooLarge("too many bytes", expected=limits.size_bytes, found=len(data), defect=Defect.TOO_LARGE)
    if data.count(b"<") > 2 * limits.elements + 2:
        raise MessageTooLarge(
            "too many elements",
            expected=limits.elements,
            found=f"about {data.count(b'<') // 2}",
            defect=Defect.TOO_LARGE,
        )
    _check_lexically(data, limits)
    _check_crowding(data, limits)
    try:
        root = parsed(data)
    except etree.XMLSyntaxError as error:
        raise MessageMalformed(
            "not well-formed XML",
            expected="well-formed XML",
            found=f"an error in line {error.lineno}",
            defect=Defect.NOT_WELL_FORMED,
        ) from error
    if limits.annotated:
        drop_comments(root)
    _check_tree(root, limits)
    return root


def drop_comments(root: Element) -> None:
    """Takes the comments out that stand between elements; what was signed has none (canonical form without comments).

    Raises `MessageMalformed` for one beside a text, of which two readers could each read another part.
    """
    for comment in list(root.iter(etree.Comment)):
        before, parent = comment.getprevious(), comment.getparent()
        if parent is None:
            continue
        text = ((parent.text if before is None else before.tail) or "") + (comment.tail or "")
        if text.strip():
            raise MessageMalformed(
                "a comment inside a text", expected="none", found="<!--", defect=Defect.COMMENT_IN_TEXT
            )
        parent.remove(comment)
        if before is None:
            parent.text = text
        else:
            before.tail = text


def parsed(data: bytes) -> Element:
    """The root of a document that we made, or canonised, ourselves. A parser per call: one shared stops all threads."""
    return etree.fromstring(
        data,
        etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            collect_ids=False,
        ),
    )


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive C14N without comments of `element`; `prefixes` is the PrefixList of InclusiveNamespaces.

    With prefixes the namespaces of all ancestors count, and lxml canonises a part as if it had none: the part is then
    made self-contained first. Raises `MessageMalformed` where no canonical form exists.
    """
    if prefixes and element.getparent() is not None:
        element = parsed(self_contained(element))
    try:
        form = etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
        )
    except (etree.C14NError, ValueError) as error:
        raise MessageMalformed(
            "no canonical form",
            expected="XML that exclusive C14N has a form for",
            found="other XML",
            defect=Defect.NO_CANONICAL_FORM,
        ) from error
    if not form:
        raise MessageMalformed(
            "no canonical form",
            expected="XML that exclusive C14N has a form for",
            found="other XML",
            defect=Defect.NO_CANONICAL_FORM,
        )
    return form


def self_contained(element: Element) -> bytes:
    """The element as received, with every namespace declaration in scope brought along: a signature in it survives.

    Take it before anything in the element is detached (recipes A.1).
    """
    return etree.tostring(element, with_tail=False, encoding="utf-8", xml_declaration=False)


def attributes_of(element: Element) -> list[tuple[str, str]]:
    """Names (Clark notation) and values of the attributes."""
    return cast(list[tuple[str, str]], element.items())  # lxml-stubs say `str | bytes`, as of Python 2


def _check_lexically(data: bytes, limits: Limits) -> None:
    start = len(_BYTE_ORDER_MARK) if data.startswith(_BYTE_ORDER_MARK) else 0
    prologue = _PROLOGUE.match(data, start)
    if prologue is not None:
        start = prologue.end()
        if prologue[1] is not None and prologue[1].lower() not in _ENCODINGS:
            raise MessageMalformed(
                "another encoding than UTF-8",
                expected="UTF-8",
                found=prologue[1].decode("ascii")[:40],
                defect=Defect.ENCODING,
            )
    if data.find(b"<?", start) >= 0:
        raise MessageMalformed("a processing instruction", expected="none", found="<?", defect=Defect.INSTRUCTION)
    if (_DECLARATION_BUT_COMMENTS if limits.annotated else _DECLARATION).search(data, start):
        raise MessageMalformed(
            "a document type or a comment", expected="neither", found="<!", defect=Defect.DOCTYPE_OR_COMMENT
        )
    if _BAD_NAMESPACE.search(data, start):
        raise MessageMalformed(
            "a namespace name that is relative or long",
            expected="absolute names",
            found="another",
            defect=Defect.NAMESPACE_NAME,
        )


def _check_crowding(data: bytes, limits: Limits) -> None:
    """From one `<` to the next no more equals signs than attributes, namespaces and a text may need.

    libxml2 takes a second for 20,000 attributes on one element, so they are counted before it sees them.
    """
    if b"=" * (4 * limits.attributes) in data.translate(None, delete=_NEITHER):
        raise MessageTooLarge(
            "too many attributes or namespaces on one element",
            expected=limits.attributes,
            found="more",
            defect=Defect.TOO_LARGE,
        )


def _check_tree(root: Element, limits: Limits) -> None:
    seen: set[str] = set()
    count = 0
    for element in root.iter():
        count += 1
        pairs: list[tuple[str, str]] = element.items()  # type: ignore[assignment]  # see attributes_of
        if len(pairs) > limits.attributes:
            raise MessageTooLarge(
                "too many attributes", expected=limits.attributes, found=len(pairs), defect=Defect.TOO_LARGE
            )
        for name, value in pairs:
            if len(value) > limits.attribute_chars:
                raise MessageTooLarge(
                    "an attribute is too long",
                    expected=limits.attribute_chars,
                    found=len(value),
                    defect=Defect.TOO_LARGE,
                )
            if name in _ID_NAMES:
                if value in seen:
                    raise MessageMalformed(
                        "an ID stands twice", expected="each ID once", found=value[:100], defect=Defect.ID_TWICE
                    )
                if not _ID.fullmatch(value):
                    raise MessageMalformed(
                        "an ID that is no name",
                        expected="a name of 256 characters at most",
                        found=value[:100],
                        defect=Defect.ID_NO_NAME,
                    )
                seen.add(value)
            elif name[0] == "{" and name not in _FOREIGN_ATTRIBUTES and not (limits.annotated and _is_harmless(name)):
                raise MessageMalformed(
                    "an attribute in a namespace",
                    expected="none but xsi:type and xml:lang",
                    found=name[:100],
                    defect=Defect.FOREIGN_ATTRIBUTE,
                )
    if count > limits.elements:
        raise MessageTooLarge("too many elements", expected=limits.elements, found=count, defect=Defect.TOO_LARGE)
    if root.xpath("boolean(" + "/*" * (limits.depth + 1) + ")"):
        raise MessageTooLarge("nested too deep", expected=limits.depth, found="more", defect=Defect.TOO_LARGE)


def _is_harmless(name: str) -> bool:
    """An attribute of others that neither names an element nor changes what is around it, as `xml:base` does."""
    namespace, _, local = name[1:].partition("}")
    return namespace != urns.XML and local not in _ID_NAMES
