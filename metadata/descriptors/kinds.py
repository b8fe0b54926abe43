"""The sorts of party that ST-SAML knows metadata of, and what differs between them: keys, consumers, clauses."""

from collections.abc import Mapping
from typing import Final, Literal

from metadata.certificates import Use
from metadata.descriptors.described import DescribedEntity, Document, Role
from stelsel.identifiers import EntityId

Kind = Literal["DV", "LC", "DV of LC", "DV of RD", "RD as IdP", "RD as SP", "AD", "BVD"]

ANY: Final = 1_000  # no bound that the standard sets
KEY_CLAUSE: Final[Mapping[Kind, str]] = {
    "DV": "MD-DV-02",
    "LC": "MD-LC-02",
    "DV of LC": "MD-LC-04",
    "DV of RD": "MD-RS-04",
    "RD as IdP": "MD-RD-01",
    "RD as SP": "MD-RS-02",
    "AD": "MD-AD-02",
    "BVD": "MD-AD-02",
}
# The RD as service provider may list an encryption key, and need not: nobody encrypts for it (divergence C-10).
KEY_COUNTS: Final[Mapping[Kind, Mapping[Use, tuple[int, int]]]] = {
    "DV": {"signing": (1, 4), "encryption": (1, 2)},
    "LC": {"signing": (1, 4), "encryption": (0, 2)},
    "DV of LC": {"signing": (0, 0), "encryption": (1, 2)},
    "DV of RD": {"signing": (0, 0), "encryption": (1, 2)},
    "RD as IdP": {"signing": (1, ANY), "encryption": (0, ANY)},
    "RD as SP": {"signing": (1, 4), "encryption": (0, 2)},
    "AD": {"signing": (1, ANY), "encryption": (0, ANY)},
    "BVD": {"signing": (1, ANY), "encryption": (1, 2)},
}
CONSUMER_CLAUSE: Final[Mapping[Kind, str]] = {
    "DV": "MD-DV-04",
    "LC": "MD-LC-03",
    "DV of LC": "MD-LC-04",
    "DV of RD": "MD-RS-04",
    "RD as SP": "MD-RS-03",
}
# What the role in an entityID and the descriptor make together. A name of another form leaves it to the descriptor, and
# TD is what the standard's examples call the RD (divergence C-03).
KINDS: Final[Mapping[tuple[str, Role], Kind]] = {
    ("DV", "sp"): "DV",
    ("LC", "sp"): "LC",
    ("RD", "sp"): "RD as SP",
    ("TD", "sp"): "RD as SP",
    ("", "sp"): "DV",
    ("RD", "idp"): "RD as IdP",
    ("TD", "idp"): "RD as IdP",
    ("AD", "idp"): "AD",
    ("BVD", "idp"): "BVD",
    ("", "idp"): "AD",
}

ROLES: Final = ("DV", "LC", "RD", "AD", "BVD")  # as entityIDs name them (TYP-01)


def kind_of(document: Document, entity: DescribedEntity) -> Kind | None:
    """What sort of party an entity is here; None when its name, its roles and its place do not go together.

    Behind its publisher a group holds DVs and nothing else: an LC cannot bring in an authority.
    """
    if len(entity.roles) != 1:
        return None
    kind = KINDS.get((role_named_by(entity.entity_id), entity.roles[0].role))
    if not document.is_group or entity is document.publisher:
        return kind
    if kind != "DV":
        return None
    return "DV of LC" if role_named_by(document.publisher.entity_id) == "LC" else "DV of RD"


def role_named_by(entity_id: EntityId) -> str:
    """The role that an entityID names (TYP-01), empty when it is of another form."""
    match = EntityId.gdi.fullmatch(entity_id.value)
    return match[1] if match else ""
