"""Hostile spellings of a genuine message: what one parser may read otherwise than the next (threats S4, S5, S7, S8).

As in `mutations`: a signed element, self-contained, in; bytes to stand in its place out.
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from stelsel import urns
from tests.attacks.mutations import Mutation, forged, split, unsigned

XSI: Final = f'xmlns:xsi="{urns.XSI}"'.encode()
_TEXT: Final = re.compile(rb"<([A-Za-z][\w.:-]*)((?:\s[^<>]*)?)>([^<>]{2,})</\1>")
_START: Final = re.compile(rb"<[A-Za-z][\w.:-]*")


def leaves(message: bytes) -> list[bytes]:
    """The names of the elements that hold a text, each once, as they are written."""
    return list(dict.fromkeys(match[1] for match in _TEXT.finditer(message)))


def inside(leaf: bytes, what: bytes) -> Mutation:
    """`what` in the middle of the text of the first element that is called so."""

    def put(message: bytes) -> bytes:
        found = next(match for match in _TEXT.finditer(message) if match[1] == leaf)
        middle = (found.start(3) + found.end(3)) // 2
        return message[:middle] + what + message[middle:]

    return put


HIDDEN_IN_TEXTS: Final[Mapping[str, bytes]] = {
    "comment": b"<!-- -->",
    "empty-comment": b"<!---->",
    "instruction": b"<?x y?>",
    "element": b"<x/>",
    "element-of-saml": f'<saml:NameID xmlns:saml="{urns.SAML}">x</saml:NameID>'.encode(),
    "entity": b"&x;",
    "nul": b"\0",
    "reference-to-nul": b"&#0;",
    "reference-to-a-control": b"&#x8;",
    "invalid-utf-8": b"\xff",
    "cdata-that-ends-twice": b"<![CDATA[x]]>]]>",
}


def _in_front(what: bytes) -> Mutation:
    return lambda message: what + message


def _behind(what: bytes) -> Mutation:
    return lambda message: message + what


def _first_child(what: bytes) -> Mutation:
    def put(message: bytes) -> bytes:
        end = message.index(b">") + 1
        return message[:end] + what + message[end:]

    return put


def _attribute(what: bytes) -> Mutation:
    def put(message: bytes) -> bytes:
        start = _START.match(message)
        assert start is not None
        return message[: start.end()] + b" " + what + message[start.end() :]

    return put


def _encoded(encoding: str, declared: str) -> Mutation:
    return lambda message: (f'<?xml version="1.0" encoding="{declared}"?>' + message.decode()).encode(encoding)


def _rebound(prefix: bytes) -> Mutation:
    """A prefix that the message uses stands for something else."""
    declaration = re.compile(rb"xmlns:" + prefix + rb'="[^"]*"')
    return lambda message: declaration.sub(b"xmlns:" + prefix + b'="urn:evil"', message, count=1)


DIFFERENTIALS: Final[Mapping[str, Mutation]] = {
    "doctype": _in_front(b"<!DOCTYPE x>"),
    "doctype-that-adds-an-attribute": _in_front(b'<!DOCTYPE x [<!ATTLIST x ID CDATA "_forged">]>'),
    "doctype-with-a-comment-in-a-notation": _in_front(b"<!DOCTYPE x [<!NOTATION x PUBLIC \"'\" '><!--'>]>"),
    "doctype-in-lower-case": _in_front(b"<!doctype x>"),
    "doctype-inside": _first_child(b"<!DOCTYPE x>"),
    "two-xml-declarations": _in_front(b'<?xml version="1.0"?><?xml version="1.0"?>'),
    "xml-1.1": _in_front(b'<?xml version="1.1"?>'),
    "utf-16": _encoded("utf-16", "UTF-16"),
    "utf-16-without-a-mark": _encoded("utf-16-le", "UTF-16LE"),
    "utf-7": _encoded("utf-8", "UTF-7"),
    "latin-1": _encoded("utf-8", "ISO-8859-1"),
    "ebcdic": _encoded("cp037", "IBM037"),
    "comment-in-front": _in_front(b"<!-- -->"),
    "comment-behind": _behind(b"<!-- -->"),
    "comment-inside": _first_child(b"<!-- -->"),
    "text-inside": _first_child(b"x"),
    "cdata-inside": _first_child(b"<![CDATA[<x/>]]>"),
    "all-in-cdata": lambda message: b"<![CDATA[" + message + b"]]>",
    "prefix-saml-rebound": _rebound(b"saml"),
    "prefix-ds-rebound": _rebound(b"ds"),
    "relative-namespace": _attribute(b'xmlns:void="void"'),
    "relative-namespace-number": _attribute(b'xmlns:void="1"'),
    "default-namespace-relative": _attribute(b'xmlns="../x"'),
    "undeclared-prefix": _attribute(b'evil:x="1"'),
    "xml-base": _attribute(b'xml:base="http://evil.test/"'),
    "xml-space": _attribute(b'xml:space="preserve"'),
    "nil": _attribute(XSI + b' xsi:nil="true"'),
    "nul-behind": _behind(b"\0"),
}

_SEALED: Final = f'<saml:EncryptedAssertion xmlns:saml="{urns.SAML}"/>'.encode()

SEVERAL: Final[Mapping[str, Mutation]] = {
    "twice": lambda message: message + message,
    "forged-and-genuine": lambda message: etree.tostring(split(message)[0]) + message,
    "unsigned-and-genuine": lambda message: unsigned(message) + message,
    "genuine-and-forged-under-its-signature": lambda message: message + forged(message),
    "encrypted-in-front": _in_front(_SEALED),
    "encrypted-behind": _behind(_SEALED),
    "encrypted-inside": _first_child(_SEALED),
    "text-behind": _behind(b"x"),
}


def reaching_out(url: str) -> Mapping[str, Mutation]:
    """Documents that ask their reader to fetch `url`, or a file of the machine."""
    there = url.encode()
    return {
        "external-dtd": _in_front(b'<!DOCTYPE x SYSTEM "' + there + b'">'),
        "public-dtd": _in_front(b'<!DOCTYPE x PUBLIC "-//x//x" "' + there + b'">'),
        "external-entity": lambda message: (
            b'<!DOCTYPE x [<!ENTITY x SYSTEM "' + there + b'">]>' + inside(leaves(message)[0], b"&x;")(message)
        ),
        "entity-of-a-file": lambda message: (
            b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + inside(leaves(message)[0], b"&x;")(message)
        ),
        "parameter-entity": _in_front(b'<!DOCTYPE x [<!ENTITY % x SYSTEM "' + there + b'"> %x;]>'),
        "xinclude": _first_child(
            b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="' + there + b'" parse="text"/>'
        ),
        "stylesheet": _in_front(b'<?xml-stylesheet type="text/xsl" href="' + there + b'"?>'),
        "schema-location": _attribute(XSI + b' xsi:schemaLocation="urn:evil ' + there + b'"'),
        "schema-location-without-namespace": _attribute(XSI + b' xsi:noNamespaceSchemaLocation="' + there + b'"'),
    }
