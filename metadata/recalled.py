"""What a document said when it was taken, as its row keeps it, so that a service that starts reads no XML: a line of
JSON for each party. It is written by whoever verified the document, and is believed as far as the document beside it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from metadata.certificates import Certificate
from metadata.entities import Endpoint, Entity, OfferedService
from stelsel.failures import BadIdentifier, MessageRefused
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml.signatures import VerificationKey

# Another number whenever `Entity` holds more, or metadata is read otherwise: what was kept before is read anew then.
_FORM: Final = b"1"
_KEYS: Final = ("signing_keys", "encryption_keys")
_ENDPOINTS: Final = ("single_sign_on", "artifact_resolution", "single_logout", "assertion_consumers")


def keep(entities: Iterable[Entity]) -> bytes:
    """The parties of a document, in their order."""
    return b"\n".join((_FORM, *(json.dumps(_kept(each), separators=(",", ":")).encode() for each in entities)))


def recall(kept: bytes | None) -> tuple[Entity, ...] | None:
    """What `keep` kept; None where nothing is kept, or in another form: then the document itself tells."""
    form, *lines = (kept or b"").split(b"\n")
    if form != _FORM:
        return None
    try:
        return tuple(_recalled(json.loads(line)) for line in lines)
    except (ValueError, TypeError, KeyError, AttributeError, BadIdentifier, MessageRefused):  # no line of `keep`
        return None


def _kept(entity: Entity) -> dict[str, Any]:
    """Without what is empty; keys and endpoints as lists of their fields."""
    values = {
        "entity_id": entity.entity_id.value,
        **{use: [[key.name, b64encode(key.certificate).decode()] for key in getattr(entity, use)] for use in _KEYS},
        **{kind: [_endpoint(each) for each in getattr(entity, kind)] for kind in _ENDPOINTS},
        "services": [[each.index, each.uuid.value, each.is_default, dict(each.names)] for each in entity.services],
        "providers": [_kept(each) for each in entity.providers],
        "valid_until": entity.valid_until.isoformat() if entity.valid_until else None,
        "names": dict(entity.names),
        "url": entity.url,
    }
    return {name: value for name, value in values.items() if value}


def _endpoint(endpoint: Endpoint) -> list[Any]:
    return [endpoint.binding, endpoint.location, endpoint.index, endpoint.is_default, endpoint.response_location]


def _recalled(kept: dict[str, Any]) -> Entity:
    """The inverse of `_kept`. Raises what reading something else raises."""
    values: dict[str, Any] = {"names": kept.get("names", {}), "url": kept.get("url")}
    for use in _KEYS:
        values[use] = tuple([_key(*each) for each in kept.get(use, ())])
    for kind in _ENDPOINTS:
        values[kind] = tuple([Endpoint(*each) for each in kept.get(kind, ())])
    return Entity(
        entity_id=EntityId(kept["entity_id"]),
        services=tuple(
            [
                OfferedService(index, ServiceUuid(uuid), is_default, names)
                for index, uuid, is_default, names in kept.get("services", ())
            ]
        ),
        providers=tuple([_recalled(each) for each in kept.get("providers", ())]),
        valid_until=datetime.fromisoformat(kept["valid_until"]) if "valid_until" in kept else None,
        **values,
    )


def _key(name: str, certificate: str) -> VerificationKey:
    return Certificate.recall(b64decode(certificate)).verification_key(name)
