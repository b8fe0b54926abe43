"""What a metadata document says, read by exact path before anybody believes it: values of the wire, nothing judged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

from metadata.defects import MetadataDefect
from metadata.descriptors import tags
from metadata.entities import Endpoint
from stelsel.failures import BadIdentifier, MessageMalformed
from stelsel.identifiers import EntityId
from stelsel.saml.shape import attributes, base64_leaf, boolean, children, instant, keeps, leaf, number, only
from stelsel.saml.xml import Element

CERTIFICATE_CHARS: Final = 16_384
NAME_CHARS: Final = 1024

T = TypeVar("T")
Role = Literal["idp", "sp"]
_ROLES: Final[Mapping[str, Role]] = {tags.IDP: "idp", tags.SP: "sp"}
_DATES: Final = ("validUntil", "cacheDuration")


@dataclass(frozen=True, slots=True)
class DescribedKey:
    """One KeyDescriptor. `says_more`: its KeyInfo holds what nobody here reads, such as a KeyValue."""

    use: str | None
    names: tuple[str, ...]
    certificates: tuple[bytes, ...] = field(repr=False)
    element: Element = field(repr=False)
    says_more: bool = False

    def serves(self, use: str) -> bool:
        """Whether it may be used so: one that names no use may be used either way (SAML metadata 2.4.1.1)."""
        return self.use in (None, use)


@dataclass(frozen=True, slots=True)
class DescribedService:
    """One AttributeConsumingService, with the values of each RequestedAttribute by its Name.

    `languages` are those of its ServiceNames, as often as they stand there.
    """

    index: int
    is_default: bool
    names: Mapping[str, str]
    languages: tuple[str, ...]
    requested: tuple[tuple[str, tuple[str, ...]], ...]
    element: Element = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedRole:
    """One IDPSSODescriptor or SPSSODescriptor. `flags` are the booleans it sets, by name of the attribute.

    `places` are the elements of its endpoints, by their name and in their order.
    `in_order`: its elements stand in the schema's order.
    """

    role: Role
    protocols: tuple[str, ...]
    flags: Mapping[str, bool]
    valid_until: datetime | None
    signature: Element | None = field(repr=False)
    keys: tuple[DescribedKey, ...]
    single_sign_on: tuple[Endpoint, ...]
    artifact_resolution: tuple[Endpoint, ...]
    single_logout: tuple[Endpoint, ...]
    assertion_consumers: tuple[Endpoint, ...]
    services: tuple[DescribedService, ...]
    names: Mapping[str, str]
    element: Element = field(repr=False)
    places: Mapping[str, Sequence[Element]] = field(repr=False)
    in_order: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedEntity:
    """One EntityDescriptor."""

    entity_id: EntityId
    id: str | None
    valid_until: datetime | None
    cache_duration: str | None
    signature: Element | None = field(repr=False)
    roles: tuple[DescribedRole, ...]
    names: Mapping[str, str]
    url: str | None
    element: Element = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole document: one EntityDescriptor, or an EntitiesDescriptor with its publisher in front."""

    is_group: bool
    id: str | None
    valid_until: datetime | None
    cache_duration: str | None
    signature: Element | None = field(repr=False)
    entities: tuple[DescribedEntity, ...]

    @property
    def publisher(self) -> DescribedEntity:
        """Whose signature it must bear (MD-GEN-02); of a group the first, as LC and RD publish (MD-LC-01, MD-RS-01)."""
        return self.entities[0]

    @property
    def root(self) -> Element:
        """Where it begins."""
        element = self.publisher.element
        parent = element.getparent() if self.is_group else None
        return element if parent is None else parent


