"""What a new document changes, in lines that a person can judge before or after it is taken (spec/security S24)."""

from collections.abc import Iterable, Iterator, Sequence

from metadata.entities import Entity

_ENDPOINTS = ("single_sign_on", "artifact_resolution", "single_logout", "assertion_consumers")


def changes(before: Sequence[Entity], after: Sequence[Entity]) -> tuple[str, ...]:
    """One line for each party, key, address and service that came (`+`) or went (`-`), by party."""
    old = {entity.entity_id: entity for entity in before}
    new = {entity.entity_id: entity for entity in after}
    lines: list[str] = []
    for name in sorted({*old, *new}, key=lambda entity_id: entity_id.value):
        came, went = new.get(name), old.get(name)
        if went is None or came is None:
            lines.append(f"{'-' if came is None else '+'} {name.value}")
        lines += [f"  {line}" for line in _between(_parts(went), _parts(came))]
    return tuple(lines)


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    yield from (f"- {part}" for part in old if part not in new)
    yield from (f"+ {part}" for part in new if part not in old)


def _parts(entity: Entity | None) -> list[str]:
    if entity is None:
        return []
    owner = entity.entity_id.value
    return [f"{owner}: {part}" for part in _of(entity)]


def _of(entity: Entity) -> Iterable[str]:
    for key in entity.signing_keys:
        yield f"signing key {key.name}"
    for key in entity.encryption_keys:
        yield f"encryption key {key.name}"
    for name in _ENDPOINTS:
        for endpoint in getattr(entity, name):
            number = "" if endpoint.index is None else f" {endpoint.index}"
            yield f"{name.replace('_', ' ')}{number} {endpoint.location} ({endpoint.binding.rpartition(':')[2]})"
            if endpoint.response_location:
                yield f"{name.replace('_', ' ')}{number} answers at {endpoint.response_location}"
    for listed in entity.providers:
        yield f"provider {listed.entity_id.value}"
        yield from (f"provider {listed.entity_id.value}: encryption key {key.name}" for key in listed.encryption_keys)
    for service in entity.services:
        yield f"service {service.index} {service.uuid.value}"
