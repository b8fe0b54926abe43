"""From the catalogue's suppliers to the settings of the sample LCs, and to what a DV behind one knows of its LC."""

from catalog.clusters import Supplier
from pilot.places import BVD, GATEWAY, entity_of
from pilot.preparation import Prepared
from pilot.sample_dv.messages import der_in
from pilot.sample_dv.settings import SampleSupplier
from pilot.sample_lc.settings import ConnectedDv, LcKeyFiles, SampleLcSettings
from stelsel.identifiers import EntityId


def supplier_of(prepared: Prepared, dv: EntityId) -> SampleSupplier | None:
    """The LC through which a DV of this world goes; the first where there are several."""
    world, places = prepared.world, prepared.places
    cluster = next((each for each in world.clusters if each.dv == dv), None)
    if cluster is None:
        return None
    front, back = (find(world.lc(cluster.lc.value).name) for find in (places.front, places.back))
    return SampleSupplier(
        entity_id=cluster.lc.value,
        login_url=f"{front}/login",
        consumer_url=f"{front}/acs",
        answers_url=f"{back}/answers",
        logouts_url=f"{back}/logouts",
        logout_url=f"{front}/slo",
    )


def lcs_of(prepared: Prepared) -> tuple[SampleLcSettings, ...]:
    """Every LC that connects a DV. Of the DVs it gets certificates; their private keys stay in their own folders."""
    return tuple(settings for lc in prepared.world.lcs if (settings := _configured(prepared, lc)).dvs)


def _configured(prepared: Prepared, lc: Supplier) -> SampleLcSettings:
    places, pki = prepared.places, prepared.pki
    connected = [each.dv for each in prepared.world.clusters if each.lc == lc.entity_id]
    dvs = [dv for dv in prepared.world.dvs if dv.entity_id in connected]
    return SampleLcSettings(
        name=lc.name,
        entity_id=lc.entity_id.value,
        public_url=places.front(lc.name),
        gateway=entity_of(GATEWAY).value,
        bvd=entity_of(BVD).value,
        keys=LcKeyFiles.in_ring(pki.ring(lc.name), pki.anchors),
        dvs=tuple(
            ConnectedDv(
                name=dv.name,
                title=dv.title,
                entity_id=dv.entity_id.value,
                site=places.front(dv.name),
                encryption=der_in(pki.ring(dv.name) / "encryption-1.pem"),
                tls=der_in(pki.ring(dv.name) / "tls-1.pem"),
                shares_logins=dv.connection.federation is not None,
            )
            for dv in dvs
        ),
    )