def describe(root: Element) -> Document:
    """What `root` says. Raises `MessageMalformed` where it leaves the schema's order, attributes or types."""
    if root.tag == tags.ENTITY:
        entity = _entity(root)
        return Document(
            is_group=False,
            id=entity.id,
            valid_until=entity.valid_until,
            cache_duration=entity.cache_duration,
            signature=entity.signature,
            entities=(entity,),
        )
    if root.tag != tags.ENTITIES:
        raise _at(
            root,
            MessageMalformed(
                "neither EntityDescriptor nor EntitiesDescriptor",
                clause="MD-GEN-01",
                expected="SAML 2.0 metadata",
                found=root.tag[:100],
                defect=MetadataDefect.NOT_METADATA,
            ),
        )
    values = attributes(root, (), ("ID", "Name", *_DATES))
    found = children(root, tags.ENTITIES_ORDER)
    return Document(
        is_group=True,
        id=values.get("ID"),
        valid_until=_end(root, values),
        cache_duration=values.get("cacheDuration"),
        signature=only(found[tags.SIGNATURE]),
        entities=tuple(_entity(each) for each in found[tags.ENTITY]),
    )


def certificates_in(key_info: Element) -> tuple[bytes, ...]:
    """The X509Certificates of a KeyInfo, by exact path."""
    return tuple(
        base64_leaf(certificate, CERTIFICATE_CHARS)
        for data in key_info
        if data.tag == tags.X509_DATA
        for certificate in data
        if certificate.tag == tags.X509_CERTIFICATE
    )


def _entity(element: Element) -> DescribedEntity:
    values = attributes(element, ("entityID",), ("ID", *_DATES), foreign=True)
    present = dict.fromkeys(child.tag for child in element if child.tag in _ROLES or child.tag in tags.OTHER_ROLES)
    # Roles stand in any order; of each kind together.
    order = {**tags.BEFORE_ROLES, **dict.fromkeys(present, (1, 10)), **tags.AFTER_ROLES}
    found = children(element, order)
    organization = only(found[tags.ORGANIZATION])
    names, url = ({}, None) if organization is None else _organization(organization)
    try:
        entity_id = EntityId(values["entityID"])
    except BadIdentifier as error:
        raise _at(
            element,
            MessageMalformed(
                "entityID is no name",
                clause="TYP-01",
                expected="printable ASCII, 1024 characters at most",
                found=values["entityID"][:100],
                defect=MetadataDefect.ENTITY_ID,
            ),
        ) from error
    return DescribedEntity(
        entity_id=entity_id,
        id=values.get("ID"),
        valid_until=_end(element, values),
        cache_duration=values.get("cacheDuration"),
        signature=only(found[tags.SIGNATURE]),
        roles=tuple(_role(each, _ROLES[tag]) for tag in present if tag in _ROLES for each in found[tag]),
        names=names,
        url=url,
        element=element,
    )


def _role(element: Element, role: Role) -> DescribedRole:
    flags = ("AuthnRequestsSigned", "WantAssertionsSigned") if role == "sp" else ("WantAuthnRequestsSigned",)
    order = tags.SP_ORDER if role == "sp" else tags.IDP_ORDER
    values = attributes(element, ("protocolSupportEnumeration",), ("ID", "errorURL", *_DATES, *flags), foreign=True)
    found = children(element, order, in_order=False)
    endpoints = {
        tag: tuple(_endpoint(each, indexed=tag in (tags.RESOLUTION, tags.CONSUMER)) for each in found.get(tag, ()))
        for tag in (tags.SIGN_ON, tags.RESOLUTION, tags.LOGOUT, tags.CONSUMER)
    }
    return DescribedRole(
        role=role,
        protocols=tuple(values["protocolSupportEnumeration"].split()),
        flags={name: _value(element, values, name, boolean) for name in flags if name in values},
        valid_until=_end(element, values),
        signature=only(found[tags.SIGNATURE]),
        keys=tuple(_key(each) for each in found[tags.KEY_DESCRIPTOR]),
        single_sign_on=endpoints[tags.SIGN_ON],
        artifact_resolution=endpoints[tags.RESOLUTION],
        single_logout=endpoints[tags.LOGOUT],
        assertion_consumers=endpoints[tags.CONSUMER],
        services=tuple(_service(each) for each in found.get(tags.SERVICE, ())),
        names=_display_names(only(found[tags.EXTENSIONS])),
        element=element,
        places={tag.rpartition("}")[2]: found[tag] for tag in endpoints if found.get(tag)},
        in_order=keeps(element, order),
    )


