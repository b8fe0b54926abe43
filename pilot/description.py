"""What `pilot network --json` tells of a network, its clock apart."""

from typing import Any

from catalog.profiles import given_up
from pilot.leveranciers import supplier_of
from pilot.places import BVD, CONTROL, GATEWAY, TITLES, entity_of
from pilot.portalen import SERVICES
from pilot.preparation import Prepared
from pilot.sample_dv.settings import SampleSupplier
from stelsel.subjects import Ground


def describe(prepared: Prepared) -> dict[str, Any]:
    """`pilot network --json`, its clock apart."""
    places, world = prepared.places, prepared.world
    gateway, bvd = places.front(GATEWAY), places.front(BVD)
    return {
        "ca": str(prepared.pki.anchors),
        "gateway": {
            "entity_id": entity_of(GATEWAY).value,
            "issuer": gateway,
            "metadata": f"{gateway}/metadata",
            "metadata_generic": f"{gateway}/metadata?profile=generic",
            "sso": f"{gateway}/saml/sso",
        },
        "bvd": {
            "entity_id": entity_of(BVD).value,
            "metadata": f"{bvd}/metadata",
            "sso": f"{bvd}/saml/sso",
            "authzen": f"{places.back(BVD)}/access/v1",
        },
        "dvs": [
            {
                "name": dv.name,
                "entity_id": dv.entity_id.value,
                "title": dict(dv.title),
                "profile": dv.profile,
                "supplier": _described(supplier_of(prepared, dv.entity_id), prepared),
                "gives_up": list(given_up(dv)),
                "site": f"{places.front(dv.name)}/",
                "login": f"{places.front(dv.name)}/login",
                "services": [
                    {
                        "name": service.name,
                        "uuid": service.uuid.value,
                        "title": dict(service.title),
                        "minimum": service.minimum.word,
                        "eherkenning_minimum": service.minimum_on(world.at, "eherkenning").etoegang_word,
                        "for_clients": Ground.EH_BEWIND in service.grounds,
                    }
                    for service in world.services
                    if service.provider == dv.entity_id
                ],
            }
            for dv in world.dvs
        ],
        "portals": {
            name: {
                "entity_id": entity_of(name).value,
                "title": dict(TITLES[name]),
                "site": f"{places.front(name)}/",
                "metadata": f"{places.front(name)}/metadata",
                "service": uuid.value,
            }
            for name, uuid in SERVICES.items()
        },
        "backchannel": places.back(GATEWAY),
        "control": places.front(CONTROL),
    }


def _described(supplier: SampleSupplier | None, prepared: Prepared) -> dict[str, Any] | None:
    """The LC of a DV, and where it publishes its metadata."""
    if supplier is None:
        return None
    lc = prepared.world.lc(supplier.entity_id)
    metadata = f"{prepared.places.front(lc.name)}/metadata"
    return {"name": lc.name, "entity_id": supplier.entity_id, "title": dict(lc.title), "metadata": metadata}
