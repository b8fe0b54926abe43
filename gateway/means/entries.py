"""Which login means a gateway has: each with its kind, the ADs behind it, and what people call it.

Written in TOML, one table a means, in the order in which they are offered:

    [digid]
    kind = "st-saml"
    authorities = [{entity = "urn:nl-eid-gdi:1.0:AD:...:entities:9001"}]

    [eherkenning]
    kind = "etoegang"
    authorities = [
      {entity = "urn:etoegang:HM:...", title = "Makelaar Een"},
      {entity = "urn:etoegang:HM:...", title = "Makelaar Twee"},
      {entity = "urn:etoegang:HM:...", title = "Makelaar van Gemeente", only = ["urn:nl-eid-gdi:1.0:DV:..."]},
    ]

An HM that DVs contracted for themselves serves nobody else: `only` names them.

`title` and `line` of a means, each with `nl` and `en`, are what its button says and what stands under it; the three
means of the standard need neither. `terms` is a table that the kind alone reads, and refuses what it does not know.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from catalog.services import MEANS_NAME
from runtime.web.language import LANGUAGES
from stelsel.failures import BadIdentifier
from stelsel.identifiers import EntityId

_KEYS: Final = frozenset({"kind", "authorities", "title", "line", "terms"})


@dataclass(frozen=True, slots=True)
class Authority:
    """An AD, or a herkenningsmakelaar (HM), of a means. `title` is empty where nobody has to choose among several.

    `only` are the DVs that it serves; empty for all.
    """

    entity_id: EntityId
    title: str = ""
    only: frozenset[EntityId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansEntry:
    """One login means. Raises `ValueError` when it cannot be."""

    name: str
    kind: str
    authorities: tuple[Authority, ...]
    title: Mapping[str, str] = field(default_factory=dict)
    line: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not MEANS_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name}: a means is named by small letters, digits and dashes")
        if not self.authorities:
            raise ValueError(f"{self.name}.authorities is empty: nobody could log in")
        if len({each.entity_id for each in self.authorities}) < len(self.authorities):
            raise ValueError(f"{self.name}.authorities names an AD twice")
        if len(self.authorities) > 1 and not all(each.title for each in self.authorities):
            raise ValueError(f"{self.name}.authorities: of several each has a title")
        for key, texts in (("title", self.title), ("line", self.line)):
            if texts and set(texts) != set(LANGUAGES):
                raise ValueError(f"{self.name}.{key} has {' and '.join(LANGUAGES)}")


@dataclass(frozen=True, slots=True)
class MeansEntries:
    """All means of a gateway, by name, in the order in which they are offered."""

    by_name: Mapping[str, MeansEntry] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads the TOML above. Raises `ValueError`, which names the place."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"is no TOML: {error}") from error
        return cls.of(*(_read(name, table) for name, table in tables.items()))

    @classmethod
    def of(cls, *entries: MeansEntry) -> Self:
        """These means. Raises `ValueError` when one AD stands behind two of them: its answer would fit both."""
        named = [(authority.entity_id, entry.name) for entry in entries for authority in entry.authorities]
        twice = next((entity for entity, _ in named if sum(entity == each for each, _ in named) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice.value} stands behind two means")
        return cls({entry.name: entry for entry in entries})

    @property
    def authorities(self) -> Iterator[Authority]:
        """The ADs of all means."""
        return (authority for entry in self.by_name.values() for authority in entry.authorities)

    @property
    def reserved(self) -> Mapping[EntityId, frozenset[EntityId]]:
        """Those that serve some DVs alone, and which."""
        return {each.entity_id: each.only for each in self.authorities if each.only}


def _read(name: str, table: object) -> MeansEntry:
    if not isinstance(table, dict):
        raise ValueError(f"{name} is no table")
    if not isinstance(table.get("terms", {}), dict):
        raise ValueError(f"{name}.terms is no table")
    unknown = table.keys() - _KEYS
    if unknown:
        raise ValueError(f"{name} has keys that mean nothing: {', '.join(sorted(unknown))}")
    rows = table.get("authorities")
    if not isinstance(rows, list):
        raise ValueError(f"{name}.authorities is no list")
    return MeansEntry(
        name=name,
        kind=_text(table, "kind", name),
        authorities=tuple(_read_authority(row, f"{name}.authorities[{number}]") for number, row in enumerate(rows)),
        title=_texts(table, "title", name),
        line=_texts(table, "line", name),
        terms=table.get("terms", {}),
    )


def _read_authority(row: object, where: str) -> Authority:
    if not isinstance(row, dict) or not row.keys() <= {"entity", "title", "only"}:
        raise ValueError(f"{where} has an entity, and may have a title and only")
    only = row.get("only", [])
    if "only" in row and not (only and isinstance(only, list)):
        raise ValueError(f"{where}.only is no list of DVs")
    return Authority(
        _entity(row.get("entity"), f"{where}.entity"),
        _text(row, "title", where) if "title" in row else "",
        frozenset(_entity(each, f"{where}.only") for each in only),
    )


def _entity(value: object, where: str) -> EntityId:
    try:
        return EntityId(value if isinstance(value, str) else "")
    except BadIdentifier as error:
        raise ValueError(f"{where} is no EntityID") from error


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}.{key} is missing or no text")
    return value


def _texts(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(each, str) and each.strip() for each in value.values()):
        raise ValueError(f"{where}.{key} has no text for each language")
    return value