def _key(element: Element) -> DescribedKey:
    use = attributes(element, (), ("use",)).get("use")
    if use not in (None, "signing", "encryption"):
        other = MessageMalformed(
            "KeyDescriptor of another use", expected="signing or encryption", found=use, defect=MetadataDefect.KEY_USE
        )
        raise _at(element, other)
    key_info = children(element, tags.KEY_ORDER)[tags.KEY_INFO][0]
    says_more = any(child.tag not in (tags.KEY_NAME, tags.X509_DATA) for child in key_info)
    names = tuple(leaf(child) for child in key_info if child.tag == tags.KEY_NAME)
    return DescribedKey(use, names, certificates_in(key_info), element, says_more)


def _endpoint(element: Element, *, indexed: bool) -> Endpoint:
    index = ("index",) if indexed else ()
    default = ("isDefault",) if indexed else ()
    values = attributes(element, ("Binding", "Location", *index), ("ResponseLocation", *default), foreign=True)
    return Endpoint(
        binding=values["Binding"],
        location=values["Location"],
        index=_value(element, values, "index", number) if indexed else None,
        is_default=_value(element, values, "isDefault", boolean),
        response_location=values.get("ResponseLocation"),
    )


def _service(element: Element) -> DescribedService:
    values = attributes(element, ("index",), ("isDefault",))
    found = children(element, tags.SERVICE_ORDER)
    return DescribedService(
        index=_value(element, values, "index", number),
        is_default=_value(element, values, "isDefault", boolean),
        names=_by_language(found[tags.SERVICE_NAME]),
        languages=tuple((each.get(tags.LANG) or "").lower() for each in found[tags.SERVICE_NAME]),
        requested=tuple(_requested(each) for each in found[tags.REQUESTED]),
        element=element,
    )


def _requested(element: Element) -> tuple[str, tuple[str, ...]]:
    values = attributes(element, ("Name",), ("NameFormat", "FriendlyName", "isRequired"))
    found = children(element, {tags.VALUE: (0, 100)})[tags.VALUE]
    for value in found:
        attributes(value, (), (tags.XSI_TYPE,))
    return values["Name"], tuple(leaf(value) for value in found)


def _organization(element: Element) -> tuple[Mapping[str, str], str | None]:
    """What the party calls itself, and its web site: the Dutch one where there is one."""
    found = children(element, tags.ORGANIZATION_ORDER)
    urls = _by_language(found[tags.ORGANIZATION_URL])
    return _by_language(found[tags.ORGANIZATION_DISPLAY_NAME]), urls.get("nl") or next(iter(urls.values()), None)


def _display_names(extensions: Element | None) -> Mapping[str, str]:
    """The mdui:DisplayNames of a role; all else in Extensions is for others (GEN-26)."""
    infos = [child for child in extensions if child.tag == tags.UI_INFO] if extensions is not None else []
    return _by_language([child for info in infos for child in info if child.tag == tags.DISPLAY_NAME])


def _by_language(elements: Sequence[Element]) -> Mapping[str, str]:
    """Texts by language without region (`nl` for `nl-NL`), on one line; of two in one language the first."""
    return dict(reversed(list(_localised(elements))))


def _localised(elements: Sequence[Element]) -> Iterator[tuple[str, str]]:
    for element in elements:
        language = attributes(element, (tags.LANG,))[tags.LANG]
        text = " ".join(leaf(element, NAME_CHARS).split())
        if text:
            yield language.lower().partition("-")[0], text


def _end(element: Element, values: Mapping[str, str]) -> datetime | None:
    return _value(element, values, "validUntil", instant) if "validUntil" in values else None


def _value(element: Element, values: Mapping[str, str], name: str, read: Callable[[str], T]) -> T:
    try:
        return read(values.get(name, ""))
    except MessageMalformed as error:
        refused = MessageMalformed(
            f"{name}: {error.why}", expected=error.expected, found=error.found, defect=error.defect
        )
        refused.attribute = name
        raise _at(element, refused) from error


def _at(element: Element, error: MessageMalformed) -> MessageMalformed:
    error.place = element
    return error
