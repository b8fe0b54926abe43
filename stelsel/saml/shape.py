"""The exact shape of an element: its children in schema order, its attributes, and the value of a leaf."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from stelsel.defects import Defect
from stelsel.failures import MessageMalformed, MessageTooLarge
from stelsel.saml.xml import Element, attributes_of

Count = tuple[int, int]
ONE: Final[Count] = (1, 1)
MAYBE: Final[Count] = (0, 1)
MANY: Final[Count] = (1, 1_000)
ANY: Final[Count] = (0, 1_000)

LEAF_CHARS: Final = 4096
_WHITE: Final = " \t\r\n"
_NO_WHITE: Final = dict.fromkeys(map(ord, _WHITE))
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_NUMBER: Final = re.compile(r"[0-9]{1,5}")


def children(element: Element, order: Mapping[str, Count], *, in_order: bool = True) -> dict[str, list[Element]]:
    """The children by tag, every tag of `order` a key; they may stand in that order only, each as often as it says.

    Not `in_order`: in any order, for a caller that asks `keeps` whether they do.
    There is no other way down in this package: nothing is ever searched for among descendants.
    Raises `MessageMalformed`, also for text between children.
    """
    found: dict[str, list[Element]] = {tag: [] for tag in order}
    _check_white(element.text, element)
    remaining = iter(order)
    current: str | None = None
    for child in element:
        tag = child.tag
        if not in_order and tag in found:
            current = tag
        elif tag != current:
            current = next((candidate for candidate in remaining if candidate == tag), None)
            if current is None:
                allowed = ", ".join(map(_local, order)) or "nothing"
                raise _at(
                    child,
                    MessageMalformed(
                        "an element out of place",
                        expected=f"in {_local(element.tag)}, in this order: {allowed}",
                        found=_local(tag),
                        defect=Defect.ELEMENT_OUT_OF_PLACE,
                    ),
                )
        found[tag].append(child)
        _check_white(child.tail, element)
    for tag, (least, most) in order.items():
        if not least <= len(found[tag]) <= most:
            count = MessageMalformed(
                f"{_local(tag)} in {_local(element.tag)}",
                expected=f"{least} to {most}",
                found=len(found[tag]),
                defect=Defect.ELEMENT_COUNT,
            )
            raise _at(element, count)
    return found


def keeps(element: Element, order: Mapping[str, Count]) -> bool:
    """Whether the children stand in that order."""
    places = {tag: place for place, tag in enumerate(order)}
    found = [places[child.tag] for child in element if child.tag in places]
    return found == sorted(found)


def mixed(element: Element, tags: Collection[str]) -> list[Element]:
    """The children, each of one of these tags, in any order; at least one. Raises `MessageMalformed`, as `children`."""
    _check_white(element.text, element)
    for child in element:
        if child.tag not in tags:
            raise MessageMalformed(
                "an element out of place",
                expected=_local(element.tag),
                found=_local(child.tag),
                defect=Defect.ELEMENT_OUT_OF_PLACE,
            )
        _check_white(child.tail, element)
    if not 1 <= len(element) <= MANY[1]:
        raise MessageMalformed(
            f"children of {_local(element.tag)}",
            expected=f"1 to {MANY[1]}",
            found=len(element),
            defect=Defect.ELEMENT_COUNT,
        )
    return list(element)


def only(found: Sequence[Element]) -> Element | None:
    """The one element of a list that `children` has counted, or None."""
    return found[0] if found else None


def attributes(
    element: Element, required: Collection[str] = (), optional: Collection[str] = (), *, foreign: bool = False
) -> Mapping[str, str]:
    """The attributes by name. Raises `MessageMalformed` when one is missing or is not of the schema.

    With `foreign` those of other namespaces are passed by, which the schema of metadata allows.
    """
    values = dict(attributes_of(element))
    if foreign:
        asked = {*required, *optional}
        values = {name: value for name, value in values.items() if name[0] != "{" or name in asked}
    for name in required:
        if name not in values:
            missing = MessageMalformed(
                f"{_local(element.tag)} without {name}",
                expected=", ".join(required),
                found=", ".join(values) or "none",
                defect=Defect.ATTRIBUTE_MISSING,
            )
            raise _at(element, missing)
    for name in values:
        if name not in required and name not in optional:
            allowed = ", ".join((*required, *optional)) or "none"
            strange = MessageMalformed(
                "an attribute out of place",
                expected=f"in {_local(element.tag)}: {allowed}",
                found=name[:100],
                defect=Defect.ATTRIBUTE_OUT_OF_PLACE,
            )
            raise _at(element, strange)
    return values


def leaf(element: Element, most_chars: int = LEAF_CHARS) -> str:
    """The whole text of an element without children, white space around it taken off (real parties indent it)."""
    if len(element):
        raise _at(
            element,
            MessageMalformed(
                "an element where text is due",
                expected=_local(element.tag),
                found=_local(element[0].tag),
                defect=Defect.ELEMENT_IN_TEXT,
            ),
        )
    value = (element.text or "").strip(_WHITE)
    if len(value) > most_chars:
        raise _at(
            element,
            MessageTooLarge("a text is too long", expected=most_chars, found=len(value), defect=Defect.TOO_LARGE),
        )
    return value


def base64_leaf(element: Element, most_chars: int) -> bytes:
    """The bytes of a base64 text; line breaks are allowed inside, nothing else is. Raises `MessageMalformed`."""
    try:
        return base64.b64decode(leaf(element, most_chars).translate(_NO_WHITE), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _at(
            element,
            MessageMalformed(
                "no base64",
                expected=_local(element.tag),
                found="characters that are not base64",
                defect=Defect.NO_BASE64,
            ),
        ) from error


def instant(text: str) -> datetime:
    """An xs:dateTime in UTC, aware, cut to microseconds. Raises `MessageMalformed` (SAML core 1.3.3)."""
    match = _INSTANT.fullmatch(text.strip(_WHITE))
    if match is None:
        raise MessageMalformed(
            "no instant in UTC", found=text[:40], expected="as 2026-03-10T11:00:00Z", defect=Defect.NO_INSTANT
        )
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    try:
        offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
        zone = timezone(-offset if sign == "-" else offset)
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micros, zone).astimezone(
            UTC
        )
    except (ValueError, OverflowError) as error:
        raise MessageMalformed(
            "no instant in UTC", found=text[:40], expected="as 2026-03-10T11:00:00Z", defect=Defect.NO_INSTANT
        ) from error


def boolean(text: str) -> bool:
    """An xs:boolean. Raises `MessageMalformed`; empty is false (DV-REQ-03)."""
    value = text.strip(_WHITE)
    if value in ("true", "1"):
        return True
    if value in ("false", "0", ""):
        return False
    raise MessageMalformed("no boolean", found=text[:40], expected="true or false", defect=Defect.NO_BOOLEAN)


def number(text: str) -> int:
    """An index, 0 to 65535. Raises `MessageMalformed`."""
    value = text.strip(_WHITE)
    if not _NUMBER.fullmatch(value) or int(value) > 0xFFFF:
        raise MessageMalformed("no index", found=text[:40], expected="0 to 65535", defect=Defect.NO_INDEX)
    return int(value)


def _check_white(text: str | None, element: Element) -> None:
    if text and text.strip(_WHITE):
        raise _at(
            element,
            MessageMalformed(
                "text between elements",
                expected=_local(element.tag),
                found="text that is not white space",
                defect=Defect.TEXT_OUT_OF_PLACE,
            ),
        )


def _at(element: Element, error: MessageMalformed) -> MessageMalformed:
    error.place = element
    return error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2][:100]
